"""Where the PET/CT views are and how they are painted: crosshair, windows, slices, values. No widgets."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.core.picture import Window
from viewer.core.reslice import Orientation
from viewer.core.volume import Volume
from viewer.measuring import Reading
from viewer.pipeline import Scales, reading_of
from viewer.session.session import Session
from viewer.ui.pet_reading import PetReading, read_pet
from viewer.ui.petct_pictures import Images, Paint, default_ct_window, default_pet_window, slice_axis
from viewer.ui.readout import number, value_at, with_unit
from viewer.ui.roi_edit import center_of
from viewer.ui.windowing import dragged, dragged_from_zero
from viewer.ui.workspace import moved_index

Point = NDArray[np.float64]


class PetCtScene:
    """Reads the session and changes it; ``images`` are the CT and the PET that are open."""

    def __init__(self, session: Session) -> None:
        self.images = Images(None, None)
        self._session = session
        self._local_cursor: Point | None = None
        self._defaults: dict[str, tuple[object, Window]] = {}

    def reload(self, *, reread: bool = False) -> None:
        """Take the images of the session; ``reread`` when activity is to be read in another way."""
        ct, pet, known = self._session.volume("ct"), self._session.volume("pet"), self.images.pet
        if pet is None:
            known = None
        elif reread or known is None or known.source is not pet:
            known = read_pet(pet, self._session.state.measure)
        self.images = Images(ct, known)

    def readings(self) -> Sequence[Reading]:
        """Return the images that ROIs are measured on, the one they are drawn on first."""
        ct, pet = self.images.ct, self.images.pet
        found = [reading_of(pet.source, pet.scales)] if pet is not None else []
        if ct is not None and (pet is None or self.images.fusable):
            found.append(reading_of(ct, Scales()))
        return found

    # -- windows -------------------------------------------------------------------------------------

    def window_of(self, layer: str) -> Window:
        """(centre, width) of ``ct`` in HU, ``pet`` in the unit of `PetReading.shown`: chosen, or the default."""
        source: object = self.images.ct if layer == "ct" else self.images.pet
        chosen = self._session.window(layer)
        if chosen is not None or source is None:
            return chosen or (0.5, 1.0)
        if layer not in self._defaults or self._defaults[layer][0] is not source:
            self._defaults[layer] = (source, _default(source))
        return self._defaults[layer][1]

    def drag_window(self, layer: str, right: float, up: float) -> None:
        """Change the window of ``ct`` or ``pet`` by a drag in pixels."""
        move = dragged if layer == "ct" else dragged_from_zero
        self._session.set_window(layer, move(self.window_of(layer), right, up))

    def paint(self, *, inverted: bool, smooth: bool) -> Paint:
        """Return how to paint now."""
        return Paint(self.window_of("ct"), self.window_of("pet"), self._session.state.fusion, inverted, smooth)

    # -- places --------------------------------------------------------------------------------------

    def is_main(self, layer: str) -> bool:
        """Whether a layer lies in the space of the shared crosshair and the ROIs."""
        return self.images.fusable or self.images.volume(layer) is self.images.main

    def place(self, layer: str) -> Point:
        """Where the crosshair is in the space of a layer; before anybody set it, the first ROI or the middle."""
        volume = self._volume(layer)
        point: Any = self._session.cursor_lps_mm if self.is_main(layer) else self._local_cursor
        if point is None and self.is_main(layer) and self._session.rois:
            point = center_of(self._session.rois[0].shape)
        if point is None or not (self.images.fusable or volume.geometry.contains(point)):
            return volume.geometry.center_lps_mm
        return np.asarray(point, dtype=np.float64)

    def point_at(self, layer: str, point: Point) -> None:
        """Move the crosshair; in a space of its own, a layer keeps one of its own."""
        if self.is_main(layer):
            self._session.set_cursor((float(point[0]), float(point[1]), float(point[2])))
        else:
            self._local_cursor = np.asarray(point)

    def step(self, layer: str, orientation: Orientation, slices: int, *, around: bool) -> None:
        """Move by slices of the image under a view, onto the middle of a slice."""
        geometry = self._volume(layer).geometry
        axis = slice_axis(geometry, orientation)
        index = geometry.to_index(self.place(layer))
        index[axis] = moved_index(round(float(index[axis])), slices, geometry.shape[axis], around=around)
        self.point_at(layer, geometry.to_lps(index))

    def texts_at(self, layer: str, point: Point) -> list[str]:
        """Return what the native voxels at a point of a view hold: HU, kBq/mL, SUV."""
        ct, pet = self.images.ct, self.images.pet
        texts: list[str] = []
        if ct is not None and (layer != "pet" or self.images.fusable):
            hu = value_at(ct, point)
            texts += [with_unit(number(hu), ct.unit)] if hu is not None else []
        if pet is not None and (layer != "ct" or self.images.fusable):
            texts += pet.texts_at(point)
        return texts

    def _volume(self, layer: str) -> Volume:
        volume = self.images.volume(layer)
        assert volume is not None, f"{layer} is not open"
        return volume


def _default(source: object) -> Window:
    if isinstance(source, PetReading):
        return default_pet_window(source)
    assert isinstance(source, Volume)
    return default_ct_window(source)
