"""Pages of the site that stand elsewhere in the repository, and links that lead out of it."""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
}
PLACES = {page: place for place, page in PAGES.items()}
LINK = re.compile(r"(!?)\[((?:[^\]\\]|\\.)*)\]\(([^)#\s]+)(#[^)]*)?\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that stand elsewhere, and the pictures."""
    for place, page in PAGES.items():
        text = (ROOT / place).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    for picture in (*(ROOT / "assets").glob("*.svg"), *(ROOT / "assets").rglob("*.png")):
        name = picture.relative_to(ROOT).as_posix()
        files.append(File.generated(config, name, abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to the site's pages; of one to a file of the code, leave the words."""
    uri = page.file.src_uri
    here = posixpath.dirname(PLACES.get(uri, f"docs/{uri}"))

    def link(found: re.Match[str]) -> str:
        picture, words, target, anchor = found.groups(default="")
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        place = posixpath.normpath(posixpath.join(here, target))
        name = PAGES.get(place, place.removeprefix("docs/"))
        if files.get_file_from_path(name) is None and (ROOT / place).exists():
            return words if words.startswith("`") else f"`{words.replace(chr(92), '')}`"
        return f"{picture}[{words}]({posixpath.relpath(name, posixpath.dirname(uri))}{anchor})"

    parts, end = [], 0
    for fence in FENCE.finditer(markdown):
        # `sh archive` tells the tests which commands ask an archive; it is no language.
        code = fence[0].replace("```sh archive", "```sh", 1)
        parts += [LINK.sub(link, markdown[end : fence.start()]), code]
        end = fence.end()
    return "".join([*parts, LINK.sub(link, markdown[end:])])
