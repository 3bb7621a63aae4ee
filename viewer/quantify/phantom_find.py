"""Find the phantom on a PET or a CT, or refuse with the reason."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.phantom import DIAMETERS_MM, PhantomPose
from viewer.quantify.phantom_blobs import Pose, apart_mm, guess_poses
from viewer.quantify.phantom_fit import Basis, first_look, fit_pose, hot_sphere, walled_sphere, whole
from viewer.quantify.phantom_ring import guess_poses_ct

LEAST_EXPLAINED = {"PET": 0.5, "CT": 0.1}
LEAST_SIGNAL_TO_NOISE = 5.0
"""Of the three largest spheres; one that is weaker is not known to be there."""
SEEN = 3.0
CLEARLY_WORSE = 1.2
"""By how much more unexplained variance the second-best pose has to have."""
SAME_FILL = (0.4, 1.7)
"""Signal of a sphere over the median sphere's, between which both hold the same fill."""
MOST_OFF_RING_MM = 2.5
NOT_HERE = "No NEMA IEC phantom was found on the {image}: {why}."
HINT = "Check that the series shows the whole ring of six spheres of a NEMA IEC body phantom."


def find_on_pet(values: NDArray[np.floating], geometry: Geometry) -> PhantomPose:
    """Find the ring of hot spheres in a PET (slices, rows, columns), in any orientation.

    Raises `LowfieldError` with the reason when there is no such ring, when two places fit alike, when the image is
    too noisy or when spheres are filled cold.
    """
    guesses = guess_poses(_finite(values), geometry)
    return _choose(values, geometry, guesses, hot_sphere, "PET")


def find_on_ct(values: NDArray[np.floating], geometry: Geometry) -> PhantomPose:
    """Find the lung insert and the walls of the six spheres in a CT (slices, rows, columns) in HU."""
    guesses = guess_poses_ct(_finite(values), geometry)
    return _choose(values, geometry, guesses, walled_sphere, "CT")


def seen(pose: PhantomPose) -> list[bool]:
    """Return which spheres stand out of the noise and hold the same fill as most."""
    clear = pose.contrast[pose.signal_to_noise >= LEAST_SIGNAL_TO_NOISE]
    share = pose.contrast / np.median(clear) if clear.size else np.zeros_like(pose.contrast)
    return [
        bool(snr >= SEEN and SAME_FILL[0] <= part <= SAME_FILL[1])
        for snr, part in zip(pose.signal_to_noise, share)
    ]


def _finite(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return values if np.isfinite(values).all() else np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)


def _choose(
    values: NDArray[np.floating], geometry: Geometry, guesses: Sequence[Pose], basis: Basis, image: str
) -> PhantomPose:
    inside = [guess for guess in guesses if whole(values, geometry, guess)]
    if not inside:
        why = "a ring of spheres lies partly outside the image" if guesses else "no ring of six spheres stands out"
        raise LowfieldError(NOT_HERE.format(image=image, why=why), hint=HINT)
    looks = [first_look(values, geometry, guess, basis) for guess in inside]
    likeliest, _ = max(looks, key=lambda look: look[1])
    best = fit_pose(values, geometry, likeliest, basis, image)
    _check_evidence(best)
    others = [share for pose, share in looks if apart_mm(pose, likeliest) > 2 * MOST_OFF_RING_MM]
    _check_alone(best, max(others, default=0.0))
    return replace(best, warnings=_doubts(best))


def _check_evidence(best: PhantomPose) -> None:
    """Refuse what is no phantom, too noisy, or filled in a way that the figures do not hold for."""
    cold = [d for d, snr in zip(DIAMETERS_MM, best.signal_to_noise) if snr < -SEEN]
    strong = int((best.signal_to_noise >= LEAST_SIGNAL_TO_NOISE).sum())
    why = ""
    if best.image == "PET" and strong >= 2 and any(d >= 22 for d in cold):
        names = " and ".join(f"{d:g}" for d in cold)
        why = f"the spheres of {names} mm are colder than what surrounds them, and only hot spheres are evaluated"
    elif best.explained < LEAST_EXPLAINED[best.image]:
        why = f"the best ring of spheres explains {best.explained:.0%} of the image around it"
    elif strong < 3:
        why = f"only {strong} of six spheres stand out of the noise (signal to noise of 5 or more)"
    elif best.residual_mm > MOST_OFF_RING_MM:
        why = f"the best six spheres lie {best.residual_mm:.1f} mm (RMS) off the ring of the standard"
    elif sum(seen(best)) < 3:
        why = "the spheres do not hold the same concentration"
    if why:
        raise LowfieldError(NOT_HERE.format(image=best.image, why=why), hint=HINT)


def _check_alone(best: PhantomPose, second: float) -> None:
    if 1 - second < CLEARLY_WORSE * (1 - best.explained):
        why = (
            f"two places fit almost alike (they explain {best.explained:.1%} and {second:.1%} of the image around "
            "them)"
        )
        raise LowfieldError(NOT_HERE.format(image=best.image, why=why), hint=HINT)


def _doubts(best: PhantomPose) -> tuple[str, ...]:
    lost = [f"{d:g}" for d, there in zip(DIAMETERS_MM, seen(best)) if not there]
    if not lost:
        return ()
    return (
        f"On the {best.image} the sphere of {', '.join(lost)} mm does not stand out as the others do; its place "
        "follows from the ring.",
    )
