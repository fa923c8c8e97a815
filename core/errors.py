"""Errors that are meant for people.

Every message says what was expected, what came, where (file, row, column) and
what to do about it. The command line and the screens show the message alone,
without a traceback; any other exception is a defect of ours.
"""


class XpzError(Exception):
    """Base class of every error whose message a user is meant to read.

    Examples
    --------
    >>> import core
    >>> try:
    ...     core.load_dataset("missing.parquet")
    ... except core.XpzError as error:
    ...     print(error)
    missing.parquet: there is no such file.
    """


class DataError(XpzError):
    """A file or table of spectra does not hold what it must."""


class ConfigError(XpzError):
    """A setting is unknown, of the wrong type or out of its range."""


class RunError(XpzError):
    """A run folder is missing, damaged or in the wrong state."""
