"""Correct the mean of an ROI for partial volume by the recovery of a sphere of its volume."""

import math

from viewer.core.measurement import Measurement
from viewer.core.recovery import RecoveredValue, RecoveryPoint, RecoveryTable
from viewer.quantify.recovery_fit import FUNCTION, fit
from viewer.quantify.recovery_tables import convention

LEAST_RC = 0.2
"""Below it, a correction multiplies noise and background more than it corrects."""
NOTES = (
    "Holds for a sphere of the ROI's volume, drawn as {convention}, scanned and reconstructed as the table's "
    "phantom was.",
    "The table's phantom had spheres {contrast:g} times as hot as the background; at lower contrast the "
    "background spills in and less is lost.",
)


def sphere_diameter_mm(volume_ml: float) -> float:
    """Return the diameter in mm of the sphere of ``volume_ml``."""
    return 10 * math.cbrt(6 * volume_ml / math.pi) if volume_ml > 0 else 0.0


def recovered(raw: float, volume_ml: float, table: RecoveryTable) -> RecoveredValue:
    """Return ``raw`` (a mean, any unit) and what it would be without partial volume.

    Refused, with the reason beside the raw value, outside the diameters that the table was measured at, where
    recovery is too low to divide by, and for numbers that are not finite.
    """
    diameter = sphere_diameter_mm(volume_ml)
    how = convention(table.convention)
    notes = (NOTES[0].format(convention=how.name), *_contrast_note(table))
    refusal = _refusal(raw, diameter, table)
    low = high = rc = None
    if not refusal:
        curve = fit(table)
        rc, (low, high) = curve.rc(diameter), curve.band(diameter)
        if low < LEAST_RC:
            refusal = f"the recovery of {diameter:.1f} mm may be as low as {low:.2f}: too low to divide by"
    stated = (table.name, table.source, how.name, FUNCTION)
    if refusal or rc is None or low is None or high is None:
        return RecoveredValue(raw, None, None, None, None, None, None, diameter, *stated, refusal, notes)
    limits = (raw / high, raw / low)
    return RecoveredValue(raw, raw / rc, min(limits), max(limits), rc, low, high, diameter, *stated, "", notes)


def recovered_measurement(measurement: Measurement, table: RecoveryTable) -> RecoveredValue | None:
    """Return the mean activity (Bq/mL) of an ROI raw and corrected; None where it has none."""
    if measurement.activity is None:
        return None
    return recovered(measurement.activity.mean, measurement.volume_ml, table)


def site_table(
    name: str, source: str, key: str, contrast: float | None, rows: list[RecoveryPoint]
) -> RecoveryTable:
    """Return a site's own table, smallest sphere first, for the VOI convention ``key``."""
    points = tuple(sorted(rows, key=lambda point: point.diameter_mm))
    return RecoveryTable("site", name, source, key, points, "", contrast)


def _contrast_note(table: RecoveryTable) -> tuple[str, ...]:
    return () if table.contrast is None else (NOTES[1].format(contrast=table.contrast),)


def _refusal(raw: float, diameter: float, table: RecoveryTable) -> str:
    smallest, largest = table.range_mm
    if not math.isfinite(raw):
        return "the mean is no number"
    if not smallest <= diameter <= largest:
        return (
            f"an ROI of the volume of a {diameter:.1f} mm sphere lies outside the {smallest:g} to {largest:g} mm "
            f"that {table.name} was measured at"
        )
    return ""
