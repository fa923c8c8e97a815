"""The files of an upload, read together, with one column of the source ids for all of them."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from core.data import ByHand, Uploaded
from dashboard.screens.predict.read_file import ReadFile, read


def read_upload(
    files: Mapping[str, Uploaded],
    column: str | None,
    known: Mapping[str, ReadFile],
    *,
    again: bool,
) -> tuple[list[ReadFile], str | None]:
    """Return the files, by what tells each from others, read; and the column of the ids.

    Of those that are `known`, what is served stays as it is, unless all are read `again`. A
    `column` that none of the files offers is let go: it was chosen for others.
    """
    with st.spinner("Reading"):
        found = _read(files, column, known, again=again)
        if column is not None and not any(column in file.may_be_ids for file in found):
            column = None
            found = _read(files, column, known, again=True)
    return found, column


def _read(
    files: Mapping[str, Uploaded],
    column: str | None,
    known: Mapping[str, ReadFile],
    *,
    again: bool,
) -> list[ReadFile]:
    found: list[ReadFile] = []
    for file_id, uploaded in files.items():
        file = known.get(file_id)
        # What was refused for lack of room may have it now.
        if file is None or not file.is_served or again:
            choices = () if file is None else file.may_be_ids
            file = read(
                file_id,
                uploaded.name,
                uploaded.content,
                sum(before.n for before in found),
                ByHand.of_ids(column),
                one_of_several=len(files) > 1,
            )
            # Of one that is refused for the column, too, another one can be chosen.
            file = replace(file, may_be_ids=file.may_be_ids or choices)
        found.append(file)
    return found
