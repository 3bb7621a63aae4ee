"""Recovery coefficients: a table, and a value that is always shown raw and corrected together."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RecoveryPoint:
    """RC of one sphere; ``uncertainty`` is its standard uncertainty, None where nobody states one."""

    diameter_mm: float
    rc: float
    uncertainty: float | None = None


@dataclass(frozen=True)
class RecoveryTable:
    """RC over sphere diameter, smallest first. ``convention`` is the key of the VOI that its spheres were."""

    key: str
    name: str
    source: str
    convention: str
    points: tuple[RecoveryPoint, ...]
    nuclide: str = ""
    contrast: float | None = None
    """True spheres : background of the phantom; a lesion of another contrast recovers differently."""

    @property
    def range_mm(self) -> tuple[float, float]:
        """Smallest and largest diameter that was measured."""
        return self.points[0].diameter_mm, self.points[-1].diameter_mm


@dataclass(frozen=True)
class RecoveredValue:
    """The mean of an ROI as measured and as corrected, never one without the other.

    ``raw`` and ``corrected`` share one unit. ``corrected`` is ``raw / rc``, between ``low`` and ``high`` with 95 %
    confidence as far as the table's own doubt goes; all four are None where the correction is refused, and
    ``refusal`` says why. ``diameter_mm`` is that of the sphere of the ROI's volume.
    """

    raw: float
    corrected: float | None
    low: float | None
    high: float | None
    rc: float | None
    rc_low: float | None
    rc_high: float | None
    diameter_mm: float
    table: str
    source: str
    convention: str
    function: str
    refusal: str = ""
    notes: tuple[str, ...] = ()
