"""The head of the demo: three contrasts as an ultra-low-field scanner would store them, and the truth."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Geometry
from viewer.core.progress import Progress, part
from viewer.core.volume import Volume
from viewer.dicom.create import write_mr
from viewer.formats.nifti import write_nifti
from viewer.simulate.anatomy.labels import Tissue
from viewer.simulate.head import HeadPhantom, head_phantom
from viewer.simulate.mri import AcquisitionOptions, acquire
from viewer.simulate.tissue import FLAIR, T1W, T2W, Sequence

SEED, LESIONS = 6, 7
GAIN = 1000.0
"""Stored value of fully relaxed water at the centre of the coil."""
STUDY_DATE, STUDY_TIME = "20260401", "090000"


@dataclass(frozen=True)
class Contrast:
    """One series: ``snr`` is that of median white matter; ``zero_fill`` the factor stored over acquired."""

    name: str
    description: str
    sequence: Sequence
    snr: float
    zero_fill: float = 1.0


CONTRASTS = (
    Contrast("T2", "T2 (AXI)", T2W, 6.0),
    Contrast("T1", "T1 (AXI) - Gray_White", T1W, 9.0),
    Contrast("FLAIR", "FLAIR (AXI)", FLAIR, 7.0, zero_fill=2.0),
)


def make_brain(folder: Path, truth: Path, progress: Progress) -> dict[str, Any]:
    """Write the DICOM series to ``folder``, clean and complex images to ``truth``; return what is true."""
    head = head_phantom(SEED, lesions=LESIONS, progress=part(progress, 0.0, 0.5))
    series = {}
    for number, contrast in enumerate(CONTRASTS, 1):
        progress(0.4 + 0.15 * number, f"Scanning the head: {contrast.name}")
        series[contrast.name] = _scan(head, contrast, number, folder, truth)
    lesions = [
        {"center_lps_mm": head.person.to_lps(each.center), "radii_mm": list(each.radii)} for each in head.lesions
    ]
    return {"seed": SEED, "gain": GAIN, "lesions": lesions, "series": series}


def _scan(head: HeadPhantom, contrast: Contrast, number: int, folder: Path, truth: Path) -> dict[str, Any]:
    """Acquire one contrast with noise and without, and write both."""
    clean = head.image(contrast.sequence) * np.float32(GAIN)
    white = head.fractions[Tissue.WHITE] > 0.95
    sigma = float(np.median(np.abs(clean[white]))) / contrast.snr
    options = AcquisitionOptions(zero_fill=(contrast.zero_fill, contrast.zero_fill))
    noisy = _volume(head, contrast, number, acquire(clean, sigma, options, np.random.default_rng((SEED, number))))
    ideal = _volume(head, contrast, number, acquire(clean, 0.0, options, np.random.default_rng(0)))
    timing = contrast.sequence
    write_mr(
        noisy,
        folder / contrast.name,
        uid_seed="lowfield demo brain",
        EchoTime=timing.te_ms,
        RepetitionTime=timing.tr_ms,
        **({"InversionTime": timing.ti_ms, "ScanningSequence": ["SE", "IR"]} if timing.kind == "ir" else {}),
    )
    files = {
        "clean_magnitude": f"{contrast.name}-clean.nii.gz",
        "noisy_complex": f"{contrast.name}-complex.nii.gz",
    }
    write_nifti(ideal.with_data(ideal.magnitude()), truth / files["clean_magnitude"])
    write_nifti(noisy, truth / files["noisy_complex"])
    return {"sigma": sigma, "snr_white_matter": contrast.snr, "zero_fill": contrast.zero_fill, **files}


def _volume(head: HeadPhantom, contrast: Contrast, number: int, data: NDArray[np.complex64]) -> Volume:
    volume = head.volume(contrast.sequence, contrast.description, np.zeros(head.geometry.shape, np.float32))
    origin = replace(
        volume.origin,
        series_number=str(number),
        study_date=STUDY_DATE,
        study_time=STUDY_TIME,
        study_description="Simulated ultra-low-field head",
    )
    return replace(volume, data=data, geometry=_stored_grid(head.geometry, data.shape), origin=origin)


def _stored_grid(geometry: Geometry, shape: tuple[int, ...]) -> Geometry:
    """Return the grid of a zero-filled image: finer in the plane, sample 0 where it was."""
    slices, rows, columns = shape
    scale = np.divide(geometry.shape, shape)
    affine = geometry.affine @ np.diag([*scale, 1.0])
    return Geometry((slices, rows, columns), affine, geometry.frame_of_reference_uid)
