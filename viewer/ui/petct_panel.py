"""Right of the PET/CT images: windows, fusion, how activity is read, and where a number comes from."""

from viewer.core.measurement import Measurement
from viewer.session.session import Session
from viewer.ui.actions import Actions
from viewer.ui.activity_form import ActivityForm
from viewer.ui.facts import Notice, SidePanel
from viewer.ui.fusion_form import FusionForm
from viewer.ui.messages import show_text
from viewer.ui.parts import button, label
from viewer.ui.petct_pictures import Images
from viewer.ui.provenance import ProvenanceTree

WHY = "Why this value?"
NO_ROI = "Select an ROI to see the tags, factors and times behind its numbers."


class PetCtPanel(SidePanel):
    """Forms that change the session, and the provenance of the selected ROI."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__("Fusion and activity")
        self._session = session
        self.not_fused = Notice()
        self.fusion = FusionForm(session, actions)
        self.activity = ActivityForm(session)
        self.reasons = Notice()
        self.provenance = ProvenanceTree()
        self.provenance_hint = label(NO_ROI, "muted", wrap=True)
        self.warnings = Notice()
        self.add("Windows and fusion", self.not_fused, self.fusion)
        self._activity_box = self.add("Activity", self.activity, self.reasons)
        self.open = button("Open in a window", self._open, flat=True)
        self.add(WHY, self.provenance_hint, self.warnings, self.provenance, self.open, stretch=1)
        for signal in (session.selection_changed, session.measurements_changed, session.rois_changed):
            signal.connect(self._on_selection)
        self.show_images(Images(None, None), "")

    def show_images(self, images: Images, not_fused: str) -> None:
        """Offer what the open images need; ``not_fused`` says why they are not laid over each other."""
        self.not_fused.say(not_fused)
        self.fusion.show_images(images)
        self._activity_box.setVisible(images.pet is not None)
        self.reasons.say("\n".join(images.pet.scales.reasons) if images.pet is not None else "")
        if images.pet is not None:
            self.activity.show_reading(images.pet)
        self._on_selection()

    def _on_selection(self) -> None:
        roi = self._session.selected_roi
        measured = self._session.measurement(roi.id) if roi is not None else None
        self._show(measured)

    def _open(self) -> None:
        roi = self._session.selected_roi
        show_text(self.window(), f"{WHY} {roi.name if roi is not None else ''}", self.provenance.text)

    def _show(self, measured: Measurement | None) -> None:
        self.provenance_hint.setVisible(measured is None)
        self.provenance.setVisible(measured is not None)
        self.open.setVisible(measured is not None)
        already_said = self.reasons.text().split("\n")
        warnings = measured.warnings if measured is not None else ()
        self.warnings.say("\n".join(text for text in warnings if text not in already_said))
        if measured is not None:
            self.provenance.show_document(measured.provenance)
