"""The parts of every screen, a folder each."""
