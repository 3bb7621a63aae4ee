"""Every scan in the patient space of the first: by frame of reference where they share one, else registered."""

from dataclasses import replace

import numpy as np

from viewer.align.judge import registered
from viewer.align.rigid import seen_from
from viewer.core.dose import Alignment
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats
from viewer.core.progress import Progress, silent
from viewer.core.volume import Volume
from viewer.therapy.options import Load
from viewer.therapy.visits import Visit

SAME_FRAME = "same frame of reference"
REFERENCE = "reference: the ROIs lie in its patient space"


def alignment(first: Visit, visit: Visit, load: Load, progress: Progress = silent) -> Alignment:
    """Return the motion from the first scan's patient space to this one's.

    Equal FrameOfReferenceUID: none (PS3.3 C.7.4.1). Else CT to CT where both scans have one (bones do not wash
    out), PET to PET otherwise. Raises `LowfieldError` where the registration is not believed, naming the series.
    """
    name = visit.pet.description or visit.pet.key
    if visit is first:
        return Alignment(visit.pet.key, name, REFERENCE, np.eye(4))
    frame = first.pet.frame_of_reference_uid
    if frame and visit.pet.frame_of_reference_uid == frame:
        return Alignment(visit.pet.key, name, SAME_FRAME, np.eye(4))
    by_ct = first.ct is not None and visit.ct is not None
    fixed = load(first.ct if by_ct and first.ct else first.pet)
    moving = load(visit.ct if by_ct and visit.ct else visit.pet)
    try:
        found = registered(fixed, moving, progress)[1]
    except LowfieldError as error:
        hint = f"{error.hint} Or leave this series out (name the others with --series)."
        raise LowfieldError(error.what, where=name, hint=hint) from error
    return replace(found, series_uid=visit.pet.key, series_description=name)  # a CT stood in for the scan


def in_first_frame(volume: Volume, matrix: Floats, frame_of_reference_uid: str) -> Volume:
    """Return the volume with its grid where it lies in the first scan's space; its voxels are not touched."""
    geometry = seen_from(volume.geometry, matrix, frame_of_reference_uid)
    return Volume(
        volume.data, geometry, volume.unit, volume.origin, volume.warnings, volume.acquisition, volume.slice_names
    )
