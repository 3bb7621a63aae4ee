"""Objects of the ``mrd`` package (MRD 2) as the plain nouns that ISMRMRD files fill too."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.formats.mrdheader import Encoding, Header, Space, field_strength_t
from viewer.formats.mrdplace import Place
from viewer.formats.pictures import LABELS, Picture
from viewer.formats.readouts import LABELS as READOUT_LABELS
from viewer.formats.readouts import Readout


def readout_of(one: Any) -> Readout:
    """Return an `mrd.Acquisition` as a readout."""
    head, index, samples = one.head, one.head.idx, np.asarray(one.data, np.complex64)
    channels, count = samples.shape
    return Readout(
        flags=int(head.flags.value),
        steps=(index.kspace_encode_step_1 or 0, index.kspace_encode_step_2 or 0),
        average=index.average or 0,
        slice=index.slice or 0,
        labels=tuple(int(getattr(index, name) or 0) for name in READOUT_LABELS),
        encoding=head.encoding_space_ref or 0,
        channels=channels,
        count=count,
        center=head.center_sample or 0,
        discard=(head.discard_pre or 0, head.discard_post or 0),
        sample_time_us=float(head.sample_time_us or 0),
        position=_vector(head.position),
        directions=(_vector(head.read_dir), _vector(head.phase_dir), _vector(head.slice_dir)),
        samples=samples,
    )


def picture_of(one: Any) -> Picture:
    """Return an `mrd.Image` as a picture."""
    head, data = one.head, np.asarray(one.data)
    channels, z, y, x = data.shape
    fov = _vector(head.field_of_view)
    return Picture(
        series=f"series {head.image_series_index}" if head.image_series_index is not None else "",
        kind=int(head.image_type.value),
        labels=tuple(int(getattr(head, name) or 0) for name in LABELS),
        slice=head.slice or 0,
        channels=channels,
        shape=(z, y, x),
        place=Place(
            center=_vector(head.position),
            along_x=_vector(head.col_dir),
            along_y=_vector(head.line_dir),
            along_z=_vector(head.slice_dir),
            voxel_mm=(float(fov[0]) / x, float(fov[1]) / y, float(fov[2]) / z),
        ),
        description="",
        slope=1.0,
        intercept=0.0,
        read=lambda: data,
    )


def _vector(values: Any) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)


def header_of(head: Any) -> Header:
    """Return an `mrd.Header` as a header."""
    system, subject = head.acquisition_system_information, head.subject_information
    study, measurement = head.study_information, head.measurement_information
    gender = getattr(_of(subject, "patient_gender", None), "name", "")
    bandwidth = _of(system, "relative_receiver_noise_bandwidth", None)
    strength = _of(system, "system_field_strength_t", None)
    return Header(
        encodings=tuple(_encoding(each) for each in head.encoding),
        manufacturer=_of(system, "system_vendor"),
        scanner=_of(system, "system_model"),
        field_strength_t=field_strength_t(
            None if strength is None else float(strength), head.experimental_conditions.h1resonance_frequency_hz
        ),
        noise_bandwidth=None if bandwidth is None else float(bandwidth),
        patient=(
            _of(subject, "patient_id"),
            _of(subject, "patient_name"),
            _date(_of(subject, "patient_birthdate", None)),
            gender,
        ),
        study=(
            _of(study, "study_instance_uid"),
            _date(_of(study, "study_date", None) or _of(measurement, "series_date", None)),
            _of(study, "study_description"),
        ),
        description=_of(measurement, "series_description") or _of(measurement, "protocol_name"),
        frame_of_reference_uid=_of(measurement, "frame_of_reference_uid"),
    )


def _of(holder: Any, name: str, otherwise: Any = "") -> Any:
    found = getattr(holder, name) if holder is not None else None
    return otherwise if found is None else found


def _date(day: Any) -> str:
    return "" if day is None else f"{day:%Y%m%d}"


def _encoding(one: Any) -> Encoding:
    limits, parallel = one.encoding_limits, one.parallel_imaging
    steps = (limits.kspace_encoding_step_1, limits.kspace_encoding_step_2)
    centers = [None if step is None else int(step.center) for step in steps]
    factor = parallel.acceleration_factor if parallel is not None else None
    return Encoding(
        trajectory=one.trajectory.name.lower(),
        encoded=_space(one.encoded_space),
        recon=_space(one.recon_space),
        centers=(centers[0], centers[1]),
        acceleration=float(factor.kspace_encoding_step_1 * factor.kspace_encoding_step_2) if factor else 1.0,
    )


def _space(one: Any) -> Space:
    matrix, fov = one.matrix_size, one.field_of_view_mm
    return Space((int(matrix.x), int(matrix.y), int(matrix.z)), (float(fov.x), float(fov.y), float(fov.z)))
