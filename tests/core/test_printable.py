"""Nothing in a name can steer the terminal that shows it."""

import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.printable import PrintableFormatter, log_printable, pieces, printable


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


def test_logs_are_printable_too(monkeypatch):
    error = ValueError("in \x1b[31mred")
    record = logging.LogRecord(
        "core",
        logging.WARNING,
        "x.py",
        1,
        "not listed: %s",
        ("a\x1b[31m",),
        (ValueError, error, None),
    )
    shown = PrintableFormatter("%(message)s").format(record)
    assert shown == "not listed: a\\x1b[31m\nValueError: in \\x1b[31mred"
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler())
    log_printable()
    assert "\x1b" not in logging.lastResort.format(record)


def test_words_that_markdown_would_make_links_of_are_cut():
    cut = "https:~//a.b www~.a.b me@~a.b -~> b :~red: 1: 2 - 3 x=1 == <~= -~- :~material/home:"
    assert "~".join(pieces(cut.replace("~", ""))) == cut


def test_options_and_times_stay_whole():
    words = "xpz predict --release DR3 at 10:13, a->b --"
    assert pieces(words) == [words[:-1], "-"]
