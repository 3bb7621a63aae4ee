"""What a scan of the NEMA IEC body phantom says about the scanner (NEMA NU 2 section 7, EARL; facts §4)."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from viewer.core.geometry import Floats, Geometry
from viewer.core.phantom import DIAMETERS_MM, PhantomPlan, PhantomPose, PhantomResult, SphereResult
from viewer.core.recovery import RecoveryPoint, RecoveryTable
from viewer.quantify.earl import verdicts
from viewer.quantify.peak import peak
from viewer.quantify.phantom_find import seen
from viewer.quantify.phantom_rois import cylinder, disc, sphere, volume_of_interest
from viewer.quantify.recovery import site_table
from viewer.quantify.recovery_tables import Convention, calibration_tolerance

LUNG_DIAMETER_MM = 30.0
NOT_SEEN = "It does not stand out of the noise as the other spheres do, so no number is given."
RELATIVE = (
    "No true concentration of the spheres is known for this image: figures are relative to the measured "
    "background, and no recovery coefficient is given."
)
FORMULAS = {
    "mean": "mean of the VOI's voxels (convention stated)",
    "max": "hottest voxel of the VOI",
    "peak": "highest mean of a 12 mm sphere centred on a voxel of the true sphere",
    "rc": "measured / true concentration of the spheres",
    "background": "C_B: mean of the means of all 37 mm discs",
    "cov_percent": "100 SD / mean of all voxels of the 37 mm discs (population SD)",
    "contrast_recovery_percent": "Q_H = 100 (C_H / C_B,j - 1) / (a_H / a_B - 1), C_H in a disc",
    "background_variability_percent": "N_j = 100 SD_j / C_B,j over discs of the sphere's diameter, divisor K - 1",
    "lung_residual_percent": "100 C_lung / C_B,37, C_lung over discs of 30 mm in every slice 10 mm from the ends",
    "calibration": "measured / true background",
}


@dataclass(frozen=True, eq=False)
class Scene:
    """An image (slices, rows, columns) in ``unit``, what was found on it, and what is true in the same unit."""

    values: NDArray[np.floating]
    geometry: Geometry
    pose: PhantomPose
    plan: PhantomPlan
    convention: Convention
    unit: str
    true_spheres: float | None = None
    true_background: float | None = None

    @property
    def bore(self) -> Floats:
        """Unit vector (3,) along the phantom."""
        return np.asarray(self.pose.rotation[:, 2])


def evaluate(scene: Scene) -> PhantomResult:
    """Measure everything; what cannot be said is None, with the reason in the sphere's row or the warnings."""
    backgrounds = [_disc_means(scene, diameter) for diameter in DIAMETERS_MM]
    level = float(backgrounds[-1].mean()) if len(backgrounds[-1]) else None
    rows = [_sphere(scene, n, backgrounds[n], level) for n in range(len(DIAMETERS_MM))]
    relative = scene.true_spheres is None
    calibration = level / scene.true_background if level is not None and scene.true_background else None
    passed = None if calibration is None else abs(calibration - 1) <= calibration_tolerance()
    result = PhantomResult(
        pose=scene.pose,
        plan=scene.plan,
        spheres=tuple(rows),
        unit=scene.unit,
        relative=relative,
        convention=scene.convention.key,
        convention_text=f"{scene.convention.name}: {scene.convention.text}",
        background=level,
        calibration=calibration,
        calibration_passed=passed,
        true_spheres=scene.true_spheres,
        true_background=scene.true_background,
        warnings=(*scene.pose.warnings, *scene.plan.warnings, *((RELATIVE,) if relative else ())),
    )
    return result if level is None else _with_background(result, scene, level)


def rc_table(result: PhantomResult, name: str, source: str) -> RecoveryTable:
    """Return the site's own RCmean table.

    The uncertainty of each coefficient is RC · N_j: the relative spread of a background region as large as the
    sphere, an upper estimate for a hotter sphere. Spheres without a coefficient are left out.
    """
    rows = [
        RecoveryPoint(row.diameter_mm, row.rc_mean, _doubt(row.rc_mean, row.background_variability_percent))
        for row in result.spheres
        if row.rc_mean is not None
    ]
    known = result.true_spheres and result.true_background
    contrast = result.true_spheres / result.true_background if known else None  # type: ignore[operator]
    return site_table(name, source, result.convention, contrast, rows)


def _doubt(rc: float, variability_percent: float | None) -> float | None:
    return None if not variability_percent else rc * variability_percent / 100


def _discs(scene: Scene, diameter_mm: float) -> list[Floats]:
    """Return the numbers of each background disc: places by offsets along the bore."""
    centers = [
        place + offset * scene.bore
        for offset in scene.plan.offsets_mm
        for place in scene.plan.background_centers_lps_mm
    ]
    found = [disc(scene.values, scene.geometry, center, scene.bore, diameter_mm / 2) for center in centers]
    return [numbers for numbers in found if numbers.size]


def _disc_means(scene: Scene, diameter_mm: float) -> Floats:
    return np.asarray([numbers.mean() for numbers in _discs(scene, diameter_mm)])


def _with_background(result: PhantomResult, scene: Scene, level: float) -> PhantomResult:
    """Add what needs a warm background: noise and lung residual."""
    pooled = np.concatenate(_discs(scene, DIAMETERS_MM[-1]))
    lung = None
    if scene.plan.lung_range_mm is not None:
        along, middle = scene.plan.lung_range_mm, scene.pose.center_lps_mm
        numbers = cylinder(scene.values, scene.geometry, middle, scene.bore, LUNG_DIAMETER_MM / 2, along)
        lung = float(100 * numbers.mean() / level)
    sd = float(pooled.std())
    cov = float(100 * sd / pooled.mean())
    return replace(result, background_sd=sd, cov_percent=cov, lung_residual_percent=lung)


def _sphere(scene: Scene, n: int, background: Floats, level: float | None) -> SphereResult:
    x, y, z = (float(value) for value in scene.pose.sphere_centers_lps_mm[n])
    row = SphereResult(DIAMETERS_MM[n], (x, y, z), float(scene.pose.signal_to_noise[n]))
    if len(background) > 1:
        row = replace(row, background_variability_percent=float(100 * background.std(ddof=1) / background.mean()))
    if not seen(scene.pose)[n]:
        return replace(row, reason=NOT_SEEN)
    row = replace(row, contrast_recovery_percent=_contrast_recovery(scene, n, background))
    return _measured(scene, n, row, level)


def _contrast_recovery(scene: Scene, n: int, background: Floats) -> float | None:
    if scene.true_spheres is None or not scene.true_background or not len(background):
        return None
    center = scene.pose.sphere_centers_lps_mm[n]
    hot = disc(scene.values, scene.geometry, center, scene.bore, DIAMETERS_MM[n] / 2)
    if not hot.size:
        return None
    return float(100 * (hot.mean() / background.mean() - 1) / (scene.true_spheres / scene.true_background - 1))


def _measured(scene: Scene, n: int, row: SphereResult, level: float | None) -> SphereResult:
    center, radius = scene.pose.sphere_centers_lps_mm[n], DIAMETERS_MM[n] / 2
    voi, reason = volume_of_interest(scene.values, scene.geometry, center, radius, level or 0.0, scene.convention)
    if voi is None or not voi.numbers.size:
        return replace(row, reason=f"No number is given: {reason or 'it holds no voxel centre'}.")
    ball = sphere(scene.values, scene.geometry, center, radius)
    mean, top = float(voi.numbers.mean()), float(voi.numbers.max())
    best = peak(scene.values, ball.offset, ball.mask, scene.geometry)
    numbers = {"mean": mean, "maximum": top, "peak": best}
    short = {"mean": mean, "max": top, "peak": best}
    ratios = {f"ratio_{name}": _over(value, level) for name, value in short.items()}
    rc = {f"rc_{name}": _over(value, scene.true_spheres) for name, value in short.items()}
    size = {"voi_voxels": voi.numbers.size, "voi_ml": voi.numbers.size * scene.geometry.voxel_volume_ml}
    row = replace(row, **numbers, **ratios, **rc, **size)  # type: ignore[arg-type]
    return replace(row, verdicts=verdicts(row.diameter_mm, row.rc_mean, row.rc_max, scene.convention.key))


def _over(value: float | None, whole: float | None) -> float | None:
    return None if value is None or not whole else value / whole
