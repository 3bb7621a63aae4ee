"""What a PET series says about its own acquisition, in SI units and aware of dates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class PetFrame:
    """One acquired frame or bed position: when it started and how long it lasted.

    ``start`` is AcquisitionDate/Time (PS3.3 C.8.9.4), ``duration_s`` ActualFrameDuration in seconds,
    ``reference_ms`` FrameReferenceTime in milliseconds after the series reference, ``decay_factor`` DecayFactor.
    ``rescale_slope`` and ``rescale_intercept`` made the stored integers of this slice into its numbers.
    """

    start: datetime | None
    duration_s: float | None
    reference_ms: float | None = None
    decay_factor: float | None = None
    rescale_slope: float | None = None
    rescale_intercept: float | None = None


@dataclass(frozen=True)
class UserCorrections:
    """What the user knows better than the file about patient, dose and nuclide; None: as the file says.

    It replaces what the *file* says and is marked beside every number; the file is never changed. ``nuclide``
    (with its half-life and positron fraction) is what the scanner was told where the header has lost or garbled
    it; an activity that is another nuclide than the scanner was told is declared apart (acquired as, is).
    ``injected_dose_bq`` is a dose; ``dose_unit`` (Bq, kBq, MBq, GBq, mCi, uCi) instead says in which unit the
    file's RadionuclideTotalDose is. ``injection_time`` is naive local time. See
    `viewer.quantify.corrected.corrected`.
    """

    patient_weight_kg: float | None = None
    patient_height_m: float | None = None
    patient_sex: str | None = None
    injected_dose_bq: float | None = None
    dose_unit: str | None = None
    injection_time: datetime | None = None
    nuclide: str | None = None
    half_life_s: float | None = None

    def __bool__(self) -> bool:
        """Whether anything is corrected."""
        return any(value is not None for value in vars(self).values())


@dataclass(frozen=True)
class PetAcquisition:
    """The tags behind every activity number. ``None`` means: the file does not say.

    Times are naive local datetimes. ``frames`` holds one entry per slice of the volume, in slice order.
    ``sources`` maps a field name to the tag it was read from, for the provenance of numbers.
    """

    units: str = ""
    suv_type: str = ""
    decay_correction: str = ""
    corrected_image: tuple[str, ...] = ()
    nuclide_code: tuple[str, str] | None = None
    """(CodeValue, CodingSchemeDesignator) of RadionuclideCodeSequence."""
    nuclide_meaning: str = ""
    half_life_s: float | None = None
    positron_fraction: float | None = None
    injected_dose_bq: float | None = None
    injection_time: datetime | None = None
    series_time: datetime | None = None
    scan_start: datetime | None = None
    """The time to which START correction decays: see `viewer.dicom.pet`."""
    patient_weight_kg: float | None = None
    patient_height_m: float | None = None
    patient_sex: str = ""
    manufacturer: str = ""
    philips_suv_factor: float | None = None
    """(7053,1000): multiplies rescaled values to SUVbw."""
    philips_bq_factor: float | None = None
    """(7053,1009): multiplies rescaled values to Bq/mL."""
    frames: tuple[PetFrame, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    radiopharmaceutical: str = ""
    """Radiopharmaceutical (0018,0031): free text, which may name the nuclide."""
    stated_dose: float | None = None
    """RadionuclideTotalDose as the file writes it, before its unit was settled."""
    corrected_by_user: tuple[str, ...] = ()
    """Sentences such as ``PatientWeight 70 kg (file: 0)``: what `UserCorrections` replaced."""
    file: "PetAcquisition | None" = None
    """What the file itself says, where the user has corrected it; else None."""
