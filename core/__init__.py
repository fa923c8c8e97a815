"""Galaxy redshifts from Gaia BP/RP (XP) spectra: data, networks, training, redshifts.

The names of this module are what a script or a notebook needs. Each is imported when it is first
used, so that ``import core`` costs nothing.

Examples
--------
>>> import core
>>> found = core.predict_files("compact-520k", "data/samples/simulated-galaxies.csv")
>>> found.table.loc[:1, ["source_id", "z", "sigma_z", "z_spec"]].round(3)
             source_id      z  sigma_z  z_spec
0  2915477294342471680  0.203    0.014   0.208
1  2915477294342471681  0.165    0.026   0.166
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
