"""A run handed on: bundles, their acceptance, model cards, an MLflow server."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
