import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.atomic import keep_inputs, replacing
from core.errors import DataError


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    path = tmp_path / "model.keras"
    path.write_text("old")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half")
            assert path.read_text() == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert os.listdir(tmp_path) == ["model.keras"]
    with replacing(path) as temporary:
        assert temporary.suffix == ".keras"
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["model.keras"]


def test_what_is_read_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "spectra.parquet"
    keep_inputs(path, [tmp_path / "others.parquet"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"spectra\.parquet: is one of the input files"):
        keep_inputs(path, [path.relative_to(tmp_path)])


def test_text_is_utf_8_whatever_the_locale(tmp_path):
    """In a process whose locale knows ASCII alone."""
    path, text = tmp_path / "note.txt", "σ of Ж = 1 Å"
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code = (
        "import locale, sys; from pathlib import Path; from core.atomic import write_text; "
        "print(locale.getpreferredencoding(False)); "
        f"write_text(Path(sys.argv[1]), {text!a})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], cwd=Path(__file__).parents[2], check=True,
        env=os.environ | ascii_only, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.stdout.strip() == "ANSI_X3.4-1968"
    assert path.read_text(encoding="utf-8") == text
