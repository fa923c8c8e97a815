"""The release of Gaia of a saved data set whose file does not tell it, as a person states it."""

from dataclasses import replace
from pathlib import Path

from core.data.archive.question import check_release, release_named
from core.data.card import DatasetCard
from core.data.dataset_files import read_card
from core.data.layout import open_parquet, to_arrays
from core.data.writer import ROWS_PER_GROUP, DatasetWriter
from core.errors import DataError

NOT_TOLD = (
    "Gaia release: not told. So xpz cannot check that a run knows the instrument of these spectra, "
    "and warns of it wherever they are used."
)


def state_release(path: str | Path, release: str) -> DatasetCard:
    """Write into the card of a data set of which release its spectra are; return the card.

    The file is written anew, all or nothing; its galaxies and their hash stay as they are.

    Parameters
    ----------
    path : str or Path
        A data set that xpz made; nothing else may read it meanwhile, such as a training.
    release : str
        Such as 'Gaia DR3' or 'dr3'.

    Raises
    ------
    DataError
        If there is no such data set, its galaxies are not those of its card, or another release is
        told of it already. Then the file stays as it was.
    SettingError
        If `release` is none, or one without XP spectra.
    """
    import pyarrow as pa

    release = release_named(release)
    check_release(release)
    path = Path(path).resolve()  # what a link leads to is written, not the link
    card = read_card(path)
    known = card.known_instrument
    if known.is_told and known.release != release:
        raise DataError(
            f"{path}: expected a data set whose Gaia release is not told; its spectra are of "
            f"{known.words}. If that is wrong, build it anew."
        )
    card = replace(card, instrument=replace(known, release=release, grid=None))
    with open_parquet(path) as file, DatasetWriter(path, **vars(card)) as writer:
        for batch in file.iter_batches(ROWS_PER_GROUP):
            writer.write(**to_arrays(pa.Table.from_batches([batch]), path))
        if writer.hash != card.hash:
            raise DataError(
                f"{path}: expected the galaxies of its card ({card.hash[:12]}), received others "
                f"({writer.hash[:12]}): the file was changed after xpz made it. Build it anew."
            )
    return writer.card
