"""Commands that messages name: pasted into a shell they mean the files that were meant."""

import shlex


def command(*words: object) -> str:
    """Return a command, or a part of one, whose words (paths, say) a shell reads as they are.

    >>> command("xpz", "calibrate", "--run", "runs/Coma, z < 0.1")
    "xpz calibrate --run 'runs/Coma, z < 0.1'"
    """
    return shlex.join(map(str, words))
