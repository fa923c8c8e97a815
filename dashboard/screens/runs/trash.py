"""Deleted runs."""

from core.runs import Run, undelete
from dashboard.shared.chooser import RUN
from dashboard.shared.trash import Trash

TRASH = Trash(
    Run,
    RUN,
    lambda run: run.title,
    undelete,
    "Names, tags and notes are restored with them.",
)
