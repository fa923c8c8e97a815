from tests.support.made_runs import finished, galaxies, make_run

__all__ = ["finished", "galaxies", "make_run"]
