"""`xpz archive check`: what a release offers, in lines and as JSON."""

import json

import pytest
from click.testing import CliRunner

from core.cli import main
from tests.support import archive_redshifts, archive_tables

TYPES = ["EPOCH_SPECTRUM_XP", "MEAN_SPECTRUM_XP", "MEAN_SPECTRUM_XP_GRAVLENS"]


@pytest.fixture
def check(archive, monkeypatch):
    monkeypatch.setenv("XPZ_ARCHIVE", archive.url)
    return lambda *words: CliRunner().invoke(main, ["archive", "check", *words])


def place_of(output, label):
    (line,) = (line for line in output.splitlines() if line.strip().startswith(label))
    return line.strip().removeprefix(label).strip()


def test_an_archive_with_other_names_is_understood(check, archive):
    archive.layout, archive.types = archive_tables.OTHER, {"Gaia DR4": TYPES}
    result = check()
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"Gaia DR4 at {archive.url}")
    flag = place_of(result.stdout, "flag of XP spectra")
    assert flag == "gaia_archive_dr4.spectral_products.mean_spectrum_available; by its description"
    assert place_of(result.stdout, "class by variability").startswith("not there; the purer sample")
    assert place_of(result.stdout, "XP spectra by DataLink") == (
        f"MEAN_SPECTRUM_XP; of {', '.join(TYPES)}"
    )
    assert lines[-3:] == [
        "Ids, cones, numbers of galaxies and ADQL can be asked for.",
        "Spectra come by DataLink, as MEAN_SPECTRUM_XP.",
        "A table leads ids of an older release to this one.",
    ]


def test_scripts_get_all_of_it(check, archive):
    told = json.loads(check("--release", "Gaia DR3", "--json").stdout)
    assert told["release"] == "Gaia DR3"
    assert told["found"]["galaxy candidates"] == {
        "place": "gaiadr3.galaxy_candidates",
        "how": "by its name",
    }
    assert told["missing"]["XP spectra as array columns"] == "spectra come by DataLink"
    assert told["missing"]["table of spectroscopic redshifts"].startswith("first light takes them")
    assert told["retrieval_types"] == ["XP_CONTINUOUS", "XP_SAMPLED"]
    assert told["retrieval_type"] == "XP_CONTINUOUS"
    assert "gaiadr3.qso_candidates" in told["tables"]
    assert told["can_fetch"] is True


def test_a_table_of_redshifts_is_told_with_the_way_to_it(check, archive):
    archive.layout = archive_redshifts.layout_with(archive_redshifts.LAMOST)
    archive.sources = archive_redshifts.with_spectroscopy(archive.sources, archive.sources["dec"])
    place = place_of(check("--release", "Gaia DR3").stdout, "table of spectroscopic redshifts")
    assert place == "external.lamost_dr9_lrs; joined by place on the sky"


def test_what_lacks_is_said(check, archive):
    archive.layout = archive_tables.without(archive_tables.DR3, "galaxy_candidates")
    archive.tells_types = False
    result = check("--release", "Gaia DR3")
    assert result.exit_code == 0
    assert "Ids and ADQL can be asked for; cones and numbers of galaxies cannot." in result.stdout
    assert "its types could not be learned: Gaia DR3: this archive has no galaxy" in result.stdout


def test_a_service_without_spectra_fails_the_check(check, archive):
    result = check("--release", "Gaia DR3", "--service", f"{archive.url}/tap")
    assert result.exit_code == 1
    assert "No spectra come from this service: fetch them elsewhere by --ids." in result.stdout


def test_a_mirror_with_array_columns_is_enough(check, archive):
    archive.layout = archive_tables.MIRROR
    result = check("--release", "Gaia DR3", "--service", f"{archive.url}/tap")
    assert result.exit_code == 0
    assert "Spectra come with their sources by one query, as array columns." in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--release", "Gaia DR4"), "Release: expected one of Gaia DR2, Gaia DR3"),
        (("--release", "Gaia DR2"), "--release: expected Gaia DR3, Gaia DR4 or a later one"),
        (("--release", "banana"), "--release: expected a release of Gaia, such as 'Gaia DR3'"),
        (("--service", "eso"), "expected an address such as https://gea.esac.esa.int, or one of"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(check, words, message):
    result = check(*words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output
