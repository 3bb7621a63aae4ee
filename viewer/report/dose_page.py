"""The report's section on verification of therapy: doses, curves as drawings, and what is not in the dose."""

from reportlab.platypus import Flowable, KeepTogether, Spacer

from viewer.core.dose import Verification
from viewer.report import style
from viewer.report.blocks import Blocks
from viewer.report.dose_plot import PLOT_RULE, dose_plots
from viewer.report.dose_tables import dose_tables


def dose_section(blocks: Blocks, therapy: Verification | None) -> list[Flowable]:
    """Return the section's flowables; nothing without a verification."""
    if therapy is None:
        return []
    doses, missing, *rest = dose_tables(therapy)
    above, body = blocks.heading("Verification of therapy"), []
    for table in (each for each in (doses, missing) if each.rows):
        body += blocks.table(table, above)
        above = []
    body += _plots(blocks, therapy)
    body += [part for table in rest if table.rows for part in blocks.table(table)]
    return [*body, KeepTogether([*blocks.heading("Not in the dose"), *blocks.sentences(therapy.excluded)])]


def _plots(blocks: Blocks, therapy: Verification) -> list[Flowable]:
    body: list[Flowable] = []
    above = blocks.heading("Time–activity curves")
    for plot in dose_plots(therapy, blocks.width):
        body.append(KeepTogether([*above, plot, Spacer(1, style.GAP)]))
        above = []
    return [*body, blocks.text(PLOT_RULE, style.CAPTION)] if body else []
