"""What lies under the mouse, in the view and in the status bar: values of native voxels, with units."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.session.session import Session
from viewer.ui.canvas import SliceView
from viewer.ui.petct_layout import ViewName
from viewer.ui.petct_scene import PetCtScene
from viewer.ui.readout import point_text


class HoverReadout:
    """Remembers where the mouse is, so that the text follows when the image under it changes."""

    def __init__(self, session: Session, scene: PetCtScene, views: Mapping[ViewName, SliceView]) -> None:
        self._session, self._scene, self._views = session, scene, views
        self._at: tuple[ViewName, NDArray[np.float64]] | None = None

    def hovered(self, name: ViewName, point: NDArray[np.float64] | None) -> None:
        """The mouse is over a point (LPS mm) of a view, or has left it (None)."""
        self._at = None if point is None else (name, point)
        self.write()

    def write(self) -> None:
        """Write the values under the mouse."""
        name, point = self._at or (None, None)
        texts = self._scene.texts_at(name[0], point) if name is not None and point is not None else []
        for other, view in self._views.items():
            view.set_overlay(replace(view.overlay, readout="   ".join(texts) if other == name else ""))
        pet = self._scene.images.pet
        label = pet.nuclide if pet is not None else ""
        said = [*texts, label, point_text(point)] if point is not None else []
        self._session.readout_changed.emit("   ".join(filter(None, said)))
