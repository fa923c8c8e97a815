"""Real galaxies judged: what they are."""
