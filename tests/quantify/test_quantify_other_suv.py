"""SUV by lean mass, ideal weight and surface beside SUVbw (PS3.16 CID 85)."""

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.volume import Volume
from viewer.quantify.measure import measure_region
from viewer.quantify.other_suv import with_other_suv
from viewer.quantify.suv import SUV_UNITS, stored_suv, suv_bw_scale

GRID = Geometry.from_axes((12, 12, 12), (2.0, 2.0, 2.0), np.eye(3)[::-1], (0, 0, 0), "1.2")
MASK = np.ones((3, 3, 3), bool)


def measured(acquisition, suv=None):
    data = np.random.default_rng(5).gamma(2, 500, GRID.shape).astype(np.float32)
    return measure_region("a", Volume(data, GRID, acquisition.units), (4, 4, 4), MASK, suv=suv)


def test_each_kind_is_suv_bw_times_its_size_over_weight(make):
    man = make(frames=(), patient_weight_kg=80.0, patient_height_m=1.8, patient_sex="M")
    scale = suv_bw_scale(man)
    found = with_other_suv(measured(man, scale), scale)
    sizes = {
        "SUVlbm": 1.10 * 80 - 120 * (80 / 180) ** 2,
        "SUVlbm(James128)": 1.10 * 80 - 128 * (80 / 180) ** 2,
        "SUVlbm(Janma)": 9270 * 80 / (6680 + 216 * 80 / 1.8**2),
        "SUVibw": 48.0 + 1.06 * 28,
        "SUVbsa": 10 * 0.007184 * 80**0.425 * 180**0.725,  # m² to the unit that makes cm²/mL of Bq/mL and Bq
    }
    assert set(found.other_suv) == set(sizes) == set(SUV_UNITS)
    for name, size in sizes.items():
        for statistic in ("mean", "maximum", "minimum", "median", "sd", "peak"):
            expected = getattr(found.suv_bw, statistic) * size / 80
            assert getattr(found.other_suv[name], statistic) == pytest.approx(expected, rel=1e-12), name
    assert scale.missing == scale.provenance["other_suv_missing"] == {}


def test_without_height_or_sex_it_says_why(make):
    scale = suv_bw_scale(make(frames=()))
    assert scale.others == {}
    assert all("no height" in reason for reason in scale.missing.values())
    sexless = suv_bw_scale(make(frames=(), patient_height_m=1.8, patient_sex="O"))
    assert list(sexless.others) == ["SUVbsa"]
    assert "neither M nor F" in sexless.missing["SUVibw"]


@pytest.mark.parametrize(
    ("units", "suv_type", "name"),
    [("GML", "LBM", "SUVlbm"), ("GML", "LBMJANMA", "SUVlbm(Janma)"), ("CM2ML", "", "SUVbsa"), ("GML", "BW", ""),
     ("BQML", "", ""), ("CM2ML", "LBM", ""), ("GML", "?", "")],
)  # fmt: skip
def test_what_the_numbers_are_themselves_is_shown_where_suv_bw_cannot_be_had(make, units, suv_type, name):
    acquisition = make(frames=(), units=units, suv_type=suv_type)
    assert stored_suv(acquisition) == name
    found = measured(acquisition)
    again = with_other_suv(found, None, name)
    assert again.other_suv == ({name: found.values} if name else {})


def test_a_stored_suv_without_attenuation_correction_is_refused(make):
    with pytest.raises(LowfieldError, match="Not attenuation corrected"):
        stored_suv(make(units="GML", suv_type="LBM", corrected_image=("DECY",)))


def test_an_empty_region_stays_without_any_suv(make):
    man = make(frames=(), patient_weight_kg=80.0, patient_height_m=1.8, patient_sex="M")
    scale = suv_bw_scale(man)
    volume = Volume(np.ones(GRID.shape, np.float32), GRID, man.units)
    empty = measure_region("a", volume, (4, 4, 4), np.zeros_like(MASK), suv=scale)
    assert empty.suv_bw is None and with_other_suv(empty, scale) is empty
