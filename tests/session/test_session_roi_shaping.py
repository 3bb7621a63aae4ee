"""Painting, combining and copying ROIs: one step each, and undo brings back the very voxels."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.core.measurement import EXACT
from viewer.roi.compound import Combined, Grown, OfMaximum
from viewer.roi.paint import Brush
from viewer.roi.painting import Painting
from viewer.roi.rasterize import rasterize
from viewer.roi.shapes import MaskShape, Roi, Sphere
from viewer.session.document import from_document, to_document
from viewer.session.session import Session

GRID = Geometry.from_axes((40, 40, 40), (1.0, 1.0, 1.0), np.eye(3)[::-1], (-20, -20, -20), "1.9")


@pytest.fixture(autouse=True)
def active(session: Session) -> None:
    session.activate("1.2")


def voxels(session: Session, number: int = 0) -> np.ndarray:
    return rasterize(session.rois[number].shape, GRID).within((0, 0, 0), GRID.shape)


def test_a_stroke_is_one_step_and_undo_and_redo_return_identical_masks(session: Session, make: Any) -> None:
    roi = make.roi("A")
    session.add_roi(roi)
    masks = [voxels(session)]
    for number, erase in enumerate((False, False, True)):
        session.begin_gesture("Paint A")
        for x in range(5):
            session.paint_roi(roi.id, [(x, number, 0), (x + 1, number, 3)], Brush(3), GRID, erase=erase)
        session.end_gesture()
        masks.append(voxels(session))
    assert isinstance(session.rois[0].shape, Painting) and session.rois[0].frame_of_reference_uid == "1.9"
    for expected in masks[-2::-1]:
        session.undo()
        assert (voxels(session) == expected).all()
    for expected in masks[1:]:
        session.redo()
        assert (voxels(session) == expected).all()
    assert session.undo_text == "Paint A"


def test_the_steps_of_a_long_painting_share_their_tiles(session: Session, make: Any) -> None:
    roi = make.roi("A", 18.0)
    session.add_roi(roi)
    session.paint_roi(roi.id, [(0, 0, 0)], Brush(2), GRID)
    tiles = {id(tile) for tile in session.rois[0].shape.tiles.values()}
    for x in range(6):
        session.paint_roi(roi.id, [(-19 + x / 10, -19, -19)], Brush(1.5), GRID)
        tiles |= {id(tile) for tile in session.rois[0].shape.tiles.values()}
    assert len(tiles) <= len(session.rois[0].shape.tiles) + 6


def test_nothing_painted_is_no_step(session: Session, make: Any) -> None:
    roi = make.roi("A")
    session.add_roi(roi)
    session.paint_roi(roi.id, [(1, 2, 3)], Brush(2), GRID)
    text = session.undo_text
    session.paint_roi(roi.id, [(1, 2, 3)], Brush(1), GRID)
    session.paint_roi(roi.id, [(900, 2, 3)], Brush(1), GRID, erase=True)
    assert session.undo_text == text == "Paint A"
    with pytest.raises(LowfieldError, match="frame of reference"):
        session.paint_roi(roi.id, [(1, 2, 3)], Brush(1), Geometry(GRID.shape, GRID.affine, "7"))
    with pytest.raises(LowfieldError, match="no longer"):
        session.paint_roi("gone", [(1, 2, 3)], Brush(1), GRID)


def test_what_was_combined_can_be_taken_apart(session: Session) -> None:
    balls = Sphere((0, 0, 0), 6), Sphere((5, 0, 0), 6)
    joined, other = Roi("A", Combined("subtract", balls), weighting=EXACT), Roi("C", balls[1])
    session.add_roi(joined)
    session.add_roi(other)
    session.take_apart(joined.id)
    assert [roi.name for roi in session.rois] == ["A, part 1", "A, part 2", "C"]
    assert session.rois[0].shape == balls[0] and session.rois[1].weighting == EXACT
    session.take_apart(other.id)
    session.undo()
    assert [roi.name for roi in session.rois] == ["A", "C"]


def test_a_copy_for_another_time_point(session: Session) -> None:
    values = np.ones(GRID.shape)
    values[20, 20, 20:23] = 9
    roi = Roi("hot", Grown(Sphere((0, 0, 0), 8), OfMaximum(0.5)))
    session.add_roi(roi)
    copy = session.copy_roi(roi.id, GRID, GRID, values=values, target_series_uid="1.5")
    there = session.roi(copy)
    assert there.name == "hot copy 1" and there.series_uid == "1.5" and isinstance(there.shape, MaskShape)
    assert session.selected_roi is there and voxels(session, 1).sum() == 3
    with pytest.raises(LowfieldError, match="frame of reference"):
        session.copy_roi(roi.id, GRID, Geometry(GRID.shape, GRID.affine, "7"), values=values)


def test_the_journal_brings_all_of_them_back(session: Session) -> None:
    a, b = Roi("A", Sphere((0, 0, 0), 6)), Roi("B", Sphere((4, 0, 0), 6))
    session.add_roi(a)
    session.add_roi(b)
    session.paint_roi(a.id, [(9, 9, 9)], Brush(2), GRID, series_uid="1.5")
    session.replace_roi(replace(b, shape=Combined("union", (session.rois[0].shape, b.shape))))
    state, complaints = from_document("1.2", to_document(session.state))
    assert complaints == ()
    for number, roi in enumerate(state.rois):
        found = rasterize(roi.shape, GRID).within((0, 0, 0), GRID.shape)
        assert (found == voxels(session, number)).all()
    assert state.rois[0].series_uid == "1.5"
