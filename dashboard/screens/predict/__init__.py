"""The parts of the Predict screen, one file each."""
