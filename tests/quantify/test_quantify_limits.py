"""Where a limit lies: the last value that is taken, and the first that is refused. Mutants lived between them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from viewer.core.errors import LowfieldError
from viewer.core.pet import UserCorrections
from viewer.quantify.activity import activity_scale
from viewer.quantify.corrected import corrected
from viewer.quantify.dose import absorbed_dose
from viewer.quantify.dose_constants import dose_constants
from viewer.quantify.suv import suv_bw_scale
from viewer.quantify.timeline import elapsed_s

NOON = datetime(2026, 5, 4, 12)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def test_twenty_half_lives_are_the_most():
    last = NOON + 20 * 100 * SECOND
    assert elapsed_s(NOON, last, 100.0) == 2000 and elapsed_s(last, NOON, 100.0) == -2000
    for start, end in ((NOON, last + SECOND), (last + SECOND, NOON)):
        with pytest.raises(LowfieldError, match="lie 20 half-lives"):
            elapsed_s(start, end, 100.0)


def test_an_injection_up_to_an_hour_into_the_scan_is_taken(make):
    late = suv_bw_scale(make(injection_time=NOON + HOUR))
    # The dose present at the start of the scan would have been more: e^(+λ·3600 s) of it.
    assert late.per_slice[0] == pytest.approx(70_000 / (3.6808e8 * 2 ** (3600 / 6586.2)))
    with pytest.raises(LowfieldError, match="long after the start"):
        suv_bw_scale(make(injection_time=NOON + HOUR + SECOND))


def test_a_calibration_known_exactly_adds_nothing(make):
    told = activity_scale(make(), calibration_uncertainty=0.0).provenance["uncertainty"]
    assert "calibration of the scanner" not in told["not_included"]
    assert told["relative"] == activity_scale(make()).provenance["uncertainty"]["relative"]


@pytest.mark.parametrize(
    ("field", "bounds"),
    [
        ("patient_weight_kg", (0.001, 1000.0)),
        ("patient_height_m", (0.01, 3.0)),
        ("injected_dose_bq", (1e4, 1e11)),
        ("half_life_s", (1e-3, 1e18)),
    ],
)
def test_corrections_are_taken_up_to_their_bounds(make, field, bounds):
    for bound, beyond in zip(bounds, (0.999, 1.001)):
        assert getattr(corrected(make(), UserCorrections(**{field: bound})), field) == bound
        with pytest.raises(LowfieldError, match="not possible"):
            corrected(make(), UserCorrections(**{field: bound * beyond}))


def test_a_dose_needs_a_density_above_zero():
    with pytest.raises(LowfieldError, match="density of 0"):
        absorbed_dose(1e7, dose_constants("Tb-149"), density_g_ml=0.0)


def test_the_table_of_a_scale_does_not_change(make):
    scale = activity_scale(make())
    with pytest.raises(AttributeError):
        scale.label = "another"
    assert replace(scale, label="another").label == "another"
