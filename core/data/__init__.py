"""Data sets: files, validation, split, statistics and the published numbers."""
