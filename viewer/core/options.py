"""How activity is to be read: what the user says about nuclide, time and patient. Travels with every report."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.pet import UserCorrections


@dataclass(frozen=True)
class MeasureOptions:
    """The nuclide the scanner was told, the true one, the reference time, and what is wrong in the header.

    ``reference`` is ``scan``, ``injection`` or a naive local datetime; ``calibration_uncertainty`` the relative
    standard uncertainty of the scanner's calibration, None where nobody knows it.
    """

    acquired_as: str | None = None
    nuclide: str | None = None
    reference: str | datetime = "scan"
    corrections: UserCorrections = field(default_factory=UserCorrections)
    calibration_uncertainty: float | None = None

    def document(self) -> dict[str, Any]:
        """Return the options as JSON-serialisable data; `from_document` reads them back."""
        document = asdict(self) | {"reference": _text(self.reference)}
        given = {name: _text(value) for name, value in asdict(self.corrections).items() if value is not None}
        return document | {"corrections": given}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "MeasureOptions":
        """Read `document`; raise `LowfieldError` for options that this version does not know."""
        known = {each.name for each in fields(cls)}
        corrections = dict(document.get("corrections") or {})
        unknown = sorted({*document} - known) + sorted(
            {*corrections} - {each.name for each in fields(UserCorrections)}
        )
        if unknown:
            raise LowfieldError(
                f"The options {', '.join(unknown)} are not known.",
                hint="Use the version of Lowfield that wrote them.",
            )
        if "injection_time" in corrections:
            corrections["injection_time"] = moment(corrections["injection_time"])
        reference = document.get("reference", "scan")
        if reference not in ("scan", "injection"):
            reference = moment(reference)
        given = {**document, "reference": reference, "corrections": UserCorrections(**corrections)}
        return cls(**given)


AS_THE_FILE_SAYS = MeasureOptions()
"""Nothing declared, nothing corrected, activity at the start of the scan."""


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def moment(text: Any) -> datetime:
    """Read an ISO time of a document; raise `LowfieldError` for what is none."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise LowfieldError(f"{text!r} is no time.", hint="Write it as 2026-05-04T10:15:00.") from error
