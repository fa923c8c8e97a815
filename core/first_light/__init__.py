"""First light: real galaxies, every shipped run judged on them, one fine-tuned, a report."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
