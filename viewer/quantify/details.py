"""What takes longer than a frame of a drag: histogram, and uncertainty of the mean."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.measurement import Measurement
from viewer.core.volume import Volume
from viewer.quantify.activity import ActivityScale
from viewer.quantify.histogram import histogram
from viewer.quantify.patch import Index, Patch
from viewer.quantify.uncertainty import BQ_ML, mean_uncertainty

NOT_KNOWN = "The uncertainty of the mean is not given: {}"


def with_details(
    measurement: Measurement,
    volume: Volume,
    region_offset: Index,
    region_mask: NDArray[np.bool_],
    *,
    region_weights: NDArray[np.float64] | None = None,
    scale: ActivityScale | None = None,
) -> Measurement:
    """Return a measurement of this region with its histogram and the uncertainty of its mean.

    Arguments as for `viewer.quantify.measure.measure_region`. A measurement without numbers stays as it is; an
    uncertainty that cannot be told is left out, with the reason in the provenance.
    """
    found = measurement.activity if scale is not None else measurement.values
    if found is None:
        return measurement
    patch = Patch.around(volume, region_offset, region_mask, region_weights)
    values = patch.inside(patch.scaled(None if scale is None else scale.per_slice))
    counts = histogram(values, volume.unit if scale is None else BQ_ML, patch.inside_weights)
    more: dict[str, Any] = {}
    try:
        more["uncertainty"] = mean_uncertainty(patch, scale, found)
    except LowfieldError as error:
        reason = {"uncertainty": NOT_KNOWN.format(error)}
        more["provenance"] = {**measurement.provenance, **reason}
    return replace(measurement, histogram=counts, **more)
