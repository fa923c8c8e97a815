"""Nothing in a name can steer the terminal that shows it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.printable import printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[31mred\x1b[0m", r"a\x1b[31mred\x1b[0m"),
        ("title\x1b]0;owned\x07", r"title\x1b]0;owned\x07"),
        ("over\rwritten", r"over\rwritten"),
        ("two\nlines\tand a tab", r"two\nlines\tand a tab"),
        ("C1 \x9b31m, backspace \x08, delete \x7f", r"C1 \x9b31m, backspace \x08, delete \x7f"),
        ("gnp.\u202exe", r"gnp.\u202exe"),
        ("half \udcff", r"half \udcff"),
        ("σ of Ж, 1 Å 銀河 \\n", "σ of Ж, 1 Å 銀河 \\n"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(name, shown):
    assert printable(name) == shown


def test_lines_of_our_own_stay():
    assert printable("a\x1b\n\tb\r\n", lines=True) == "a\\x1b\n\tb\\r\n"


@given(st.text(st.characters(), max_size=50))
def test_nothing_that_a_terminal_would_obey_is_left(text):
    left = printable(text)
    assert not {unicodedata.category(sign) for sign in left} & {"Cc", "Cs", "Zl", "Zp"}
    assert printable(left) == left
