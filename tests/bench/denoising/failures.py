"""Where the denoiser fails, as pictures: truth, scan, answer, and the error that is left, on development volumes.

Each row plants what `models/README.md` lists: small faint lesions, interference that no air shows, very low SNR,
and zero-filling that a single slice does not betray.
"""

from pathlib import Path

import numpy as np

from denoising import data as volumes
from denoising import lesions, ours
from denoising.cache import Cache
from denoising.pictures import sheet

WINDOW = 80
ERROR_SIGMA = 2.0
LESIONS = ((-18, -14, 2.0), (-18, 10, 4.0), (12, -14, 2.0), (12, 10, 4.0))
"""Row and column from the middle of the window, and size in mm."""
CONTRAST = 0.4
LOUD = 8.0
"""Interference on one line, in sigma."""
KINDS = {kind.name: kind for kind in volumes.KINDS}


def sheets(cache: Cache, data: Path, model: str, out: Path) -> dict[str, float]:
    """Write ``failures.png`` and return the root mean square error of each row in units of its sigma."""
    references = {reference.name: reference for reference in volumes.development(data)}
    brain = next(item for name, item in references.items() if "FLAIR" in name)
    single = next(item for name, item in references.items() if "one slice" in name)
    cases = {
        "lesions of 2 and 4 mm, 40 %, sigma 8 %": _scan(_with_lesions(brain.clean), "Rician", 0.08),
        "interference, no air": _with_interference(_scan(_window(brain.clean), "white complex", 0.08)),
        "sigma 30 %": _scan(_window(brain.clean), "Rician", 0.3),
        "one slice, zero-filled x1.5": _scan(single.clean, "Rician, zero-filled x1.5", 0.1),
    }
    rows, errors = [], {}
    for name, (noisy, truth, sigma) in cases.items():
        clean = ours.run(cache, noisy, None, model).image
        k = len(truth) // 2
        planes = [np.abs(_window(image))[k] for image in (truth, noisy, clean)]
        error = (planes[2] - planes[0]) / sigma
        rows.append([*(plane / 1.1 for plane in planes), error / (2 * ERROR_SIGMA) + 0.5])
        errors[name] = float(np.sqrt(np.mean(error**2)))
    sheet(rows, ["truth", "scan", model, f"error, ±{ERROR_SIGMA:g} sigma"], out / "failures.png")
    return errors


def _window(image):
    starts = [(n - WINDOW) // 2 for n in image.shape[1:]]
    return image[:, starts[0] : starts[0] + WINDOW, starts[1] : starts[1] + WINDOW]


def _scan(clean, kind: str, sigma: float):
    noisy, truth, _ = volumes.scan(clean, KINDS[kind], sigma)
    return noisy, truth, sigma


def _with_lesions(clean):
    image = np.array(_window(np.abs(clean)))
    for row, column, size in LESIONS:
        place = (len(image) // 2, WINDOW // 2 + row, WINDOW // 2 + column)
        image *= 1 + CONTRAST * lesions.blob(image.shape, lesions.Lesion(*place, size, CONTRAST))
    return image


def _with_interference(case):
    noisy, truth, sigma = case
    rng = np.random.default_rng(5)
    line = rng.standard_normal((2, *noisy.shape[:2])).astype(np.float32)
    noisy = noisy.copy()
    noisy[:, :, WINDOW // 2 + 6] += LOUD * sigma * (line[0] + 1j * line[1])
    return noisy, truth, sigma
