"""What the headers of a PET series say against each other, or against themselves."""

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from viewer.dicom.remembered import remembered
from viewer.dicom.tags import TagReader
from viewer.dicom.words import listed

SERIES_WIDE = ("Units", "SUVType", "DecayCorrection", "CorrectedImage", "PatientWeight", "SeriesTime")
ISOTOPE_WIDE = ("RadionuclideTotalDose", "RadionuclideHalfLife", "RadiopharmaceuticalStartTime")


def warn_of_contradictions(
    datasets: Sequence[Dataset], fields: dict[str, Any], names: Sequence[str], reader: TagReader
) -> None:
    """Warn of an acquisition's ``fields`` that exclude each other, and of what differs between its ``datasets``.

    ``names`` call the data sets, one each, or are empty where nobody knows.
    """
    corrected, decay = fields["corrected_image"], fields["decay_correction"]
    if corrected and decay in ("START", "ADMIN") and "DECY" not in corrected:
        reader.warn(f"DecayCorrection is {decay} but CorrectedImage does not list DECY.")
    if decay == "NONE" and "DECY" in corrected:
        reader.warn("DecayCorrection is NONE but CorrectedImage lists DECY.")
    if len(datasets[0].get("RadiopharmaceuticalInformationSequence") or ()) > 1:
        reader.warn("The file lists several radiopharmaceuticals; only the first is used.")
    said = [_series_wide(dataset) + _isotope_wide(dataset, reader) for dataset in datasets]
    for keyword, column in zip((*SERIES_WIDE, *ISOTOPE_WIDE), zip(*said)):
        others = [number for number, values in enumerate(column) if values != column[0]]
        if others:
            where = f" It differs in {listed([names[number] for number in others])}." if names else ""
            reader.warn(f"{keyword} differs between the slices of the series; the first slice's is used.{where}")


def all_values(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Return all values of a tag as text."""
    value = dataset.get(keyword)
    if value is None or value == "":
        return ()
    return tuple(str(part) for part in value) if isinstance(value, MultiValue | list) else (str(value),)


@remembered
def _series_wide(header: Dataset) -> tuple[tuple[str, ...], ...]:
    return tuple(all_values(header, keyword) for keyword in SERIES_WIDE)


@remembered
def _isotope_wide(header: Dataset, reader: TagReader) -> tuple[tuple[str, ...], ...]:
    isotope = reader.item(header, "RadiopharmaceuticalInformationSequence")
    return tuple(all_values(isotope, keyword) for keyword in ISOTOPE_WIDE)
