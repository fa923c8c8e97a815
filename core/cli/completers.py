"""What the Tab key offers for the values of options; nothing heavy is imported for it."""

from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

SHIPPED_DATA = Path("data")
"""Folder of the data sets that come with a checkout, from where it is used."""


def starting(incomplete: str, words: Iterable[str]) -> list[CompletionItem]:
    """Return those of the words that go on from what was typed."""
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def files_and(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Return some words that go on from what was typed, and let the shell offer its files."""
    return [CompletionItem(incomplete, type="file"), *starting(incomplete, words)]


def runs(
    context: click.Context | None, _: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the ids of the runs of --runs-dir and of those that come with xpz, or a folder."""
    from core.runs import SHIPPED_RUNS, runs_folder

    own = context.meta.get("runs_dir") if context else None
    roots = (Path(own or runs_folder()), SHIPPED_RUNS)
    found = {path.parent.name for root in roots for path in root.glob("*/config.json")}
    return [CompletionItem(incomplete, type="dir"), *starting(incomplete, sorted(found))]


def datasets() -> list[str]:
    """Return the data sets at hand, by their paths."""
    from core.data import datasets_folder

    folders = dict.fromkeys((SHIPPED_DATA, datasets_folder()))
    return [str(path) for folder in folders for path in sorted(folder.glob("*.parquet"))]


def presets(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the recipes that come with xpz."""
    from core.model import PRESETS

    return starting(incomplete, PRESETS)


def devices(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the processors of this machine."""
    from core.jobs import list_devices

    return starting(incomplete, ("auto", *(device.id for device in list_devices())))


def services(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the archives that have a short name."""
    from core.data import SERVICES

    return starting(incomplete, SERVICES)


def priors(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the priors that have a name, and files."""
    from core.prediction import PRIORS

    return files_and(PRIORS, incomplete)


def spaces(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the spaces of hyperparameters that come with xpz, and files."""
    from core.tuning import SPACES

    return files_and(SPACES, incomplete)


def searches(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the ids of the searches of your runs, and files."""
    from core.runs import runs_folder

    found = sorted(runs_folder().glob("searches/*/config.json"))
    return files_and((path.parent.name for path in found), incomplete)
