"""The screens of xpz: thin pages over `core`."""
