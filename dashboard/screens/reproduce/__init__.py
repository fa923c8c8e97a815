"""The path through the dissertation."""
