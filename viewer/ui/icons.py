"""Line icons on a 20 × 20 grid, drawn for Lowfield, tinted by the theme."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from viewer.ui.theme import Tokens

SHAPES = {
    "folder": '<path d="M2.5 6V4.8h5l1.6 1.9h8.4V16h-15z"/>',
    "file": '<path d="M5 2.5h6.5L15 6v11.5H5z"/><path d="M11.2 2.8v3.5h3.5"/>',
    "spark": (
        '<path d="M8 3.5l1.4 4.1L13.5 9l-4.1 1.4L8 14.5l-1.4-4.1L2.5 9l4.1-1.4z"/>'
        '<path d="M14.8 12.5v4M12.8 14.5h4"/>'
    ),
    "report": '<path d="M4.5 2.5h11v15h-11z"/><path d="M7.3 13.8v-2.6M10 13.8V7M12.7 13.8V9.4"/>',
    "export": '<path d="M10 12.5v-9M6.8 6.3L10 3.2l3.2 3.1"/><path d="M4 10.5v6h12v-6"/>',
    "undo": '<path d="M7.2 4L3.5 7.6l3.7 3.6"/><path d="M3.8 7.6h8a4.3 4.3 0 010 8.6H8.5"/>',
    "redo": '<path d="M12.8 4l3.7 3.6-3.7 3.6"/><path d="M16.2 7.6h-8a4.3 4.3 0 000 8.6h3.3"/>',
    "browser": '<path d="M2.5 3.5h15v13h-15z"/><path d="M7.5 3.5v13M4.2 7h1.6M4.2 10h1.6"/>',
    "side": '<path d="M2.5 3.5h15v13h-15z"/><path d="M12.5 3.5v13M14.2 7h1.6M14.2 10h1.6"/>',
    "person": '<circle cx="10" cy="6.6" r="3.1"/><path d="M3.8 16.8c.6-3.4 3.1-5 6.2-5s5.6 1.6 6.2 5"/>',
    "play": '<path d="M6 3.8v12.4L16 10z"/>',
    "rows": '<path d="M2.5 3.5h15v13h-15z"/><path d="M7.5 3.5v13M12.5 3.5v13M2.5 7.8h15M2.5 12.2h15"/>',
    "turn": (
        '<path d="M16.5 7.5a7 3.2 0 10-2 4.8"/><path d="M16.8 12.8l-2.3-.5-.6 2.3"/>'
        '<path d="M10 2.5v15" stroke-dasharray="2 2"/>'
    ),
    "fit": '<path d="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4"/><circle cx="10" cy="10" r="2.2"/>',
    "invert": '<circle cx="10" cy="10" r="7"/><path d="M10 3a7 7 0 010 14z" fill="currentColor"/>',
    "flip": '<path d="M10 2.5v15" stroke-dasharray="2 2"/><path d="M7.5 5.5v9l-5-1.5zM12.5 5.5v9l5-1.5z"/>',
    "arrow": '<path d="M5 3l9.8 6.6-4.4 1 2.6 5-2 1-2.5-5-3.2 3z"/>',
    "sphere": (
        '<circle cx="10" cy="10" r="7"/><path d="M3 10c0 3.2 14 3.2 14 0"/>'
        '<circle cx="10" cy="10" r=".8" fill="currentColor"/>'
    ),
    "ellipse": '<ellipse cx="10" cy="10" rx="7.5" ry="5"/>',
    "polygon": '<path d="M4 7.5L10.5 3 17 8l-3 8.5H6z"/>',
    "box": '<path d="M3.5 6.500h10v10h-10z"/><path d="M3.5 6.500l3-3h10v10l-3 3M13.5 6.500l3-3"/>',
    "freehand": (
        '<path d="M13.5 14.500c-2.500 2.300-8.500 2.800-10.200-.8-1.500-3.200 1.300-5.200 1.200-7.200'
        'C4.400 3.800 9 2.300 11 4.200c1.600 1.500.8 3.300 3 4.300 2.800 1.200 3.200 2.800 2.300 4.300"/>'
        '<circle cx="13.500" cy="14.500" r="1" fill="currentColor"/>'
    ),
    "brush": (
        '<path d="M16.8 3.2c-3.2 1.700-6.300 4.500-8 7.300l1.700 1.700c2.700-1.800 5.200-5 6.300-9z"/>'
        '<path d="M8 11.200c-1.900-.2-3.200.9-3.400 2.700-.1 1.100-.7 1.900-1.900 2.300'
        ' 2.700 1.200 6.300.7 6.900-2.800"/>'
    ),
    "eraser": (
        '<path d="M11.8 3.300l5 5-7.600 7.600H6.400l-3.200-3.200z"/><path d="M7.6 7.500l5 5M6.400 15.900h10.400"/>'
    ),
    "isocontour": (
        '<circle cx="10" cy="10" r="7.2" stroke-dasharray="2.200 2.300"/>'
        '<path d="M6.800 11.200c-.3-2.300 1.400-4.300 3.700-4.300 2.400 0 3.700 1.600 3.400 3.700'
        '-.3 2-1.900 2.900-3.800 2.900-1.800 0-3.100-.7-3.300-2.300z"/>'
    ),
    "union": ('<path d="M12.700 7.300a5 5 0 10-5.400 5.400 5 5 0 105.400-5.400z"/>'),
    "subtract": (
        '<circle cx="7.800" cy="7.800" r="5"/>'
        '<path d="M12.700 9a4.700 4.700 0 11-4 4" stroke-dasharray="2 1.800"/>'
    ),
    "intersect": (
        '<circle cx="7.800" cy="10" r="5"/><circle cx="12.200" cy="10" r="5"/>'
        '<path d="M10 5.600a5 5 0 010 8.800 5 5 0 010-8.800z" fill="currentColor"/>'
    ),
    "bin": '<path d="M3.5 5.5h13M8 5.2V3.2h4v2M5.2 5.8l.8 11h8l.8-11"/>',
    "link": (
        '<path d="M8.5 11.5a3 3 0 010-4.2l2.6-2.6a3 3 0 014.2 4.2L14 10.2"/>'
        '<path d="M11.5 8.5a3 3 0 010 4.200l-2.6 2.600a3 3 0 01-4.2-4.200L6 9.8"/>'
    ),
    "help": (
        '<circle cx="10" cy="10" r="7.3"/><path d="M7.8 8a2.2 2.2 0 114 1.300c-.7.9-1.7 1.2-1.7 2.4"/>'
        '<circle cx="10" cy="14" r=".5" fill="currentColor"/>'
    ),
    "search": '<circle cx="8.8" cy="8.8" r="5.3"/><path d="M12.8 12.800l4.4 4.4"/>',
    "close": '<path d="M5 5l10 10M15 5L5 15"/>',
    "copy": '<path d="M7 6.500h9.500v11H7z"/><path d="M13 6V2.500H3.500v11H6.5"/>',
    "info": (
        '<circle cx="10" cy="10" r="7.3"/><path d="M10 9v5"/><circle cx="10" cy="6.3" r=".5" fill="currentColor"/>'
    ),
    "warning": (
        '<path d="M10 2.800L18 16.800H2z"/><path d="M10 8v4"/>'
        '<circle cx="10" cy="14.3" r=".5" fill="currentColor"/>'
    ),
    "error": (
        '<path d="M6.8 2.500h6.400l4.3 4.300v6.400l-4.3 4.300H6.800l-4.3-4.300V6.800z"/>'
        '<path d="M10 6.500v4.5"/><circle cx="10" cy="13.7" r=".5" fill="currentColor"/>'
    ),
    "drop": '<path d="M10 3v9M6.5 8.700L10 12.200l3.5-3.5"/><path d="M3 12.500v4.500h14v-4.5"/>',
    "sun": (
        '<circle cx="10" cy="10" r="3.2"/>'
        '<path d="M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.300l1.5 1.500M14.2 14.200l1.5 1.500'
        'M15.7 4.300l-1.5 1.500M5.8 14.200l-1.5 1.5"/>'
    ),
    "moon": '<path d="M16.5 12A7 7 0 118 3.500a5.6 5.6 0 008.5 8.500z"/>',
    "down": '<path d="M5.5 8l4.5 4.5L14.5 8"/>',
    "right": '<path d="M8 5.5l4.5 4.5L8 14.5"/>',
    "logo": '<path d="M2.5 10h3l1.7-5 2.6 10 2.4-7.5 1.3 2.500h4"/>',
}
FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="none" stroke="{color}" '
    'stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">{shape}</svg>'
)


@cache
def pixmap(name: str, color: str, size: int = 20, ratio: float = 2.0) -> QPixmap:
    """Draw an icon of ``size`` logical pixels in ``#rrggbb``."""
    text = FRAME.format(color=color, shape=SHAPES[name].replace("currentColor", color))
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def icon(name: str, tokens: Tokens) -> QIcon:
    """Return an icon in the colours of the theme: text, faint when disabled, accent when checked."""
    made = QIcon()
    made.addPixmap(pixmap(name, tokens.text))
    made.addPixmap(pixmap(name, tokens.edge), QIcon.Mode.Disabled)
    made.addPixmap(pixmap(name, tokens.accent), QIcon.Mode.Normal, QIcon.State.On)
    made.addPixmap(pixmap(name, tokens.edge), QIcon.Mode.Disabled, QIcon.State.On)
    return made
