"""Registration on a real PET/CT: the same voxels laid elsewhere by a known motion, with noise, are found again."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from viewer.align.judge import registered
from viewer.align.rigid import seen_from
from viewer.core.errors import LowfieldError
from viewer.core.volume import Volume
from viewer.dicom.load import load_series
from viewer.dicom.scan import scan

MOTION = np.eye(4)
MOTION[:3, :3] = Rotation.from_rotvec([0.06, -0.05, 0.08]).as_matrix()
MOTION[:3, 3] = (14.0, -9.0, 11.0)


def image(folder, name, modality):
    index = scan([folder / f"{name}.zip"])
    return load_series(next(each for each in index.series() if each.modality == modality))


def thinned(volume):
    """Every second column and row of the CT: the registration smooths to 4 mm anyway."""
    grid = volume.geometry
    affine = grid.affine @ np.diag([1.0, 2.0, 2.0, 1.0])
    data = volume.data[:, ::2, ::2]
    return Volume(data, type(grid)(data.shape, affine, grid.frame_of_reference_uid), volume.unit, volume.origin)


@pytest.mark.parametrize("modality", ["PT", "CT"])
def test_a_patient_laid_elsewhere_is_found_again(shared_data, modality):
    first = image(shared_data("ibsi_sts"), "STS_041", modality)
    first = thinned(first) if modality == "CT" else first
    noise = np.random.default_rng(1).normal(0, 0.02 * np.percentile(np.abs(first.data), 99), first.data.shape)
    there = seen_from(first.geometry, np.linalg.inv(MOTION), "1.2.3.4")
    second = Volume((first.data + noise).astype(np.float32), there, first.unit, first.origin)
    motion, evidence = registered(first, second)
    low, high = first.geometry.bounds_lps_mm()
    corners = np.array(
        [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    )
    missed = np.linalg.norm(motion.apply(corners) - (corners @ MOTION[:3, :3].T + MOTION[:3, 3]), axis=1)
    assert missed.max() < 2.0
    assert evidence.correlation[1] > 0.95


def test_another_patient_is_not_believed(shared_data):
    first, second = (image(shared_data("ibsi_sts"), name, "PT") for name in ("STS_041", "STS_032"))
    with pytest.raises(LowfieldError, match=r"not believed|share too little|converge"):
        registered(first, second)
