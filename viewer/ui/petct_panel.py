"""Right of the PET/CT images: windows, fusion, how activity is read, what is corrected, and why a number is so."""

from PySide6.QtWidgets import QHBoxLayout

from viewer.session.session import Session
from viewer.ui.actions import Actions
from viewer.ui.activity_form import ActivityForm
from viewer.ui.corrections_form import CorrectionsForm
from viewer.ui.facts import Notice, SidePanel
from viewer.ui.fusion_form import FusionForm
from viewer.ui.messages import show_text
from viewer.ui.parts import button, label
from viewer.ui.petct_pictures import Images
from viewer.ui.provenance import ProvenanceText
from viewer.ui.roi_rows import Column
from viewer.ui.why import explain

WHY = "Why this value?"
NO_ROI = "Select an ROI, or a number in its row, to see the tags, factors and times behind it."
SAID_ABOVE = "Corrected by user: "
OPEN, CLOSE = "Correct patient or dose…", "Hide corrections"


class PetCtPanel(SidePanel):
    """Forms that change the session, and what explains the number selected in the table."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__("Fusion and activity")
        self._session = session
        self._columns: tuple[Column, ...] = ()
        self._asked: Column | None = None
        self._marks = ""
        self.not_fused = Notice()
        self.fusion = FusionForm(session, actions)
        self.activity = ActivityForm(session)
        self.corrections = CorrectionsForm(session)
        self.fold = button(OPEN, self._fold, flat=True)
        self.reasons = Notice()
        self.provenance = ProvenanceText()
        self.provenance_hint = label(NO_ROI, "muted", wrap=True)
        self.warnings = Notice()
        self.add("Windows and fusion", self.not_fused, self.fusion)
        self._activity_box = self.add("Activity", self.activity, self.reasons, self.fold, self.corrections)
        self.copy = button("Copy as text", self._copy, flat=True)
        self.enlarge = button("Open in a window", self._enlarge, flat=True)
        below = QHBoxLayout()
        below.addWidget(self.copy)
        below.addWidget(self.enlarge)
        below.addStretch(1)
        self.add(WHY, self.provenance_hint, self.warnings, self.provenance, below, stretch=20)
        for signal in (session.selection_changed, session.measurements_changed, session.rois_changed):
            signal.connect(self._on_selection)
        session.history_changed.connect(self._on_selection)
        self.corrections.hide()
        self.show_images(Images(None, None), "")

    def show_images(self, images: Images, not_fused: str) -> None:
        """Offer what the open images need; ``not_fused`` says why they are not laid over each other."""
        self.not_fused.say(not_fused)
        self.fusion.show_images(images)
        self._activity_box.setVisible(images.pet is not None)
        self.reasons.say("\n".join(images.pet.scales.reasons) if images.pet is not None else "")
        self._marks = images.pet.marks if images.pet is not None else ""
        if images.pet is not None:
            self.activity.show_reading(images.pet)
            self.corrections.show_reading(images.pet)
            if images.pet.corrected and self.corrections.isHidden():
                self._fold()
        self._on_selection()

    def show_columns(self, columns: tuple[Column, ...]) -> None:
        """Know the numbers of the table; the first is explained until another is asked for."""
        self._columns = columns
        if self._asked is not None:
            self._asked = next((one for one in columns if one.title == self._asked.title), None)
        self._on_selection()

    def ask(self, column: Column | None) -> None:
        """Explain the number of another column of the selected ROI."""
        self._asked = column
        self._on_selection()

    def _fold(self) -> None:
        self.corrections.setVisible(self.corrections.isHidden())
        self.fold.setText(OPEN if self.corrections.isHidden() else CLOSE)

    def _copy(self) -> None:
        self.provenance.copy_all()
        self._session.message.emit("info", "The explanation is on the clipboard.", "")

    def _enlarge(self) -> None:
        show_text(self.window(), f"{WHY} {self.provenance.headline}", self.provenance.text)

    def _on_selection(self) -> None:
        if self._session.in_gesture:
            return  # numbers follow a drag, explanations its end
        roi = self._session.selected_roi
        row = self._session.measured(roi.id) if roi is not None else ()
        column = self._asked or next(iter(self._columns), None)
        shown = roi is not None and bool(row) and column is not None
        self.provenance_hint.setVisible(not shown)
        self.provenance.setVisible(shown)
        self.copy.setVisible(shown)
        self.enlarge.setVisible(shown)
        already_said = self.reasons.text().split("\n")
        warnings = [text for text in (row[0].warnings if row else ()) if not text.startswith(SAID_ABOVE)]
        self.warnings.say("\n".join(text for text in warnings if text not in already_said))
        if roi is not None and row and column is not None:
            self.provenance.show_sections(explain(roi, row, column, self._marks))
