"""Data: the sections, uploads good and bad, hostile addresses."""

import dataclasses
import gzip
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.data.dataset import Dataset, load_dataset, save_dataset
from core.data.split import SplitConfig, split_by_source
from core.data.statistics import average_spectra
from dashboard.screens.data import upload
from dashboard.screens.data.store import safe_name
from dashboard.shared import state
from dashboard.shared import store as cache
from tests.support.apps import texts, unmarked

OpenScreen = Callable[..., AppTest]


def chart(app: AppTest) -> str:
    """Return the specification of the only chart, as readable JSON."""
    (found,) = [*app.get("vega_lite_chart"), *app.get("plotly_chart")]
    return json.dumps(json.loads(found.proto.spec), ensure_ascii=False)


def csv_table(dataset: Dataset, rows: int = 20) -> pd.DataFrame:
    table = pd.DataFrame(
        dataset.flux[:rows].astype(float), columns=[f"flux_{i}" for i in range(186)]
    )
    table.insert(0, "source_id", dataset.source_id[:rows])
    return table.assign(z=dataset.z[:rows])


def called(fields: Iterable[Any], label: str) -> Any:
    """Return the one of these fields that has a label: their keys hold the id of a file."""
    (field,) = (each for each in fields if each.label == label)
    return field


def as_csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def upload_spectra_alone(open_screen: OpenScreen, table: pd.DataFrame) -> AppTest:
    """Upload a table without its redshifts, which are then asked for."""
    app = open_screen("data", section="Add data")
    return app.file_uploader[0].upload("flux.csv", as_csv(table.drop(columns="z"))).run()


def files(folders: Path) -> set[str]:
    return {path.name for path in (folders / "data").iterdir()}


@pytest.mark.parametrize(
    "section", ["Redshifts", "Average spectra", "Single spectrum", "Split", "Add data"]
)
def test_every_section_opens_and_says_simulated(
    open_screen: OpenScreen, dataset: Dataset, section: str
) -> None:
    app = open_screen("data", section=section)
    assert not app.exception
    assert not app.error
    assert not app.warning
    assert "badge[simulated]" in app.main.markdown[0].value
    if section != "Add data":
        assert "*Simulated* data." in app.main.caption[-1].value


def test_without_data_the_screen_offers_to_add_some(open_screen: OpenScreen) -> None:
    app = open_screen("data")
    assert not app.exception
    assert [each.value for each in app.info] == [
        "None yet: upload a table or simulate a data set above."
    ]
    assert app.file_uploader


def test_statistics_stand_beside_the_published_ones(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    app = open_screen("data")
    table = app.dataframe[0].value.set_index("quantity")
    assert table.loc["Median", "this_set"] == pytest.approx(np.median(dataset.z))
    assert table.loc["Percentile 90", "this_set"] == pytest.approx(np.percentile(dataset.z, 90))
    # With the digits that were printed: none is filled up with zeros.
    assert table.loc["Percentile 90", "published"] == "0.2586"
    assert table.loc["Median", "published"] == "0.126"


def test_bin_width_of_the_address_reaches_the_chart(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    app = open_screen("data", bin="0.05")
    assert app.text_input(key="bin").value == "0.05"
    assert "Galaxies per bin of 0.05" in chart(app)
    app.text_input(key="bin").set_value("0.02").run()
    assert "Galaxies per bin of 0.02" in chart(app)


@pytest.mark.parametrize("value", ["0", "-1", "nan", "1e9", "<script>", "../x", ""])
def test_a_hostile_bin_width_is_refused_at_its_field(
    open_screen: OpenScreen, dataset: Dataset, value: str
) -> None:
    app = open_screen("data", bin=value)
    assert not app.exception
    said = "Bin width [redshift]: expected a number from 0.001 to 0.1; "
    assert said in texts(app.markdown)
    assert not app.get("vega_lite_chart")
    app.text_input(key="bin").set_value("0.02").run()
    assert "Galaxies per bin of 0.02" in chart(app)


@pytest.mark.parametrize("value", ["Nothing", "", "__import__('os')"])
def test_hostile_section_falls_back_with_a_notice(
    open_screen: OpenScreen, dataset: Dataset, value: str
) -> None:
    app = open_screen("data", section=value)
    assert not app.exception
    assert "another one is shown" in app.warning[0].value
    assert "Galaxies per bin" in chart(app)


def test_average_ranges_can_be_edited(open_screen: OpenScreen, dataset: Dataset) -> None:
    app = open_screen("data", section="Average spectra")
    app.session_state["ranges"] = {
        "edited_rows": {0: {"z_high": "0.15"}},
        "added_rows": [],
        "deleted_rows": [2, 3, 4, 5],
    }
    app.run()
    assert not app.exception
    assert "0–0.15" in chart(app)
    assert "0.5–0.6" not in chart(app)


def test_published_means_beside_medians_are_said_to_be_means(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    app = open_screen("data", section="Average spectra")
    app.toggle(key="published_curves").set_value(True).run()
    said = "The published curves are means"
    assert said not in texts(app.caption)
    app.segmented_control(key="curve").set_value("median").run()
    assert said in texts(app.caption)
    app.toggle(key="normalised").set_value(True).run()
    assert said not in texts(app.caption)


def test_normalised_averages_are_those_of_shapes_drawn_and_in_the_file(
    open_screen: OpenScreen, dataset: Dataset, files: Callable[[str], str]
) -> None:
    app = open_screen("data", section="Average spectra")
    app.toggle(key="normalised").set_value(True).run()
    assert "Flux / mean flux" in chart(app)
    table = pd.read_csv(io.StringIO(files("small-average-shapes.csv")))
    low = float(table["z_low"][table["n"].idxmax()])
    (average,) = average_spectra(dataset, [(low, round(low + 0.1, 1))], normalised=True)
    shown = table.query("z_low == @low")
    for name in ("mean", "median", "p16", "p84"):
        np.testing.assert_allclose(shown[f"shape_{name}"], getattr(average, name), rtol=1e-6)
    app.toggle(key="normalised").set_value(False).run()
    assert "mean" in pd.read_csv(io.StringIO(files("small-average-spectra.csv")))


def test_a_range_upside_down_is_refused_in_a_sentence(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    app = open_screen("data", section="Average spectra")
    app.session_state["ranges"] = {
        "edited_rows": {0: {"z_low": "0.3"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    assert not app.exception
    assert "received 0\\.3 to 0\\.1" in app.error[0].value


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0,15", "Row 1, z_spec to: expected a number, received '0,15'. Write decimals with a"),
        ("15", "Row 1: expected 0 <= from < to <= 1.5, received 0 to 15."),
    ],
)
def test_the_end_of_a_range_is_read_as_typed_or_refused(
    open_screen: OpenScreen, dataset: Dataset, typed: str, said: str
) -> None:
    app = open_screen("data", section="Average spectra")
    app.session_state["ranges"] = {
        "edited_rows": {0: {"z_high": typed}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    assert said in texts(app.error)
    assert app.session_state["ranges_left"]["z_high"].iloc[0] == typed


def test_a_source_is_found_by_all_its_digits(open_screen: OpenScreen, dataset: Dataset) -> None:
    # As floats, this id and its neighbour are the same number.
    source_id = int(dataset.source_id[7])
    assert float(source_id) == float(dataset.source_id[8])
    app = open_screen("data", section="Single spectrum", source=str(source_id))
    facts = app.table[0].value.iloc[:, 0]
    assert facts["source_id"] == str(source_id)
    assert facts["z_spec"] == f"{dataset.z[7]:.5f}"


@pytest.mark.parametrize("text", ["12", "-3", "1e18", "9" * 19, "9" * 400, "٣", "![x](http://a/b)"])
def test_an_unknown_source_is_answered_with_a_sentence(
    open_screen: OpenScreen, dataset: Dataset, text: str
) -> None:
    app = open_screen("data", section="Single spectrum", source=text)
    assert not app.exception
    assert "There is no source" in app.warning[0].value
    assert "](" not in app.warning[0].value


def test_a_source_is_found_by_its_designation(open_screen: OpenScreen, dataset: Dataset) -> None:
    app = open_screen("data", section="Single spectrum")
    app.text_input(key="source").set_value(f"Gaia DR3 {dataset.source_id[7]}").run()
    assert not app.warning
    assert app.table[0].value.iloc[:, 0]["source_id"] == str(dataset.source_id[7])


def test_choices_outlive_a_visit_to_another_section(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    app = open_screen("data", section="Split")
    app.text_input(key="shown_test").set_value("25")
    app.text_input(key="shown_validation").set_value("40")
    app.text_input(key="shown_seed").set_value("7").run()
    split_hash = app.code[0].value
    section = app.segmented_control(key="section")
    section.set_value("Average spectra").run()
    app.segmented_control(key="curve").set_value("median")
    app.toggle(key="band").set_value(True)
    app.toggle(key="published_curves").set_value(True)
    app.session_state["ranges"] = {
        "edited_rows": {0: {"z_high": "0.15"}},
        "added_rows": [],
        "deleted_rows": [5],
    }
    app.run()
    ranges = app.session_state["ranges_left"]
    assert ranges["z_high"].iloc[0] == "0.15"
    assert len(ranges) == 5
    app.segmented_control(key="section").set_value("Single spectrum").run()
    app.text_input(key="near_z").set_value("0.4").run()
    near = app.text_input(key="near_z").value

    app.segmented_control(key="section").set_value("Split").run()
    assert app.text_input(key="shown_test").value == "25"
    assert app.code[0].value == split_hash
    expected = split_by_source(dataset.source_id, SplitConfig(0.25, 0.40, 7)).hash
    assert expected.startswith(split_hash)
    app.segmented_control(key="section").set_value("Average spectra").run()
    assert app.segmented_control(key="curve").value == "median"
    assert app.toggle(key="band").value
    assert app.toggle(key="published_curves").value
    pd.testing.assert_frame_equal(app.session_state["ranges_left"], ranges)
    assert "0–0.15" in chart(app)
    app.segmented_control(key="section").set_value("Single spectrum").run()
    assert app.text_input(key="near_z").value == near


def test_a_spectrum_and_its_errors_are_read_from_the_file(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    file = cache.FileVersion.of(folders / "data" / "small.parquet")
    assert not hasattr(cache.dataset(file), "flux")
    flux, error = cache.spectrum(file, 7)
    np.testing.assert_array_equal(flux, dataset.flux[7])
    np.testing.assert_array_equal(error, dataset.flux_error[7])
    app = open_screen("data", section="Single spectrum", source=str(dataset.source_id[7]))
    facts = app.table[0].value.iloc[:, 0]
    expected = np.median(dataset.flux[7] / dataset.flux_error[7])
    assert facts["Median S/N"] == f"{expected:.1f} per sample"
    assert facts["Mean flux"].startswith(f"{dataset.flux[7].mean():.3f} ")


@pytest.mark.parametrize("flux_error", [None, "unknown"])
def test_a_spectrum_without_errors_is_shown_without(
    open_screen: OpenScreen, folders: Path, dataset: Dataset, flux_error: str | None
) -> None:
    unknown = np.where(np.arange(len(dataset))[:, None] == 0, np.nan, dataset.flux_error)
    bare = dataclasses.replace(dataset, flux_error=unknown if flux_error else None)
    save_dataset(bare, folders / "data" / "small.parquet")
    app = open_screen("data", section="Single spectrum", source=str(dataset.source_id[0]))
    assert "Median S/N" not in app.table[0].value.iloc[:, 0]


def test_redshifts_seen_before_are_shown_without_opening_the_file(
    open_screen: OpenScreen, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.versions.SETTLED_SECONDS", -1)
    before = open_screen("data").dataframe[0].value
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(cache, "open_dataset", None)
    again = open_screen("data")
    assert not again.exception
    pd.testing.assert_frame_equal(again.dataframe[0].value, before)


def test_nearest_and_random_galaxy(open_screen: OpenScreen, dataset: Dataset) -> None:
    app = open_screen("data", section="Single spectrum")
    app.text_input(key="near_z").set_value("0.3").run()
    nearest = dataset.source_id[np.argmin(np.abs(dataset.z - 0.3))]
    assert app.text_input(key="source").value == str(nearest)
    app.button(key="pick_random").click().run()
    assert int(app.text_input(key="source").value) in dataset.source_id


@pytest.mark.parametrize("typed", ["0,15", "2", ""])
def test_there_is_no_galaxy_nearest_to_what_is_no_redshift(
    open_screen: OpenScreen, dataset: Dataset, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_screen("data", section="Single spectrum")
    app.text_input(key="near_z").set_value(typed).run()
    said = "Nearest to z_spec: expected a number from 0 to 1.5; "
    assert said in texts(app.markdown)
    assert not app.text_input(key="source").value
    same = SimpleNamespace(integers=lambda n: 0)  # the one that is shown
    monkeypatch.setattr(np.random, "default_rng", lambda: same)
    app.button(key="pick_random").click().run()
    assert said not in texts(app.markdown)


def test_one_goes_from_galaxy_to_galaxy_by_redshift_with_lines_and_shapes(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    order = dataset.source_id[np.argsort(dataset.z, kind="stable")].astype(str)
    app = open_screen("data", section="Single spectrum", source=order[1])
    n = len(dataset)
    assert f"2 of {n:,} by redshift" in [each.value for each in app.caption]
    # The instrument of the set is among its facts.
    assert "Gaia DR3 (bases 56 and 57, 55 + 55 coefficients)" in unmarked(
        app.main.markdown[0].value
    )
    assert "4000 Å break" in chart(app)
    assert "e-/s per sample" in chart(app)
    app.button(key="single_previous").click().run()
    assert app.text_input(key="source").value == order[0]
    assert app.button(key="single_previous").disabled
    app.toggle(key="single_normalised").set_value(True)
    app.toggle(key="single_lines").set_value(False)
    app.button(key="single_next").click().run()
    assert app.text_input(key="source").value == order[1]
    assert "4000 Å break" not in chart(app)
    assert "Flux / mean flux" in chart(app)


@pytest.mark.parametrize(("mean", "disabled"), [(0.04, True), (0.06, False)])
def test_a_spectrum_without_flux_is_not_normalised(
    open_screen: OpenScreen, dataset: Dataset, folders: Path, mean: float, disabled: bool
) -> None:
    faint = dataclasses.replace(dataset, flux=np.full_like(dataset.flux, mean))
    save_dataset(faint, folders / "data" / "small.parquet")
    app = open_screen("data", section="Single spectrum", source=str(dataset.source_id[0]))
    assert not app.exception
    switch = app.toggle(key="single_normalised")
    assert switch.disabled is disabled
    assert ("is not above 0.05 e-/s per sample, which is noise" in switch.help) is disabled


def test_the_file_of_a_spectrum_has_what_is_drawn(
    open_screen: OpenScreen, dataset: Dataset, files: Callable[[str], str]
) -> None:
    source = dataset.source_id[0]
    app = open_screen("data", section="Single spectrum", source=str(source))
    table = pd.read_csv(io.StringIO(files(f"small-spectrum-{source}.csv")))
    np.testing.assert_allclose(table["flux"], dataset.flux[0], rtol=1e-5)
    app.toggle(key="single_normalised").set_value(True).run()
    shape = pd.read_csv(io.StringIO(files(f"small-shape-{source}.csv")))
    assert list(shape) == ["wavelength_nm", "shape", "shape_error"]
    np.testing.assert_allclose(shape["shape"], table["flux"] / table["flux"].mean(), rtol=1e-5)
    errors = table["flux_error"] / table["flux"].mean()
    np.testing.assert_allclose(shape["shape_error"], errors, rtol=1e-5)


def test_a_data_set_of_ones_own_is_deleted_and_comes_back(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    (path,) = [entry.path for entry in state.datasets().values()]
    app = open_screen("data")
    app.button(key="delete_dataset").click().run()
    assert not app.exception
    assert not path.is_file()
    app.button(key="undo_dataset").click().run()
    assert not app.exception
    assert path.is_file()
    assert "undo_dataset" not in {button.key for button in app.button}


def test_a_data_set_that_was_deleted_is_not_missed_in_the_address(
    open_screen: OpenScreen, dataset: Dataset, folders: Path
) -> None:
    (path,) = [entry.path for entry in state.datasets().values()]
    save_dataset(dataset, path.with_name("other.parquet"))
    app = open_screen("data", data="other")
    app.button(key="delete_dataset").click().run()
    assert not app.exception
    assert not app.warning
    assert app.selectbox(key="data").value == "small"


def test_split_shows_sizes_and_hash(open_screen: OpenScreen, dataset: Dataset) -> None:
    app = open_screen("data", section="Split")
    split = split_by_source(dataset.source_id, SplitConfig())
    table = app.dataframe[0].value.set_index("part")
    assert table.loc["train", "galaxies"] == len(split.train)
    assert table.loc["test", "galaxies"] == len(split.test)
    assert split.hash.startswith(app.code[0].value)
    app.text_input(key="shown_seed").set_value("1").run()
    assert not split.hash.startswith(app.code[0].value)


def test_what_an_upload_is_is_told_by_its_content(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("a.fits", gzip.compress(as_csv(csv_table(dataset)))).run()
    assert not app.error
    assert app.table[0].value.iloc[:, 0]["Galaxies"] == "20"


def test_a_good_upload_is_recognised_saved_and_used(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("My Galaxies (1).csv", as_csv(csv_table(dataset))).run()
    assert not app.exception
    assert not app.error
    facts = app.table[0].value.iloc[:, 0]
    assert facts["Galaxies"] == "20"
    assert files(folders) == {"small.parquet", "small.card.json"}

    app.button(key="upload_save").click().run()
    assert not app.exception
    assert app.selectbox(key="data").value == "my-galaxies-1"
    saved = load_dataset(folders / "data" / "my-galaxies-1.parquet")
    np.testing.assert_array_equal(saved.source_id, dataset.source_id[:20])
    assert saved.card.origin == "unknown"


def test_what_a_data_set_is_called_is_shown_wherever_it_is_named(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("Meine Galaxien (März).csv", as_csv(csv_table(dataset))).run()
    assert called(app.text_input, "Name").value == "Meine Galaxien (März)"
    app.button(key="upload_save").click().run()
    assert not app.exception
    assert app.selectbox(key="data").value == "meine-galaxien-marz"
    assert "Meine Galaxien (März)" in app.selectbox(key="data").options
    assert "Meine Galaxien (März)" in app.dataframe[0].value["name"].tolist()

    # A name that another has, or the file of another: told at the field, and apart afterwards.
    app.file_uploader[0].upload("b.csv", as_csv(csv_table(dataset).head(9))).run()
    called(app.text_input, "Name").set_value("x" * 81).run()
    assert "expected at most 80 characters, received 81." in texts(app.markdown)
    assert app.button(key="upload_save").disabled
    called(app.text_input, "Name").set_value("meine-galaxien-marz").run()
    assert any("'meine-galaxien-marz' already" in unmarked(each.value) for each in app.caption)
    called(app.text_input, "Name").set_value("small").run()
    (told,) = [each.value for each in app.caption if "is called" in each.value]
    assert "Another data set is called 'small' already" in unmarked(told)
    app.button(key="upload_save").click().run()
    assert not app.exception
    assert app.selectbox(key="data").value == "small-2"
    apart = "small (small-2)"
    assert {"small", apart} <= set(app.selectbox(key="data").options)
    assert any(apart in unmarked(each.value) for each in app.markdown)

    again = open_screen("data", data="meine-galaxien-marz")
    assert not again.warning
    assert again.selectbox(key="data").value == "meine-galaxien-marz"
    assert again.query_params["data"] == "meine-galaxien-marz"


def test_rows_that_are_left_out_are_named_by_their_rows_of_the_file(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    table = csv_table(dataset).rename(columns={"z": "z_spec"})
    table.loc[[3, 10], "z_spec"] = np.nan
    table.loc[12, "z_spec"] = 1.83
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("bad.csv", as_csv(table)).run()
    assert not app.error
    facts = {unmarked(what): words for what, words in app.table[0].value.iloc[:, 0].items()}
    assert facts["Galaxies"] == "17"
    assert unmarked(facts["Left out: no redshift"]) == "2 (rows 4, 11)"
    assert unmarked(facts["Left out: redshift outside 0 to 1.5"]) == "1 (row 13)"


def test_redshifts_in_another_table_are_joined_and_the_release_is_stated(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    table = csv_table(dataset)
    app = upload_spectra_alone(open_screen, table)
    (said,) = [error.value for error in app.error]
    assert "with their source_id: the field `Redshifts in another table` above" in unmarked(said)
    assert app.file_uploader[1].label == "Redshifts in another table"
    redshifts = table[["source_id", "z"]].iloc[::-1].drop(index=3)
    app.file_uploader[1].upload("flux.csv", as_csv(redshifts)).run()
    assert not app.exception
    assert not app.error
    facts = app.table[0].value.iloc[:, 0]
    assert facts["Galaxies"] == "19"
    assert unmarked(facts["Left out: no redshift (spectra)"]) == "1 (row 4)"
    called(app.selectbox, "Gaia release").set_value("Gaia DR4").run()
    app.button(key="upload_save").click().run()
    assert not app.exception
    saved = load_dataset(folders / "data" / "flux.parquet")
    assert saved.source_id.tolist() == table["source_id"].drop(index=3).tolist()
    np.testing.assert_allclose(saved.z, dataset.z[:20][np.arange(20) != 3])
    assert saved.card.known_instrument.release == "Gaia DR4"


def test_a_release_that_nobody_tells_is_said_before_the_set_is_saved_and_told_afterwards(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    table = csv_table(dataset)
    app = upload_spectra_alone(open_screen, table)
    for redshifts in (None, table[["source_id", "z"]]):
        if redshifts is None:
            alone = open_screen("data", section="Add data")
            alone.file_uploader[0].upload("one.csv", as_csv(table)).run()
            shown = alone
        else:
            shown = app.file_uploader[1].upload("z.csv", as_csv(redshifts)).run()
        assert any("Gaia release: not told." in unmarked(each.value) for each in shown.warning)
        drawn = [each.label for each in shown.main
                 if each.type in ("selectbox", "button", "expander") and each.label]  # fmt: skip
        assert drawn.index("Gaia release") < drawn.index("Save and use")
        assert drawn.index("Save and use") < drawn.index("Column of redshifts")
    app.button(key="upload_save").click().run()
    assert not load_dataset(folders / "data" / "flux.parquet").card.known_instrument.is_told
    app = open_screen("data", data="flux")
    assert app.button(key="save_release").disabled
    called(app.selectbox, "Gaia release").set_value("Gaia DR3").run()
    app.button(key="save_release").click().run()
    assert not app.exception
    saved = load_dataset(folders / "data" / "flux.parquet")
    assert saved.card.known_instrument.release == "Gaia DR3"
    assert not [each for each in app.selectbox if each.label == "Gaia release"]


def join_with_designations(open_screen: OpenScreen, dataset: Dataset, release: str) -> AppTest:
    """Upload spectra with plain ids, and their redshifts with those of a release."""
    table = csv_table(dataset)
    app = upload_spectra_alone(open_screen, table)
    redshifts = table[["source_id", "z"]].astype({"source_id": str})
    redshifts["source_id"] = f"{release} " + redshifts["source_id"]
    return app.file_uploader[1].upload("own.csv", as_csv(redshifts)).run()


def release_saved(app: AppTest, folders: Path) -> str:
    """Save the spectra that are on the screen; return the release that their card tells."""
    app.button(key="upload_save").click().run()
    assert not app.exception
    return load_dataset(folders / "data" / "flux.parquet").card.known_instrument.release


def test_the_release_that_ids_of_redshifts_tell_is_that_of_the_spectra(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    app = join_with_designations(open_screen, dataset, "Gaia DR3")
    assert not app.exception
    assert release_saved(app, folders) == "Gaia DR3"


def test_redshifts_of_a_release_that_the_spectra_do_not_tell_are_joined_once_it_is_said(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    app = join_with_designations(open_screen, dataset, "Gaia DR4")
    (said,) = [unmarked(error.value) for error in app.error]
    assert "choose Gaia DR4 as the `Gaia release` if the spectra are of it" in said
    called(app.selectbox, "Gaia release").set_value("Gaia DR4").run()
    assert not app.exception
    assert not app.error
    assert release_saved(app, folders) == "Gaia DR4"


def test_the_quality_of_another_table_is_asked_for_in_the_field_of_the_screen(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    table = csv_table(dataset)
    app = upload_spectra_alone(open_screen, table)
    app.file_uploader[1].upload("own.csv", as_csv(table[["source_id", "z"]])).run()
    assert not app.exception
    facts = {unmarked(name): said for name, said in app.table[0].value.iloc[:, 0].items()}
    quality = unmarked(facts["quality (redshifts)"])
    assert "say in `Cuts on quality` which are reliable" in quality
    assert "under `Columns, unit and quality by hand`" in quality
    assert "--" not in quality


def test_what_is_wrong_with_another_table_stands_above_the_fields_that_mend_it(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    table = csv_table(dataset)
    app = upload_spectra_alone(open_screen, table)
    own = table[["source_id"]].assign(velocity=9000.0)
    app.file_uploader[1].upload("own.csv", as_csv(own)).run()
    (said,) = [unmarked(error.value) for error in app.error]
    assert "name it with `Column of redshifts`" in said
    assert said.endswith("These fields are below, under `Columns, unit and quality by hand`.")
    drawn = [each.value if each.type == "error" else each.label for each in app.main
             if each.type in ("error", "selectbox")]  # fmt: skip
    order = list(map(unmarked, drawn))
    assert order.index(said) < order.index("Gaia release") < order.index("Column of redshifts")


def test_what_cannot_be_joined_names_the_files_that_were_given(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    table = csv_table(dataset)
    app = upload_spectra_alone(open_screen, table)
    survey = pd.DataFrame({"ra": [1.0], "dec": [2.0], "Z": [0.1]})
    app.file_uploader[1].upload("survey.csv", as_csv(survey)).run()
    (said,) = [unmarked(error.value) for error in app.error]
    assert said.startswith("survey.csv: expected a column of Gaia's identifiers")
    assert "`xpz crossmatch" in said
    assert said.endswith("`From the Gaia Archive`, are matched by clicks.")
    others = pd.DataFrame({"source_id": [2**61 + 1, 2**61 + 2], "z": [0.1, 0.2]})
    app.file_uploader[1].set_value(("others.csv", as_csv(others), "text/csv")).run()
    (said,) = [unmarked(error.value) for error in app.error]
    assert said.startswith("others.csv: none of its 2 source_ids is among those of the 20 spectra")
    assert "of flux.csv: expected" in said


def test_what_was_said_of_one_file_is_not_said_of_the_next(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    table = csv_table(dataset)
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("first.csv", as_csv(table)).run()
    called(app.text_input, "Name").set_value("mine")
    called(app.selectbox, "Gaia release").set_value("Gaia DR4").run()
    app.file_uploader[0].set_value(("second.csv", as_csv(table[:15]), "text/csv")).run()
    assert not app.exception
    assert called(app.text_input, "Name").value == "second"
    assert called(app.selectbox, "Gaia release").value is None


def test_where_names_do_not_decide_people_choose(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    table = csv_table(dataset)
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("a.csv", as_csv(table.assign(Z=table["z"] * 100))).run()
    (error,) = app.error
    assert "several columns could be z: 'z', 'Z'" in error.value.replace("\\", "")
    boxes = {box.label: box for box in app.selectbox}
    assert {"Column of source_id", "Column of G magnitudes"} < set(boxes)
    boxes["Column of redshifts"].select("Z").run()
    (error,) = app.error
    words = error.value.replace("\\", "")
    assert "If they are percent, add `Unit of the redshifts: percent`" in words
    assert "under `Columns, unit and quality by hand`" in words
    assert "--z" not in words
    next(box for box in app.selectbox if box.label == "Unit of the redshifts").select(
        "percent"
    ).run()
    assert not app.error
    called(app.text_input, "Name").set_value("by hand")
    app.button(key="upload_save").click().run()
    saved = load_dataset(folders / "data" / "by-hand.parquet")
    np.testing.assert_allclose(saved.z, table["z"])
    assert saved.card.account["spectra"]["columns"]["z"] == "Z (by hand) in percent"


def test_what_the_survey_does_not_recommend_is_left_out_and_said(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    table = csv_table(dataset).assign(nQ=[2, 3] * 10)
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("a.csv", as_csv(table)).run()
    assert not app.error
    shown = app.table[0].value["value"]
    assert shown["Galaxies"] == "10"
    assert shown[shown.index.str.startswith("Left out")].tolist() == [
        r"10 \(rows 1\, 3\, 5\, 7\, 9\, \.\.\.\)"
    ]
    assert "recommended by GAMA" in shown["Quality"]
    assert "nQ" in shown["Columns not kept"].replace("\\", "")
    app.checkbox[0].check().run()
    assert app.table[0].value["value"]["Galaxies"] == "20"


def test_an_upload_never_replaces_a_data_set(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("small.csv", as_csv(csv_table(dataset))).run()
    app.button(key="upload_save").click().run()
    assert app.selectbox(key="data").value == "small-2"
    assert load_dataset(folders / "data" / "small.parquet").card.hash == dataset.card.hash


def jpeg() -> bytes:
    """A photograph, as a browser would take it for a picture."""
    content = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(content, "JPEG")
    return content.getvalue()


def bad_tables(dataset: Dataset) -> dict[str, tuple[str, bytes, str]]:
    """Name, content and what is said about it."""
    table = csv_table(dataset)
    parquet = io.BytesIO()
    table.to_parquet(parquet)
    words = table.assign(flux_3=["bright"] + ["1.0"] * 19)
    return {
        "flux missing": ("a.csv", as_csv(table.drop(columns="flux_185")), "flux_185 is missing"),
        "187 fluxes": ("a.csv", as_csv(table.assign(flux_186=1.0)), "found 187 from flux_0"),
        "words for fluxes": (
            "a.csv",
            as_csv(words),
            "expected numbers in column 'flux_3', received 'bright' at row 1",
        ),
        "NaN": (
            "a.csv",
            as_csv(table.assign(flux_3=np.nan)),
            "found no row that can be used (20 flux missing or not usable)",
        ),
        "twice the same id": (
            "a.csv",
            as_csv(table.assign(source_id=5)),
            "found no row that can be used (20 redshifts of one source that disagree)",
        ),
        "other columns": (
            "a.csv",
            as_csv(pd.DataFrame({"name": ["M31"], "ra": [10.7], "dec": [41.3]})),
            "expected 186 fluxes as columns flux_0 to flux_185",
        ),
        "no redshift": ("a.csv", as_csv(table.drop(columns="z")), "expected a column of redshifts"),
        "empty": ("a.csv", b"", "the file is empty"),
        "a photograph": ("a.csv", jpeg(), "received a JPEG image"),
        "cut off": ("a.parquet", parquet.getvalue()[:5000], "cannot be read as parquet"),
    }


@pytest.mark.parametrize(
    "case",
    [
        *("flux missing", "187 fluxes", "words for fluxes", "NaN"),
        *("twice the same id", "other columns", "no redshift", "empty", "a photograph"),
        "cut off",
    ],
)
def test_a_bad_upload_gives_one_sentence_and_writes_nothing(
    open_screen: OpenScreen, folders: Path, dataset: Dataset, case: str
) -> None:
    name, content, expected = bad_tables(dataset)[case]
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    (error,) = app.error
    assert f"{name}: " in error.value.replace("\\", "")
    assert expected in error.value.replace("\\", "")
    assert "Traceback" not in error.value
    assert files(folders) == {"small.parquet", "small.card.json"}
    assert not [button for button in app.button if button.key == "upload_save"]
    app.segmented_control(key="section").set_value("Redshifts").run()
    assert not app.exception
    assert not app.error
    assert "Galaxies per bin" in chart(app)


def test_rows_that_cannot_be_used_are_left_out_and_counted(
    open_screen: OpenScreen, dataset: Dataset
) -> None:
    table = csv_table(dataset).assign(flux_3=[np.nan, np.nan] + [1.0] * 18)
    table.loc[19, "z"] = np.nan
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("a.csv", as_csv(table)).run()
    assert not app.exception
    assert not app.error
    read = app.session_state[state.UPLOAD_KEY][2]
    assert read.account.left_out == {"flux missing or not usable": 2, "no redshift": 1}
    shown = " ".join(table.value.to_string() for table in app.table)
    assert "Left out: no redshift" in shown
    app.button(key="upload_save").click().run()
    assert not app.error


@pytest.mark.parametrize("leave", ["section", "screen", "field"])
def test_an_upload_that_nobody_comes_back_for_is_dropped(
    open_screen: OpenScreen, dataset: Dataset, leave: str
) -> None:
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("a.csv", as_csv(csv_table(dataset))).run()
    assert state.UPLOAD_KEY in app.session_state
    if leave == "section":
        app.segmented_control(key="section").set_value("Redshifts").run()
    elif leave == "screen":
        app.switch_page("views/home.py").run()
    else:
        app.file_uploader[0].set_value(None).run()
    assert not app.exception
    assert state.UPLOAD_KEY not in app.session_state


def test_an_interaction_while_saving_does_not_leave_the_set_unused(
    open_screen: OpenScreen, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A click during the saving ends the script at its next word to the browser.
    monkeypatch.setattr(upload.st, "toast", lambda *_, **__: st.rerun())
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("a.csv", as_csv(csv_table(dataset))).run()
    app.button(key="upload_save").click().run()
    assert app.selectbox(key="data").value == "a"


def test_names_of_columns_cannot_format_the_page(
    open_screen: OpenScreen, folders: Path, dataset: Dataset
) -> None:
    table = csv_table(dataset).assign(**{"![x](http://example.org/x.png)": 1.0})
    app = open_screen("data", section="Add data")
    app.file_uploader[0].upload("a.csv", as_csv(table)).run()
    assert not app.error
    assert "](" not in app.table[0].value.iloc[:, 0]["Columns not kept"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My Galaxies (1)", "my-galaxies-1"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "data"),
        ("", "data"),
        ("x" * 300, "x" * 48),
        ("ΩΩ", "data"),
        ("con\x00trol\n", "con-trol"),
        ('Übung <1>: α/β "März" Straße', "ubung-1-marz-strasse"),
    ],
)
def test_safe_names(text: str, expected: str) -> None:
    assert safe_name(text) == expected
