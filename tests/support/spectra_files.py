"""Files of spectra read as a whole, where users read them in parts."""

from core.data.spectra.files import open_spectra
from core.spectra import Spectra


def read_spectra(source, format=None, **options):
    """Return all spectra of a file; the options are those of `open_spectra`."""
    return Spectra.concatenate(list(open_spectra(source, format, **options).chunks()))
