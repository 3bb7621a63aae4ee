"""Turn what the user typed (paths, series UIDs, ROI files) into volumes and ROIs."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from viewer.cli.output import say
from viewer.core.errors import LowfieldError
from viewer.core.study import SeriesInfo, StudyIndex
from viewer.core.volume import Volume
from viewer.dicom.rtstruct import read_rtstruct
from viewer.formats.nifti import read_mask
from viewer.pipeline import load, open_study
from viewer.roi.io import rois_from_json
from viewer.roi.shapes import MaskShape, Roi, contours_to_polygon

NIFTI = (".nii", ".nii.gz")


def is_nifti(path: Path) -> bool:
    """Whether the name says NIfTI-1/2."""
    return path.name.lower().endswith(NIFTI)


def open_index(path: Path) -> StudyIndex:
    """Index one path that must exist."""
    return open_indexes([path])


def open_indexes(paths: Sequence[Path]) -> StudyIndex:
    """Index several paths that must exist, as one."""
    for path in paths:
        if not path.exists():
            raise LowfieldError("does not exist.", where=path, hint="Check the path.")
    return open_study(paths)


def choose_series(
    index: StudyIndex, uid: str | None, wanted: Callable[[SeriesInfo], bool], what: str, option: str = "--series"
) -> SeriesInfo:
    """Return the series with this UID, or the only one that is ``wanted``; refuse to guess between several."""
    if uid:
        found = index.find(uid)
        if found is None:
            raise LowfieldError(f"The study holds no series {uid}.", hint=_listing(list(index.series())))
        return found
    fitting = [series for series in index.series() if series.viewable and wanted(series)]
    if not fitting:
        raise LowfieldError(f"The study holds no {what} that can be shown.", hint=_problems(index))
    if len(fitting) > 1:
        raise LowfieldError(
            f"The study holds {len(fitting)} {what}: name one with {option}.", hint=_listing(fitting)
        )
    return fitting[0]


def is_pet(series: SeriesInfo) -> bool:
    """Positron emission tomography."""
    return series.modality == "PT"


def is_mr(series: SeriesInfo) -> bool:
    """Magnetic resonance, odd Modality values such as ``MR PORTABLE`` included; NIfTI does not say what it is."""
    return series.modality.startswith("MR") or bool(series.format and not series.modality)


def load_mr(path: Path, uid: str | None, part: str = "auto") -> tuple[Volume, SeriesInfo]:
    """Load the MR series to denoise, of any format; ``part`` is ``auto``, ``complex`` or ``magnitude``.

    ``auto`` takes the complex image where a folder holds its two parts, ``magnitude`` never does and drops the
    phase.
    """
    index = open_index(path)
    hidden = set() if uid else _hidden(index, part)
    info = choose_series(index, uid, lambda series: is_mr(series) and series.key not in hidden, "MR series")
    if info.component == "phase":
        raise LowfieldError(
            "is a phase image, which cannot be denoised alone.",
            where=info.description,
            hint="Name its complex or its magnitude image with --series.",
        )
    volume = load(info)
    if part == "magnitude" and volume.is_complex:
        told = (*volume.warnings, "The phase was dropped, as asked for.")
        return volume.with_data(volume.magnitude(), warnings=told, noise_sigma=volume.noise_sigma), info
    if part == "complex" and not volume.is_complex:
        raise LowfieldError("holds no complex image.", where=info.description, hint="Leave out --part complex.")
    return volume, info


def _hidden(index: StudyIndex, part: str) -> set[str]:
    """Return the keys of the series that ``part`` leaves out: the parts of a pair, or what they are joined to."""
    joined = [series for series in index.series() if series.components]
    if part != "magnitude":
        return {each.key for one in joined for each in one.components}
    polar = {one.key for one in joined if one.components[0].component != "real"}
    cartesian = {each.key for one in joined if one.key not in polar for each in one.components}
    phases = {series.key for series in index.series() if series.component == "phase"}
    return polar | cartesian | phases


def choose_measurable(index: StudyIndex, uid: str | None) -> SeriesInfo:
    """Choose what to measure: the series named, else the only PET, else the only image series."""
    any_pet = any(is_pet(series) and series.viewable for series in index.series())
    return choose_series(
        index, uid, is_pet if any_pet else lambda _: True, "PET series" if any_pet else "image series"
    )


def read_rois(path: Path, volume: Volume) -> tuple[Roi, ...]:
    """Read ROIs from our JSON, from a NIfTI mask (one ROI a label) or from an RTSTRUCT."""
    if not path.is_file():
        raise LowfieldError("is not a file with ROIs.", where=path, hint="Give JSON, a NIfTI mask or an RTSTRUCT.")
    if is_nifti(path):
        return _rois_from_mask(path, volume)
    if path.suffix.lower() == ".json":
        return _rois_from_json(path)
    return _rois_from_rtstruct(path, volume)


def _rois_from_rtstruct(path: Path, volume: Volume) -> tuple[Roi, ...]:
    drawn = read_rtstruct(path)
    for each in drawn:
        for warning in each.warnings:
            say(f"warning: {warning}")
    usable = [each for each in drawn if each.contours]
    frame = volume.geometry.frame_of_reference_uid
    if not usable or any(each.frame_of_reference_uid not in ("", frame) for each in usable):
        reason = "belongs to another frame of reference." if usable else "holds no closed contour."
        raise LowfieldError(reason, where=path, hint="Choose the structure set drawn on this study.")
    return tuple(Roi(each.name, contours_to_polygon(each.contours), color=each.color) for each in usable)


def _rois_from_json(path: Path) -> tuple[Roi, ...]:
    try:
        return rois_from_json(json.loads(path.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise LowfieldError(f"is not valid JSON ({error}).", where=path) from error


def _rois_from_mask(path: Path, volume: Volume) -> tuple[Roi, ...]:
    mask = read_mask(path)
    # NIfTI knows no frame of reference; the user vouches for it by naming the file for this study.
    grid = type(mask.geometry)(mask.geometry.shape, mask.geometry.affine, volume.geometry.frame_of_reference_uid)
    labels = sorted({int(label) for label in set(mask.data.ravel().tolist()) if label > 0})
    if not labels:
        raise LowfieldError("holds no voxel above zero.", where=path)
    names = [path.name.split(".")[0]] if len(labels) == 1 else [f"label {label}" for label in labels]
    return tuple(Roi(name, MaskShape(mask.data == label, grid)) for name, label in zip(names, labels, strict=True))


def _listing(series: Sequence[SeriesInfo]) -> str:
    rows = [f"\n  {each.key}  {each.modality}  {each.description}" for each in series]
    return "It holds:" + "".join(rows) if rows else "It holds no series."


def _problems(index: StudyIndex) -> str:
    shown = [f"\n  {problem}" for problem in index.problems[:5]]
    more = f"\n  and {len(index.problems) - 5} more" if len(index.problems) > 5 else ""
    return "What could not be used:" + "".join(shown) + more if shown else ""
