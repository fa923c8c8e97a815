"""Trainings as detached processes that work on a run folder, one per device at a time."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
