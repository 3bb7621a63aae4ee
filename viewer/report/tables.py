"""The tables of the PDF: numbers with their units, and how they came about."""

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.platypus import Flowable, Paragraph, Table

from viewer.core.measurement import Measurement, Statistics
from viewer.report import style
from viewer.report.json import plain
from viewer.report.model import Denoising
from viewer.report.text import markup, number


def labels(pairs: Mapping[str, str], width: float) -> Table:
    """Return labels and texts in two columns."""
    rows = [
        [Paragraph(markup(label), style.CAPTION), Paragraph(markup(text or "–"), style.SMALL)]
        for label, text in pairs.items()
    ]
    return Table(rows, colWidths=[width * 0.3, width * 0.7], style=style.LABELS, hAlign="LEFT")


def numbers(measurements: Sequence[Measurement], width: float) -> list[Flowable]:
    """Return one table for each kind of number: activity, SUV, and values in another unit."""
    tables: list[Flowable] = []
    active = [each for each in measurements if each.activity]
    if active:
        heads = ["ROI", "Volume\nmL", "Mean\nkBq/mL", "SD\nkBq/mL", "Min\nkBq/mL", "Max\nkBq/mL", "Peak\nkBq/mL"]
        heads += ["Total\nkBq", "SUVbw\nmean", "SUVbw\nmax"]
        tables.append(_table(heads, [_activity_row(each) for each in active], width))
    other = [each for each in measurements if each.values and not each.activity]
    for unit in dict.fromkeys(each.unit for each in other):
        named = unit or "file's unit"
        heads = ["ROI", "Volume\nmL", *(f"{part}\n{named}" for part in ("Mean", "SD", "Min", "Max", "Median"))]
        rows = [_value_row(each) for each in other if each.unit == unit]
        tables.append(_table(heads, rows, width))
    return tables


def _activity_row(each: Measurement) -> list[Any]:
    found, suv = each.activity, each.suv_bw
    total = None if each.total_activity_bq is None else each.total_activity_bq / 1e3
    row = [_name(each), number(each.volume_ml), *(number(value) for value in _spread(found, 1e-3)), number(total)]
    return [*row, number(suv.mean if suv else None, 3), number(suv.maximum if suv else None, 3)]


def _spread(found: Statistics | None, scale: float) -> list[float | None]:
    parts = ("mean", "sd", "minimum", "maximum", "peak")
    values = [getattr(found, part) for part in parts]
    return [None if value is None else value * scale for value in values]


def _value_row(each: Measurement) -> list[Any]:
    parts = ("mean", "sd", "minimum", "maximum", "median")
    return [_name(each), number(each.volume_ml), *(number(getattr(each.values, part)) for part in parts)]


def _name(each: Measurement) -> Paragraph:
    return Paragraph(markup(each.name), style.CELL)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]], width: float) -> Table:
    first = width * 0.2
    rest = (width - first) / (len(heads) - 1)
    return Table([heads, *rows], colWidths=[first, *[rest] * (len(heads) - 1)], style=style.NUMBERS, repeatRows=1)


def provenance(measurement: Measurement) -> dict[str, str]:
    """Return how a number came about as readable label → text, nested entries joined by a dot."""
    return dict(_flat("", plain(measurement.provenance)))


def _flat(prefix: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [
            pair for key, each in value.items() for pair in _flat(f"{prefix} · {key}" if prefix else key, each)
        ]
    return [(prefix.replace("_", " "), _text(value))]


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, float):
        return f"{value:.8g}"
    if isinstance(value, list):
        same = len(value) > 3 and all(each == value[0] for each in value)
        shown = value[:1] if same else value[:6]
        more = f" (all {len(value)})" if same else f" … ({len(value)} in all)" if len(value) > 6 else ""
        return ", ".join(_text(each) for each in shown) + more
    return str(value)


def denoising(run: Denoising) -> dict[str, str]:
    """Return one denoising run as label → text."""
    noise, model, residual = run.noise, run.model, run.residual
    return {
        "Series": run.series_description,
        "Model": f"{model.name} {model.version}",
        "Model SHA-256": model.sha256,
        "Runtime": f"{model.runtime} {model.provider}".strip(),
        "Noise sigma": f"{number(noise.sigma)} {run.unit or '(image units)'}, {noise.source}: {noise.method}",
        "Confidence of sigma": f"{noise.confidence:.0%}",
        "Input SNR": number(residual.input_snr, 3),
        "Strength": f"{run.strength:.2f}",
        "Residual": f"mean {residual.mean:+.3f}, SD {residual.sd:.3f} (in sigma; 1 is expected)",
        "Structure in residual": f"correlation {residual.structure_correlation:.3f} (0 is expected)",
        "Verdict": residual.verdict,
        "Time": f"{run.seconds:.1f} s",
    }
