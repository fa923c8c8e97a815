"""Which wavelengths carry the redshift, over wavelength and redshift, with lines at rest."""

import numpy as np
import plotly.graph_objects as go

from core.amounts import n_of
from core.inspection import WavelengthMap
from core.spectral_lines import FEATURES
from dashboard.figures import theme
from dashboard.figures.wavelength_axis import KIND_NAMES, blends_of, names_above, with_room

HEIGHT = 560
TOP_MARGIN, RIGHT_MARGIN = 110, 90
PIXELS_PER_NM = 0.85
DASHES = {"emission": ("dot", 1.4), "absorption": ("dash", 1.4), "break": ("solid", 2.2)}

# A few cells in the tail would leave the rest without contrast.
TOP_PERCENTILE = 98


# Title and sentence of each way to look at a map.
QUANTITIES = {
    "strength": (
        "mean |Δz| / (1 + z)",
        "how far the redshift moves with that part of the spectrum hidden",
    ),
    "shift": ("mean Δz / (1 + z)", "where the redshift goes with that part of the spectrum hidden"),
}


def wavelength_map(found: WavelengthMap, quantity: str = "strength") -> go.Figure:
    """Draw how much (`strength`) or which way (`shift`) redshifts change, with lines at each z."""
    values = np.asarray(getattr(found, quantity))
    filled = np.flatnonzero(np.isfinite(values).any(axis=1))
    rows = slice(filled[0], filled[-1] + 1) if len(filled) else slice(0, 1)
    z = found.edges[rows.start : rows.stop + 1]
    shown = values[rows]
    top = float(np.nanpercentile(np.abs(shown), TOP_PERCENTILE)) if len(filled) else 0.0
    top = float(f"{top:.2g}") or 1.0  # of few digits, as its ticks are then
    low, n_ticks = (-top, 5) if quantity == "shift" else (0.0, 3)
    edges, columns = _columns(found.wavelength_nm, shown)
    galaxies = np.broadcast_to(found.n[rows, None], columns.shape)
    title, sentence = QUANTITIES[quantity]
    figure = go.Figure(
        go.Heatmap(
            x=edges,
            y=z,
            z=columns,
            customdata=galaxies,
            hovertemplate="%{x:.0f} nm, z_spec %{y:.4f}<br>"
            + title
            + " %{z:.4f}<br>galaxies: %{customdata:,}<extra></extra>",
            hoverongaps=False,
            colorscale=list(theme.DIVERGING if quantity == "shift" else theme.SEQUENTIAL),
            zmin=low,
            zmax=top,
            colorbar=theme.colorbar(
                title, x=1.06, **theme.ticks_with_ends(low, top, shown, n_ticks)
            ),
        ),
        layout=theme.plotly_layout(
            f"Wavelength in nm against redshift, coloured by {sentence}: {title} of "
            f"{n_of(found.n.sum(), 'galaxy')}, with the lines and the 4000 Å break where each "
            "redshift puts them",
            height=HEIGHT,
            margin={"l": 10, "r": RIGHT_MARGIN, "t": TOP_MARGIN, "b": 10},
            legend=theme.below(-0.17),
            xaxis={
                "title": {"text": "Wavelength [nm]"},
                "range": with_room(edges),
                "showgrid": False,
            },
            yaxis={
                "title": {"text": "True redshift z_spec"},
                "range": [z[0], z[-1]],
                "showgrid": False,
            },
        ),
    )
    _mark(figure, (float(edges[0]), float(edges[-1])), (float(z[0]), float(z[-1])))
    return figure


def _columns(wavelength_nm: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells' edges [nm] and the values, with an empty column between BP and RP."""
    join = int(np.argmax(np.diff(wavelength_nm))) + 1
    bands = wavelength_nm[:join], wavelength_nm[join:]
    return np.concatenate([_edges(band) for band in bands]), np.insert(values, join, np.nan, axis=1)


def _edges(centres: np.ndarray) -> np.ndarray:
    middle = (centres[:-1] + centres[1:]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def _mark(figure: go.Figure, nm: tuple[float, float], z: tuple[float, float]) -> None:
    """Draw a line per blend from the lowest redshift to where it leaves the axes, and name it."""
    at_top: list[tuple[str, float, str]] = []
    kinds: set[str] = set()
    for name, blend in blends_of(FEATURES).items():
        rest = float(np.mean([feature.rest_nm for feature in blend]))
        low, high = max(z[0], nm[0] / rest - 1), min(z[1], nm[1] / rest - 1)
        if high <= low:
            continue
        dash, width = DASHES[blend[0].kind]
        kinds.add(blend[0].kind)
        ends = [rest * (1 + low), rest * (1 + high)], [low, high]
        # Bright on a dark edge: it stands out from every colour of the map.
        for color, extra in (("rgba(10, 14, 20, 0.55)", 2.0), ("#FFFFFF", 0.0)):
            line = theme.line(color, width + extra, dash)
            figure.add_trace(theme.curve(*ends, line, showlegend=False, hoverinfo="skip"))
        if high == z[1]:
            at_top.append((name, rest * (1 + high), theme.NEUTRAL))
        else:
            figure.add_annotation(text=name, x=nm[1], y=high, xanchor="left", xshift=8, **_LABEL)
    at_top.sort(key=lambda label: label[1])
    for label in names_above(at_top, PIXELS_PER_NM, y=z[1]):
        figure.add_annotation(label)
    for kind, name in KIND_NAMES.items():
        if kind in kinds:
            dash, width = DASHES[kind]
            figure.add_trace(theme.entry(name, theme.line(theme.NEUTRAL, width, dash)))


_LABEL = {"showarrow": False, "font": {"size": theme.TICK_SIZE}}
