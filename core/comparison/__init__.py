"""Runs side by side: the galaxies that they share, what differs in them, where they disagree."""
