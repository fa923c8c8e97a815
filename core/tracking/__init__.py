"""Copies of runs on servers that track experiments; our own folders stay what counts."""
