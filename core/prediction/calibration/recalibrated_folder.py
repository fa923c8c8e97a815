"""The folder of a run that has the network of another one: made whole, or not at all."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from core.atomic import write_json
from core.clock import utc_now
from core.config import to_dict
from core.file_errors import writing
from core.runs import Run, RunConfig, Status
from core.stored import is_there

_COPIED = ("metrics.jsonl", "model.keras", "model.onnx", "scaler.npz", "imported.json")
_PASSING = ".recalibrate-"
_STALE_SECONDS = 24 * 3600


def make_run(run: Run, root: Path, config: RunConfig, fill: Callable[[Run], None]) -> Run:
    """Make the folder of a run with the network of `run` beside its place, then rename it.

    `fill` writes what the network gives. It is there whole, or not at all.
    """
    with writing(root / config.run_id), ExitStack() as stack:
        root.mkdir(parents=True, exist_ok=True)
        _remove_stale(root)
        folder = Path(tempfile.mkdtemp(prefix=_PASSING, dir=root))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        made = Run(folder / config.run_id)
        made.path.mkdir()
        for name in _COPIED:
            if is_there(run.path / name):
                shutil.copyfile(run.path / name, made.path / name)
        now = utc_now()
        epochs = run.status().epochs
        status = Status("done", created=now, submitted=now, epoch=epochs, epochs=epochs)
        made.write_status(replace(status, started=now, ended=now))
        write_json(made.path / "config.json", to_dict(config))
        fill(made)
        os.rename(made.path, root / config.run_id)
    return Run(root.resolve() / config.run_id)


def _remove_stale(root: Path) -> None:
    """Remove what was left by those that were killed long ago."""
    for folder in root.glob(f"{_PASSING}*"):
        with suppress(OSError):  # another one has removed it
            if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(folder)
