"""Runs side by side: the galaxies that they share, what differs in them, where they disagree."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

MIN_RUNS, MAX_RUNS = 2, 8
"""How many runs can be compared."""
