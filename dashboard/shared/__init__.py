"""What several screens use: state, caches, choosers, messages."""
