"""SUV by lean mass, ideal weight and surface beside SUVbw: each is SUVbw times one number of the patient."""

from dataclasses import replace

from viewer.core.measurement import Measurement
from viewer.quantify.statistics import scaled
from viewer.quantify.suv import SuvScale


def with_other_suv(measurement: Measurement, suv: SuvScale | None, stored_suv: str = "") -> Measurement:
    """Return the measurement with ``other_suv``: by name (`SUV_NAMES`), in `SUV_UNITS`.

    Without SUVbw, numbers that are an SUV themselves (``stored_suv`` names it) are given as such.
    """
    if suv is not None and measurement.suv_bw is not None:
        bw = measurement.suv_bw
        return replace(measurement, other_suv={name: scaled(bw, factor) for name, factor in suv.others.items()})
    if stored_suv and measurement.values is not None:
        return replace(measurement, other_suv={stored_suv: measurement.values})
    return measurement
