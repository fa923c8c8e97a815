"""A page of text, tables and figures, of which names are shown as they are."""

import re

import pytest

from core.report.document import SHORT, WORD, Document, Table, to_html

SENTENCE = "What it means, in a sentence of words that the page may break at its edge."


def kind_of(cell):
    """What the style sheet is told of a cell, which stands beside a sentence."""
    page = to_html(Document("Title", (Table(("Name", "Meaning"), ((cell, SENTENCE),)),), ()))
    (found,) = re.findall(r'<tr><td(?: class="(\w+)")?>', page)
    return found


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("OTHER_INSTRUMENT", "short"),
        ("a" * WORD, "short"),  # a SHA-256 is as long
        ("b" * (WORD + 1), "long"),
        ("1.23 %", "short"),
        ("c " * SHORT, ""),
        (SENTENCE, ""),
    ],
)
def test_what_people_copy_is_not_broken(cell, kind):
    assert kind_of(cell) == kind


def test_a_column_is_as_wide_as_its_words_unless_one_is_very_long():
    style = to_html(Document("Title", (), ()))
    assert "th, td { text-align: left;" in style
    assert style.count("overflow-wrap: anywhere") == 2  # of very long words, and of code
    assert "td.long:not(:first-child) { overflow-wrap: anywhere; }" in style
