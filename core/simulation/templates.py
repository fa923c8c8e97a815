"""Galaxy templates: the five of kcorrect, with their emission lines in three groups."""

from dataclasses import dataclass

import numpy as np

from core.config import require

N_TEMPLATES = 5

# HDUs of skypy's k_nmf_derived.default.fits (Blanton & Roweis 2007, AJ 133, 734), both smoothed
# to a velocity dispersion of 300 km/s; their sum is the whole template.
HDU_CONTINUUM = 6
HDU_LINES = 9


@dataclass(frozen=True)
class TemplateConfig:
    """Rest wavelengths that part the emission lines of the templates into groups [nm]."""

    line_edges_nm: tuple[float, ...] = (450.0, 560.0)

    def __post_init__(self) -> None:
        require(
            list(self.line_edges_nm) == sorted(set(self.line_edges_nm)),
            f"Templates, line_edges_nm: expected rising edges, received {self.line_edges_nm}.",
        )

    @property
    def n_parts(self) -> int:
        """Parts of one template: the continuum and each group of lines."""
        return 2 + len(self.line_edges_nm)


@dataclass(frozen=True, eq=False)
class Templates:
    """Rest-frame spectra of all components.

    `flux`, shape (N_TEMPLATES, n_parts, n), is the flux density for a kcorrect coefficient of 1
    [W/m2/nm]: part 0 is the continuum, part k the k-th group of emission lines.
    """

    wavelength_nm: np.ndarray  # (n,), rising
    flux: np.ndarray

    def redshifted(self, wavelength_nm: np.ndarray, z: float) -> np.ndarray:
        """Return the components as observed at a redshift, (N_TEMPLATES * n_parts, m) [W/m2/nm].

        Energy is conserved and no distance is applied, as kcorrect's coefficients want it:
        F(lambda) = T(lambda / (1+z)) / (1+z).
        """
        rest = wavelength_nm / (1.0 + z)
        rows = self.flux.reshape(-1, self.flux.shape[-1])
        return np.array([np.interp(rest, self.wavelength_nm, row) for row in rows]) / (1.0 + z)


def load_templates(config: TemplateConfig = TemplateConfig()) -> Templates:
    """Read the templates that skypy ships (needs skypy)."""
    from skypy.galaxies.spectrum import KCorrectTemplates

    continuum = KCorrectTemplates(hdu=HDU_CONTINUUM)
    lines = KCorrectTemplates(hdu=HDU_LINES).templates.to_value("W m-2 nm-1").astype(float)
    wavelength_nm = continuum.wavelength.to_value("nm").astype(float)
    group = np.searchsorted(config.line_edges_nm, wavelength_nm)
    parts = [continuum.templates.to_value("W m-2 nm-1").astype(float)]
    parts += [np.where(group == k, lines, 0.0) for k in range(config.n_parts - 1)]
    return Templates(wavelength_nm, np.stack(parts, axis=1))
