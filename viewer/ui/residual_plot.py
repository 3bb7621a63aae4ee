"""The residual's distribution beside that of noise alone: a glance shows what a standard deviation hides."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from viewer.core.denoised import HISTOGRAM_LIMIT_SIGMA, ResidualReport
from viewer.ui.theme import Theme, Tokens

HEIGHT = 116


class ResidualPlot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Bars: residual inside the object, in sigma. Line: the normal distribution that pure noise would have."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Distribution of the residual")
        self.setToolTip("Bars: what was taken away, in sigma. Line: noise alone.")
        self.setMenuEnabled(False)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.hideAxis("left")
        self.setXRange(-HISTOGRAM_LIMIT_SIGMA, HISTOGRAM_LIMIT_SIGMA, padding=0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.getAxis("bottom").setLabel("residual / sigma")
        self._bars = pg.BarGraphItem(x=[0.0], height=[0.0], width=1.0)
        self._normal = pg.PlotDataItem()
        self.addItem(self._bars)
        self.addItem(self._normal)
        theme.changed.connect(lambda: self._dress(theme.tokens))
        self._dress(theme.tokens)

    def show_report(self, report: ResidualReport) -> None:
        """Draw the distribution of one run; a report without one (too little signal) hides the plot."""
        self.setVisible(bool(report.histogram))
        if not report.histogram:
            return
        edges = np.linspace(-HISTOGRAM_LIMIT_SIGMA, HISTOGRAM_LIMIT_SIGMA, len(report.histogram) + 1)
        middles = (edges[:-1] + edges[1:]) / 2
        self._bars.setOpts(x=middles, height=list(report.histogram), width=edges[1] - edges[0])
        fine = np.linspace(-HISTOGRAM_LIMIT_SIGMA, HISTOGRAM_LIMIT_SIGMA, 161)
        self._normal.setData(fine, np.exp(-(fine**2) / 2) / np.sqrt(2 * np.pi))

    def _dress(self, tokens: Tokens) -> None:
        self.setBackground(tokens.surface)
        self._bars.setOpts(brush=tokens.line, pen=tokens.muted)
        self._normal.setPen(pg.mkPen(tokens.accent, width=2))
        axis = self.getAxis("bottom")
        axis.setPen(tokens.muted)
        axis.setTextPen(tokens.muted)
