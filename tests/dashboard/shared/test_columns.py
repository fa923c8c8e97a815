from dashboard.shared.columns import WRAPS, height_for, width_for


def test_a_row_is_as_high_as_its_longest_name_needs():
    names = ["short", "a" * 40]
    assert height_for(names, width_for(names), 30) == 30
    # Streamlit breaks no line in a row that is lower.
    assert height_for(names, width_for(names) - 1, 30) == WRAPS
    assert height_for(["a" * 400], 216, 30) == 30 + 18 * 11
    assert height_for([], 200, 30) == 30
