"""Text for people: names from files shown as they are, errors as one sentence."""

import contextlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import streamlit as st

from core.data import origin_words
from core.errors import DamagedError, XpzError
from core.file_errors import sentence_of
from core.prediction import Notice
from core.printable import pieces, printable

logger = logging.getLogger(__name__)

CUT = ":small[]"
"""Keeps words of Markdown apart, and is nothing that could be seen or copied."""


def plain(text: object) -> str:
    """Return `text` so that Markdown shows it letter by letter.

    Names come from uploaded files and from the page's address; unescaped, they
    could format the page, be links, or make the browser load a picture from elsewhere. Ends of
    lines are shown as escapes.
    """
    escaped = (re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", part) for part in pieces(printable(text)))
    return CUT.join(escaped)


def code(text: str) -> str:
    """Return Markdown that shows `text` in the font of code; see `plain`."""
    return f"`{printable(text.replace('`', ''))}`"


def with_code(text: object) -> str:
    """Return `text` as `plain` does, but with what stands in backticks in the font of code."""
    parts = re.split(r"`([^`\n]+)`", str(text))
    return "".join(code(part) if i % 2 else plain(part) for i, part in enumerate(parts))


def origin_badge(origin: str) -> str:
    """Return Markdown that says where data come from; simulated ones stand out."""
    colour = {"simulated": "orange", "observed": "green"}.get(origin, "gray")
    return f":{colour}-badge[{plain(origin_words(origin))}]"


def about_origin(origin: str) -> str:
    """Return a sentence, in Markdown, that says where data come from."""
    return {"simulated": "*Simulated* data.", "observed": "Observed data."}.get(
        origin, "Data of unknown origin."
    )


def show_notices(notices: Iterable[Notice]) -> None:
    """Draw what must be known before anyone trusts the redshifts."""
    for notice in notices:
        text = with_code(notice.sentence)
        if stressed := plain(notice.stressed):
            text = text.replace(stressed, f"**{stressed}**", 1)
        show = st.warning if notice.level == "warning" else st.info
        show(text, icon=f":material/{notice.level}:")


@contextlib.contextmanager
def errors_shown(in_words: Callable[[str], str] = str) -> Iterator[None]:
    """Show what goes wrong inside as one sentence and keep the page alive.

    An `XpzError` is shown with its own message, for screens where it has such a one, which
    `in_words` puts in the words of the screen; what the system says of a file as
    `core.file_errors` puts it. Anything else is a defect of ours: the details go to the log, the
    page says that it happened.
    """
    try:
        yield
    except XpzError as error:
        st.error(with_code(in_words(error.on_screens or str(error))), icon=":material/error:")
    except OSError as error:  # a full disk, a folder without permission
        logger.exception("A screen could not read or write a file")
        st.error(with_code(sentence_of(error)), icon=":material/error:")
    except MemoryError:
        logger.exception("A screen ran out of memory")
        st.error(
            "Out of memory. Take fewer galaxies, close other programs on the server, or run the "
            "same with the command `xpz`.",
            icon=":material/error:",
        )
    except Exception:  # a defect must not take the other screens with it
        logger.exception("A screen failed")
        st.error(
            "Internal error; the details are in the server's log. The other screens still work.",
            icon=":material/error:",
        )


def show_damaged(found: Mapping[Path, DamagedError]) -> None:
    """Draw a row for each folder or file that cannot be shown: what, where, what to do."""
    if not found:
        return
    title = f"{len(found):,} damaged"
    with st.expander(title, icon=":material/broken_image:", key="damaged"):
        for path, error in found.items():
            st.caption(f"**{plain(path.name)}** damaged: {with_code(error)}")
