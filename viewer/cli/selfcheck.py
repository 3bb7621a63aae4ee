"""``lowfield selfcheck``: known answers, so that a site can prove its installation before trusting a number."""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from viewer.cli import output
from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.paths import user_data
from viewer.core.pet import PetAcquisition, PetFrame
from viewer.core.volume import Volume
from viewer.denoise.card import list_models, verify
from viewer.pipeline import MeasureOptions, denoise_volume, measure_rois, scales_for
from viewer.quantify.decay import decay_constant, frame_factor
from viewer.quantify.dose import absorbed_dose
from viewer.quantify.dose_constants import dose_constants
from viewer.quantify.nuclides import nuclide
from viewer.roi.shapes import Roi, Sphere


@dataclass(frozen=True)
class Check:
    """One question with a known answer."""

    name: str
    ok: bool
    detail: str


def selfcheck(words: argparse.Namespace) -> None:
    """Run every check; any failure makes the command fail."""
    checks = [_run(name, function) for name, function in CHECKS.items()]
    if words.json:
        rows = [{"name": each.name, "ok": each.ok, "detail": each.detail} for each in checks]
        output.print_json({"checks": rows, "ok": all(each.ok for each in checks)})
    else:
        for each in checks:
            print(f"{'ok    ' if each.ok else 'FAILED'}  {each.name:<28} {each.detail}")
    failed = [each.name for each in checks if not each.ok]
    if failed:
        raise LowfieldError(
            f"{len(failed)} self-check(s) failed: {', '.join(failed)}.", hint="Reinstall Lowfield."
        )


def _run(name: str, function: Callable[[], str]) -> Check:
    try:
        return Check(name, True, function())
    except Exception as error:  # a broken installation can fail in any way; each way is a finding
        return Check(name, False, f"{type(error).__name__}: {error}")


def _expect(value: float, expected: float, relative: float, text: str) -> str:
    if not abs(value - expected) <= relative * abs(expected):
        raise ValueError(f"{text} is {value:.6g}, expected {expected:.6g}")
    return f"{text} {value:.6g}"


def _model_files() -> str:
    cards = list_models()
    if not cards:
        raise ValueError("no model is installed")
    for card in cards:
        verify(card)
    return ", ".join(f"{card.name} {card.version}" for card in cards)


def _denoiser() -> str:
    """A smooth object in known noise: the error must shrink at least by half."""
    z, y, x = np.mgrid[:6, :96, :96]
    truth = 20.0 * np.exp(-(((y - 48) / 28.0) ** 2 + ((x - 48) / 22.0) ** 2 + ((z - 3) / 9.0) ** 2))
    noise = np.random.default_rng(149).standard_normal((2, *truth.shape))
    noisy = np.abs(truth + noise[0] + 1j * noise[1]).astype(np.float32)
    grid = Geometry.from_axes(truth.shape, (5, 1.6, 1.6), np.eye(3)[::-1], (0, 0, 0))
    result = denoise_volume(Volume(noisy, grid), sigma=1.0)
    inside = truth > 5
    before, after = (
        float(np.sqrt(np.mean((image - truth)[inside] ** 2))) for image in (noisy, result.volume.data)
    )
    if after > before / 2:
        raise ValueError(f"error {before:.3f} sigma before, {after:.3f} after")
    return f"error {before:.3f} sigma before, {after:.3f} after"


def _decay() -> str:
    return _expect(frame_factor(1200.0, nuclide("Tb-149").half_life_s), 1.02832, 1e-5, "F(20 min) of 149Tb")


def _phantom_pet() -> tuple[Volume, Roi]:
    noon = datetime(2026, 5, 4, 12)
    frames = (PetFrame(noon, 1200.0),) * 21
    acquisition = PetAcquisition(
        units="BQML", decay_correction="START", corrected_image=("ATTN", "DECY"), scan_start=noon,
        series_time=noon, nuclide_meaning="^18^Fluorine", half_life_s=6586.2, positron_fraction=0.9673,
        injected_dose_bq=1e8, injection_time=noon, patient_weight_kg=70.0, frames=frames,
    )  # fmt: skip
    grid = Geometry.from_axes((21, 21, 21), (2, 2, 2), np.eye(3)[::-1], (0, 0, 0))
    volume = Volume(np.full(grid.shape, 1000.0, np.float32), grid, "BQML", acquisition=acquisition)
    return volume, Roi("sphere", Sphere((20.0, 20.0, 20.0), 15.0))


def _activity() -> str:
    volume, roi = _phantom_pet()
    found = measure_rois(volume, [roi])[0]
    assert found.activity is not None, found.warnings
    _expect(found.activity.mean, 1000.0, 1e-9, "mean Bq/mL")
    return _expect(found.volume_ml, 4 / 3 * np.pi * 1.5**3, 0.02, "15 mm sphere, mL")


def _suv() -> str:
    volume, roi = _phantom_pet()
    found = measure_rois(volume, [roi])[0]
    assert found.suv_bw is not None, found.warnings
    return _expect(found.suv_bw.mean, 1000.0 * 70_000 / 1e8, 1e-9, "SUVbw of 1 kBq/mL, 70 kg, 100 MBq")


def _redeclared() -> str:
    volume, _ = _phantom_pet()
    scales = scales_for(volume, MeasureOptions("F-18", "Tb-149"))
    assert scales.activity is not None, scales.reasons
    expected = 0.9673 / nuclide("Tb-149").positron_fraction * 1.02832 / 1.064474
    return _expect(float(scales.activity.per_slice[0]), expected, 1e-5, "18F read as 149Tb, factor")


def _writable() -> str:
    with tempfile.NamedTemporaryFile(dir=user_data()):
        return str(user_data())


def _dose() -> str:
    """1 kBq/mL decaying physically at 1 g/mL: 11.97 mGy·RBE with RBE 5 (facts/tb149-pet §6)."""
    constants = dose_constants("Tb-149")
    decays = 1000 / decay_constant(constants.nuclide.half_life_s)
    dose = absorbed_dose(decays, constants, rbe=5.0)
    return _expect(1e3 * dose.weighted_gy, 11.97, 1e-3, "1 kBq/mL gives mGy·RBE")


CHECKS: dict[str, Callable[[], str]] = {
    "model files": _model_files,
    "denoiser": _denoiser,
    "decay": _decay,
    "activity and volume": _activity,
    "SUV": _suv,
    "acquired as 18F, is 149Tb": _redeclared,
    "absorbed dose of 149Tb": _dose,
    "user folder": _writable,
}
