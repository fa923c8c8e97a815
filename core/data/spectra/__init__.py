"""Columns made into spectra: tables of fluxes and the Gaia Archive's XP continuous spectra."""
