"""The parts of the Data screen, one file each."""
