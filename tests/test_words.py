"""What people read: one galaxy is never '1 galaxies', and no message begins with a class of ours.

Counts with nouns go through `core.amounts.n_of`; settings are called by their labels or options.
"""

import ast
import re
from pathlib import Path

import pytest

from core.amounts import plural

ROOT = Path(__file__).parents[1]
WHOLE = {None, ",", "d", ".0f", ",.0f"}
"""Formats of whole numbers."""
NO_COUNTS = {
    "band.upper()": "a band's bases",
    "crossed[0]": "a row that runs from here to there",
    "own.get('origin')": "ones of an origin",
    "run.run_id": "a command with a file of spectra",
    "self.rp_coefficients": "one of two numbers, as '55 + 55 coefficients'",
    "_percent(row['level'])": "intervals of a level",
}


def f_strings():
    """Yield each f-string of the house with its file, and each noun that `n_of` is given."""
    for top in ("core", "dashboard"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
                if isinstance(node, ast.JoinedStr):
                    yield path.relative_to(ROOT), node, None
                elif (
                    isinstance(node, ast.Call)
                    and ast.unparse(node.func).split(".")[-1] == "n_of"
                    and isinstance(node.args[1], ast.Constant)
                ):
                    yield path.relative_to(ROOT), None, node.args[1].value


def bare_counts(node, counted):
    """Yield the numbers of an f-string that a noun in the plural follows, whatever they are."""
    for value, after in zip(node.values, node.values[1:], strict=False):
        if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
            continue
        spec = value.format_spec and value.format_spec.values[0].value
        number = ast.unparse(value.value)
        is_constant = re.fullmatch(r"[A-Z][A-Z0-9_]+", number.split(".")[-1])
        if spec in WHOLE and not is_constant and number not in NO_COUNTS:
            found = counted.match(after.value)
            if found:
                yield f"{{{number}}}{found.group()}"


def test_no_count_stands_before_a_noun_by_itself():
    every = list(f_strings())
    nouns = {noun for _, _, noun in every if noun}
    assert {"galaxy", "spectrum", "trial", "epoch"} <= nouns
    plurals = {plural(noun) for noun in nouns} | {plural(noun.split()[-1]) for noun in nouns}
    before = {noun.rpartition(" ")[0] for noun in nouns} - {""}
    counted = re.compile(rf"\** ((?:{'|'.join(before)}) )?({'|'.join(plurals)})\b(?!\.csv)")
    bare = [
        f"{path}:{node.lineno}: {words}"
        for path, node, _ in every
        if node
        for words in bare_counts(node, counted)
    ]
    if bare:
        pytest.fail("say these with core.amounts.n_of:\n" + "\n".join(bare), pytrace=False)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('f"{n:,} galaxies"', ["{n} galaxies"]),
        ('f"**{len(rows)} common galaxies** of"', ["{len(rows)} common galaxies"]),
        ('f"at least {MIN_GALAXIES} galaxies"', []),
        ('f"{share:.1f} galaxies"', []),
        ('f"{n} of these galaxies"', []),
    ],
)
def test_what_counts_as_a_bare_count(code, found):
    counted = re.compile(r"\** ((?:common) )?(galaxies)\b")
    assert list(bare_counts(ast.parse(code).body[0].value, counted)) == found


def test_no_message_names_a_class_of_ours():
    """A setting is named as forms and commands do: 'Epochs: ...', not 'TrainingConfig.epochs'."""
    classes, texts = set(), []
    for path in sorted((ROOT / "core").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.ClassDef):
                classes.add(node.name)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append((path.relative_to(ROOT), node.lineno, node.value))
    two_words = {name for name in classes if re.search("[a-z][A-Z]", name)}
    begins = re.compile(rf"(({'|'.join(two_words)})(\.\w+)*|({'|'.join(classes)})(\.\w+)+): ")
    named = [f"{path}:{line}: {text}" for path, line, text in texts if begins.match(text)]
    if named:
        pytest.fail("\n".join(named), pytrace=False)
