"""How good are predicted redshifts: one definition per metric, bins, intervals, histograms."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
