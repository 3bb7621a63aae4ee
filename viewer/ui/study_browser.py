"""The left panel: everything that is open, to be searched and opened with mouse or keys."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QFrame, QLineEdit, QMenu, QTreeView, QVBoxLayout

from viewer.core.picture import auto_window, grey
from viewer.core.study import SeriesInfo
from viewer.session.choice import fitting_role
from viewer.session.session import Session
from viewer.session.state import ROLES
from viewer.session.workflow import Workflow
from viewer.ui.actions import Actions
from viewer.ui.icons import pixmap
from viewer.ui.parts import button, label
from viewer.ui.study_delegate import THUMBNAIL, StudyDelegate
from viewer.ui.study_model import KEY, KIND, StudyFilter, StudyModel
from viewer.ui.theme import SPACE, Theme
from viewer.ui.words import plural

AIR_HU = -1000.0
ROLE_WORDS = {"mri": "Open as MRI", "ct": "Open as CT", "pet": "Open as PET"}


class StudyBrowser(QFrame):
    """A tree of patients, studies and series. Double click, Enter or a drag opens."""

    def __init__(self, session: Session, workflow: Workflow, theme: Theme, actions: Actions) -> None:
        super().__init__()
        self.setProperty("panel", "side")
        self._session, self._workflow, self._theme = session, workflow, theme
        self.model = StudyModel()
        self.filter = StudyFilter()
        self.filter.setSourceModel(self.model)
        self.search = QLineEdit()
        self._delegate = StudyDelegate(theme)
        self.tree = self._tree()
        self._problems = button("", actions["help.problems"].trigger, flat=True)
        self._lay_out()
        self.search.textChanged.connect(self._on_search)
        session.index_changed.connect(self._on_index)
        session.series_assigned.connect(lambda role: self._mark_open())
        session.study_changed.connect(lambda uid: self._mark_open())
        workflow.thumbnail_arrived.connect(self._on_thumbnail)
        theme.changed.connect(self._tint)
        actions["view.patient"].toggled.connect(self._show_names)
        self._tint()
        self._on_index()

    def open_index(self, index: QModelIndex) -> None:
        """Open the series or study of a row."""
        if index.data(KIND) == "series":
            self._workflow.open_series(index.data(KEY))
        elif index.data(KIND) == "study":
            self._workflow.show_study(index.data(KEY))
        else:
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    def _tree(self) -> QTreeView:
        tree = QTreeView()
        tree.setModel(self.filter)
        tree.setItemDelegate(self._delegate)
        tree.setHeaderHidden(True)
        tree.setIndentation(SPACE)
        tree.setRootIsDecorated(False)
        tree.setExpandsOnDoubleClick(False)
        tree.setUniformRowHeights(False)
        tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        tree.setDragEnabled(True)
        tree.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._menu)
        tree.activated.connect(self.open_index)
        tree.setAccessibleName("Studies")
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.setProperty("plain", True)
        return tree

    def _lay_out(self) -> None:
        self.search.setPlaceholderText("Search patients, studies, series")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 0, 0)
        layout.setSpacing(SPACE)
        top = QVBoxLayout()
        top.setContentsMargins(SPACE, 0, SPACE, 0)
        top.setSpacing(SPACE)
        top.addWidget(label("Studies", "heading"))
        top.addWidget(self.search)
        layout.addLayout(top)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self._problems)

    def _show_names(self, shown: bool) -> None:
        self._delegate.show_names = shown
        self.tree.viewport().update()

    def _tint(self) -> None:
        for action in self.search.actions():
            if action.data() == "sign":
                self.search.removeAction(action)
        sign = QIcon(pixmap("search", self._theme.tokens.muted, 16))
        self.search.addAction(sign, QLineEdit.ActionPosition.LeadingPosition).setData("sign")
        self.tree.viewport().update()

    def _on_index(self) -> None:
        index = self._session.index
        self.model.fill(index)
        self.tree.expandAll()
        self._mark_open()
        count = len(index.problems) if index else 0
        self._problems.setText(f"{plural(count, 'object')} could not be shown…")
        self._problems.setVisible(count > 0)

    def _on_search(self, text: str) -> None:
        self.filter.search(text)
        self.tree.expandAll()

    def _mark_open(self) -> None:
        shown = [self._session.key(role) for role in ROLES if self._session.key(role)]
        self.model.set_open(shown)
        self.tree.viewport().update()

    def _on_thumbnail(self, key: str, values: NDArray[np.floating]) -> None:
        info = self._session.info(key)
        if info is not None:
            self.model.set_picture(key, thumbnail(info, values))

    def _menu(self, place: QPoint) -> None:
        index = self.tree.indexAt(place)
        if index.data(KIND) != "series":
            return
        self.tree.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        menu, key = QMenu(self), index.data(KEY)
        menu.addAction("Open", lambda: self._workflow.open_series(key))
        menu.addSeparator()
        for role, text in ROLE_WORDS.items():
            menu.addAction(text, partial(self._workflow.open_series, key, role))
        menu.exec(self.tree.viewport().mapToGlobal(place))


def thumbnail(info: SeriesInfo, values: NDArray[np.floating]) -> QPixmap:
    """Paint a slice (rows, columns) as a small picture of true proportions; PET dark on white."""
    magnitude = np.abs(values) if np.iscomplexobj(values) else values
    role = fitting_role(info)
    shown = np.maximum(magnitude, AIR_HU) if role == "ct" else magnitude  # padding lies far below air
    rgb = grey(shown, auto_window(shown), invert=role == "pet")
    rows, columns = rgb.shape[:2]
    data = rgb.tobytes()  # QImage does not own it
    image = QImage(data, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
    _, high, wide = info.spacing_mm if all(info.spacing_mm) else (1.0, 1.0, 1.0)
    scale = 2 * THUMBNAIL / max(rows * high, columns * wide)
    return QPixmap.fromImage(
        image.scaled(
            max(1, round(columns * wide * scale)),
            max(1, round(rows * high * scale)),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    )
