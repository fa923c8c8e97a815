"""Labels of galaxies: which column they are, whose ids, whether they can be true and be trusted."""
