"""Colours must stand out from both pages and from each other, for the colour-blind too."""

import tomllib
from itertools import combinations
from pathlib import Path

import altair as alt
import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.colors import hex_to_rgb, unlabel_rgb
from plotly.subplots import make_subplots

from dashboard.figures import theme

CONFIG = Path(theme.__file__).parents[1] / ".streamlit" / "config.toml"
PAGES = tomllib.loads(CONFIG.read_text())["theme"]
LIGHT, DARK = (PAGES[page]["backgroundColor"] for page in ("light", "dark"))

# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(color):
    rgb = np.array(hex_to_rgb(color) if color.startswith("#") else unlabel_rgb(color)) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2 contrast ratio."""
    dark, light = sorted((TO_XYZ @ linear(color))[1] for color in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(color, vision):
    rgb = np.clip(VISIONS[vision] @ linear(color), 0, 1)
    x, y, z = np.cbrt(TO_XYZ @ rgb / TO_XYZ.sum(axis=1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, vision):
    """Colour difference (CIE 1976)."""
    return np.linalg.norm(lab(one, vision) - lab(other, vision))


@pytest.mark.parametrize("background", [LIGHT, DARK])
def test_colours_stand_out_from_both_pages(background):
    for color in theme.CATEGORICAL:
        assert contrast(color, background) >= 3, color
    for color in theme.ORDERED:
        assert contrast(color, background) >= 2.5, color


def test_the_dark_end_of_the_map_shows_on_the_dark_page():
    assert contrast(theme.SEQUENTIAL[0], DARK) >= 1.7


@pytest.mark.parametrize("vision", VISIONS)
def test_the_two_leading_colours_cannot_be_confused(vision):
    assert distance(theme.OURS, theme.REFERENCE, vision) > 50


@pytest.mark.parametrize("vision", VISIONS)
def test_categories_can_be_told_apart(vision):
    for one, other in combinations(theme.CATEGORICAL[:5], 2):
        assert distance(one, other, vision) > 10, (one, other)


@pytest.mark.parametrize("vision", VISIONS)
def test_neighbouring_redshift_ranges_can_be_told_apart(vision):
    for one, other in zip(theme.ORDERED, theme.ORDERED[1:], strict=False):
        assert distance(one, other, vision) > 10, (one, other)


def test_lightness_of_the_map_rises_evenly():
    lightness = [lab(color, "normal")[0] for color in theme.SEQUENTIAL]
    steps = np.diff(lightness)
    assert steps.min() > 0
    assert steps.max() < 1.5 * steps.min()


def test_ordered_goes_from_the_first_to_the_last_colour():
    assert theme.ordered(0) == []
    assert len(theme.ordered(1)) == 1
    for n in (2, 3, 6, 10):
        colors = theme.ordered(n)
        assert len(set(colors)) == n
        assert np.allclose(linear(colors[0]), linear(theme.ORDERED[0]))
        assert np.allclose(linear(colors[-1]), linear(theme.ORDERED[-1]))


def test_plotly_layout_takes_settings_and_leaves_the_background_to_the_page():
    layout = theme.plotly_layout(height=123, showlegend=False)
    assert layout.paper_bgcolor is layout.plot_bgcolor is None
    assert (layout.height, layout.showlegend) == (123, False)


@pytest.mark.parametrize(("ink", "page"), [(theme.INK, LIGHT), (theme.DARK_INK, DARK)])
def test_words_stand_out_from_their_page(ink, page):
    assert contrast(ink, page) >= 4.5


def test_words_of_both_libraries_have_the_ink_in_the_figure_itself():
    x, y = alt.X("a:Q"), alt.Y("b:Q")
    drawn = theme.layered([theme.diagonal(x, y, ("a", "b"), [0, 1])], "Title", "").to_dict()
    ink = {"expr": f"luminance(background) > 0.5 ? '{theme.INK}' : '{theme.DARK_INK}'"}
    for part in ("axis", "legend"):
        assert drawn["config"][part]["labelColor"] == drawn["config"][part]["titleColor"] == ink
    assert drawn["config"]["title"]["subtitleColor"] == ink

    figure = make_subplots(1, 2)
    figure.update_layout(theme.plotly_layout(coloraxis={"colorbar": theme.colorbar("n")}))
    for dark, ink in ((False, theme.INK), (True, theme.DARK_INK)):
        layout = theme.inked(figure, dark).layout
        axes = (layout.xaxis, layout.xaxis2, layout.yaxis2, layout.coloraxis.colorbar)
        assert {axis.tickfont.color for axis in axes} == {ink}
        assert {axis.title.font.color for axis in axes} == {ink}
        assert layout.legend.font.color == layout.font.color == ink


def test_lines_go_through_every_sample():
    figure = go.Figure([go.Scatter(y=[1, 2]), go.Heatmap(z=[[1]])])
    assert theme.whole(figure).data[0].line.simplify is False


def test_a_picture_has_room_around_a_font_for_its_key_and_a_name():
    drawn = theme.layered([theme.rule(alt.Y("d:Q", title="d"), 0.5)], "Title", "").to_dict()
    layout = theme.plotly_layout()
    assert drawn["padding"]["left"] == layout.title.pad.l == theme.ROOM_LEFT > 0
    assert drawn["padding"]["right"] == layout.margin.r == theme.ROOM_RIGHT > 0
    assert layout.legend.font.family == theme.KEY_FONT
    assert layout.font.family is layout.title.font.family is None
    options = theme.camera("mean-spectra")["toImageButtonOptions"]
    assert options["filename"] == "mean-spectra"
    assert options["scale"] >= 2


def test_both_libraries_have_one_type_scale():
    x, y = alt.X("a:Q"), alt.Y("b:Q")
    config = theme.layered([theme.diagonal(x, y, ("a", "b"), [0, 1])], "Title", "").to_dict()[
        "config"
    ]
    layout = theme.plotly_layout(
        title_text="Title", xaxis={"title": {"text": "a"}, "range": [0, 1]}
    )
    assert config["title"]["fontSize"] == layout.title.font.size == theme.TITLE_SIZE
    assert layout.xaxis.title.text == "a"
    for axis in (layout.xaxis, layout.yaxis):
        assert config["axis"]["titleFontSize"] == axis.title.font.size == theme.TEXT_SIZE
        assert config["axis"]["labelFontSize"] == axis.tickfont.size == theme.TICK_SIZE
    assert config["legend"]["labelFontSize"] == layout.legend.font.size == theme.TICK_SIZE


def test_a_tooltip_tells_numbers_by_their_format():
    name, number, plain, ending = (
        each.to_dict() for each in theme.tips(run="Run", z="z|.3f", n="n|", d="Mean |d||+.2f")
    )
    assert name == {"field": "run", "title": "Run", "type": "nominal"}
    assert number == {"field": "z", "format": ".3f", "title": "z", "type": "quantitative"}
    assert plain == {"field": "n", "title": "n", "type": "quantitative"}
    assert ending["title"] == "Mean |d|"
    assert ending["format"] == "+.2f"


def test_a_rule_lies_at_its_value():
    rule = theme.rule(alt.Y("d:Q", title="d"), 0.5)
    assert rule.data["d"].tolist() == [0.5]
