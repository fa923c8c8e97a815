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

    on_screens = ""
    """The message with what to click, where it else names a command."""

    for_good = False
    """Whether the same work would end in this again, however often it is done."""


class DataError(XpzError):
    """A file or table of spectra does not hold what it must."""


class NotATable(DataError):  # noqa: N818 - it says what the file is
    """A file is something else than a table, `what`, such as 'a PDF document'.

    In a folder or an archive it is left `aside`, which is a sentence to say so.
    """

    def __init__(self, name: str, what: str, todo: str) -> None:
        super().__init__(f"{name}: expected a table, received {what}. {todo}")
        self.aside = f"{name}: left aside, it is {what}."


class NoSpectra(NotATable):
    """A table holds no spectra of any kind; `aside` as in `NotATable`."""

    def __init__(self, message: str, aside: str) -> None:
        DataError.__init__(self, message)
        self.aside = aside


class ConfigError(XpzError):
    """A setting is unknown, of the wrong type or out of its range."""


class SettingError(ConfigError, ValueError):
    """A setting has a value that it cannot have; `said` is what was expected and what came.

    A `ValueError` too, as scikit-learn has it.

    The message calls the setting by its `label`, as forms do. A command calls it by the option that
    has its `name`, that of the field (see `as_called`).
    """

    def __init__(self, name: str, label: str, said: str) -> None:
        super().__init__(f"{label}: {said}")
        self.name, self.label, self.said = name, label, said

    def as_called(self, called: str) -> str:
        """Return the message with another name of the setting, such as '--epochs'."""
        return f"{called}: {self.said}"


class RunError(XpzError):
    """A run folder is missing, damaged or in the wrong state."""


MISSING = "there is no such file"


class DamagedError(RunError, DataError):
    """A file of a run, a search or a data set does not hold what it must.

    Whoever guards against a run or against data that cannot be used is guarded against this.
    `what` is wrong in the file `where`, `todo` says what to do about it, and `expected` what such
    a file holds, where people may not know.
    """

    def __init__(self, what: object, where: object, todo: str, expected: str = "") -> None:
        self.what, self.where, self.todo = str(what).rstrip("."), str(where), todo
        if expected:
            said = f": expected {expected}, received a damaged or different file ({self.what})"
        else:
            said = " is missing" if self.what == MISSING else f" is damaged ({self.what})"
        super().__init__(f"{self.where}{said}. {todo}")
