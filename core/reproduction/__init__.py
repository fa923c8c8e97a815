"""The dissertation behind xpz, figure by figure and table by table: ours beside the published."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
