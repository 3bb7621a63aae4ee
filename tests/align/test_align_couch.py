"""A patient turned on a couch that stays where it is: found, and a wrong turn that looks right is refused."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from viewer.align.body import grown, patient, surface
from viewer.align.halves import disagreement_mm, restart_mm
from viewer.align.judge import dice, doubts, judge, registered
from viewer.align.picture import Scene
from viewer.align.register import correlation
from viewer.align.rigid import Rigid
from viewer.core.dose import Alignment
from viewer.core.errors import LowfieldError
from viewer.simulate import ct as ct_module
from viewer.simulate.iec import BODY_WALL_MM, IecPhantom
from viewer.simulate.phantom_frame import phantom_geometry

FIRST = IecPhantom()
GRID = phantom_geometry(FIRST, (6.0, 4.0, 4.0), (300.0, 440.0, 440.0))
SURFACE = np.array(
    [[147.0, 35, 27], [-147, 35, 27], [0, -112, 27], [70, 112, 27], [-70, 112, 27], [0, 35, 124], [0, 35, -70]]
)


def ct(pose, seed):
    """Return the CT of a pose on the couch of the first one: only the patient has moved."""
    with pytest.MonkeyPatch.context() as patch:
        couch = ct_module._couch
        patch.setattr(ct_module, "_couch", lambda phantom, grid: couch(FIRST, grid))
        return ct_module.simulate_ct(pose, np.random.default_rng(seed), geometry=GRID)


def posed(turn_deg, shift_mm):
    return IecPhantom(tuple(shift_mm), Rotation.from_rotvec(np.deg2rad(turn_deg)).as_matrix())


def truth(pose):
    turn = Rotation.from_matrix(pose.rotation).as_rotvec()
    return Rigid(np.concatenate([turn, pose.center_lps_mm]), np.zeros(3))


@pytest.fixture(scope="module")
def first():
    return ct(FIRST, 1)


@pytest.mark.parametrize(
    ("turn_deg", "shift_mm"),
    [
        ((0, 0, 1), (0, 0, 0)),
        ((0, 0, 4), (0, 0, 0)),
        ((0, 0, -8), (5, 0, 3)),
        ((1, 0, 0), (9, -6, 12)),
        ((-4, 0, 0), (0, 0, 0)),
        ((0, 4, 0), (-8, -2, 5)),
        ((0, -8, 0), (0, 0, 0)),
        ((3, -3, 4), (6, 0, 5)),
    ],
)
def test_a_turn_on_a_couch_that_stays_is_found(first, turn_deg, shift_mm):
    pose = posed(turn_deg, shift_mm)
    motion, evidence = registered(first, ct(pose, 2))
    missed = np.linalg.norm(motion.apply(SURFACE) - truth(pose).apply(SURFACE), axis=1)
    assert np.sqrt((missed**2).mean()) < 0.5 and missed.max() < 0.75
    assert evidence.restart_mm < 1.0


def test_four_degrees_off_looks_right_to_correlation_and_is_refused(first):
    """What was believed once: correlation and Dice near 1, sphere centres missed by millimetres."""
    pose = posed((0, 0, 4), (0, 0, 0))
    fixed, moving = (Scene.of(each).blurred(6.0) for each in (first, ct(pose, 2)))
    wrong = Rigid(np.zeros(6), np.zeros(3))
    found = correlation(fixed, moving, wrong)[0], dice(fixed, moving, wrong)
    assert min(found) > 0.97
    evidence = Alignment(
        "1.2", "visit 2", "rigid", wrong.matrix, correlation=(found[0],) * 2, dice=(found[1],) * 2, overlap=0.9,
        inverse_error_mm=0.3, restart_mm=restart_mm(fixed, moving, wrong),
        disagreement_mm=disagreement_mm(fixed, moving, wrong),
    )  # fmt: skip
    assert 8.0 < evidence.restart_mm < 13.0, "4° at 150 mm are 10 mm"
    assert evidence.disagreement_mm > 8.0
    with pytest.raises(LowfieldError, match=r"from a start 3° beside it the body ends \d+\.\d mm elsewhere"):
        judge(evidence, 0.0)


def test_the_couch_is_no_part_of_the_patient(first):
    scene = Scene.of(first)
    litres = scene.body.sum() * np.prod(scene.spacing_mm) / 1e6
    points = GRID.to_lps(np.moveaxis(np.indices(GRID.shape), 0, -1).reshape(-1, 3))
    phantom = (FIRST.body_distance(points) < BODY_WALL_MM).sum() * GRID.voxel_volume_ml / 1e3
    assert litres == pytest.approx(phantom, rel=0.02), "the couch in the field would add more"
    assert scene.touched.any() and not (scene.touched & scene.body)[:, : scene.body.shape[1] // 3].any()


def test_sheets_go_and_lungs_stay():
    solid = np.zeros((10, 40, 40), bool)
    solid[:, 5:25, 10:30] = True
    solid[:, 12:18, 15:20] = False
    solid[:, 32:34] = True
    body = patient(solid, np.array([4.0, 4.0, 4.0]))
    assert body[:, 14, 17].all() and not body[:, 32:].any()
    assert not patient(np.zeros((3, 5, 5), bool), np.ones(3)).any()
    assert grown(np.ones((2, 2, 2), bool), np.ones(3), 1.0).all()
    assert surface(np.ones((3, 3, 3), bool)).sum() == 26


@pytest.mark.parametrize(("halves", "says"), [(None, 0), (1.0, 0), (4.2, 1)])
def test_halves_that_differ_are_a_warning(halves, says):
    evidence = Alignment("1.2", "visit 2", "rigid", np.eye(4), disagreement_mm=halves)
    found = doubts(evidence)
    assert len(found) == says and all("visit 2" in text and "4.2 mm" in text for text in found)


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"restart_mm": 2.5}, "the body ends 2.5 mm"), ({"disagreement_mm": 7.0}, "half of the body ends 7.0 mm")],
)
def test_millimetres_refuse(changes, why):
    evidence = Alignment("1.2", "visit 2", "rigid", np.eye(4), correlation=(0.99, 0.99), dice=(0.99, 0.99),
                         overlap=0.9, **changes)  # fmt: skip
    with pytest.raises(LowfieldError, match=why):
        judge(evidence, 1.0)
