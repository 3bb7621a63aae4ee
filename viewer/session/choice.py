"""Which series opens as what, and which ones a study opens with."""

from collections.abc import Iterable, Mapping

from viewer.core.study import SeriesInfo, StudyIndex, StudyInfo

BY_MODALITY = {"MR": "mri", "CT": "ct", "PT": "pet", "PET": "pet", "NM": "pet"}
BY_SOP_CLASS = {
    "1.2.840.10008.5.1.4.1.1.4": "mri",
    "1.2.840.10008.5.1.4.1.1.4.1": "mri",
    "1.2.840.10008.5.1.4.1.1.4.4": "mri",
    "1.2.840.10008.5.1.4.1.1.2": "ct",
    "1.2.840.10008.5.1.4.1.1.2.1": "ct",
    "1.2.840.10008.5.1.4.1.1.128": "pet",
    "1.2.840.10008.5.1.4.1.1.130": "pet",
    "1.2.840.10008.5.1.4.1.1.128.1": "pet",
}
"""PS3.4 B.5: the class of the object outranks its Modality, which vendors fill oddly."""


def fitting_role(info: SeriesInfo) -> str:
    """Return what a series opens as: ``mri``, ``ct``, ``pet``; empty for what cannot be shown.

    An image of any other kind opens as ``mri``, where a plain stack is shown without claims about its unit.
    """
    if not info.viewable:
        return ""
    return BY_SOP_CLASS.get(info.sop_class_uid) or BY_MODALITY.get(info.modality.strip().upper(), "mri")


def opening(study: StudyInfo) -> Mapping[str, str]:
    """Return role → key of what a study opens with: its MR and PET of most slices, the CT under them."""
    series = [one for one in study.series if one.viewable]
    by_role = {role: [one for one in series if fitting_role(one) == role] for role in ("mri", "ct", "pet")}
    by_role["mri"] = _whole(by_role["mri"])
    chosen = {"mri": _largest(by_role["mri"]), "pet": _best_pet(by_role["pet"])}
    pet = chosen["pet"]
    same_frame = [ct for ct in by_role["ct"] if pet and ct.frame_of_reference_uid == pet.frame_of_reference_uid]
    chosen["ct"] = _largest(same_frame or by_role["ct"])
    return {role: info.key for role, info in chosen.items() if info is not None}


def first_study(index: StudyIndex) -> StudyInfo | None:
    """Return the first study with anything to show."""
    studies = (study for patient in index.patients for study in patient.studies)
    return next((study for study in studies if opening(study)), None)


def _whole(series: list[SeriesInfo]) -> list[SeriesInfo]:
    """Leave out the parts of complex images, which the denoiser does best on as a whole."""
    parts = {part.key for one in series for part in one.components}
    return [one for one in series if one.key not in parts and one.component != "phase"] or series


def _best_pet(series: Iterable[SeriesInfo]) -> SeriesInfo | None:
    # The attenuation-corrected series is the quantitative one; scanners name the other one so.
    corrected = [one for one in series if not _uncorrected(one.description)]
    return _largest(corrected or series)


def _uncorrected(description: str) -> bool:
    words = description.upper().replace("_", " ").replace("-", " ")
    return any(mark in f" {words} " for mark in (" NAC ", " NOAC ", " NON AC ", " NO AC ", " UNCORRECTED "))


def _largest(series: Iterable[SeriesInfo]) -> SeriesInfo | None:
    # By slices, not voxels: localizers have few, and interpolation in plane makes no series more important.
    return max(series, key=lambda one: one.shape[0], default=None)
