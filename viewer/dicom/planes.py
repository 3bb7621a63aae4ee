"""Where the planes of one file lie in the patient, and what tells them apart besides their place.

Classic objects: Image Plane module (PS3.3 C.7.6.2). Enhanced objects: functional groups (C.7.6.16).
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.dicom.fields import number, numbers
from viewer.dicom.fragments import frame_count
from viewer.dicom.groups import FrameGroups
from viewer.dicom.remembered import remembered
from viewer.dicom.traits import TRAIT_KEYWORDS, Traits, classic_traits, frame_traits

PLANE_KEYWORDS = (
    *("Rows", "Columns", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"),
    *("SpacingBetweenSlices", "InstanceNumber", "AcquisitionDate", "AcquisitionTime", "AcquisitionDateTime"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", *TRAIT_KEYWORDS),
)
UNIT_TOLERANCE = 1e-2
"""How far direction cosines may be from unit length and right angles; beyond, they are not directions."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One image plane: ``frame`` counts from 0 within ``path`` (-1: the file is a single image).

    ``position`` (3,) is the centre of the first pixel and ``axes`` (2, 3) the unit vectors along a row and
    down a column, both LPS (mm); ``spacing_mm`` (between rows, between columns); ``thickness_mm`` 0 if unknown.
    """

    path: Path
    frame: int
    position: NDArray[np.float64]
    axes: NDArray[np.float64]
    spacing_mm: tuple[float, float]
    thickness_mm: float
    gap_mm: float
    """SpacingBetweenSlices, 0 if unknown."""
    order: tuple[str, float, int]
    """(acquisition time, instance number, frame): the order of acquisition among equals."""
    traits: Traits

    @property
    def name(self) -> str:
        """How messages call the plane: its file, and its frame (from 1) where the file holds several."""
        return self.path.name if self.frame < 0 else f"{self.path.name} frame {self.frame + 1}"


def planes_of(header: Dataset, path: Path) -> tuple[tuple[Plane, ...], tuple[str, ...]]:
    """Return the planes of a file and warnings; no plane at all where the first warning says why."""
    count = frame_count(header)
    groups = FrameGroups.of(header)
    if count == 1 and not groups.frames:
        return _finish([_plane(groups, 0, path, -1)], ())
    if groups.frames and len(groups.frames) < count:
        return (), (f"describes {len(groups.frames)} of its {count} frames",)
    if "PlanePositionSequence" in groups.shared and count > 1 and not _own_positions(groups):
        return (), ("gives all its frames one position",)
    if groups.frames:
        return _finish([_plane(groups, index, path, index) for index in range(count)], ())
    return _assumed(groups, count, path)


def _own_positions(groups: FrameGroups) -> bool:
    return any("PlanePositionSequence" in frame for frame in groups.frames)


def _assumed(groups: FrameGroups, count: int, path: Path) -> tuple[tuple[Plane, ...], tuple[str, ...]]:
    """Planes of a classic file with several frames but one position, as MaRGE consoles write."""
    first = _plane(groups, 0, path, 0)
    if isinstance(first, str):
        return (), (first,)
    step = first.gap_mm or first.thickness_mm
    if not step:
        return (), ("holds several frames but neither their positions nor their spacing",)
    normal = np.cross(*first.axes)
    planes = [
        replace(first, frame=k, position=first.position + normal * step * k, order=(*first.order[:2], k))
        for k in range(count)
    ]
    warning = (
        f"{path.name} holds {count} frames but states only the first one's position: the others are taken to "
        f"follow every {step:g} mm. Do not measure distances across slices or fuse without checking."
    )
    return tuple(planes), (warning,)


def _finish(planes: list["Plane | str"], warnings: tuple[str, ...]) -> tuple[tuple[Plane, ...], tuple[str, ...]]:
    """Return all planes, or none and the reason of the first that has no place."""
    reason = next((plane for plane in planes if isinstance(plane, str)), "")
    if reason:
        return (), (reason, *warnings)
    return tuple(plane for plane in planes if isinstance(plane, Plane)), warnings


class _Grid(NamedTuple):
    """What the planes of a stack have in common, as in `Plane`; ``axes`` None where what is stated is impossible.

    ``absent`` names what is not stated; the rest then means nothing.
    """

    axes: NDArray[np.float64] | None
    spacing_mm: tuple[float, float] = (0.0, 0.0)
    thickness_mm: float = 0.0
    gap_mm: float = 0.0
    absent: str = ""


def _grid(groups: FrameGroups, index: int) -> _Grid:
    measures = groups.holder(index, "PixelMeasuresSequence", "PixelSpacing")
    orientation = groups.holder(index, "PlaneOrientationSequence", "ImageOrientationPatient")
    cosines = numbers(orientation, "ImageOrientationPatient", 6)
    spacing = numbers(measures, "PixelSpacing", 2)
    if cosines is None or spacing is None:
        wanted = {"orientation": cosines, "pixel spacing": spacing}
        return _Grid(None, absent=" or ".join(name for name, found in wanted.items() if found is None))
    return _Grid(
        axes=_unit(np.reshape(cosines, (2, 3))) if min(spacing) > 0 else None,
        spacing_mm=(spacing[0], spacing[1]),
        thickness_mm=max(0.0, number(measures, "SliceThickness") or 0.0),
        gap_mm=abs(number(measures, "SpacingBetweenSlices") or 0.0),
    )


@remembered
def _classic_grid(header: Dataset) -> _Grid:
    return _grid(FrameGroups.of(header), 0)


def _plane(groups: FrameGroups, index: int, path: Path, frame: int) -> "Plane | str":
    """Make the plane of one frame, or say which statement about its place is missing."""
    grid = _grid(groups, index) if groups.frames else _classic_grid(groups.root)
    place = groups.holder(index, "PlanePositionSequence", "ImagePositionPatient")
    position = numbers(place, "ImagePositionPatient", 3)
    if position is None or grid.absent:
        absent = " or ".join(filter(None, ("" if position else "position", grid.absent)))
        return f"states no {absent}, so it has no place in the patient"
    if grid.axes is None:
        return "states an impossible orientation or pixel spacing"
    traits, time = frame_traits(groups, index) if groups.frames else classic_traits(groups.root)
    return Plane(
        path=path,
        frame=frame,
        position=np.array(position),
        axes=grid.axes,
        spacing_mm=grid.spacing_mm,
        thickness_mm=grid.thickness_mm,
        gap_mm=grid.gap_mm,
        order=(time, number(groups.root, "InstanceNumber") or 0.0, index),
        traits=traits,
    )


def _unit(axes: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Normalise the direction cosines; None where they are no two directions at right angles."""
    lengths = np.linalg.norm(axes, axis=1)
    if np.abs(lengths - 1).max() > UNIT_TOLERANCE or abs(axes[0] @ axes[1]) > UNIT_TOLERANCE:
        return None
    unit: NDArray[np.float64] = axes / lengths[:, None]
    return unit
