"""Spectra and sources from the Gaia Archive (ADQL over TAP, spectra over DataLink)."""

from core.data.archive.config import ArchiveConfig
from core.data.archive.download import fetch
from core.data.archive.question import Question, by_adql, by_cone, by_galaxies, by_ids
from core.data.archive.report import FetchReport

__all__ = [
    "ArchiveConfig",
    "FetchReport",
    "Question",
    "by_adql",
    "by_cone",
    "by_galaxies",
    "by_ids",
    "fetch",
]
