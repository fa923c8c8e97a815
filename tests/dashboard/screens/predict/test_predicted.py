"""What the Predict screen holds between two clicks."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.evaluation.known_redshifts import Inside, KnownRedshifts
from core.spectra import Spectra
from dashboard.screens.predict import files as held
from dashboard.screens.predict.beside_known import explained
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.intake import SAMPLE
from dashboard.screens.predict.read_file import ReadFile, problems, read, unusable
from dashboard.screens.predict.what_was_read import files_table


def made(name: str, n: int, **columns: object) -> ReadFile:
    flux = np.tile(np.arange(186, dtype=np.float32), (n, 1))
    spectra = Spectra(flux, np.arange(n) + 2**62, **columns)
    return ReadFile(
        name,
        name,
        spectra,
        n,
        (("table", "csv"),),
        {"flux": "flux", "z": "none"},
        unusable(spectra),
    )


@pytest.mark.parametrize(
    ("probability", "words"), [(2e-3, "in 0.2 % of"), (1e-9, "in less than 0.0001 % of")]
)
def test_how_rare_a_file_is_never_becomes_a_false_number(probability, words) -> None:
    within = Inside(100, 99, 0.68, 58, 77, probability)
    found = KnownRedshifts(100, 100, 0.02, 0.01, 0.03, within)
    estimator = SimpleNamespace(run=SimpleNamespace(summary=lambda: None), interval_note="")
    told = explained(estimator, found)
    assert words in told
    assert "of them: a rare file" in told
    estimator.interval_note = "For another prior."
    other = explained(estimator, found)
    assert "For another prior" in other
    assert "of them: the prior, a rare file" in other
    assert "with 100 galaxies, chance can move it this far." in told


def test_rows_of_the_catalogue_are_found_in_their_files() -> None:
    files = [made("a", 3), ReadFile("b", "b", refused=("b: no.",)), made("c", 2)]
    intake = Intake(files)
    found = [intake.locate(position) for position in range(5)]
    assert [(file.name, row) for file, row in found] == [
        *(("a", 0), ("a", 1), ("a", 2)),
        *(("c", 0), ("c", 1)),
    ]
    assert intake.n == 5


@pytest.mark.parametrize("n", [3, 6])
def test_only_few_spectra_wait_for_a_visitor_elsewhere(
    monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    monkeypatch.setattr(held, "MAX_KEPT", 5)
    intake = Intake([made("a", n)])
    intake.set_aside()
    assert intake.source == "kept"
    assert intake.at_hand == (n <= 5)
    assert intake.n == n


def test_what_is_left_of_files_is_known_again_though_their_spectra_were_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held, "MAX_KEPT", 5)
    intake, refused = Intake([made("a", 4), made("b", 3), made("c", 2)]), {"b": "b: of DR4."}
    kept = [intake.contents, intake.leave_out(refused).contents]
    assert [len(set(contents)) for contents in kept] == [3, 2]
    released = Intake([made("a", 4), made("b", 3), made("c", 2)])
    released.set_aside()
    assert not released.at_hand
    left = released.leave_out(refused)
    assert [released.contents, left.contents] == kept
    assert released.leave_out(dict(refused)) is left


def test_problems_name_file_row_and_source() -> None:
    table = problems([made("a", 3), made("b", 3, problems={2: "flux_1 is 'x'."})])
    assert table.to_dict("records") == [
        {"file": "b", "row": 3, "source_id": str(2**62 + 2), "why": "flux_1 is 'x'."}
    ]


def test_the_list_of_files_leaves_out_what_none_of_them_has() -> None:
    table = files_table([made("a", 3)])
    assert list(table.columns) == ["file", "what", "spectra", "unusable", "flux"]


def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path: Path) -> None:
    refused = read("1", "letter.csv", b"Dear all,\nplease find enclosed\n")
    assert not refused.is_served
    assert refused.refused[0].startswith("letter.csv: ")


def test_the_sample_is_small_and_whole() -> None:
    assert SAMPLE.stat().st_size < 400_000
    sample = read("sample", SAMPLE.name, SAMPLE)
    assert (sample.n, sample.refused) == (66, ())
    assert sample.spectra is not None
    assert sample.spectra.z is not None
    assert np.isfinite(sample.spectra.z).sum() == 62
    # Two galaxies lack a band.
    assert list(sample.unusable) == [60, 61]
    assert Intake([sample]).n_usable == 64
