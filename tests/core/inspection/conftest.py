from tests.support.shipped import galaxies, mixture_run, run

__all__ = ["galaxies", "mixture_run", "run"]
