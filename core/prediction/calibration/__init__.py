"""What a run knows of its own errors, measured on its validation part."""
