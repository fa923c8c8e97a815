from dashboard.shared.columns import (
    HEADER,
    PADDING,
    WRAPS,
    height_for,
    table_height,
    width_for,
    width_for_list,
)


def test_a_row_is_as_high_as_its_longest_name_needs():
    names = ["short", "a" * 40]
    assert height_for(names, width_for(names), 30) == 30
    # Streamlit breaks no line in a row that is lower.
    assert height_for(names, width_for(names) - 1, 30) == WRAPS
    assert height_for(["a" * 400], 216, 30) == 30 + 18 * 13
    assert (
        height_for(["a name of three words"], 60, 30) == WRAPS + 18
    )  # a, name | of, three | words
    assert height_for([], 200, 30) == 30


def test_a_column_is_as_wide_as_the_letters_of_its_font():
    name = "compact-few-simulated-20k-20261130-094710-cc07"
    drawn = 281  # by Chromium [pixels]
    assert drawn + PADDING <= width_for([name]) <= drawn + PADDING + 8
    assert width_for(["W" * 20]) > 2 * width_for(["i" * 20])
    assert width_for([name], 100, 200) == 200
    assert width_for(["a"], 100, 200) == 100


def test_a_list_is_as_wide_as_its_values_and_what_is_around_them():
    drawn = 242  # by Chromium [pixels]
    found = width_for_list(["Adamax", "Adam", "Nadam", "RMSprop"])
    assert drawn + PADDING // 2 <= found <= drawn + PADDING // 2 + 8


def test_of_a_table_that_scrolls_no_row_is_cut():
    assert table_height(6, 6, 66) == table_height(0, 6) == "content"
    assert table_height(9, 6, 66) == HEADER + 6 * 66
