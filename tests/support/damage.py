"""Ways in which the files of a run, a search or a data set get damaged, each in a copy of its own.

A copy shares its other files with the healthy original: hundreds of copies take no room.
"""

import functools
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HUGE = "9" * 400
DEEP = "[" * 100_000 + "]" * 100_000
TEXTS = {
    "number": "5", "list": "[]", "null": "null", "text": '"text"', "table": "{}",
    "open": "{half a", "deep": DEEP, "deep-table": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "huge": HUGE, "nan": "NaN", "surrogate": '{"state": "\\ud800", "name": "\\ud800"}',
}  # fmt: skip
SWAPS: dict[str, object] = {
    "texts": lambda value: "text" if not isinstance(value, str) else 5,
    "nulls": lambda value: None,
    "lists": lambda value: [],
    "huge": lambda value: int(HUGE) if isinstance(value, int | float) else value,
    "infinite": lambda value: float("inf") if isinstance(value, int | float) else value,
    "half-characters": lambda value: "\ud800" if isinstance(value, str) else value,
}


@dataclass(frozen=True)
class Damage:
    """What becomes of one file: bytes, or a function that does it to the path."""

    file: str
    title: str
    do: bytes | Callable[[Path], None]

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(self.do):
            self.do(path)
        else:
            path.write_bytes(self.do)

    @property
    def id(self) -> str:
        stem = self.file.lower().replace(".", "-").replace("/", "-").replace("_", "-")
        return f"{stem}-{self.title}"[:60]


def damages_of(folder: Path, file: str) -> tuple[Damage, ...]:
    """Every damage of one file of a healthy folder."""
    return _damages(file, (folder / file).read_bytes() if (folder / file).is_file() else b"x" * 100)


@functools.cache  # to damage a table in every way takes as long as what is done with it
def _damages(file: str, content: bytes) -> tuple[Damage, ...]:
    return tuple(Damage(file, title, do) for title, do in _contents(file, content))


def _contents(file: str, content: bytes) -> Iterator[tuple[str, bytes | Callable[[Path], None]]]:
    yield "truncated", content[: len(content) // 2]
    yield "empty", b""
    yield "garbage", np.random.default_rng(0).bytes(300)
    yield "not-utf-8", b"\xff\xfe" + content
    yield "folder", lambda path: path.mkdir()
    yield "loop", lambda path: path.symlink_to(path)
    ending = file.rpartition(".")[2]
    if ending == "json":
        for title, text in TEXTS.items():
            yield title, text.encode()
        values = json.loads(content)
        for title, swap in SWAPS.items():
            yield f"all-{title}", _dump(_swapped(values, swap))
        for name, value in values.items():
            yield (
                f"no-{name}".replace("_", "-"),
                _dump({key: each for key, each in values.items() if key != name}),
            )
            if isinstance(value, dict | list):
                yield f"odd-{name}".replace("_", "-"), _dump({**values, name: 5})
    elif ending == "jsonl":
        lines = content.decode().splitlines()
        for title, text in TEXTS.items():
            yield title, "\n".join([lines[0], text, *lines[1:], ""]).encode()
        values = json.loads(lines[0])
        for title, swap in SWAPS.items():
            yield f"all-{title}", _dump(_swapped(values, swap)) + b"\n"
        for name in values:
            left = {key: value for key, value in values.items() if key != name}
            yield f"no-{name}".replace("_", "-"), _dump(left) + b"\n"
    elif ending == "npz":
        yield from _arrays(content)
    elif ending == "parquet":
        yield from _tables(content)


def _dump(values: object) -> bytes:
    return json.dumps(values).encode()


def _swapped(values, swap):
    if isinstance(values, dict):
        return {name: _swapped(value, swap) for name, value in values.items()}
    if isinstance(values, list) and values:
        return [_swapped(value, swap) for value in values]
    return swap(values)


def _arrays(content: bytes) -> Iterator[tuple[str, bytes]]:
    with np.load(io.BytesIO(content)) as stored:
        arrays = {name: stored[name] for name in stored.files}
    yield "no-arrays", _npz({})
    yield "objects", _npz({name: np.array([{}]) for name in arrays})
    yield "scalars", _npz({name: np.array(5) for name in arrays})
    yield "no-rows", _npz({name: a[:0] if a.ndim else a for name, a in arrays.items()})
    yield "texts", _npz({name: np.array("text") for name in arrays})
    yield "transposed", _npz({name: a[None] if a.ndim else a for name, a in arrays.items()})
    yield "nan", _npz({n: np.full_like(a, np.nan) if a.dtype.kind == "f" else a
                       for n, a in arrays.items()})  # fmt: skip
    for title, header in {**TEXTS, "deep": DEEP}.items():
        if "header" in arrays:
            yield f"header-{title}", _npz({**arrays, "header": np.array(header)})
    for name in arrays:
        left = {key: value for key, value in arrays.items() if key != name}
        yield f"no-{name}".replace("_", "-"), _npz(left)
    turned = bytearray(content)
    turned[len(turned) // 3] ^= 255
    yield "turned-bit", bytes(turned)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.txt", "no array")
    yield "other-archive", zipped.getvalue()


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    out = io.BytesIO()
    np.savez(out, allow_pickle=True, **arrays)
    return out.getvalue()


def _tables(content: bytes) -> Iterator[tuple[str, bytes]]:
    table = pd.read_parquet(io.BytesIO(content))
    yield "other-columns", _parquet(pd.DataFrame({"a": [1]}))
    yield "no-rows", _parquet(table.head(0))
    yield "texts", _parquet(table.astype(str))
    numbers = [name for name in table if table[name].dtype.kind == "f"]
    yield "nan", _parquet(table.assign(**dict.fromkeys(numbers, np.nan)))
    for name in table:
        yield f"no-{name}".replace("_", "-"), _parquet(table.drop(columns=name))
    turned = bytearray(content)
    turned[len(turned) // 3 : len(turned) // 3 + 50] = bytes(50)
    yield "turned-bytes", bytes(turned)


def _parquet(table: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    table.to_parquet(out)
    return out.getvalue()


PLACES = {"run": "runs", "search": "runs/searches", "data": "data", "looks": "runs/inspections"}
FILES = {
    "run": (
        "config.json", "status.json", "annotations.json", "summary.json", "metrics.jsonl",
        "calibration.npz", "densities.npz", "seen.npz", "wavelength_map.npz", "scaler.npz",
        "predictions.parquet", "model.onnx", "model.keras", "map.json", "worker.log",
    ),
    "search": (
        "config.json", "status.json", "budget.json", "trials.jsonl", "trials/0003/trial.json",
        "trials/0003/metrics.jsonl", "trials/0001/metrics.jsonl", "worker.log",
    ),
    "data": ("small.parquet",),
    "looks": ("healthy.jsonl",),
}  # fmt: skip


def make_house(
    healthy: Path, house: Path, kinds: tuple[str, ...], step: int
) -> dict[str, list[tuple[Path, Damage]]]:
    """Copy a healthy house; beside what is healthy, every `step`-th damage in a copy of its own.

    Returns the damaged folders, or files, of each kind, and what was done to them.
    """
    shutil.copytree(healthy, house, copy_function=os.link)
    return {kind: list(_neighbours(healthy, house, kind, step)) for kind in kinds}


def _neighbours(healthy: Path, house: Path, kind: str, step: int) -> Iterator[tuple[Path, Damage]]:
    place = house / PLACES[kind]
    whole = healthy / PLACES[kind] / ("healthy" if kind in ("run", "search") else "")
    found = [each for file in FILES[kind] for each in damages_of(whole, file)]
    step = 1 if os.environ.get("XPZ_EVERY_DAMAGE") else step  # `make soak`
    for number, each in enumerate(found[::step]):
        name = f"x{number:03d}-{each.id}"
        if kind in ("run", "search"):
            yield damaged_copy(whole, place / name, each), each
        else:
            file = f"{name}{Path(each.file).suffix}"
            Damage(file, each.title, each.do).apply(place)
            yield place / file, each
    # Like a folder of another user's, nothing in it can be read, whoever runs these tests.
    closed = place / f"closed{Path(FILES[kind][0]).suffix if kind in ('data', 'looks') else ''}"
    closed.symlink_to(closed)
    yield closed, Damage("", "closed", b"")


def damaged_copy(original: Path, target: Path, damage: Damage) -> Path:
    """A copy of a folder with one damaged file; the others are links to the original's."""
    shutil.copytree(original, target, copy_function=os.link)
    for name in ("config.json", "status.json", "worker.log"):
        if (target / name).is_file():
            _own(target / name, original.name, target.name)
    damage.apply(target)
    return target


def _own(path: Path, old: str, new: str) -> None:
    """Replace a link by a copy in which the folder's name is its own."""
    text = path.read_text().replace(f'"{old}"', f'"{new}"')
    path.unlink()
    path.write_text(text)
