"""Units, UCDs and descriptions of an input's own columns, from every format to every format."""

import io
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy import units
from astropy.io import fits, votable
from astropy.table import Table
from pyarrow import parquet

from core.data.account import Account
from core.data.asked_ids import read_ids
from core.data.crossmatch import crossmatch
from core.data.instrument import Instrument
from core.data.redshift_tables import Redshifts
from core.data.source_tables import read_sources
from core.data.spectra.files import open_spectra
from core.errors import DataError
from core.meanings import Meaning, tell
from core.prediction.catalogue.catalogue import predict_files
from core.prediction.catalogue.formats import to_bytes
from core.prediction.catalogue.joined import Part, make_catalogue
from core.prediction.catalogue.with_own import with_own
from core.spectra import N_SAMPLES, Spectra

BIG = 2**62
PROVENANCE = {"interval_level": 0.9}
ABOUT = {
    "rmag": ("mag", "phot.mag;em.opt.R", "Petrosian r, corrected for extinction"),
    "vel": ("km/s", "spect.dopplerVeloc", ""),
    "zErr": ("", "", "Error of the pipeline's redshift"),
    "survey": ("", "meta.bib", "Where it was observed"),
    "rA": ("deg", "pos.eq.ra", "Right ascension"),  # known by its name, given in radians
    "z": ("", "src.redshift.phot", "Redshift of our template fit"),  # called z_spec
}


def own_table():
    """Return a table of spectra as an astronomer has it; its RA is in radians."""
    table = Table({"source_id": BIG + np.arange(3), "flux": np.ones((3, N_SAMPLES), np.float32)})
    columns = {
        "rmag": [19.5, 20.5, 21.5],
        "vel": [100, 200, 300],
        "zErr": [0.1, 0.2, 0.3],
        "survey": ["SDSS", "DESI", "GAMA"],
        "rA": np.radians([15.0, 30.0, 45.0]),
        "z": [0.1, 0.2, 0.3],
    }
    for name, values in columns.items():
        unit, ucd, about = ABOUT[name]
        table[name] = values
        table[name].unit = "rad" if name == "rA" else unit or None
        table[name].description = about or None
        table[name].meta = {"ucd": ucd} if ucd else {}
    return table


def write_fields(table, path):
    """Write Parquet as this program does: what columns mean is in the fields' metadata."""
    columns = {name: table[name].tolist() for name in table.colnames}
    plain, fields = pa.table(columns), []
    for field in plain.schema:
        unit, ucd, about = ABOUT.get(field.name, ("", "", ""))
        unit = "rad" if field.name == "rA" else unit
        told = {"unit": unit, "ucd": ucd, "description": about}
        fields.append(field.with_metadata({key: text for key, text in told.items() if text}))
    parquet.write_table(plain.cast(pa.schema(fields)), path)


def write_cards(table, path):
    """Write FITS as TOPCAT does: what columns mean is in TUNITn, TUCDn and TCOMMn."""
    bare = Table({name: table[name].data for name in table.colnames})
    hdu = fits.table_to_hdu(bare)
    for number, name in enumerate(table.colnames, 1):
        unit, ucd, about = ABOUT.get(name, ("", "", ""))
        unit = "rad" if name == "rA" else unit
        for key, text in (("TUNIT", unit), ("TUCD", ucd), ("TCOMM", about)):
            if text:
                hdu.header[f"{key}{number}"] = text
    hdu.writeto(path)


def write_voparquet(table, path):
    """Write Parquet with a VOTable of its columns, as TOPCAT does."""
    document = votable.from_table(table[:0])
    document.to_xml(text := io.BytesIO())
    columns = {name: table[name].tolist() for name in table.colnames}
    about = {"IVOA.VOTable-Parquet.version": "1.0", "IVOA.VOTable-Parquet.content": text.getvalue()}
    parquet.write_table(pa.table(columns).replace_schema_metadata(about), path)


INPUTS = {
    "astropy.fits": lambda table, path: table.write(path),
    "topcat.fits": write_cards,
    "table.vot": lambda table, path: table.write(path, format="votable"),
    "table.ecsv": lambda table, path: table.write(path, format="ascii.ecsv"),
    "astropy.parquet": lambda table, path: table.write(path),
    "fields.parquet": write_fields,
    "topcat.parquet": write_voparquet,
}


def catalogue_of(path):
    """Return the catalogue that a file's own columns are in, with redshifts made up."""
    parts = []
    for spectra in open_spectra(path).chunks(2):  # in two blocks
        ours = {"source_id": spectra.source_id, **dict.fromkeys(("z", "sigma_z"), 0.1), "flags": 0}
        table = with_own(pd.DataFrame(ours), spectra)
        parts.append(Part.of(path.name, table, spectra))
    account = Account("spectra", rows=3)
    table, _ = make_catalogue(parts, account)
    assert not account.notes
    return table


def read_about(content, ending):
    """Return units, UCDs and descriptions by an independent reader, by the columns' names."""
    if ending == ".fits":
        header = fits.open(io.BytesIO(content))[1].header
        numbers = range(1, header["TFIELDS"] + 1)
        keys = ("TUNIT", "TUCD", "TCOMM")
        return {
            header[f"TTYPE{i}"]: tuple(header.get(f"{key}{i}", "") for key in keys) for i in numbers
        }
    if ending == ".parquet":
        found = {}
        for field in parquet.read_schema(io.BytesIO(content)):
            told = {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}
            found[field.name] = tuple(told.get(k, "") for k in ("unit", "ucd", "description"))
        return found
    format = {".vot": "votable", ".ecsv": "ascii.ecsv"}[ending]
    source = content.decode() if ending == ".ecsv" else io.BytesIO(content)
    table = Table.read(source, format=format)
    return {
        name: (
            "" if table[name].unit is None else table[name].unit.to_string(),
            table[name].meta.get("ucd", "") or "",
            table[name].description or "",
        )
        for name in table.colnames
    }


@pytest.mark.parametrize("name", INPUTS)
def test_what_a_file_says_of_its_columns_is_in_every_catalogue(name, tmp_path):
    INPUTS[name](own_table(), tmp_path / name)
    table = catalogue_of(tmp_path / name)
    np.testing.assert_allclose(table["rA"], [15.0, 30.0, 45.0])
    for ending in (".vot", ".fits", ".ecsv", ".parquet"):
        found = read_about(to_bytes(table, ending, PROVENANCE), ending)
        for column, (unit, ucd, about) in ABOUT.items():
            there = found["z_spec" if column == "z" else column]
            assert units.Unit(there[0]) == units.Unit(unit), (ending, column)
            assert there[1:] == (ucd, about), (ending, column)
        assert found["z"][2] == "Redshift"  # ours stay ours


def test_what_a_file_says_of_velocities_is_not_said_of_the_redshifts_made_of_them():
    cells = tell(pd.DataFrame({"z": [29979.2458, np.nan]}), {"z": Meaning("km/s", "", "c z")})
    z = np.array([0.1, np.nan])
    ours = pd.DataFrame({"source_id": [BIG, BIG + 1], "z": 0.1, "sigma_z": 0.1, "flags": 0})
    flux = np.ones((2, N_SAMPLES), np.float32)
    spectra = Spectra(flux, np.arange(2), z=z, own=cells, z_column=np.array(["z", "z"]))
    table = with_own(ours, spectra)
    found = read_about(to_bytes(table, ".parquet", PROVENANCE), ".parquet")
    assert found["z_spec"] == ("", "src.redshift", "Known redshift of the input")
    assert found["z_input"] == ("km/s", "", "c z")
    np.testing.assert_array_equal(table["z_input"], cells["z"])


NASTY = ["nonsense thing", "[cm/s2]", "mag(AB)", "h:m:s", "1e-17 erg/s/cm**2/Ang", "ü <x> & 'y'"]


def test_units_that_no_standard_knows_are_kept_as_they_are():
    own = pd.DataFrame({unit: [1.0] for unit in NASTY})
    own.columns = names = [f"c{i}" for i in range(len(NASTY))]
    told = {n: Meaning(unit, "no UCD", "a\nb") for n, unit in zip(names, NASTY, strict=True)}
    table = tell(pd.concat([pd.DataFrame({"source_id": [BIG]}), own], axis=1), told)
    for ending in (".vot", ".fits", ".ecsv", ".parquet"):
        content = to_bytes(table, ending, PROVENANCE)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # astropy's, of the units
            found = read_about(content, ending)
        for column, unit in zip(names, NASTY, strict=True):
            expected = {("[cm/s2]", ".ecsv"): "dex(cm / s2)"}.get((unit, ending), unit)
            expected = expected.replace("ü", r"\xfc") if ending == ".fits" else expected
            assert found[column][0] == expected, ending


@pytest.mark.parametrize("ending", [".vot", ".fits", ".ecsv", ".ecsv.gz", ".parquet"])
def test_the_release_of_the_ids_goes_through_a_catalogue_and_a_match(ending, tmp_path):
    table = own_table()
    table["source_id"].description = "Gaia DR3 source id"
    table["dec"] = [1.0, 2.0, 3.0]
    table.write(tmp_path / "in.vot", format="votable")
    path = tmp_path / f"z{ending}"
    path.write_bytes(to_bytes(catalogue_of(tmp_path / "in.vot"), ending, PROVENANCE))
    account = Account("sources")
    sources = read_sources(path, account=account)
    assert account.release == "Gaia DR3"
    with pytest.raises(DataError, match="identifiers of Gaia DR4 in column 'source_id', found"):
        read_ids(path, "DR4")
    nowhere = (np.array(sources[axis], float) for axis in ("ra", "dec"))
    matched, _ = crossmatch(sources, Redshifts(*nowhere, np.full(3, 0.2), *[np.arange(3)] * 2), 1)
    path.write_bytes(to_bytes(matched, ending, {}))
    read_sources(path, account=(account := Account("sources")))
    assert account.release == "Gaia DR3"


def test_ids_of_an_unknown_release_or_of_several_tell_none(tmp_path):
    spectra = Spectra(np.ones((3, N_SAMPLES), np.float32), BIG + np.arange(3))
    rows = [replace(spectra, instrument=np.tile(Instrument(of).row(), (3, 1))) for of in
            ("Gaia DR3", "Gaia DR4", "")]  # fmt: skip
    table = pd.DataFrame({"source_id": spectra.source_id, "z": 0.1, "sigma_z": 0.1, "flags": 0})
    for given in (rows, rows[2:], [replace(rows[0], has_ids=False)]):
        parts = [Part.of("t", table, each) for each in given]
        found, _ = make_catalogue(parts, Account("spectra", rows=3 * len(parts)), "first")
        about = read_about(to_bytes(found, ".parquet", PROVENANCE), ".parquet")
        assert about["source_id"][2].startswith("Gaia source identifier of the input")


def test_positions_in_hours_are_made_degrees_and_said(tmp_path):
    table = own_table()
    table.remove_column("rA")
    table["ra"], table["dec"] = ["10:00:00", "", "00:06:00"], ["-01:30:00", "2:0:0", "3:0:0"]
    table["name"] = ["10:00:00"] * 3
    table.write(tmp_path / "t.fits")
    found = catalogue_of(tmp_path / "t.fits")
    np.testing.assert_array_equal(found["ra"], [150, np.nan, 1.5])
    np.testing.assert_allclose(found["dec"], [-1.5, 2, 3])
    assert found["name"].tolist() == ["10:00:00"] * 3
    told = read_about(to_bytes(found, ".vot", PROVENANCE), ".vot")
    assert (told["ra"][0], told["dec"][0]) == ("deg", "deg")
    file = open_spectra(tmp_path / "t.fits")
    list(file.chunks(2))
    file.enter(account := Account("spectra"))
    assert sorted(account.notes) == [
        f"t.fits: column '{axis}': text such as 10:00:00, made degrees" for axis in ("dec", "ra")
    ]


def test_positions_in_two_notations_stay_text_and_it_is_said(tmp_path):
    table = own_table()
    table.remove_column("rA")
    table["ra"] = ["10:00:00", "150.5", "10:00:00"]
    table.write(tmp_path / "t.fits")
    file = open_spectra(tmp_path / "t.fits")
    (spectra,) = file.chunks(3)
    assert spectra.own["ra"].tolist() == ["10:00:00", "150.5", "10:00:00"]
    file.enter(account := Account("spectra"))
    assert account.notes == ["t.fits: column 'ra': not all in one notation of angles, kept as text"]


def test_a_declared_unit_of_another_quantity_is_not_renamed_into_ours():
    table = tell(
        pd.DataFrame({"source_id": [BIG], "ra": [3.0], "dec": [2.0]}), {"ra": Meaning("km/s")}
    )
    found = read_about(to_bytes(table, ".parquet", PROVENANCE), ".parquet")
    assert found["ra"] == ("km/s", "", "")
    assert found["dec"] == ("deg", "pos.eq.dec", "Declination")


def test_files_that_differ_in_a_unit_give_none_and_say_so(estimator, galaxies, tmp_path):
    for name, unit in (("a.fits", "mag"), ("b.fits", "mmag")):
        table = Table({"source_id": BIG + np.arange(5), "flux": galaxies.flux[:5]})
        table["rmag"], table["vel"] = np.arange(5.0), np.arange(5.0)
        table["rmag"].unit, table["vel"].unit = unit, "km/s"
        table.write(tmp_path / name)
    found = predict_files(estimator, [tmp_path / "a.fits", tmp_path / "b.fits"])
    told = read_about(to_bytes(found.table, ".fits", PROVENANCE), ".fits")
    assert (told["rmag"][0], told["vel"][0]) == ("", "km s-1")
    (note,) = found.account.notes
    assert note.startswith("Units differ from file to file in 'rmag' (mag, mmag): the numbers are")
