"""Trainings as detached processes that work on a run folder, one per device at a time."""
