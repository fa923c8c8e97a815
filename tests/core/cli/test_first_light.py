"""`xpz first-light`: what it is asked, what it says and where."""

import pytest


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What the command asks for, in place of half an hour's work."""
    calls = []

    def work(folder, config, say, progress):
        calls.append((folder, config))
        say("1/7 Redshifts: it is asked; \x1b[31mexpected")
        progress(3, 10, "spectra")
        return folder / "report.html"

    monkeypatch.setattr("core.first_light.first_light", work)
    return calls


def test_what_is_asked_reaches_the_work_and_the_report_is_printed(xpz, asked, tmp_path):
    out, table = tmp_path / "light", tmp_path / "specObj.fits"
    table.write_bytes(b"")
    words = ("--galaxies", 500, "--redshifts", table, "--radius", 1.5, "--service", "aip")
    result = xpz("first-light", "--out", out, "--release", "Gaia DR4", *words, "--seed", 3)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{out / 'report.html'}\n"
    assert "1/7 Redshifts: it is asked; \\x1b[31mexpected\n" in result.stderr
    ((folder, config),) = asked
    assert folder == out
    assert (config.galaxies, config.release, config.seed) == (500, "Gaia DR4", 3)
    assert (config.redshifts, config.radius_arcsec) == (str(table), 1.5)
    assert config.archive.service.name == "aip"


def test_an_impossible_question_is_one_sentence(xpz, asked, tmp_path):
    result = xpz("first-light", "--out", tmp_path / "light", "--galaxies", 5)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: First light: expected 300 galaxies or more, received 5")
    assert asked == []
    assert not (tmp_path / "light").exists()


def test_ctrl_c_is_answered_with_what_to_do(xpz, monkeypatch, tmp_path):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.first_light.first_light", interrupted)
    result = xpz("first-light", "--out", tmp_path / "light")
    assert result.exit_code == 130
    assert "Everything done is kept, and a training goes on by itself" in result.stderr
