"""ROIs carried to another series or time point."""

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.roi.compound import Grown, OfMaximum
from viewer.roi.copy import copied
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import MaskShape, Roi, Sphere


def grid(frame="1.2", spacing=2.0) -> Geometry:
    return Geometry.from_axes((12, 12, 12), (spacing,) * 3, np.eye(3)[::-1], (0, 0, 0), frame)


def test_a_copy_keeps_its_place_and_gets_an_id_of_its_own():
    roi = Roi("lesion", Sphere((9, 9, 9), 5), color="#ff0000", series_uid="1.1", frame_of_reference_uid="1.2")
    copy = copied(roi, grid(), grid(spacing=1.5), name="lesion, day 2", target_series_uid="1.9")
    assert (copy.shape, copy.name, copy.series_uid, copy.color) == (roi.shape, "lesion, day 2", "1.9", "#ff0000")
    assert copy.id != roi.id and copy.frame_of_reference_uid == "1.2"
    assert copied(roi, grid(), grid()).name == "lesion"


def test_what_grew_stays_where_it_grew_unless_it_is_to_grow_anew():
    values = np.ones((12, 12, 12))
    values[4:6, 5, 5] = 9
    roi = Roi("hot", Grown(Sphere((10, 10, 10), 6), OfMaximum(0.5)), series_uid="1.1")
    there = copied(roi, grid(), grid(spacing=2.0), values=values)
    assert isinstance(there.shape, MaskShape) and rasterize(there.shape, grid()).voxels == 2
    assert copied(roi, grid(), grid(), grow_anew=True).shape is roi.shape
    with pytest.raises(LowfieldError, match="needs the values"):
        copied(roi, grid(), grid())


@pytest.mark.parametrize(
    ("own", "source", "target"), [("", "1.2", "9.9"), ("1.2", "", "9.9"), ("9.9", "1.2", "1.2")]
)
def test_another_frame_of_reference_is_refused(own, source, target):
    roi = Roi("lesion", Sphere((9, 9, 9), 5), frame_of_reference_uid=own)
    with pytest.raises(LowfieldError, match="another frame of reference"):
        copied(roi, grid(source), grid(target))


def test_an_unknown_frame_is_refused_but_for_the_same_grid():
    roi = Roi("lesion", Sphere((9, 9, 9), 5))
    with pytest.raises(LowfieldError, match="does not state"):
        copied(roi, grid(""), grid("1.2"))
    assert copied(roi, grid(""), grid("")).shape == roi.shape


def test_a_rule_of_counting_is_checked():
    with pytest.raises(LowfieldError, match="counted by"):
        Roi("a", Sphere((0, 0, 0), 1), weighting="half")
