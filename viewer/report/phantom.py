"""The phantom's figures as tables and as a JSON document; nothing is computed here."""

from typing import Any

from viewer.core.phantom import PhantomResult, SphereResult, Verdict
from viewer.report import words
from viewer.report.facts import software
from viewer.report.json import plain
from viewer.report.tables import BQ_PER_KBQ, Table, pairs
from viewer.report.words import NOTHING

SCHEMA = "lowfield phantom 1"
NAMES = "Q_H: contrast recovery, N_j: background variability (NEMA NU 2)"
RELATIVE = "Relative figures only, ratios to the background: no true concentration of the spheres is known"


def phantom_document(result: PhantomResult) -> dict[str, Any]:
    """Return everything as JSON-serialisable data; concentrations in ``unit``, what is missing null."""
    document: dict[str, Any] = plain(result)
    return {"schema": SCHEMA, "software": software(), **document}


def phantom_tables(result: PhantomResult) -> list[Table]:
    """Return spheres, verdicts against EARL, the rest, and the spheres without a number with the reason."""
    return [_spheres(result), _earl(result), _others(result), _missing(result)]


def _spheres(result: PhantomResult) -> Table:
    kilo = result.unit == "Bq/mL"
    factor, unit = (1 / BQ_PER_KBQ, "kBq/mL") if kilo else (1.0, result.unit)
    share = "ratio" if result.relative else "rc"
    title = "Ratio" if result.relative else "RC"
    header = (
        "Sphere mm", "VOI mL", "Mean", "Max", "Peak", f"{title} mean", f"{title} max", f"{title} peak",
        "Q_H %", "N_j %",
    )  # fmt: skip
    columns = [
        words.column((each.voi_ml for each in result.spheres), 2),
        *(
            words.column(_scaled(getattr(each, name), factor) for each in result.spheres)
            for name in ("mean", "maximum", "peak")
        ),
        *(_decimals(result, f"{share}_{name}", 2) for name in ("mean", "max", "peak")),
        _decimals(result, "contrast_recovery_percent", 1),
        _decimals(result, "background_variability_percent", 1),
    ]
    names = [f"{each.diameter_mm:g}" for each in result.spheres]
    rows = tuple(zip(names, *columns, strict=True))
    note = f"Concentrations in {unit} · VOI: {result.convention_text} · {NAMES}"
    label = RELATIVE if result.relative else ""
    return Table("Spheres", rows, (1, 1, *[1.1] * 8), header, 1, label=label, note=note)


def _earl(result: PhantomResult) -> Table:
    """Return a row a sphere and a cell a band: the coefficient, the band and which side of it."""
    kinds = [(v.standard, v.quantity) for v in next((s.verdicts for s in result.spheres if s.verdicts), ())]
    if result.relative or not kinds:
        return Table("", (), ())
    rows = tuple((f"{each.diameter_mm:g}", *_cells(each, kinds)) for each in result.spheres)
    header = ("Sphere mm", *(f"{standard} {quantity}" for standard, quantity in kinds))
    return Table("EARL, sphere by sphere", rows, (0.8, *[1.6] * len(kinds)), header)


def _cells(sphere: SphereResult, kinds: list[tuple[str, str]]) -> list[str]:
    found = {(verdict.standard, verdict.quantity): verdict for verdict in sphere.verdicts}
    return [verdict_text(found[kind]) if kind in found else NOTHING for kind in kinds]


def verdict_text(verdict: Verdict) -> str:
    """Return one verdict in words: ``pass (0.46 in 0.39 to 0.61)``."""
    band = f"{verdict.low:.2f} to {verdict.high:.2f}"
    if verdict.passed is None or verdict.value is None:
        return f"not comparable ({band})"
    if verdict.passed:
        return f"pass ({verdict.value:.2f} in {band})"
    side = "below" if verdict.value < verdict.low else "above"
    return f"fail ({verdict.value:.2f} {side} {band})"


def calibration_text(result: PhantomResult) -> str:
    """Return measured over true background and whether it is within 10 %."""
    if result.calibration is None:
        return ""
    verdict = "within 10 %: pass" if result.calibration_passed else "more than 10 % off: fail"
    return f"{result.calibration:.3f} ({verdict})"


def _others(result: PhantomResult) -> Table:
    pose, kilo = result.pose, result.unit == "Bq/mL"

    def amount(value: float | None) -> str:
        if value is None:
            return ""
        return f"{words.significant(value / BQ_PER_KBQ)} kBq/mL" if kilo else words.significant(value)

    at = f" at {words.moment(result.reference_time.isoformat())}" if result.reference_time else ""
    rows = (
        ("Nuclide", result.label),
        ("Background, 37 mm discs", amount(result.background)),
        ("True background", amount(result.true_background) + at if result.true_background else ""),
        ("True spheres", amount(result.true_spheres) + at if result.true_spheres else ""),
        ("Calibration, measured / true", calibration_text(result)),
        ("CoV of the background", _percent(result.cov_percent)),
        ("Lung residual error", _percent(result.lung_residual_percent)),
        ("Background places", str(len(result.plan.background_centers_lps_mm))),
        ("Found on", f"{pose.image}, explaining {pose.explained:.1%} of what surrounds the spheres"),
        ("Spheres off the ideal ring", f"{pose.residual_mm:.2f} mm (RMS)"),
        ("Sharpness around the spheres", f"{pose.fwhm_mm:.1f} mm FWHM"),
    )
    return pairs("Background, lung insert and place", rows)


def _missing(result: PhantomResult) -> Table:
    rows = tuple((f"{each.diameter_mm:g} mm", each.reason) for each in result.spheres if each.reason)
    return Table("Spheres without a number", rows, (1, 4), ("Sphere", "Why"))


def _decimals(result: PhantomResult, name: str, decimals: int) -> tuple[str, ...]:
    return words.column((getattr(each, name) for each in result.spheres), decimals)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} %"


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
