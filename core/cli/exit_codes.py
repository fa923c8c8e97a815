"""With which number a command ends; `xpz --help` and docs/command-line.md say these."""

from enum import IntEnum

import click


class ExitCode(IntEnum):
    """The numbers, each with what it says."""

    says: str

    def __new__(cls, number: int, says: str) -> "ExitCode":
        """Make a number that says something."""
        code = int.__new__(cls, number)
        code._value_ = number
        code.says = says
        return code

    DONE = 0, "All was done."
    FAILED = 1, "It was not done; the error stream says why, and what to do."
    USAGE = 2, "The command line was not understood; the error stream says where."
    PARTLY = 3, "It was done, but some input files could not be read."
    STOPPED = 130, "Ctrl-C ended it; what was finished is kept."


class Stopped(click.ClickException):
    """Ctrl-C ended a command; its message says what is left and how to go on."""

    exit_code = ExitCode.STOPPED


def table() -> str:
    """Return the numbers and what they say, a line each."""
    return "\n".join(f"{code.value:>5}  {code.says}" for code in ExitCode)
