"""Spectra and sources from the Gaia Archive (ADQL over TAP, spectra over DataLink)."""
