"""A broken neighbour breaks nothing: every screen, beside every damage of every file."""

import json
import logging
import shutil

import pytest

from core.runs import Run
from dashboard.shared import state
from dashboard.shared.messages import with_code
from tests.support.apps import texts

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
        if screen == "home":  # which lists the best alone
            assert any("run" in table.value for table in app.dataframe)
        elif screen == "runs":
            assert any("healthy" in set(t.value.get("run", ())) for t in app.dataframe), screen
        elif screen in ("train", "evaluate", "predict"):
            assert any("healthy" in each for each in options(app, "run")), screen
        elif screen == "compare":
            assert any("healthy" in each for each in options(app, "runs"))
        elif screen == "tune":
            assert any("healthy" in each for each in options(app, "search"))


ADDRESS = {"train": {"run": "healthy"}, "tune": {"search": "healthy"}}


def test_a_damaged_one_that_is_chosen_is_a_sentence(house, open_screen):
    made = house(step=40)
    for path, damage in made["run"]:
        where = path.name, damage
        section = {"show": SECTIONS[damage.file]} if damage.file in SECTIONS else {}
        check(open_screen("evaluate", run=path.name, **section), where)
        check(open_screen("train", run=path.name), where)
        check(open_screen("predict", run=path.name), where)
        check(open_screen("compare", runs=["healthy", path.name]), where)
        check(open_screen("runs", run=path.name, show="Model card"), where)
    for path, damage in made["search"]:
        check(open_screen("tune", search=path.name), (path.name, damage))
    for path, damage in made["data"]:
        check(open_screen("data", data=path.stem), (path.name, damage))


@pytest.mark.parametrize("address", [("evaluate", "show"), ("reproduce", "step")])
def test_a_run_without_curves_says_so(house, open_screen, folders, address):
    house(step=1000)
    metrics = folders / "house" / "runs" / "healthy" / "metrics.jsonl"
    metrics.unlink()  # a link to one that other tests share
    metrics.touch()
    screen, key = address
    app = check(open_screen(screen, run="healthy", **{key: "Training"}), screen)
    assert "no training curves" in texts(app.info)


@pytest.mark.parametrize("name", ["val_loss", "seconds"])
def test_an_epoch_without_a_number_is_damage(house, open_screen, folders, name):
    house(step=1000)
    metrics = folders / "house" / "runs" / "healthy" / "metrics.jsonl"
    epochs = [json.loads(line) for line in metrics.read_text().splitlines()]
    metrics.unlink()  # a link to one that other tests share
    lines = [json.dumps({key: epoch[key] for key in epoch if key != name}) for epoch in epochs]
    metrics.write_text("\n".join([*lines, ""]))
    for screen, address in (("train", {}), ("evaluate", {"show": "Training"})):
        app = check(open_screen(screen, run="healthy", **address), screen)
        assert f"expected a number for '{name}' in every line" in texts(app.error)


@pytest.fixture
def hurt(house, folders):
    """A run, a search and a data set called `hurt`, of which nothing can be listed."""
    house(step=1000)
    root = folders / "house"
    for place in ("runs", "runs/searches"):
        shutil.copytree(root / place / "healthy", root / place / "hurt")
        (root / place / "hurt" / "config.json").write_text("{")
    shutil.copytree(root / "runs" / "healthy", root / "runs" / "second")
    whole = (root / "data" / "small.parquet").read_bytes()
    (root / "data" / "hurt.parquet").write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("screen", "kind", "address"),
    [
        *((screen, "run", {"run": "hurt"}) for screen in ("evaluate", "train", "predict", "runs")),
        ("compare", "run", {"runs": ["healthy", "hurt"]}),
        ("evaluate", "run", {"run": "healthy", "show": "Inspect", "other": "hurt",
                             "queue": "Disagreement"}),
        ("tune", "search", {"search": "hurt"}),
        ("home", "data set", {"data": "hurt"}),
        ("data", "data set", {"data": "hurt"}),
    ],
)  # fmt: skip
def test_a_damaged_one_in_the_address_is_said_to_be_damaged(
    hurt, open_screen, screen, kind, address
):
    (error,) = [error for path, error in state.damaged(kind).items() if path.stem == "hurt"]
    app = check(open_screen(screen, **address), screen)
    assert with_code(error) in [each.value for each in app.error]
    assert "does not exist" not in texts(app.warning)
    assert "do not exist" not in texts(app.warning)


def test_what_is_not_there_at_all_does_not_exist(hurt, open_screen):
    app = check(open_screen("evaluate", run="gone", data="gone"), "evaluate")
    assert "names a run that does not exist" in texts(app.warning)
    assert "names a data set that does not exist" in texts(app.warning)
    app = check(open_screen("compare", runs=["healthy", "gone"]), "compare")
    assert "names runs that do not exist" in texts(app.warning)


def test_every_damaged_run_can_be_deleted(house, open_screen, folders):
    for path, damage in house(step=40)["run"]:
        if Run(path).damage() is None:
            continue
        app = check(open_screen("runs", run=path.name), path.name)
        (delete,) = [each for each in app.button if each.key == "delete"]
        check(delete.click().run(), (path.name, damage))
        said = "cannot be moved to the trash" in texts(app.error)
        assert said == (damage.title == "closed"), (path.name, damage)
        assert said or not path.exists(), (path.name, damage)
