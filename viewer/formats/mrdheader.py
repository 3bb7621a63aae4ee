"""The flexible header of ISMRMRD files (XML, schema ismrmrd.xsd) as plain nouns; MRD 2 streams fill the same."""

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from viewer.core.errors import LowfieldError
from viewer.formats.entry import HINT

MHZ_PER_TESLA = 42.577
MOST_CHARACTERS = 8 << 20
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Space:
    """One side of an encoding: ``matrix`` and ``fov_mm`` along (x readout, y phase, z partition or slice)."""

    matrix: tuple[int, int, int]
    fov_mm: Triple


@dataclass(frozen=True)
class Encoding:
    """How k-space was sampled. ``centers``: which (step 1, step 2) is the middle of k-space; None if unknown."""

    trajectory: str
    encoded: Space
    recon: Space
    centers: tuple[int | None, int | None]
    acceleration: float


@dataclass(frozen=True)
class Header:
    """What an ISMRMRD file says of itself; text and numbers empty or None where it says nothing. Patient data."""

    encodings: tuple[Encoding, ...] = ()
    manufacturer: str = ""
    scanner: str = ""
    field_strength_t: float | None = None
    noise_bandwidth: float | None = None
    """relativeReceiverNoiseBandwidth: mean noise power over the readout, relative to its middle."""
    patient: tuple[str, str, str, str] = ("", "", "", "")
    study: tuple[str, str, str] = ("", "", "")
    description: str = ""
    frame_of_reference_uid: str = ""


NO_HEADER = Header()


def parse_header(xml: str, path: Path) -> Header:
    """Read the XML header; LowfieldError where it is no XML or declares entities, which no ISMRMRD file needs."""
    if len(xml) > MOST_CHARACTERS or "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise LowfieldError("has an XML header that is not safe to read.", where=path, hint=HINT)
    try:
        root = _Node(ElementTree.fromstring(xml))
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise LowfieldError("has a damaged XML header.", where=path, hint=HINT) from error
    system, subject = root.child("acquisitionSystemInformation"), root.child("subjectInformation")
    study, measurement = root.child("studyInformation"), root.child("measurementInformation")
    date = (study.text("studyDate") or measurement.text("seriesDate")).replace("-", "")[:8]
    return Header(
        encodings=tuple(_encoding(node) for node in root.children("encoding")),
        manufacturer=system.text("systemVendor"),
        scanner=system.text("systemModel"),
        field_strength_t=field_strength_t(system.number("systemFieldStrength_T"), _h1_hz(root)),
        noise_bandwidth=system.number("relativeReceiverNoiseBandwidth"),
        patient=(
            subject.text("patientID"),
            subject.text("patientName"),
            subject.text("patientBirthdate").replace("-", ""),
            subject.text("patientGender"),
        ),
        study=(study.text("studyInstanceUID"), date, study.text("studyDescription")),
        description=measurement.text("seriesDescription") or measurement.text("protocolName"),
        frame_of_reference_uid=measurement.text("frameOfReferenceUID"),
    )


def field_strength_t(stated: float | None, h1_hz: float | None) -> float | None:
    """Return the field in tesla as stated, else from the proton frequency; None where neither is known."""
    if stated is not None and 0 < stated < 30:
        return stated
    return round(h1_hz / 1e6 / MHZ_PER_TESLA, 4) if h1_hz is not None and h1_hz > 0 else None


def _h1_hz(root: "_Node") -> float | None:
    return root.child("experimentalConditions").number("H1resonanceFrequency_Hz")


def _encoding(node: "_Node") -> Encoding:
    limits, factor = node.child("encodingLimits"), node.child("parallelImaging").child("accelerationFactor")
    steps = [limits.child(f"kspace_encoding_step_{n}").number("center") for n in (1, 2)]
    centers = [None if step is None else int(step) for step in steps]
    factors = [factor.number(f"kspace_encoding_step_{n}") or 1.0 for n in (1, 2)]
    return Encoding(
        trajectory=node.text("trajectory").lower(),
        encoded=_space(node.child("encodedSpace")),
        recon=_space(node.child("reconSpace")),
        centers=(centers[0], centers[1]),
        acceleration=factors[0] * factors[1],
    )


def _space(node: "_Node") -> Space:
    matrix, fov = node.child("matrixSize"), node.child("fieldOfView_mm")
    x, y, z = (int(matrix.number(axis) or 0) for axis in "xyz")
    width, height, depth = (fov.number(axis) or 0.0 for axis in "xyz")
    return Space((x, y, z), (width, height, depth))


class _Node:
    """An XML element whose missing children are empty ones; names without their namespace."""

    def __init__(self, element: ElementTree.Element | None) -> None:
        self._element = element

    def children(self, name: str) -> "list[_Node]":
        if self._element is None:
            return []
        return [_Node(each) for each in self._element if str(each.tag).rpartition("}")[2] == name]

    def child(self, name: str) -> "_Node":
        found = self.children(name)
        return found[0] if found else _Node(None)

    def text(self, name: str) -> str:
        element = self.child(name)._element
        return (element.text or "").strip() if element is not None else ""

    def number(self, name: str) -> float | None:
        try:
            value = float(self.text(name))
        except ValueError:
            return None
        return value if math.isfinite(value) else None


def meta_values(xml: str) -> dict[str, tuple[str, ...]]:
    """Return the MetaAttributes of an image, name → values; empty where there are none or they are damaged."""
    if not xml.strip() or len(xml) > MOST_CHARACTERS or "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        return {}
    try:
        root = _Node(ElementTree.fromstring(xml))
    except (ElementTree.ParseError, ValueError, RecursionError):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for node in root.children("meta"):
        values = [
            (each._element.text or "").strip() for each in node.children("value") if each._element is not None
        ]
        found[node.text("name")] = tuple(values)
    return found
