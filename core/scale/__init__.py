"""Catalogues of any size: file by file, in processes of Dask, into a folder of parts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
