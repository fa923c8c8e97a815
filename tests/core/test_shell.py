import re
import shlex
import shutil
from pathlib import Path

from core.prediction.notices import of_calibration
from core.runs import Run
from core.shell import command

ROOT = Path(__file__).parents[2]
BY_HAND = re.compile(
    r"""--(run|runs-dir|search|data|in|out|spectra|redshifts|ids|pz)\s\{(?!called|_DATA|folder)"""
)
"""An option that takes a run or a file, and what stands there, put in without quotes."""


def test_words_of_a_command_are_one_word_each_in_a_shell():
    odd = Path("my runs/Coma's; z < 0.1 $HOME")
    line = command("xpz", "calibrate", "--run", odd)
    assert shlex.split(line) == ["xpz", "calibrate", "--run", str(odd)]
    assert command("--data", "plain.csv") == "--data plain.csv"


def test_a_message_gives_a_command_that_can_be_pasted(tmp_path):
    shipped = ROOT / "assets" / "runs" / "dissertation-20k"
    run = Run(shutil.copytree(shipped, tmp_path / "my runs" / "one"))
    run.calibration_path.unlink()
    (notice,) = of_calibration(run)
    words = shlex.split(notice.sentence.split("`")[1])
    assert words == ["xpz", "calibrate", "--run", str(run.path)]


def test_no_message_puts_a_path_into_a_command_by_hand():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for room in ("core", "dashboard")
        for path in (ROOT / room).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if BY_HAND.search(line)
    ]
    assert not found, "use core.shell.command: " + "; ".join(found)
