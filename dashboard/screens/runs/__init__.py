"""Parts of the Runs screen."""
