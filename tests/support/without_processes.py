"""What takes a process of its own, done in this one: each takes up to half a second to start.

For tests of something else than these processes. Those of damaged files and of networks made to
mislead have the real ones.
"""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.data.tables.arrow import rehearse
from core.prediction import predictor
from core.prediction.session import Network
from core.sharing import bundle, foreign_network
from core.sharing.acceptance import check_contents, check_network
from core.sharing.network_check import what_is_wrong


@contextmanager
def parquet_read_here():
    """Rehearse Parquet files in this process."""

    def run(command, **_):
        try:
            return SimpleNamespace(stdout=rehearse(Path(command[-1])).encode())
        except Exception as error:  # whatever it is, the process would have ended with it
            raise subprocess.SubprocessError from error

    here = SimpleNamespace(**(vars(subprocess) | {"run": run}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.data.tables.parquet.subprocess", here)
        yield


@contextmanager
def networks_opened_here():
    """Examine networks from elsewhere in this process, and run them here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            foreign_network,
            "ask",
            lambda module, path, seconds: json.dumps(what_is_wrong(Path(path))),
        )
        patch.setattr(predictor, "ConfinedNetwork", Network)
        yield


@contextmanager
def runs_accepted_here():
    """Look at a run from elsewhere in this process."""

    def check_foreign(run):
        check_network(run)
        check_contents(run)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "check_foreign", check_foreign)
        yield
