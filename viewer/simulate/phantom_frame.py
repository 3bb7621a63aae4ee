"""Where and under which name a simulated phantom is imaged; PET and CT share it."""

import uuid

import numpy as np

from viewer.core.geometry import Geometry
from viewer.core.volume import Origin
from viewer.simulate.anatomy.shapes import Point
from viewer.simulate.iec import Z_RANGE_MM, IecPhantom

FIELD_MM = (220.0, 360.0, 360.0)
PET_SPACING_MM = (2.0, 2.0, 2.0)


def phantom_geometry(
    phantom: IecPhantom, spacing_mm: Point = PET_SPACING_MM, field_mm: Point = FIELD_MM
) -> Geometry:
    """Return an axial LPS grid of ``field_mm`` (slice, row, column) around the phantom's middle.

    The frame of reference belongs to the phantom's pose: PET and CT of one pose share it.
    """
    shape = [round(field / spacing) for field, spacing in zip(field_mm, spacing_mm)]
    middle = np.asarray(phantom.center_lps_mm) + phantom.rotation @ (0, 0, sum(Z_RANGE_MM) / 2)
    half = (np.asarray(shape) - 1) / 2 * np.asarray(spacing_mm)
    pose = f"{phantom.center_lps_mm} {phantom.rotation.round(9).tolist()}"
    uid = f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'lowfield iec {pose}').int}"
    slices, rows, columns = shape
    return Geometry.from_axes((slices, rows, columns), spacing_mm, np.eye(3)[::-1], middle - half[::-1], uid)


def phantom_origin(modality: str, description: str) -> Origin:
    """Return whom the image shows: nobody, and it says so."""
    return Origin(
        patient_name="Simulated^IEC phantom",
        patient_id="SIM-IEC",
        study_description="Simulated NEMA IEC body phantom",
        series_description=description,
        modality=modality,
        manufacturer="Lowfield simulator",
        simulated=True,
    )
