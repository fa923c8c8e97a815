"""What people write on a run: a name, tags, notes, and whether it is pinned or set aside."""

from dataclasses import dataclass

from core.config import require

MAX_NAME, MAX_TAG, MAX_TAGS, MAX_NOTES = 80, 32, 20, 20_000
"""Characters of a name, of a tag and of the notes, and number of tags."""


@dataclass(frozen=True)
class Annotations:
    """What people wrote on a run; the run itself never changes by it."""

    name: str = ""  # what to call it; empty: as its configuration does
    tags: tuple[str, ...] = ()  # words without commas, each once
    notes: str = ""  # anything, in as many lines as it takes
    archived: bool = False  # whether lists show it last
    pinned: bool = False  # whether tables show it first

    def __post_init__(self) -> None:
        written = {"Name": self.name, "Tags": ", ".join(self.tags), "Notes": self.notes}
        for what, text in written.items():
            require(
                _is_unicode(text),
                f"{what} of a run: expected text in UTF-8, received {text[:MAX_NAME]!r}.",
            )
        require(
            len(self.name) <= MAX_NAME and self.name == " ".join(self.name.split()),
            f"Name of a run: expected at most {MAX_NAME} characters in one line, without spaces at "
            f"its ends, received {self.name[: MAX_NAME + 1]!r}.",
        )
        for tag in self.tags:
            require(
                0 < len(tag) <= MAX_TAG and "," not in tag and tag == " ".join(tag.split()),
                f"Tag of a run: expected 1 to {MAX_TAG} characters in one line without commas, "
                f"received {tag[: MAX_TAG + 1]!r}.",
            )
        require(
            len(self.tags) <= MAX_TAGS and len(set(self.tags)) == len(self.tags),
            f"Tags of a run: expected at most {MAX_TAGS}, each once, received {len(self.tags)}.",
        )
        require(
            len(self.notes) <= MAX_NOTES,
            f"Notes on a run: expected at most {MAX_NOTES:,} characters, received "
            f"{len(self.notes):,}.",
        )


def as_name(text: str) -> str:
    """Return a text as the name of a run, in one line.

    Raises a `ConfigError` if it is too long for one: no name is cut.
    """
    return Annotations(name=" ".join(text.split())).name


def name_after(name: str, what: str) -> str:
    """Return the name of a run that comes from one of this name; '' if that has none.

    `what` tells them apart. What is too long for one name loses its end, marked by '…'.
    """
    if not name:
        return ""
    what = _within(what, MAX_NAME // 2)
    return f"{_within(name, MAX_NAME - len(what) - 2)}, {what}"


def as_tags(text: str) -> tuple[str, ...]:
    """Return the tags of a comma-separated text, each once, in their order."""
    tags = (" ".join(tag.split()) for tag in text.split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _within(text: str, n: int) -> str:
    return text if len(text) <= n else f"{text[: n - 1].rstrip()}…"


def _is_unicode(text: str) -> bool:
    # Python keeps bytes of the command line that are not UTF-8 as halves of characters.
    return not any("\ud800" <= character <= "\udfff" for character in text)
