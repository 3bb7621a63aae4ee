"""What the user may decide about a verification; every default is named in the result."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from viewer.core.errors import LowfieldError
from viewer.core.options import moment
from viewer.core.study import SeriesInfo
from viewer.core.volume import Volume
from viewer.quantify.dose import DEFAULT_RBE
from viewer.quantify.timeactivity import BETWEEN_SCANS

Load = Callable[[SeriesInfo], Volume]
WATER_DENSITY, CT_DENSITY = "water", "ct"


@dataclass(frozen=True)
class DoseOptions:
    """``nuclide`` is what it is, ``acquired_as`` what the scanner was told (None: as the files say).

    ``model`` is auto, physical, mono, uptake or bi; ``uptake`` and ``tail`` as in
    `viewer.quantify.timeactivity_integral`. ``density`` is ``water`` (1 g/mL) or ``ct``. ``between_scans`` and
    ``calibration_uncertainty`` are relative standard uncertainties. ``background`` and ``organs`` name ROIs.
    ``injected_bq`` (at ``injection_time``, naive local) replaces what the files say. ``series`` are the only PET
    series to take (empty: all). ``first`` puts a series' patient space under the ROIs (empty: the earliest).
    """

    acquired_as: str | None = None
    nuclide: str | None = None
    rbe: float = DEFAULT_RBE
    model: str = "auto"
    uptake: str = "effective"
    tail: str = "physical"
    density: str = WATER_DENSITY
    between_scans: float = BETWEEN_SCANS
    calibration_uncertainty: float | None = None
    background: str = ""
    organs: tuple[str, ...] = ()
    injected_bq: float | None = None
    injection_time: datetime | None = None
    series: tuple[str, ...] = ()
    first: str = ""

    def document(self) -> dict[str, Any]:
        """Return the options as JSON-serialisable data; `from_document` reads them back."""
        time = self.injection_time.isoformat() if self.injection_time else None
        return asdict(self) | {"organs": [*self.organs], "series": [*self.series], "injection_time": time}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "DoseOptions":
        """Read `document`; raise `LowfieldError` for options that this version does not know."""
        unknown = sorted({*document} - {each.name for each in fields(cls)})
        if unknown:
            raise LowfieldError(
                f"The options {', '.join(unknown)} are not known.",
                hint="Use the version of Lowfield that wrote them.",
            )
        given = dict(document)
        for name in ("organs", "series"):
            given[name] = tuple(given.get(name) or ())
        time = given.get("injection_time")
        return cls(**given | {"injection_time": None if time is None else moment(time)})
