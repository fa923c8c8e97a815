"""Readers of foreign table files, one per format: bytes in, named columns out."""
