"""A page of text, tables and figures, of which names are shown as they are."""

import re

import pytest

from core.report.document import SHORT, WORD, Document, Table, to_html, to_markdown

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


def test_a_name_over_columns_is_said_once_and_markdown_says_it_in_each():
    header = ("z", "run <a>: %", "run <a>: std", "b: %")
    table = Table(header, (("1", "2", "3", "4"),), ("", "run <a>", "run <a>", "b"))
    page = Document("Title", (table,), ())
    (head,) = re.findall(r"<thead>\n(.*)</thead>", to_html(page), re.DOTALL)
    above, below = head.splitlines()
    assert re.findall(r'colspan="(\d)"[^>]*>([^<]*)<', above) == [
        ("1", ""), ("2", "run &lt;a&gt;"), ("1", "b")]  # fmt: skip
    assert re.findall(r">([^<]+)<", below) == ["z", "%", "std", "%"]
    assert r"| z | run \<a\>: % | run \<a\>: std | b: % |" in to_markdown(page)


def test_a_table_without_names_over_its_columns_has_one_row_of_headers():
    page = to_html(Document("Title", (Table(("a: b", "c"), (("1", "2"),)),), ()))
    assert "<thead>\n<tr><th" in page
    assert ">a: b</th>" in page
    assert page.count("</tr>") == 2
