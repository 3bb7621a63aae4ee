"""What the user sees and has chosen, as frozen values; the session swaps them whole and says what changed.

Impossible choices raise ValueError, whether they come from a widget (a bug) or from a damaged journal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from viewer.core.palettes import PALETTES
from viewer.core.pet import UserCorrections
from viewer.core.picture import TRANSPARENT_BELOW
from viewer.roi.shapes import Roi

Window = tuple[float, float]
"""(centre, width) in the unit of the values it is applied to."""
Point = tuple[float, float, float]
"""(x, y, z) in LPS mm."""
V = TypeVar("V")
PANELS = ("raw", "denoised", "residual", "leak", "error")
ROLES = ("mri", "ct", "pet")
"""What a series can be opened as: the MRI workspace shows one role, the PET/CT workspace two."""


@dataclass(frozen=True)
class Fusion:
    """How PET lies over CT.

    ``opacity`` 0..1; ``palette`` one of `viewer.core.palettes.PALETTES`; ``threshold`` the lowest fraction of the
    PET window that stays transparent (0..1).
    """

    opacity: float = 0.5
    palette: str = PALETTES[0]
    threshold: float = TRANSPARENT_BELOW

    def __post_init__(self) -> None:
        _require(0 <= self.opacity <= 1 and 0 <= self.threshold <= 1, "opacity and threshold lie in 0..1")
        _require(self.palette in PALETTES, f"the palette is one of {', '.join(PALETTES)}")


@dataclass(frozen=True)
class Compare:
    """What the MRI workspace shows: the panels from left to right, some of `PANELS`."""

    show: tuple[str, ...] = ("raw", "denoised")
    linked: bool = True

    def __post_init__(self) -> None:
        _require(bool(self.show) and set(self.show) <= set(PANELS), f"panels are {', '.join(PANELS)}")


@dataclass(frozen=True)
class DenoiseChoice:
    """What the next denoising run will use. ``sigma`` in the volume's unit; None: estimated from the data."""

    model: str | None = None
    sigma: float | None = None
    strength: float = 1.0

    def __post_init__(self) -> None:
        _require(self.sigma is None or self.sigma > 0, "sigma is above 0")
        _require(0 <= self.strength <= 1, "the strength lies in 0..1")


@dataclass(frozen=True)
class MeasureChoice:
    """How activity is read: the nuclide the scanner was told, the true one, the reference time, what is corrected.

    ``reference`` is ``scan``, ``injection`` or an ISO local time; ``corrections`` replace what the file says about
    patient, dose and nuclide; ``recovery`` is the key of a recovery table whose correction stands beside the raw
    mean, empty for none.
    """

    acquired_as: str | None = None
    nuclide: str | None = None
    reference: str = "scan"
    corrections: UserCorrections = field(default_factory=UserCorrections)
    recovery: str = ""

    def __post_init__(self) -> None:
        if self.reference not in ("scan", "injection"):
            datetime.fromisoformat(self.reference)  # ValueError says what is wrong


def _require(truth: bool, rule: str) -> None:
    if not truth:
        raise ValueError(rule)


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class StudyState:
    """Everything remembered about one study: what the journal keeps and what comes back on reopening.

    ``assigned`` maps a role to the key of a series, ``windows`` a role (or ``residual``) to its window.
    """

    study_uid: str = ""
    assigned: Mapping[str, str] = field(default_factory=_nothing)
    windows: Mapping[str, Window] = field(default_factory=_nothing)
    fusion: Fusion = Fusion()
    compare: Compare = Compare()
    denoise: DenoiseChoice = DenoiseChoice()
    measure: MeasureChoice = MeasureChoice()
    cursor_lps_mm: Point | None = None
    rois: tuple[Roi, ...] = ()
    selected_roi: str = ""
    """Id of the selected ROI; empty for none."""


def with_entry(mapping: Mapping[str, V], key: str, value: V | None) -> Mapping[str, V]:
    """Return a read-only copy of ``mapping`` with ``key`` set, or removed where ``value`` is None."""
    copy = {name: old for name, old in mapping.items() if name != key}
    if value is not None:
        copy[key] = value
    return MappingProxyType(copy)
