"""The index as a tree of items: patients → studies → series."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QPixmap, QStandardItem, QStandardItemModel

from viewer.core.study import PatientInfo, SeriesInfo, StudyIndex, StudyInfo
from viewer.ui import words

SERIES_MIME = "application/x-lowfield-series"
KIND = Qt.ItemDataRole.UserRole
"""``patient``, ``study`` or ``series``."""
KEY = Qt.ItemDataRole.UserRole + 1
"""StudyInstanceUID of a study, key of a series."""
INFO = Qt.ItemDataRole.UserRole + 2
"""The entry of the index."""
PICTURE = Qt.ItemDataRole.UserRole + 3
OPEN = Qt.ItemDataRole.UserRole + 4
"""Whether a workspace shows this series."""
WORDS = Qt.ItemDataRole.UserRole + 5
"""What the search field looks in."""


class StudyModel(QStandardItemModel):
    """Items of the study browser; series can be dragged."""

    def fill(self, index: StudyIndex | None) -> None:
        """Show another index; pictures that are there already stay."""
        pictures = {key: item.data(PICTURE) for key, item in self._series.items()} if self.rowCount() else {}
        self.clear()
        self._series: dict[str, QStandardItem] = {}
        for patient in index.patients if index else ():
            self.appendRow(self._patient(patient))
        for key, picture in pictures.items():
            self.set_picture(key, picture)

    def set_picture(self, key: str, picture: QPixmap | None) -> None:
        """Give a series its thumbnail."""
        if key in self._series:
            self._series[key].setData(picture, PICTURE)

    def set_open(self, keys: Iterable[str]) -> None:
        """Mark the series that are on the screen."""
        shown = set(keys)
        for key, item in self._series.items():
            if bool(item.data(OPEN)) != (key in shown):
                item.setData(key in shown, OPEN)

    def mimeTypes(self) -> list[str]:  # noqa: D102
        return [SERIES_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: D102
        data = QMimeData()
        keys = [index.data(KEY) for index in indexes if index.data(KIND) == "series"]
        if keys:
            data.setData(SERIES_MIME, keys[0].encode())
        return data

    def _patient(self, patient: PatientInfo) -> QStandardItem:
        text = f"{words.patient_title(patient)} {patient.patient_id}"
        item = _item("patient", patient.patient_id, patient, text, words.patient_details(patient))
        for study in patient.studies:
            item.appendRow(self._study(study, text))
        return item

    def _study(self, study: StudyInfo, above: str) -> QStandardItem:
        text = f"{above} {words.study_title(study)}"
        item = _item("study", study.study_uid, study, text, words.study_title(study))
        for series in study.series:
            row = self._one(series, text)
            self._series[series.key] = row
            item.appendRow(row)
        return item

    def _one(self, info: SeriesInfo, above: str) -> QStandardItem:
        text = f"{above} {info.modality} {words.series_title(info)}"
        item = _item("series", info.key, info, text, f"{info.modality} {words.series_title(info)}")
        tip = (words.series_title(info), words.series_size(info), *info.warnings)
        item.setToolTip("\n".join(tip))
        item.setDragEnabled(info.viewable)
        return item


def _item(kind: str, key: str, info: object, search: str, spoken: str) -> QStandardItem:
    item = QStandardItem(spoken)
    item.setEditable(False)
    item.setDropEnabled(False)
    item.setDragEnabled(False)
    item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
    for role, value in ((KIND, kind), (KEY, key), (INFO, info), (WORDS, search)):
        item.setData(value, role)
    return item


class StudyFilter(QSortFilterProxyModel):
    """Keeps what contains every word typed, with the branches that lead there."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted: list[str] = []
        self.setRecursiveFilteringEnabled(True)

    def search(self, text: str) -> None:
        """Show only what contains all words of ``text``."""
        self._wanted = text.casefold().split()
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:  # noqa: D102
        text = str(self.sourceModel().index(row, 0, parent).data(WORDS)).casefold()
        return all(word in text for word in self._wanted)
