"""XP continuous spectra as the Gaia Archive's DataLink delivers them, in each of its formats.

Names, types, UCDs and the spelling of arrays are those of XP_CONTINUOUS_RAW files of DR3.
"""

import base64
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.data.spectra.xp_bases import load_design
from core.spectra import N_BP, SampleGrid

SOLUTION_ID = 4545469030156206080

# Name, VOTable type (arrays are of type[]), UCD and description of a band's columns.
BAND_COLUMNS = (
    ("basis_function_id", "short", "meta.id", "Identifier defining the set of basis functions"),
    ("degrees_of_freedom", "short", "stat.fit.dof", "Degrees of freedom"),
    ("n_parameters", "short", "stat.fit.param", "Number of parameters"),
    ("n_measurements", "short", "meta.number", "Number of measurements used"),
    ("n_rejected_measurements", "short", "meta.number", "Number of rejected measurements"),
    ("standard_deviation", "float", "stat.stdev", "Standard deviation"),
    ("chi_squared", "float", "stat.fit.chi2", "Chi squared"),
    ("coefficients", "double[]", "stat.fit.param", "Basis function coefficients"),
    ("coefficient_errors", "float[]", "stat.error", "Basis function coefficient errors"),
    ("coefficient_correlations", "float[]", "stat.correlation", "Correlation matrix"),
    ("n_relevant_bases", "short", "meta.number", "Number of bases that are relevant"),
    ("relative_shrinking", "float", "stat.fit.param", "Relative shrinking of the coefficients"),
)
NUMPY_TYPES = {"long": np.int64, "short": np.int16, "float": np.float32, "double": np.float64}
ECSV_TYPES = {"long": "int64", "short": "int16", "float": "float32", "double": "float64"}
FITS_TYPES = {"long": "K", "short": "I", "float": "E", "double": "D"}


@dataclass
class XPSources:
    """What the archive knows of N sources; a band's entry is None where it is missing.

    Attributes
    ----------
    source_id : array of int64, shape (N,)
    bp, rp : list of N arrays, or None
        Coefficients [e-/s].
    bp_errors, rp_errors, bp_correlations, rp_correlations : list of N arrays
        Made up where they are not given.
    bp_basis_id, rp_basis_id : int
    extra : dict of str to (N,) numbers
        Further columns, such as a redshift that was joined to the table.
    """

    source_id: np.ndarray
    bp: list
    rp: list
    bp_errors: list = field(default_factory=list)
    rp_errors: list = field(default_factory=list)
    bp_correlations: list = field(default_factory=list)
    rp_correlations: list = field(default_factory=list)
    bp_basis_id: int = 56
    rp_basis_id: int = 57
    extra: dict = field(default_factory=dict)

    def __post_init__(self):
        rng = np.random.default_rng(0)
        for band in ("bp", "rp"):
            cells = getattr(self, band)
            if not getattr(self, f"{band}_errors"):
                errors = [
                    _none_or(cell, lambda cell: make_errors(len(cell), rng)) for cell in cells
                ]
                setattr(self, f"{band}_errors", errors)
            if not getattr(self, f"{band}_correlations"):
                made = {len(c): make_correlations(len(c), rng) for c in cells if c is not None}
                correlations = [
                    _none_or(cell, lambda cell, made=made: made[len(cell)]) for cell in cells
                ]
                setattr(self, f"{band}_correlations", correlations)

    def columns(self):
        """Yield name, type, UCD, description and the N cells (None where empty)."""
        yield "source_id", "long", "meta.id;meta.main", "Unique source identifier", self.source_id
        solutions = [SOLUTION_ID] * len(self.source_id)
        yield "solution_id", "long", "meta.version", "Solution Identifier", solutions
        for band in ("bp", "rp"):
            rows = [self._cells(band, i) for i in range(len(self.source_id))]
            for column, kind, ucd, description in BAND_COLUMNS:
                cells = [row and row[column] for row in rows]
                yield f"{band}_{column}", kind, ucd, f"{description} of {band.upper()}", cells
        for column, values in self.extra.items():
            kind = "double" if np.asarray(values).dtype.kind == "f" else "long"
            yield column, kind, "", "", values

    def _cells(self, band, i):
        coefficients = getattr(self, band)[i]
        if coefficients is None:
            return None
        n = len(coefficients)
        return {
            "basis_function_id": getattr(self, f"{band}_basis_id"),
            "degrees_of_freedom": 1000 - n,
            "n_parameters": n,
            "n_measurements": 1000,
            "n_rejected_measurements": 7,
            "standard_deviation": np.float32(1.1),
            "chi_squared": np.float32(1.21 * (1000 - n)),
            "coefficients": coefficients,
            "coefficient_errors": getattr(self, f"{band}_errors")[i],
            "coefficient_correlations": getattr(self, f"{band}_correlations")[i],
            "n_relevant_bases": min(n, 20),
            "relative_shrinking": np.float32(0.99),
        }

    def to_bytes(self, format):
        """Return a file of the archive's: 'csv', 'ecsv', 'fits' or 'votable'."""
        return {"csv": _csv, "ecsv": _ecsv, "fits": _fits, "votable": _votable}[format](self)


def make_sources(n, *, n_bp=55, n_rp=55, missing_bp=(), missing_rp=(), seed=0, **columns):
    """Return `n` smooth made-up spectra; the given rows lack a band."""
    rng = np.random.default_rng(seed)
    bands = {}
    for band, size, missing in (("bp", n_bp, missing_bp), ("rp", n_rp, missing_rp)):
        fall = 200 * np.exp(-np.arange(size) / 8)
        cells = [rng.normal(fall, fall / 2 + 0.5) for _ in range(n)]
        bands[band] = [None if row in missing else cell for row, cell in enumerate(cells)]
    ids = rng.permutation(n) + 5_853_498_713_190_525_696
    return XPSources(ids, **bands, **columns)


def sources_of(flux, source_id, **columns):
    """Return sources whose samples are `flux`, shape (N, 186); of DR3's bases by default.

    Those of simulated spectra come back to 0.001 e-/s per sample; the bases cannot
    follow what no smooth spectrum does, so compare with `samples`.
    """
    bands = {}
    for band, part in (("bp", flux[:, :N_BP]), ("rp", flux[:, N_BP:])):
        basis_id = columns.get(f"{band}_basis_id", 56 if band == "bp" else 57)
        bases = load_design(band, basis_id, SampleGrid()).flux
        bands[band] = list(np.linalg.lstsq(bases.T, part.T.astype(float), rcond=1e-6)[0].T)
    return XPSources(np.asarray(source_id), **bands, **columns)


def samples(sources, grid=None):
    """Return the flux of the sources [e-/s per sample], shape (N, 186), NaN where a band lacks."""
    grid = grid or SampleGrid()
    rows = []
    for i in range(len(sources.source_id)):
        row = []
        for band, pixel in (("bp", grid.bp_pixel), ("rp", grid.rp_pixel)):
            coefficients = getattr(sources, band)[i]
            if coefficients is None:
                row.append(np.full(len(pixel), np.nan))
            else:
                bases = load_design(band, getattr(sources, f"{band}_basis_id"), grid).flux
                row.append(coefficients @ bases[: len(coefficients)])
        rows.append(np.concatenate(row))
    return np.array(rows)


def bases_file(n_bp=51, bp_basis_id=156):
    """Return a file of bases as GaiaXPy's own, of `n_bp` BP functions under a number of their own.

    DR4 has 51 in BP. These are made of the first `n_bp` Hermite functions, by a
    part of DR3's matrix; RP's bases are left as they are in DR3.
    """
    from gaiaxpy.config.paths import hermite_bases_file

    text = Path(hermite_bases_file).read_text()
    band, rest = text.split("</bpConfig>")
    matrix = re.findall(r"<value>([^<]*)</value>", band)
    part = np.reshape(matrix, (55, 55))[:n_bp, :n_bp].ravel()
    values = "".join(f"<value>{value}</value>\n" for value in part)
    band = re.sub(r"<value>.*</value>\s*", values, band, flags=re.DOTALL)
    band = re.sub(r"(<(dimension|transformedSetDimension)>)55<", rf"\g<1>{n_bp}<", band)
    return band.replace(">56<", f">{bp_basis_id}<") + "</bpConfig>" + rest


def make_errors(n, rng):
    """Return standard errors of `n` coefficients, falling as in the archive."""
    return (rng.uniform(0.5, 1.5, n) * np.exp(-np.arange(n) / 30)).astype(np.float32)


def make_correlations(n, rng):
    """Return the correlations below the diagonal of a positive definite matrix of `n` rows."""
    matrix = np.corrcoef(rng.normal(size=(n, 3 * n)))
    return matrix[np.tril_indices(n, k=-1)].astype(np.float32)


def _none_or(cell, make):
    return None if cell is None else make(cell)


def _text(kind, cell, start, separator, end):
    if cell is None:
        return ""
    if not kind.endswith("[]"):
        return str(cell)
    values = np.asarray(cell, NUMPY_TYPES[kind[:-2]]).tolist() if kind == "double[]" else cell
    return f'"{start}{separator.join(map(str, values))}{end}"'


def _lines(sources, start, separator, end):
    columns = list(sources.columns())
    yield ",".join(name for name, *_ in columns)
    for i in range(len(sources.source_id)):
        yield ",".join(
            _text(kind, cells[i], start, separator, end) for _, kind, _, _, cells in columns
        )


def _csv(sources):
    return "".join(f"{line}\n" for line in _lines(sources, "(", ", ", ")")).encode()


def _ecsv(sources):
    lines = ["# %ECSV 1.0", "# ---", "# delimiter: ','", "# datatype:"]
    for name, kind, ucd, description, _ in sources.columns():
        plain = ECSV_TYPES[kind.removesuffix("[]")]
        lines += ["# -", f"#   name: {name}"]
        if kind.endswith("[]"):
            lines += ["#   datatype: string", f"#   subtype: '{plain}[null]'"]
        else:
            lines += [f"#   datatype: {plain}"]
        if description:
            lines += [f"#   description: {description}", "#   meta:", f"#     ucd: {ucd}"]
    lines += _lines(sources, "[", ",", "]")
    return "".join(f"{line}\n" for line in lines).encode()


def _fits(sources):
    from astropy.io import fits

    columns = []
    for name, kind, _, _, cells in sources.columns():
        code, dtype = FITS_TYPES[kind.removesuffix("[]")], NUMPY_TYPES[kind.removesuffix("[]")]
        if kind.endswith("[]"):
            arrays = np.empty(len(cells), object)
            arrays[:] = [np.asarray([] if cell is None else cell, dtype) for cell in cells]
            columns.append(fits.Column(name, f"P{code}()", array=arrays))
        else:
            whole = code in "KI"
            null = np.iinfo(dtype).min if whole else np.nan
            values = np.array([null if cell is None else cell for cell in cells], dtype)
            missing = any(cell is None for cell in cells)
            columns.append(
                fits.Column(name, code, array=values, null=int(null) if whole and missing else None)
            )
    buffer = io.BytesIO()
    fits.BinTableHDU.from_columns(columns).writeto(buffer)
    return buffer.getvalue()


def _votable(sources):
    columns = list(sources.columns())
    fields = []
    for name, kind, ucd, description, _ in columns:
        size = 'arraysize="*" ' if kind.endswith("[]") else ""
        meaning = f' ucd="{ucd}"' if ucd else ""
        fields.append(
            f'<FIELD {size}datatype="{kind.removesuffix("[]")}" name="{name}"{meaning}>\n'
            f"<DESCRIPTION>{description}</DESCRIPTION>\n</FIELD>\n"
        )
    rows = (_binary2(columns, i) for i in range(len(sources.source_id)))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
        f'<RESOURCE type="results">\n<TABLE>\n{"".join(fields)}<DATA>\n<BINARY2>\n'
        f"<STREAM encoding='base64'>\n{base64.encodebytes(b''.join(rows)).decode()}</STREAM>\n"
        "</BINARY2>\n</DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n"
    ).encode()


def _binary2(columns, i):
    """Return a row: a bit per column that tells missing cells, then big-endian values."""
    missing = np.packbits([cells[i] is None for *_, cells in columns]).tobytes()
    parts = [missing]
    for _, kind, _, _, cells in columns:
        dtype = np.dtype(NUMPY_TYPES[kind.removesuffix("[]")]).newbyteorder(">")
        if kind.endswith("[]"):
            values = np.asarray([] if cells[i] is None else cells[i], dtype)
            parts.append(len(values).to_bytes(4, "big") + values.tobytes())
        else:
            parts.append(np.array(0 if cells[i] is None else cells[i], dtype).tobytes())
    return b"".join(parts)
