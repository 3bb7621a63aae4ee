"""One PET told in many ways: encoded, numbered, sorted, split, flipped and rotated. No statistic may change."""

import random
import shutil
import zipfile
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest
from openjpeg.utils import encode_array
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from viewer.core.geometry import Geometry
from viewer.core.measurement import Measurement, Statistics
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.volume import Origin, Volume
from viewer.dicom.create import write_pet
from viewer.pipeline import load, measure_rois, open_study
from viewer.roi.shapes import Box, Isocontour, Roi, Sphere

NOON = datetime(2026, 5, 4, 12)
SHAPE = (9, 40, 36)
GRID = Geometry.from_axes(SHAPE, (3.0, 2.0, 2.5), np.eye(3)[::-1], (-10, 5, 20), "1.2.3")
ACQUISITION = PetAcquisition(
    units="BQML", decay_correction="NONE", corrected_image=("ATTN",), scan_start=NOON, series_time=NOON,
    nuclide_code=("77004003", "SCT"), nuclide_meaning="^18^Fluorine", half_life_s=6586.2, positron_fraction=0.9673,
    injected_dose_bq=1e8, injection_time=NOON - timedelta(hours=1), patient_weight_kg=70.0, patient_height_m=1.7,
    patient_sex="F",
    frames=tuple(PetFrame(NOON + timedelta(seconds=60 * (k // 3)), 60.0) for k in range(9)),
)  # fmt: skip
ROIS = (
    Roi("ball", Sphere((1.3, 19.7, 31.2), 7.3)),
    Roi("box", Box((-6.1, 8.2, 22.5), (9.9, 30.4, 40.1))),
    Roi("hot", Isocontour((2.5, 21.0, 32.0), 9.0, 0.5)),
)


@pytest.fixture
def pet(tmp_path) -> Path:
    data = np.random.default_rng(149).gamma(2, 500, SHAPE).astype(np.float32)
    write_pet(Volume(data, GRID, "BQML", Origin(patient_id="P")), ACQUISITION, tmp_path / "pet")
    return tmp_path / "pet"


def measured(path: Path) -> tuple[Measurement, ...]:
    (info,) = open_study([path]).series()
    return measure_rois(load(info), ROIS)


def assert_same(found, expected) -> None:
    for new, old in zip(found, expected, strict=True):
        assert (new.voxels, new.volume_ml) == (old.voxels, pytest.approx(old.volume_ml, rel=1e-12))
        pairs = [(new.activity, old.activity), (new.suv_bw, old.suv_bw)]
        pairs += [(new.other_suv[name], old.other_suv[name]) for name in old.other_suv]
        assert len(pairs) == 7
        for one, other in pairs:
            for each in fields(Statistics):
                value, wanted = getattr(one, each.name), getattr(other, each.name)
                assert value == pytest.approx(wanted, rel=1e-9, abs=1e-9), (old.name, each.name)


def rewrite(folder: Path, change) -> None:
    for k, path in enumerate(sorted(folder.rglob("*.dcm"))):
        dataset = pydicom.dcmread(path)
        change(k, dataset)
        dataset.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize(
    "syntax",
    [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless, JPEG2000Lossless,
     JPEGLSLossless],
    ids=lambda uid: uid.name,
)  # fmt: skip
def test_another_transfer_syntax(pet, syntax):
    expected = measured(pet)
    for path in pet.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        if syntax == JPEG2000Lossless:
            dataset.PixelData = encapsulate([encode_array(dataset.pixel_array)])
            dataset["PixelData"].VR = "OB"
            dataset["PixelData"].is_undefined_length = True
            dataset.file_meta.TransferSyntaxUID = syntax
        elif syntax.is_compressed and syntax != DeflatedExplicitVRLittleEndian:
            dataset.compress(syntax, generate_instance_uid=False)
        else:
            if syntax == ExplicitVRBigEndian:
                dataset.PixelData = dataset.pixel_array.astype(
                    dataset.pixel_array.dtype.newbyteorder(">")
                ).tobytes()
            dataset.file_meta.TransferSyntaxUID = syntax
        whole = pydicom.dataset.FileDataset(
            str(path), dataset, preamble=b"\0" * 128, file_meta=dataset.file_meta,
            is_implicit_VR=syntax == ImplicitVRLittleEndian, is_little_endian=syntax != ExplicitVRBigEndian,
        )  # fmt: skip
        pydicom.dcmwrite(path, whole, enforce_file_format=True)
    assert pydicom.dcmread(next(pet.rglob("*.dcm"))).file_meta.TransferSyntaxUID == syntax
    assert_same(measured(pet), expected)


def test_another_order_of_names_and_numbers(pet):
    expected = measured(pet)
    names = sorted(pet.rglob("*.dcm"))
    shuffled = [f"{n:03d}.dcm" for n in range(len(names))]
    random.Random(1).shuffle(shuffled)
    for path, name in zip(names, shuffled, strict=True):
        path.rename(path.with_name(name))
    numbers = random.Random(2).sample(range(1, 100), len(names))
    rewrite(pet, lambda k, dataset: setattr(dataset, "InstanceNumber", numbers[k]))
    assert_same(measured(pet), expected)


def test_split_into_folders_and_a_zip(pet, tmp_path):
    expected = measured(pet)
    for k, path in enumerate(sorted(pet.rglob("*.dcm"))):
        (pet / f"part {k % 3}").mkdir(exist_ok=True)
        shutil.move(path, pet / f"part {k % 3}" / f"IM{k}")
    assert_same(measured(pet), expected)
    with zipfile.ZipFile(tmp_path / "pet.zip", "w") as archive:
        for path in pet.rglob("IM*"):
            archive.write(path, path.relative_to(pet))
    assert_same(measured(tmp_path / "pet.zip"), expected)


def test_other_slopes_for_the_same_numbers(pet):
    expected = measured(pet)

    def double(k, dataset):
        pixels = dataset.pixel_array
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 32, 32, 31
        dataset.PixelData = (
            (pixels.astype(np.int64) * 4).astype("<i4" if dataset.PixelRepresentation else "<u4").tobytes()
        )
        dataset.RescaleSlope = float(dataset.RescaleSlope) / 4

    rewrite(pet, double)
    for new, old in zip(measured(pet), expected, strict=True):
        assert new.activity.mean == pytest.approx(old.activity.mean, rel=1e-7)
        assert new.activity.sd == pytest.approx(old.activity.sd, rel=1e-6)


def turned(dataset, flip_rows: bool, flip_columns: bool, transpose: bool) -> None:
    """Store the same image from another corner, or rows as columns: place and directions follow the pixels."""
    pixels = dataset.pixel_array
    first, along, down = (np.array(v, float) for v in (
        dataset.ImagePositionPatient, dataset.ImageOrientationPatient[:3], dataset.ImageOrientationPatient[3:],
    ))  # fmt: skip
    between_rows, between_columns = map(float, dataset.PixelSpacing)
    if flip_rows:
        first, down, pixels = first + down * between_rows * (pixels.shape[0] - 1), -down, pixels[::-1]
    if flip_columns:
        first, along, pixels = first + along * between_columns * (pixels.shape[1] - 1), -along, pixels[:, ::-1]
    if transpose:
        along, down, pixels, between_rows, between_columns = down, along, pixels.T, between_columns, between_rows
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = list(first), [*along, *down]
    dataset.PixelSpacing = [between_rows, between_columns]
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.PixelData = np.ascontiguousarray(pixels).tobytes()


@pytest.mark.parametrize("flips", [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)][1:], ids=str)
def test_stored_from_another_corner_or_turned(pet, flips):
    expected = measured(pet)
    rewrite(pet, lambda k, dataset: turned(dataset, *map(bool, flips)))
    assert_same(measured(pet), expected)
