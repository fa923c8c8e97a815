"""The parts of the Tune screen."""
