"""Upload a table of spectra: what was recognised in it, and what people choose by hand."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.data import (
    BY_POSITIONS,
    ENDINGS,
    OTHER_TABLE,
    Z_UNITS,
    Account,
    Asked,
    ByHand,
    Dataset,
    ImportedDataset,
    column_names,
    parse_cuts,
    read_table,
)
from core.runs import MAX_NAME
from core.spectra import FLUX_UNIT
from dashboard.screens.archive import section
from dashboard.screens.archive.redshift_table import BY_HAND
from dashboard.screens.data import joined, release, store
from dashboard.shared import state
from dashboard.shared.account import left_out, show_account
from dashboard.shared.job_form import too_long
from dashboard.shared.messages import errors_shown, plain, with_code
from dashboard.shared.number_field import tell_wrong
from dashboard.shared.options import with_fields

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

COLUMNS = {
    "z": "Column of redshifts",
    "source_id": "Column of source_id",
    "g_mag": "Column of G magnitudes",
}

Z_UNIT, CUTS, ONLY_THESE = "z_unit", "cuts", "only_these"
UNIT, ONLY = "Unit of the redshifts", "No cuts but these"
NAME, ORIGIN = "upload_name", "upload_origin"


def upload() -> None:
    """Read an uploaded table, say what was recognised, save it when asked to."""
    st.markdown("**Upload a table of spectra**")
    st.caption(
        "CSV, Parquet, FITS, VOTable or ECSV (also in a .gz or .zip) with 186 flux columns or one "
        "array column (80 BP, then 106 RP samples, e-/s per sample) and a redshift `z`, which may "
        "also stand in another table; optional `source_id`, `flux_error`, `g_mag`, `redshift_ugc` "
        "(of Gaia's Unresolved Galaxy Classifier) and its ends, `redshift_ugc_lower` and `_upper`."
    )
    # A file that was saved must not stay in the field: another key is an empty field.
    saved = st.session_state.setdefault("uploads_saved", 0)
    file = st.file_uploader(
        "Table of spectra", type=list(ENDINGS), label_visibility="collapsed", key=f"upload-{saved}"
    )
    if file is None:
        state.forget_upload()
        return
    names: tuple[str, ...] = ()
    content = file.getvalue()
    if (table := joined.ask(f"upload-z-{saved}", list(ENDINGS))) is not None:
        _join(file, table)
        return
    with errors_shown(with_boxes):
        dataset = recognised(file, content)
        assert dataset.recognition is not None
        names = dataset.recognition.names
        st.table(summary(dataset), border="horizontal", alt="What was recognised in the file")
        if dataset.account is not None:
            _show_account(dataset.account)
        save(release.of_upload(dataset, file.file_id), file)
    is_read = bool(names)
    choose(file.file_id, names or column_names(content, file.name), expanded=not is_read)


def _join(file: "UploadedFile", table: "UploadedFile") -> None:
    """Read spectra and redshifts of two uploads, and save them when asked to."""
    place = st.container()
    stated = release.choose(file.file_id, "as the files tell")
    below = st.container()
    choose(table.file_id, column_names(table.getvalue(), table.name), expanded=False)
    with place, errors_shown(with_boxes):  # above the fields that they name
        chosen = replace(by_hand(table.file_id), release=stated or "")
        found = joined.joined(file, table, chosen)
        facts = {name: with_code(with_boxes(value)) for name, value in found.summary.items()}
        st.table(facts, border="horizontal", alt="What was recognised in the files")
        for account in found.accounts:
            _show_account(account)
        with below:
            save(found.dataset, file)


def _show_account(account: Account) -> None:
    """Draw what became of all rows, and what to mend before the data set is saved."""
    show_account(account)
    for words in account.warned():
        st.warning(with_code(with_boxes(words)), icon=":material/tag:")


def with_boxes(text: str) -> str:
    """Return an error with the names of this screen's fields in place of the command's options."""
    fields = {
        "id" if what == "source_id" else what.replace("_", "-"): label
        for what, label in COLUMNS.items()
    }
    fields |= {"z-unit": UNIT, "quality": "Cuts on quality", "no-quality": ONLY}
    text = text.replace(OTHER_TABLE, f"the field `{joined.FIELD}` above")
    clicks = f" Spectra that are fetched here, under `{section.TITLE}`, are matched by clicks."
    text = text.replace(BY_POSITIONS, BY_POSITIONS + clicks)
    return with_fields(text, fields, f"These fields are below, under `{BY_HAND}`.")


def save(dataset: Dataset, file: "UploadedFile") -> None:
    """Offer to keep what was read, under a name and an origin.

    Each file has fields of its own: what was said of one must not stand for the next.
    """
    release.warn(dataset)
    suggested = file.name.rsplit(".", 1)[0][:MAX_NAME]
    name = st.text_input("Name", suggested, key=NAME + file.file_id)
    if wrong := too_long(store.as_kept(name)):
        tell_wrong("Name", wrong)
    elif told := store.of_taken(name):
        st.caption(plain(told))
    origin = dataset.card.origin
    if origin == "unknown":
        origin = st.segmented_control(
            "Origin",
            ("observed", "simulated", "unknown"),
            default="unknown",
            required=True,
            key=ORIGIN + file.file_id,
        )
    if st.button("Save and use", type="primary", key="upload_save", disabled=bool(wrong)):
        # Named as the next one first: whatever is clicked meanwhile, a set that is saved is used.
        saved = store.save(dataset, name, origin, named=state.use_next)
        state.forget_upload()
        st.session_state["uploads_saved"] += 1
        called = state.dataset_names(state.datasets())[saved]
        st.toast(f"Saved; the data set in use is now {plain(called)}.", icon=":material/check:")
        st.rerun()


def choose(file_id: str, names: Iterable[str], *, expanded: bool) -> None:
    """Let people choose what names and units do not tell, or tell wrongly; see `by_hand`."""
    options = {**dict.fromkeys(COLUMNS, dict.fromkeys(names)), Z_UNIT: dict.fromkeys(Z_UNITS)}
    if not options["z"]:
        return
    with st.expander(BY_HAND, expanded=expanded):
        for what, label in (COLUMNS | {Z_UNIT: UNIT}).items():
            given = list(options[what])
            st.selectbox(label, given, None, placeholder="as the file tells", key=what + file_id)
        st.text_input(
            "Cuts on quality",
            placeholder="NQ>=3 and ZWARN==0",
            help="Beside those that the survey recommends, and in their place on the same columns.",
            key=CUTS + file_id,
        )
        st.checkbox(ONLY, key=ONLY_THESE + file_id)


def by_hand(file_id: str) -> ByHand:
    """Return what was chosen for a file so far."""
    told = {what: st.session_state.get(what + file_id) for what in (*COLUMNS, Z_UNIT, CUTS)}
    none = bool(st.session_state.get(ONLY_THESE + file_id))
    return ByHand(
        {quantity: str(told[quantity]) for quantity in COLUMNS if told[quantity] is not None},
        told[Z_UNIT],
        Asked(parse_cuts(told[CUTS] or None), none=none),
    )


def recognised(file: "UploadedFile", content: bytes) -> ImportedDataset:
    """Read the upload once for each choice, however often the page runs."""
    kept = st.session_state.get(state.UPLOAD_KEY)
    key = file.file_id, by_hand(file.file_id)
    if kept is None or kept[:2] != key:
        state.forget_upload()
        with st.spinner("Reading the table"):
            read = read_table(content, name=file.name, by_hand=key[1], only_usable=True)
            kept = (*key, read)
        st.session_state[state.UPLOAD_KEY] = kept
    return kept[2]


def summary(dataset: ImportedDataset) -> dict[str, str]:
    """Say what a table holds and from which columns it was read."""
    assert dataset.recognition is not None
    columns = {
        f"Column of {quantity}" if quantity != "ignored" else "Columns not kept": plain(found[:160])
        for quantity, found in dataset.recognition.describe().items()
    }
    account = dataset.account
    assert account is not None
    if (quality := account.columns["quality"]) != "none":
        columns["Quality"] = with_code(with_boxes(quality))
    if account.notes:
        columns["To check"] = plain("; ".join(account.notes))
    return (
        {
            "Galaxies": f"{len(dataset):,}",
            "z_spec": f"{dataset.z.min():.4f} to {dataset.z.max():.4f}",
            "Mean flux": f"{np.mean(dataset.flux):.3f} {FLUX_UNIT}",
        }
        | columns
        | {reason: plain(rows) for reason, rows in left_out(account).items()}
    )
