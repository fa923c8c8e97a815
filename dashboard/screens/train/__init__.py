"""Parts of the Train screen."""
