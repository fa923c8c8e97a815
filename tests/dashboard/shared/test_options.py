"""Options in messages, by the names of fields."""

import pytest

from dashboard.screens.archive import redshift_table, words
from dashboard.screens.predict import folder
from dashboard.shared.options import with_fields

FIELDS = {"z": "Column", "z-unit": "Unit", "quality": "Cuts"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("add --z vel --z-unit km/s.", "add `Column` vel `Unit: km/s`. Below."),
        ("say in --quality which", "say in `Cuts` which. Below."),
        ("--z-unit z takes", "`Unit: z` takes. Below."),
        ("--quality-of and --other", "--quality-of and --other"),
    ],
)
def test_options_become_fields_and_are_told_where_they_are(text, told) -> None:
    assert with_fields(text, FIELDS, "Below.") == told


@pytest.mark.parametrize(
    ("in_words", "text", "told"),
    [
        (
            redshift_table.in_words,
            "No row meets ZWARN == 0. --no-quality keeps all rows.",
            "A cut on the same column in `Cuts on quality` takes its place. These fields are under "
            "`Columns, unit and quality by hand`.",
        ),
        (words.in_words, "Fetch them by --ids from another --service.", "`Source ids` from"),
        (words.in_words, "Name that server (--service, --bulk), if", "(`Archive`), if"),
        (words.in_words, "refused: 3. Try a smaller --chunk.", "Fetch fewer sources at a time."),
        (words.in_words, "Log in with --login.", "the command `xpz fetch` has an option"),
        (folder.in_words, "only folders. Add --recursive to", "Add `Folders in it, too` to"),
        (folder.in_words, "or begin anew with --overwrite.", "or begin a new catalogue."),
        (folder.in_words, "use --retry-failed.", "use `Read failed files again`."),
    ],
)
def test_screens_name_their_own_fields(in_words, text, told) -> None:
    said = in_words(text)
    assert told in said
    assert "--" not in said
