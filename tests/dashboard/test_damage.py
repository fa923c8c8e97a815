"""A broken neighbour breaks nothing: every screen, beside every damage of every file."""

import logging

import pytest

KINDS = ("run", "search", "data", "looks")
SECTIONS = {
    "calibration.npz": "Intervals",
    "densities.npz": "p(z)",
    "wavelength_map.npz": "Wavelengths",
    "map.json": "Wavelengths",
    "metrics.jsonl": "Training",
}


@pytest.fixture(autouse=True)
def quiet():
    """Hundreds of lines on what was left out go nowhere."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def house(damaged_house, folders, monkeypatch):
    """What is damaged in the folders that the screens read, of each kind."""

    def made(step):
        found = damaged_house(*KINDS, step=step)
        monkeypatch.setenv("XPZ_DATA_DIR", str(folders / "house" / "data"))
        monkeypatch.setenv("XPZ_RUNS_DIR", str(folders / "house" / "runs"))
        return found

    return made


def check(app, where):
    assert not app.exception, where
    assert not [each for each in app.error if "Internal error;" in each.value], where
    return app


def options(app, key):
    return [option for box in (*app.selectbox, *app.multiselect) if box.key == key
            for option in box.options]  # fmt: skip


def test_every_screen_stands_beside_every_damage(house, open_screen):
    house(step=1)
    for screen in ("home", "data", "train", "tune", "evaluate", "compare", "runs", "predict"):
        app = check(open_screen(screen, data="small", **ADDRESS.get(screen, {})), screen)
        damaged = " ".join(each.value for each in app.caption)
        assert "damaged:" in damaged, screen
        assert "small" in options(app, "data"), screen
        if screen in ("home", "runs"):
            assert any("healthy" in set(t.value.get("run", ())) for t in app.dataframe), screen
        elif screen in ("train", "evaluate", "predict"):
            assert any("healthy" in each for each in options(app, "run")), screen
        elif screen == "compare":
            assert any("healthy" in each for each in options(app, "runs"))
        elif screen == "tune":
            assert "healthy" in options(app, "search")


ADDRESS = {"train": {"run": "healthy"}, "tune": {"search": "healthy"}}


def test_a_damaged_one_that_is_chosen_is_a_sentence(house, open_screen):
    made = house(step=25)
    for path, damage in made["run"]:
        where = path.name, damage
        section = {"show": SECTIONS[damage.file]} if damage.file in SECTIONS else {}
        check(open_screen("evaluate", run=path.name, **section), where)
        check(open_screen("train", run=path.name), where)
        check(open_screen("runs", run=path.name, show="Model card"), where)
    for path, damage in made["search"]:
        check(open_screen("tune", search=path.name), (path.name, damage))
    for path, damage in made["data"]:
        check(open_screen("data", data=path.stem), (path.name, damage))
