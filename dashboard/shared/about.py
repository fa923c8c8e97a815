"""What the menu's About says: version, licence, how to cite xpz, where its documentation is."""

import functools
from importlib.metadata import metadata

from dashboard.shared.state import PROJECT


@functools.cache
def about() -> str:
    """Return it as Markdown; nothing in it leads away from this machine."""
    known = metadata("xpz")
    name, version, what = known["Name"], known["Version"], known["Summary"].rstrip(".")
    title = what.partition(":")[0]
    return "\n\n".join(
        (
            f"**{name} {version}**: {what}.",
            f"**Licence**: {known['License-Expression']}.",
            f"**To cite it**: The xpz developers, *{name}: {title}*, version {version}. Cite Gaia "
            f"and SDSS too, whose data it stands on.{_citation()}",
            f"**Documentation**: {_documentation()} The page Reproduce teaches by doing.",
        )
    )


def _citation() -> str:
    # A wheel has neither this file nor the documents beside its code.
    return " `CITATION.cff` holds it for programs." * (PROJECT / "CITATION.cff").is_file()


def _documentation() -> str:
    if not (PROJECT / "docs").is_dir():
        return "`xpz --help` and `xpz COMMAND --help`; all pages come with the source, in `docs`."
    if (PROJECT / "build" / "site" / "index.html").is_file():
        place = "`build/site/index.html`"
    else:
        place = "`README.md` and `docs`; `make docs` makes one site of them"
    return f"in the folder of xpz, {place}. `xpz --help` lists the commands."
