"""What a tool is to a view: somebody who may take a left drag and draw over the image."""

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from viewer.ui.canvas import SliceView


class Tool(Protocol):
    """What a left drag may do instead of windowing. Points are screen millimetres of the view's plane."""

    def press(self, view: "SliceView", x_mm: float, y_mm: float) -> bool:
        """Take the drag that starts here, or leave it (false)."""

    def drag(self, view: "SliceView", x_mm: float, y_mm: float) -> None:
        """The mouse moved during a drag that was taken."""

    def release(self, view: "SliceView") -> None:
        """The drag ended."""

    def hover(self, view: "SliceView", x_mm: float, y_mm: float) -> Qt.CursorShape:
        """The mouse moved without a button: the cursor to show."""

    def double_click(self, view: "SliceView") -> bool:
        """Whether the double click was the tool's."""

    def paint(self, view: "SliceView", painter: QPainter) -> None:
        """Draw over the image, in widget pixels."""
