"""The processor's time of every page with 1,000 runs in the folder.

``python -m benchmarks.many_runs [N]``
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Row, report
from core.versions import SETTLED_SECONDS

RUNS = Path(__file__).parents[1] / "assets" / "runs"
TEMPLATE = RUNS / "compact-20k"
WRITTEN = ("config.json", "status.json", "annotations.json")
PAGES = ("home", "data", "train", "tune", "evaluate", "compare", "runs", "predict")


def make_runs(root: Path, n: int) -> None:
    """Make `n` complete runs: what tells one from another is written, the rest are hard links."""
    config = json.loads((TEMPLATE / "config.json").read_text(encoding="utf-8"))
    status = (TEMPLATE / "status.json").read_bytes()
    for number in range(n):
        folder = root / f"run-{number:04}"
        folder.mkdir(parents=True)
        for path in TEMPLATE.iterdir():
            if path.name not in WRITTEN:
                _same(path, folder / path.name)
        created = f"2026-01-{1 + number % 28:02}T00:00:{number % 60:02}+00:00"
        own = config | {"run_id": folder.name, "name": f"Run {number}", "created": created}
        (folder / "status.json").write_bytes(status)
        (folder / "annotations.json").write_text(json.dumps({"tags": [f"set {number % 7}"]}))
        (folder / "config.json").write_text(json.dumps(own))


def _same(path: Path, link: Path) -> None:
    try:
        os.link(path, link)
    except OSError:  # another file system
        link.symlink_to(path)


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    from tests.support import apps

    apps.prepare_streamlit()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XPZ_RUNS_DIR"] = f"{folder}/none"
        os.environ["XPZ_DATA_DIR"] = f"{folder}/data"
        for page in PAGES:  # imports are another question
            apps.open_screen(page)
        make_runs(Path(folder) / "runs", n)
        os.environ["XPZ_RUNS_DIR"] = f"{folder}/runs"
        time.sleep(SETTLED_SECONDS + 1)  # of what was written just now, nothing is kept
        rows = []
        for turn in ("first visit", "later visit"):
            took = {}
            for page in PAGES:
                start = time.process_time()
                app = apps.open_screen(page)
                took[page] = time.process_time() - start
                if app.exception or app.error:
                    raise SystemExit(f"{page}: {[each.value for each in app.error]}")
            times = ", ".join(f"{page.capitalize()} {each:.2f} s" for page, each in took.items())
            rows.append(Row(f"CPU time with {n:,} runs, {turn}", times, "script of the page"))
        report(rows)


if __name__ == "__main__":
    main()
