"""What a PET series says about its own acquisition, in SI units and aware of dates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class PetFrame:
    """One acquired frame or bed position: when it started and how long it lasted.

    ``start`` is AcquisitionDate/Time (PS3.3 C.8.9.4), ``duration_s`` ActualFrameDuration in seconds,
    ``reference_ms`` FrameReferenceTime in milliseconds after the series reference, ``decay_factor`` DecayFactor.
    """

    start: datetime | None
    duration_s: float | None
    reference_ms: float | None = None
    decay_factor: float | None = None


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
