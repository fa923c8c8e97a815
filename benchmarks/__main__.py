"""Run every benchmark, each in a process of its own, and renew the table in README.md."""

import datetime
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import machine

HERE = Path(__file__).parent
NAMES = (
    *("simulation", "loading", "xp_continuous", "catalogue", "training", "prediction"),
    *("dashboard", "many_runs", "load"),
)
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def run(name: str) -> list[dict[str, str]]:
    print(f"benchmarks.{name} ...", file=sys.stderr)
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode:
        # The others took long; what they found must not be lost with this one.
        return [{"what": name, "value": "failed", "how": "see its output"}]
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    names = sys.argv[1:] or NAMES
    rows = [row for name in names for row in run(name)]
    table = "\n".join(f"| {row['what']} | {row['value']} | {row['how']} |" for row in rows)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    text = f"{today}, {machine()}\n\n| what | figure | how |\n|---|---|---|\n{table}"
    print(text)
    if names == NAMES:
        readme = HERE / "README.md"
        before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
        readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
