"""A catalogue in parts as a HATS catalogue, which LSDB opens."""

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ConfigError, DataError, XpzError
from core.scale.folder import PARTS

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

ID_ORDER, ID_SHIFT = 12, 35
"""A source_id begins with the HEALPix of its source, of this level and nested, times 2**35 (Gaia
DR3 documentation, section 20.1.1)."""

ROWS_AT_ONCE = 500_000


def require_hats_import() -> None:
    """Raise a `ConfigError` if hats-import is missing: before the work, not after hours of it."""
    if importlib.util.find_spec("hats_import") is None:
        raise ConfigError(
            "--hats needs hats-import, which is not installed. Install it with "
            "pip install 'xpz[hats]'."
        )


def write_hats(parts: Path, place: Path, client: "Client") -> None:
    """Write the parts of a catalogue as a HATS catalogue; what was there is replaced.

    Where the catalogue has the columns ra and dec, they tell where sources are. Else the columns
    `ra_pixel` and `dec_pixel` are added: the centre of the HEALPix of level 12, 52 arcsec wide,
    that the source_id names.

    Parameters
    ----------
    parts : Path
        Folder with the parts.
    place : Path
        Folder of the HATS catalogue; made in a folder beside it, and then renamed.
    client : distributed.Client
        Whose workers do it.

    Raises
    ------
    DataError
        If neither positions nor ids tell where the sources are.
    """
    from hats_import.catalog.arguments import ImportArguments
    from hats_import.pipeline import pipeline_with_client
    from pyarrow import parquet

    names = parquet.read_schema(parts / "_common_metadata").names
    lowered = {name.lower(): name for name in names}
    has_positions = {"ra", "dec"} <= lowered.keys()
    ra, dec = (lowered[name] if has_positions else f"{name}_pixel" for name in ("ra", "dec"))
    reader: Any = PartReader(with_pixels=not has_positions)  # as hats-import takes one
    making = place.with_name(f".{place.name}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        arguments = ImportArguments(
            output_path=making,
            output_artifact_name=_word(place.name),
            input_file_list=sorted(parts.glob(PARTS)),
            file_reader=reader,
            ra_column=ra,
            dec_column=dec,
            progress_bar=False,
            resume=False,
        )
        with client.as_current():
            pipeline_with_client(arguments, client)
        shutil.rmtree(place, ignore_errors=True)
        (making / _word(place.name)).rename(place)
    except XpzError:
        raise
    except Exception as error:  # hats-import has no errors of its own
        raise DataError(
            f"{place}: the HATS catalogue could not be written ({error}). The catalogue in parts, "
            f"{parts}, is whole."
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _word(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)


class PartReader:
    """Reads a part for hats-import, with positions from the ids where there are no others."""

    def __init__(self, *, with_pixels: bool) -> None:
        self.with_pixels = with_pixels

    def read(
        self, input_file: Any, read_columns: list[str] | None = None
    ) -> Iterator["pd.DataFrame"]:
        """Yield the rows, some at a time, with the columns that are asked for."""
        from pyarrow import parquet

        with parquet.ParquetFile(str(input_file)) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE):
                frame = batch.to_pandas()
                if self.with_pixels:
                    frame = _with_pixels(frame, Path(str(input_file)).name)
                yield frame if read_columns is None else frame[read_columns]


def _with_pixels(frame: "pd.DataFrame", name: str) -> "pd.DataFrame":
    from cdshealpix.nested import healpix_to_lonlat

    pixels = frame["source_id"].to_numpy() >> ID_SHIFT
    if (pixels <= 0).all() or pixels.min() < 0 or pixels.max() >= 12 * 4**ID_ORDER:
        raise DataError(
            f"{name}: expected Gaia source_ids, or columns ra and dec, to tell where sources are. "
            "Predict without --hats, or from files that have them."
        )
    lon, lat = healpix_to_lonlat(pixels.astype(np.uint64), np.uint8(ID_ORDER))
    return frame.assign(ra_pixel=lon.deg, dec_pixel=lat.deg)
