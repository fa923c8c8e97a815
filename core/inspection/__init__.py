"""Why a network answers as it does, and which galaxies deserve a look."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
