"""Searches by what people call them: an id, or the name that one search alone was given."""

from contextlib import suppress
from pathlib import Path

from core.did_you_mean import alike
from core.errors import RunError, XpzError
from core.jobs.roots import JOB_ID
from core.names import of_taken, one_called
from core.stored import is_there
from core.tuning.search import Search, list_searches, open_search
from core.tuning.spaces import name_of_space


def given_name(search: Search) -> str:
    """Return the name that people gave a search; '' where it has that of its space."""
    config = search.config
    of_space = (config.space.name, name_of_space(config.space))
    return "" if config.name in of_space else config.name


def search_folder(called: str, *roots: Path) -> Path:
    """Return the folder of the search of an id or a given name in the first root that has one.

    Where none has, it is where one of that id would lie in the last. Raises a `RunError` if several
    of a root have the name.
    """
    folders = [Path(root) / Search.place for root in roots]
    for folder in folders:
        if JOB_ID.fullmatch(called) and is_there(folder / called / "config.json"):
            return folder / called
    for root in dict.fromkeys(roots):
        if (found := one_called(called, _names(root), "search")) is not None:
            return Path(root) / Search.place / found
    return folders[-1] / called


def open_folder(folder: Path) -> Search:
    """Return the search that lies in a folder.

    Raises a `RunError` if there is none; it names those of the root whose id or name looks alike.
    """
    root, called = folder.parent.parent, folder.name
    if is_there(root / Search.place / called / "config.json"):
        return open_search(root, called)
    ids = [each.search_id for each in list_searches(root, damaged_too=True)]
    told = alike(called, [*_names(root).values(), *ids])
    told = told or " `xpz tune list` lists the searches with their ids and names."
    raise RunError(f"There is no search '{called}', by its id or by its name.{told}")


def of_taken_name(name: str, root: Path) -> str:
    """Return what follows from calling a search of a root as another is; '' if none is."""
    return of_taken(name, _names(root).values(), "search") if name.strip() else ""


def _names(root: Path) -> dict[str, str]:
    """Return the names that people gave searches of a root, by their ids."""
    names = {}
    for search in list_searches(root):
        with suppress(XpzError, OSError):  # of one that has nothing to do with this one
            if name := given_name(search):
                names[search.search_id] = name
    return names
