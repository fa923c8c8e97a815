"""Where a page for people is written: .html with its pictures, or .md."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.atomic import write_text
from core.cli.shared import make_folder, refuse_existing
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.report import Document


def check_page(out: Path, *, overwrite: bool) -> None:
    """Raise an `XpzError` if a page cannot be written to `out`, before the work."""
    if out.suffix not in (".md", ".html"):
        raise ConfigError(f"{out}: expected a name that ends with .md or .html.")
    refuse_existing(out, overwrite=overwrite)
    make_folder(out.parent)


def write_page(out: Path, document: "Document") -> None:
    """Write a page whose file `check_page` has passed."""
    from core.report import to_html, to_markdown

    write_text(out, to_html(document) if out.suffix == ".html" else to_markdown(document))
