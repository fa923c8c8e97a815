"""Spectra in one upload and their redshifts in another, joined by source_id."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.data import Account, ByHand, Dataset, build_dataset, load_dataset
from core.spectra import FLUX_UNIT
from dashboard.shared import state
from dashboard.shared.account import left_out
from dashboard.shared.messages import plain

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

FIELD = "Redshifts in another table"


@dataclass(frozen=True)
class Joined:
    """A data set, and the accounts of both files that it was made of."""

    dataset: Dataset
    accounts: tuple[Account, ...]

    @property
    def summary(self) -> dict[str, str]:
        """What it holds and what it was read from, as a table of facts whose names are Markdown."""
        data = self.dataset
        facts = {
            "Galaxies": f"{len(data):,}",
            "z_spec": f"{data.z.min():.4f} to {data.z.max():.4f}",
            "Mean flux": f"{np.mean(data.flux):.3f} {FLUX_UNIT}",
        }
        for account in self.accounts:
            of = f" ({account.what})"
            facts |= {plain(f"{what}{of}"): c for what, c in account.columns.items()}
            facts |= left_out(account, of)
        return facts


def ask(key: str, endings: list[str]) -> "UploadedFile | None":
    """Draw the field of the second file; return what it holds."""
    return st.file_uploader(
        FIELD,
        type=endings,
        key=key,
        help="Where the spectra have no redshifts: a table with `source_id` and `z`, such as the "
        "command `xpz crossmatch` makes of positions. Both are joined by source_id, as by "
        "`xpz dataset build --spectra ... --redshifts ...`; then the spectra may also be XP "
        "continuous ones of the Gaia Archive.",
    )


def joined(spectra: "UploadedFile", table: "UploadedFile", by_hand: ByHand) -> Joined:
    """Join both uploads once for each choice, however often the page runs."""
    key = f"{spectra.file_id} {table.file_id}", by_hand
    kept = st.session_state.get(state.UPLOAD_KEY)
    if kept is None or kept[:2] != key:
        state.forget_upload()
        with st.spinner("Joining spectra and redshifts"):
            kept = (*key, _join(spectra, table, by_hand))
        st.session_state[state.UPLOAD_KEY] = kept
    found = kept[2]
    assert isinstance(found, Joined)
    return found


def _join(spectra: "UploadedFile", table: "UploadedFile", by_hand: ByHand) -> Joined:
    with TemporaryDirectory() as folder:
        paths = []
        for which, file in (("spectra", spectra), ("redshifts", table)):
            # A folder each, as both may have one name, which messages begin with.
            path = Path(folder) / which / (Path(file.name).name or which)
            path.parent.mkdir()
            path.write_bytes(file.getbuffer())
            paths.append(path)
        out = Path(folder) / "joined.parquet"
        built = build_dataset(
            [paths[0]], out, paths[1], name=Path(spectra.name).stem, by_hand=by_hand
        )
        accounts = tuple(each for each in (built.redshifts, built.spectra) if each is not None)
        return Joined(load_dataset(out), accounts)
