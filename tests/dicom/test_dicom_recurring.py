"""What recurs in the headers of a series is parsed and judged once; nothing of what differs may be lost by it."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition
from viewer.core.volume import Volume
from viewer.dicom import headers as headers_module
from viewer.dicom.create import write_pet
from viewer.dicom.fields import person, text
from viewer.dicom.guard import read_header
from viewer.dicom.headers import Headers
from viewer.dicom.load import load_series
from viewer.dicom.remembered import Header, remembered
from viewer.dicom.scan import scan

COUNT = 645


def item(**values):
    found = Dataset()
    found.update(values)
    return found


def assert_read_alone(paths):
    """Read one after the other, each file must be what pydicom makes of it alone."""
    headers = Headers()
    for path in paths:
        _, found = headers.read(path)
        expected = read_header(path)
        assert found == Dataset(expected), path.name
        assert found.original_encoding == expected.original_encoding
        assert found.original_character_set == expected.original_character_set


def test_series_is_read_as_each_file_alone(maker):
    assert_read_alone(maker.slices(6))


def test_only_what_differs_is_parsed(maker, monkeypatch):
    paths, parsed = maker.slices(5), []
    monkeypatch.setattr(
        headers_module, "parse", lambda layout: parsed.append(layout.path) or read_header(layout.path)
    )
    assert all(isinstance(header, Header) == (number > 0) for number, (_, header) in enumerate(_read_all(paths)))
    assert parsed == paths[:1]


def _read_all(paths):
    headers = Headers()
    return [headers.read(path) for path in paths]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_encodings_that_alternate(maker, syntax):
    paths = [maker.write(f"{k}.dcm", maker.dataset(k), (ExplicitVRLittleEndian, syntax)[k % 2]) for k in range(6)]
    assert_read_alone(paths)


def test_elements_that_come_and_go(maker):
    changes = [{}, {"EchoTime": None}, {"SliceLocation": "5"}, {"StudyDescription": None, "Laterality": "L"}, {}]
    assert_read_alone([maker.slice(k, **change) for k, change in enumerate(changes)])


def test_sequences_of_undefined_length(maker):
    paths = []
    for k in range(4):
        dataset = maker.dataset(k)
        dataset.ReferencedImageSequence = Sequence([item(ReferencedSOPInstanceUID=f"1.2.{k // 2}")])
        dataset["ReferencedImageSequence"].is_undefined_length = True
        paths.append(maker.write(f"{k}.dcm", dataset))
    assert_read_alone(paths)


def test_memory_starts_anew_when_it_is_full(maker, monkeypatch):
    monkeypatch.setattr(headers_module, "MOST_KNOWN", 40)
    assert_read_alone(maker.slices(8))


def test_the_same_bytes_in_another_character_set_are_another_name(maker):
    sets = ["ISO_IR 100", "ISO_IR 101", "ISO_IR 100"]
    paths = [maker.slice(k, SpecificCharacterSet=name, PatientName="Xxxx^Jane") for k, name in enumerate(sets)]
    for path in paths:
        path.write_bytes(path.read_bytes().replace(b"Xxxx^Jane", b"N\xb1\xb3\xf1^Jane"))
    names = [person(header) for _, header in _read_all(paths)]
    assert names == [person(read_header(path)) for path in paths]
    assert names[0] == names[2] != names[1]


@pytest.mark.parametrize("at", [9, -1])
def test_damage_in_the_middle_of_a_series_is_told_as_of_a_file_alone(maker, at):
    paths = maker.slices(5)
    data = paths[2].read_bytes()
    cut = data.index(b"\x20\x00\x32\x00")
    paths[2].write_bytes(data[: cut + at] if at > 0 else data[:cut] + b"\xff" * 20 + data[cut:])
    with pytest.raises(LowfieldError) as alone:
        scan([paths[2]])
    problems = {problem.where: problem.what for problem in scan([maker.folder]).problems}
    assert list(problems) == [str(paths[2])]
    assert alone.value.what in problems[str(paths[2])]


def test_a_judgement_is_made_anew_only_where_what_it_looks_at_differs(maker):
    judged = []

    @remembered
    def name(header):
        judged.append(text(header, "SOPInstanceUID") and "")
        return text(header, "SeriesDescription")

    @remembered
    def echo(header):
        judged.append(text(header, "EchoTime"))
        return text(header, "EchoTime"), "SliceLocation" in header

    paths = [maker.slice(k, EchoTime="20" if k == 3 else "10") for k in range(5)]
    paths.append(maker.slice(5, SliceLocation="1"))
    headers = [header for _, header in _read_all(paths)]
    assert [echo(header) for header in headers] == [
        *[("10", False)] * 3,
        ("20", False),
        ("10", False),
        ("10", True),
    ]
    assert judged == ["10", "10", "20", "10", "10"]  # the first is no shared header, the second is remembered
    judged.clear()
    assert [name(header) for header in headers] == ["T1"] * 6
    assert len(judged) == 6  # SOPInstanceUID differs in every file


def test_a_judgement_that_looks_at_everything_is_not_remembered(maker):
    headers = [header for _, header in _read_all(maker.slices(4))]
    judged = []

    @remembered
    def count(header):
        judged.append(len(header))
        return len(header)

    assert [count(header) for header in headers] == judged == [len(headers[0])] * 4


@pytest.fixture(scope="module")
def long_pet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long") / "pet"
    shape = (COUNT, 2, 3)
    data = np.random.default_rng(1).gamma(2.0, 500.0, shape).astype(np.float32)
    geometry = Geometry.from_axes(shape, (2.0, 2.0, 2.0), np.eye(3)[::-1], (0, 0, 0), "1.2.3")
    write_pet(Volume(data, geometry, "Bq/mL"), PetAcquisition(units="BQML", patient_weight_kg=70.0), folder)
    return folder


@pytest.mark.parametrize(
    ("keyword", "old", "new"), [("Units", b"BQML", b"GML "), ("PatientWeight", b"70", b"71")], ids=lambda v: str(v)
)
def test_a_contradiction_in_one_of_645_slices_is_named(long_pet, keyword, old, new):
    tag = {"Units": b"\x54\x00\x01\x10CS", "PatientWeight": b"\x10\x00\x30\x10DS"}[keyword]
    path = sorted(long_pet.iterdir())[COUNT // 3]
    before = path.read_bytes()
    place = before.index(tag) + 8
    assert before[place : place + len(old)] == old
    path.write_bytes(before[:place] + new + before[place + len(old) :])
    try:
        (series,) = scan([long_pet]).series()
        found = load_series(series).acquisition.warnings
    finally:
        path.write_bytes(before)
    said = f"{keyword} differs between the slices of the series; the first slice's is used."
    assert f"{said} It differs in {path.name}." in found
    assert not any(keyword in warning for warning in load_series(series).acquisition.warnings)


def test_one_slope_of_645_is_applied_to_its_own_slice(long_pet):
    path = sorted(long_pet.iterdir())[100]
    before = path.read_bytes()
    (series,) = scan([long_pet]).series()
    usual = load_series(series)
    place = before.index(b"\x28\x00\x53\x10DS") + 8
    length = int.from_bytes(before[place - 2 : place], "little")
    path.write_bytes(before[:place] + b"2".ljust(length) + before[place + length :])
    try:
        changed = load_series(series)
    finally:
        path.write_bytes(before)
    k = next(k for k, name in enumerate(usual.slice_names) if name == path.name)
    slopes = [frame.rescale_slope for frame in changed.acquisition.frames]
    assert slopes[k] == 2.0
    assert [slope for slope in slopes if slope != 2.0] == [
        frame.rescale_slope for frame in usual.acquisition.frames if frame is not usual.acquisition.frames[k]
    ]
    np.testing.assert_allclose(
        changed.data[k], usual.data[k] / usual.acquisition.frames[k].rescale_slope * 2, 1e-6
    )
    others = np.arange(COUNT) != k
    np.testing.assert_array_equal(changed.data[others], usual.data[others])


def test_progress_and_slices_arrive_in_batches_with_the_middle_first(long_pet):
    (series,) = scan([long_pet]).series()
    arrived = []
    load_series(series, on_slice=lambda k, values: arrived.append(k))
    assert arrived[0] == COUNT // 2
    assert sorted(arrived) == list(range(COUNT))
