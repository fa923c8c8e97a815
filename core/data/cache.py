"""Where files lie that can be computed again."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder that `XPZ_CACHE_DIR` names, or else the user's cache folder."""
    if folder := os.environ.get("XPZ_CACHE_DIR"):
        return Path(folder)
    from platformdirs import user_cache_path

    return user_cache_path("xpz", appauthor=False)
