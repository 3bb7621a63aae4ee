"""What the phantom was filled with, and how a sphere becomes voxels."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from viewer.core.errors import LowfieldError
from viewer.core.phantom import TrueFill
from viewer.quantify.recovery_tables import conventions
from viewer.ui.facts import Notice, choice_box
from viewer.ui.parts import label
from viewer.ui.theme import SPACE

BQ_PER_KBQ = 1e3
HINT = "Without true concentrations only ratios to the background are given, and no verdicts."


class PhantomForm(QWidget):
    """True concentrations and when they were so, and how a sphere becomes voxels."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.spheres, self.background, self.at = QLineEdit(), QLineEdit(), QLineEdit()
        self.voi = choice_box("Volume of interest")
        self.notice = Notice()
        for known in conventions():
            self.voi.addItem(known.name, known.key)
            self.voi.setItemData(self.voi.count() - 1, known.text, Qt.ItemDataRole.ToolTipRole)
        left = _rows(("True spheres, kBq/mL", self.spheres), ("True background, kBq/mL", self.background))
        right = _rows(("True at", self.at), ("Volume of interest", self.voi))
        self._explain()
        row = QHBoxLayout()
        row.addLayout(left, 1)
        row.addSpacing(SPACE * 2)
        row.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(label(HINT, "small", wrap=True))
        column.addWidget(self.notice)
        for field in (self.spheres, self.background, self.at):
            field.textEdited.connect(lambda _: self.changed.emit())
        self.voi.activated.connect(lambda _: self.changed.emit())

    def fill(self) -> TrueFill:
        """Return what was filled in; LowfieldError for what is no number or no time."""
        at = self.at.text().strip()
        try:
            moment = datetime.fromisoformat(at) if at else None
        except ValueError as error:
            raise LowfieldError(f"{at!r} is no time.", hint="Write it as 2026-05-04 09:30.") from error
        spheres, background = _bq(self.spheres.text()), _bq(self.background.text())
        if (spheres, background) != (None, None) and moment is None:
            raise LowfieldError("True activities hold for one moment.", hint="Say when they were so.")
        return TrueFill(spheres, background, moment)

    def _explain(self) -> None:
        for field, example, words in (
            (self.spheres, "as 42.8", "Activity concentration that all six spheres were filled with"),
            (self.background, "as 4.28", "Activity concentration of the background compartment"),
            (self.at, "as 2026-05-04 09:30", "When both were measured, local time of the scanner"),
        ):
            field.setPlaceholderText(example)
            field.setToolTip(words)
        self.voi.setToolTip("How a sphere becomes voxels; EARL prescribes A50")


def _rows(*rows: tuple[str, QWidget]) -> QFormLayout:
    form = QFormLayout()
    form.setVerticalSpacing(SPACE)
    form.setHorizontalSpacing(SPACE)
    for text, field in rows:
        form.addRow(text, field)
        field.setAccessibleName(text)
    return form


def _bq(text: str) -> float | None:
    text = text.strip().replace(",", ".")
    try:
        return BQ_PER_KBQ * float(text) if text else None
    except ValueError as error:
        raise LowfieldError(f"{text!r} is no number of kBq/mL.", hint="Write it as 20.5.") from error
