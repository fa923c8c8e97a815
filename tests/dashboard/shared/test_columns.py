from dashboard.shared.columns import HEADER, WRAPS, height_for, table_height, width_for


def test_a_row_is_as_high_as_its_longest_name_needs():
    names = ["short", "a" * 40]
    assert height_for(names, width_for(names), 30) == 30
    # Streamlit breaks no line in a row that is lower.
    assert height_for(names, width_for(names) - 1, 30) == WRAPS
    assert height_for(["a" * 400], 216, 30) == 30 + 18 * 11
    assert height_for([], 200, 30) == 30


def test_of_a_table_that_scrolls_no_row_is_cut():
    assert table_height(6, 6, 66) == table_height(0, 6) == "content"
    assert table_height(9, 6, 66) == HEADER + 6 * 66
