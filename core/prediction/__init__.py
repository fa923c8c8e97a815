"""Redshifts from trained runs, without Keras."""
