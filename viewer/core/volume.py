"""A volume: numbers, where they lie, what they mean and where they come from."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.pet import PetAcquisition


@dataclass(frozen=True)
class Origin:
    """Who and what an image shows: everything that a corner overlay or a report may name.

    Dates and times are DICOM text (DA ``YYYYMMDD``, TM ``HHMMSS.ffffff``). Holds patient data: never log it.
    """

    source: str = ""
    patient_id: str = ""
    patient_name: str = ""
    birth_date: str = ""
    sex: str = ""
    study_uid: str = ""
    study_date: str = ""
    study_time: str = ""
    study_description: str = ""
    series_uid: str = ""
    series_number: str = ""
    series_description: str = ""
    modality: str = ""
    manufacturer: str = ""
    scanner: str = ""
    field_strength_t: float | None = None
    window: tuple[float, float] | None = None
    """(WindowCenter, WindowWidth) of the file, in the volume's unit."""
    lossy: bool = False
    simulated: bool = False
    orientation_known: bool = True
    """Whether left, right, front and back are stated by the file (or simulated); if not, no side may be shown."""
    derivation: str = ""
    """How the numbers differ from the scanner's, e.g. the denoiser and its hash; empty for an original."""


@dataclass(frozen=True, eq=False)
class Volume:
    """An immutable image volume.

    ``data`` (slices, rows, columns), real (float32) or complex (complex64), read-only, in ``unit``
    (UCUM text such as ``Bq/mL``, ``HU``, ``g/mL``; empty where the file states none).
    ``slice_names`` names the file or frame behind each slice, for messages.
    ``noise_sigma`` is the standard deviation of the noise per real channel, in ``unit``, where a file measured it
    (a noise scan: receiver on, no excitation); None where it did not. It holds for these numbers only.
    """

    data: NDArray[Any]
    geometry: Geometry
    unit: str = ""
    origin: Origin = field(default_factory=Origin)
    warnings: tuple[str, ...] = ()
    acquisition: PetAcquisition | None = None
    slice_names: tuple[str, ...] = ()
    noise_sigma: float | None = None

    def __post_init__(self) -> None:
        if self.data.shape != self.geometry.shape:
            raise LowfieldError(
                f"The image has {self.data.shape} voxels but its geometry says {self.geometry.shape}."
            )
        if self.data.flags.writeable:
            view = self.data.view()
            view.flags.writeable = False
            object.__setattr__(self, "data", view)

    @property
    def is_complex(self) -> bool:
        """Whether the voxels are complex (phase kept)."""
        return bool(np.iscomplexobj(self.data))

    def magnitude(self) -> NDArray[Any]:
        """Return the voxel magnitudes, or the voxels themselves where they are real."""
        return np.abs(self.data) if self.is_complex else self.data

    def with_data(self, data: NDArray[Any], **changes: Any) -> "Volume":
        """Return a copy with other numbers on the same grid (and other ``changes``), whose noise is not known."""
        return replace(self, **{"noise_sigma": None, **changes, "data": data})
