"""Redshifts written as catalogues: columns, formats, p(z)."""
