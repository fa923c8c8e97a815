import numpy as np
import pandas as pd
import pytest
from astropy import units

from core.meanings import NOTHING, Meaning, agree, meanings_of, tell
from core.spectra import N_SAMPLES, Spectra

R = Meaning("mag", "phot.mag;em.opt.R", "Petrosian r")


def test_what_is_told_stays_with_a_table_and_its_parquet(tmp_path):
    table = tell(pd.DataFrame({"rmag": [19.5], "name": ["a"]}), {"rmag": R, "name": NOTHING})
    table.attrs["author"] = "me"
    table.to_parquet(tmp_path / "table.parquet")
    assert meanings_of(pd.read_parquet(tmp_path / "table.parquet")) == {"rmag": R}
    assert tell(table, {}).attrs == {"author": "me"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"units": {"v": units.km / units.s}, "ucds": None}, {"v": Meaning("km / s")}),
        ({"units": "mag", "descriptions": {"v": None}}, {}),
    ],
)
def test_attributes_of_another_make(told, expected):
    table = pd.DataFrame({"v": [1.0]})
    table.attrs = told
    assert meanings_of(table) == expected


def test_only_what_all_say_holds_for_all():
    milli = Meaning("mmag", R.ucd, R.description)
    meanings, said = agree([("r", R), ("v", Meaning("km/s")), ("r", milli), ("v", NOTHING)])
    assert meanings == {"r": Meaning("", R.ucd, R.description)}
    assert said.startswith(
        "Units differ from file to file in 'r' (mag, mmag), 'v' (km/s, none): the numbers are kept"
    )
    many = [(f"m{i}", each) for i in range(7) for each in (R, NOTHING)]
    assert "'m4' (mag, none) and 2 more columns: " in agree(many)[1]
    assert agree([("r", R), ("r", R), ("name", NOTHING)]) == ({"r": R}, "")


def test_spectra_that_are_taken_and_joined_keep_it():
    own = tell(pd.DataFrame({"rmag": [19.5, 20.5]}), {"rmag": R})
    spectra = Spectra(np.ones((2, N_SAMPLES), np.float32), np.arange(2), own=own)
    taken = spectra.take(np.array([1]))
    assert meanings_of(taken.own) == {"rmag": R}
    assert meanings_of(Spectra.concatenate([taken, spectra]).own) == {"rmag": R}
    other = Spectra(spectra.flux, spectra.source_id, own=pd.DataFrame({"rmag": [1.0, 2.0]}))
    assert meanings_of(Spectra.concatenate([spectra, other]).own) == {}
