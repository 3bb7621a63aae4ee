"""The window: the only room with PySide6, pyqtgraph and VTK."""
