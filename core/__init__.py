"""Data, networks, training and evaluation of xpz; nothing here knows the dashboard."""
