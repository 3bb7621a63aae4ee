"""ISMRMRD files written by hand from the published layout (ismrmrd.h), with none of the reader's code."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

# ruff: noqa: RUF005
COUNTERS = np.dtype(
    [(name, "<u2") for name in ("kspace_encode_step_1", "kspace_encode_step_2", "average", "slice", "contrast")]
    + [(name, "<u2") for name in ("phase", "repetition", "set", "segment")]
    + [("user", "<u2", 8)]
)
ACQUISITION = np.dtype(
    [("version", "<u2"), ("flags", "<u8"), ("measurement_uid", "<u4"), ("scan_counter", "<u4")]
    + [("acquisition_time_stamp", "<u4"), ("physiology_time_stamp", "<u4", 3), ("number_of_samples", "<u2")]
    + [("available_channels", "<u2"), ("active_channels", "<u2"), ("channel_mask", "<u8", 16)]
    + [("discard_pre", "<u2"), ("discard_post", "<u2"), ("center_sample", "<u2"), ("encoding_space_ref", "<u2")]
    + [("trajectory_dimensions", "<u2"), ("sample_time_us", "<f4"), ("position", "<f4", 3), ("read_dir", "<f4", 3)]
    + [("phase_dir", "<f4", 3), ("slice_dir", "<f4", 3), ("patient_table_position", "<f4", 3), ("idx", COUNTERS)]
    + [("user_int", "<i4", 8), ("user_float", "<f4", 8)]
)
RECORD = np.dtype(
    [
        ("head", ACQUISITION),
        ("traj", h5py.vlen_dtype(np.dtype("<f4"))),
        ("data", h5py.vlen_dtype(np.dtype("<f4"))),
    ]
)
IMAGE = np.dtype(
    [("version", "<u2"), ("data_type", "<u2"), ("flags", "<u8"), ("measurement_uid", "<u4")]
    + [("matrix_size", "<u2", 3), ("field_of_view", "<f4", 3), ("channels", "<u2"), ("position", "<f4", 3)]
    + [("read_dir", "<f4", 3), ("phase_dir", "<f4", 3), ("slice_dir", "<f4", 3)]
    + [("patient_table_position", "<f4", 3), ("average", "<u2"), ("slice", "<u2"), ("contrast", "<u2")]
    + [("phase", "<u2"), ("repetition", "<u2"), ("set", "<u2"), ("acquisition_time_stamp", "<u4")]
    + [("physiology_time_stamp", "<u4", 3), ("image_type", "<u2"), ("image_index", "<u2")]
    + [("image_series_index", "<u2"), ("user_int", "<i4", 8), ("user_float", "<f4", 8)]
    + [("attribute_string_len", "<u4")]
)
assert ACQUISITION.itemsize == 340  # as the standard states

XML = """<?xml version="1.0"?><ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD">
<subjectInformation><patientName>Test^One</patientName><patientID>P1</patientID></subjectInformation>
<studyInformation><studyDate>2026-05-04</studyDate></studyInformation>
<measurementInformation><protocolName>T2 head</protocolName></measurementInformation>
<acquisitionSystemInformation><systemVendor>Maker</systemVendor>{system}</acquisitionSystemInformation>
<experimentalConditions><H1resonanceFrequency_Hz>2724928</H1resonanceFrequency_Hz></experimentalConditions>
<encoding><encodedSpace><matrixSize><x>{e[0]}</x><y>{e[1]}</y><z>{e[2]}</z></matrixSize>
<fieldOfView_mm><x>{ef[0]}</x><y>{ef[1]}</y><z>{ef[2]}</z></fieldOfView_mm></encodedSpace>
<reconSpace><matrixSize><x>{r[0]}</x><y>{r[1]}</y><z>{r[2]}</z></matrixSize>
<fieldOfView_mm><x>{rf[0]}</x><y>{rf[1]}</y><z>{rf[2]}</z></fieldOfView_mm></reconSpace>
<encodingLimits>{limits}</encodingLimits><trajectory>{trajectory}</trajectory>{more}</encoding></ismrmrdHeader>"""


def xml(encoded, encoded_fov, recon=None, recon_fov=None, centers=(), system="", trajectory="cartesian", more=""):
    """Return a flexible header."""
    limits = "".join(
        f"<kspace_encoding_step_{n}><minimum>0</minimum><center>{c}</center></kspace_encoding_step_{n}>"
        for n, c in enumerate(centers, 1)
    )
    return XML.format(
        e=encoded, ef=encoded_fov, r=recon or encoded, rf=recon_fov or encoded_fov, limits=limits, system=system,
        trajectory=trajectory, more=more,
    )  # fmt: skip


def acquisition(samples, step=0, step2=0, flags=0, **fields):
    """Return one (head, samples); samples (channels, count)."""
    head = np.zeros((), ACQUISITION)
    head["version"], head["flags"] = 1, sum(1 << (flag - 1) for flag in ([flags] if flags else []))
    head["number_of_samples"], head["active_channels"] = samples.shape[1], samples.shape[0]
    head["center_sample"], head["sample_time_us"] = samples.shape[1] // 2, 10.0
    head["read_dir"], head["phase_dir"], head["slice_dir"] = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    head["idx"]["kspace_encode_step_1"], head["idx"]["kspace_encode_step_2"] = step, step2
    for name, value in fields.items():
        where = head["idx"] if name in COUNTERS.names else head
        where[name] = value
    return head, samples


def write_raw(path: Path, acquisitions, header: str | None) -> Path:
    """Write a raw file."""
    with h5py.File(path, "w") as file:
        group = file.create_group("dataset")
        if header is not None:
            group.create_dataset("xml", data=np.array([header.encode()], object), dtype=h5py.string_dtype())
        table = group.create_dataset("data", (len(acquisitions),), RECORD)
        for n, (head, samples) in enumerate(acquisitions):
            record = np.zeros(1, RECORD)
            record["head"] = head
            record["traj"][0] = np.zeros(0, np.float32)
            record["data"][0] = np.ascontiguousarray(samples.astype(np.complex64)).view(np.float32).ravel()
            table[n : n + 1] = record
    return path


def write_images(path: Path, series: dict[str, list], header: str | None = None, attributes: str = "") -> Path:
    """Write an image file; each series is a list of (array (channels, z, y, x), fields)."""
    with h5py.File(path, "w") as file:
        group = file.create_group("dataset")
        if header is not None:
            group.create_dataset("xml", data=np.array([header.encode()], object), dtype=h5py.string_dtype())
        for name, images in series.items():
            heads = np.zeros(len(images), IMAGE)
            for n, (array, fields) in enumerate(images):
                heads[n]["matrix_size"], heads[n]["channels"] = array.shape[:0:-1], array.shape[0]
                heads[n]["read_dir"], heads[n]["phase_dir"], heads[n]["slice_dir"] = (
                    (1, 0, 0),
                    (0, 1, 0),
                    (0, 0, 1),
                )
                heads[n]["image_type"] = 5 if np.iscomplexobj(array) else 1
                for field, value in fields.items():
                    heads[n][field] = value
            stack = np.stack([array for array, _ in images])
            if np.iscomplexobj(stack):
                parts = np.empty(stack.shape, [("real", "<f4"), ("imag", "<f4")])
                parts["real"], parts["imag"] = stack.real, stack.imag
                stack = parts
            here = group.create_group(name)
            here.create_dataset("data", data=stack)
            here.create_dataset("header", data=heads)
            texts = np.array([attributes.encode()] * len(images), object)
            here.create_dataset("attributes", data=texts, dtype=h5py.string_dtype())
    return path


class Files:
    """What the tests write with."""

    xml, acquisition, raw, images = (staticmethod(each) for each in (xml, acquisition, write_raw, write_images))


@pytest.fixture
def mrd() -> type[Files]:
    return Files


Write = Callable[..., Path]
