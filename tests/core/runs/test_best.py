"""The best of several runs, by the validation parts of their data."""

import json
import shutil

import pytest

from core.data.instrument import Instrument
from core.errors import RunError
from core.runs import (
    Run,
    best_run,
    best_run_for,
    validation_mae,
    why_best,
    why_others_are_not_ranked,
)
from tests.support.finished_runs import MADE


@pytest.fixture
def calibrated(make_run):
    """Return a function that makes a complete, calibrated run with these MAEs by epoch."""

    def make(run_id, *maes, origin="simulated", best_epoch=1, restores=True, release="", n=5_000):
        run = make_run(run_id, created=MADE)
        written = run.path / "config.json"
        config = json.loads(written.read_text(encoding="utf-8"))
        config["data"]["origin"] = origin
        if release:
            config["data"]["instrument"] = {"release": release}
        config["recipe"]["training"]["restore_best_weights"] = restores
        written.write_text(json.dumps(config), encoding="utf-8")
        run = Run(run.path)
        run.write_metrics(
            [
                {"epoch": epoch, "val_mae": mae, "loss": 1.0, "mae": mae, "val_loss": 1.0,
                 "learning_rate": 1e-3, "seconds": 1.0, "cpu_seconds": 1.0}
                for epoch, mae in enumerate(maes, start=1)
            ]
        )  # fmt: skip
        run.write_summary({"run_id": run_id, "best_epoch": best_epoch, "n_validation": n})
        run.calibration_path.write_bytes(b"a calibration")
        return run

    return make


def test_the_error_is_that_of_the_weights_that_were_kept(calibrated):
    assert validation_mae(calibrated("kept", 0.03, 0.02, 0.04, best_epoch=2)) == 0.02
    assert validation_mae(calibrated("last", 0.03, 0.02, 0.04, restores=False)) == 0.04


def test_the_error_is_that_of_the_finished_run_where_its_summary_tells(calibrated):
    run = calibrated("finished", 0.1)
    run.write_summary(run.summary() | {"validation_mae": 0.05})
    assert validation_mae(run) == 0.05
    assert "0.0500" in why_best(run)
    run.write_summary(run.summary() | {"validation_mae": "low"})
    with pytest.raises(RunError, match="validation_mae"):
        run.summary()
    assert validation_mae(run) is None


def test_the_lowest_error_is_the_best(calibrated, make_run):
    runs = [calibrated("a", 0.03), calibrated("b", 0.02), calibrated("c", 0.025), make_run("open")]
    assert best_run(runs) == runs[1]
    runs[1].calibration_path.unlink()
    assert best_run(runs) == runs[2]
    runs[2].annotate(archived=True)
    assert best_run(runs) == runs[0]
    assert best_run([]) is None
    assert best_run(runs[3:]) is None


def test_errors_on_other_spectra_are_not_compared(calibrated):
    simulated, observed = calibrated("a", 0.02), calibrated("b", 0.03, origin="observed")
    assert best_run([observed, simulated]) == observed
    assert best_run([simulated, observed]) == simulated
    dr3, dr4 = (calibrated(each[-3:].lower(), mae, origin="observed", release=each)
                for each, mae in (("Gaia DR3", 0.01), ("Gaia DR4", 0.02)))  # fmt: skip
    assert best_run([dr4, dr3]) == dr4


def test_a_quick_try_on_spectra_of_unknown_origin_is_not_the_best(calibrated):
    known = calibrated("known", 0.02)
    assert best_run([calibrated("untold", 0.01, origin="unknown"), known]) == known
    few = calibrated("few", 0.01, origin="observed", n=168)
    untold = calibrated("many", 0.01, origin="unknown")
    assert best_run([few, untold, known]) == known
    assert best_run([untold, few]) == few
    assert best_run([untold]) == untold
    assert why_best(untold) == (
        "the best calibrated run on spectra of unknown origin: the lowest MAE of the validation "
        "part (5,000 galaxies), 0.0100"
    )


def test_few_galaxies_do_not_compete_with_many(calibrated):
    few, many = calibrated("few", 0.01, n=999), calibrated("many", 0.02, n=1_000)
    assert best_run([few, many]) == many
    assert best_run([few, calibrated("fewer", 0.005, n=10)]).run_id == "fewer"
    same = calibrated("more", 0.02, n=2_000)
    assert best_run([many, same]) == same
    assert why_others_are_not_ranked(many, [many, same]) == ""
    other = calibrated("other", 0.01, origin="observed")
    assert why_others_are_not_ranked(many, [few, many, other]) == (
        "Not compared with it: runs on spectra of another origin or release or with fewer than "
        "1,000 galaxies in the validation part."
    )


def test_a_run_whose_curves_are_gone_is_none(calibrated):
    lost, whole = calibrated("lost", 0.01), calibrated("whole", 0.02)
    lost.metrics_path.unlink()
    assert validation_mae(lost) is None
    assert best_run([lost, whole]) == whole
    shutil.rmtree(whole.path)
    assert best_run([lost]) is None


def test_spectra_are_for_the_best_run_that_knows_their_instrument(calibrated):
    dr3, dr4 = (calibrated(each[-3:].lower(), mae, origin="observed", release=each)
                for each, mae in (("Gaia DR3", 0.01), ("Gaia DR4", 0.03)))  # fmt: skip
    better, untold = calibrated("b", 0.02, origin="observed", release="Gaia DR4"), [Instrument()]
    runs = [dr3, dr4, better]
    assert best_run_for(runs, [Instrument("Gaia DR3")]) == dr3
    assert best_run_for(runs, [Instrument("Gaia DR4", 156, 157)]) == better
    assert best_run_for(runs, [Instrument("Gaia DR5")]) is None
    assert best_run_for(runs, []) == best_run_for(runs, untold) == dr3


def test_one_that_was_calibrated_anew_with_such_spectra_is_the_next(calibrated):
    dr3, anew = (calibrated(each[-3:].lower(), 0.02, origin="observed", release=each)
                 for each in ("Gaia DR3", "Gaia DR4"))  # fmt: skip
    written = anew.path / "config.json"
    config = json.loads(written.read_text(encoding="utf-8"))
    config["recalibrated"] = config["data"] | {"instrument": {"release": "Gaia DR3"}}
    written.write_text(json.dumps(config), encoding="utf-8")
    anew = Run(anew.path)
    assert validation_mae(anew) is None
    assert best_run_for([dr3, anew], [Instrument("Gaia DR4")]) == anew
    assert best_run_for([dr3, anew], [Instrument("Gaia DR3")]) == dr3
