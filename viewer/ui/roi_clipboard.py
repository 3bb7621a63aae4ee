"""An ROI taken from one series and laid on another, or on another time point, through the frame of reference."""

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Geometry
from viewer.measuring import in_place
from viewer.roi.copy import copied
from viewer.roi.shapes import Roi
from viewer.session.session import Session
from viewer.ui.roi_laid import Readings, reading_for


class RoiClipboard:
    """Keeps one ROI; what was grown in an image is kept as the voxels it takes there, so that no image is held."""

    def __init__(self, session: Session, readings: Readings) -> None:
        self._session, self._readings = session, readings
        self._kept: tuple[Roi, Geometry] | None = None

    def copy(self) -> None:
        """Keep the selected ROI."""
        roi = self._session.selected_roi
        reading = reading_for(roi, self._readings()) if roi is not None else None
        if roi is None or reading is None:
            return
        try:
            self._kept = (in_place(roi, reading), reading.volume.geometry)
        except LowfieldError as error:
            self._session.message.emit("warning", str(error), "")
            return
        text = f"{roi.name} is kept: open another series or time point of this patient and paste it there."
        self._session.message.emit("info", text, "")

    def paste(self) -> None:
        """Lay the ROI kept on the image that is open now; refused where the places cannot be compared."""
        readings = self._readings()
        if self._kept is None or not readings:
            self._session.message.emit("info", "No ROI has been copied yet.", "")
            return
        (roi, source), target = self._kept, readings[0].volume
        taken = {other.name for other in self._session.rois}
        name = roi.name if roi.name not in taken else self._session.fresh_name(roi.name)
        uid = target.origin.series_uid
        try:
            made = copied(roi, source, target.geometry, name=name, target_series_uid=uid)
        except LowfieldError as error:
            self._session.message.emit("warning", str(error), "")
            return
        self._session.add_roi(made, f"Paste {name}")
