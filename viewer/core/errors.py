"""One exception type means "tell the user"; everything else is a bug."""

from pathlib import Path


class LowfieldError(Exception):
    """A problem the user can understand and act on.

    ``what`` says what is wrong, ``where`` names the file or series, ``hint`` says what to do.
    The window shows it as a message, the command line prints it on stderr and exits with code 1.
    """

    def __init__(self, what: str, *, where: str | Path = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = str(where)
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.hint}" if self.hint else ""
        return f"{place}{self.what}{advice}"


class Cancelled(Exception):
    """The user stopped a running job; raised out of a `Progress` call, never shown as an error."""
