"""The trust panel in words: the same rows for window and report, each value beside what is expected."""

from dataclasses import dataclass

from viewer.core.denoised import DenoiseResult, NoiseEstimate, ResidualReport, Resolution

MINUS = "\u2212"
SOURCES = {
    "given": "given by you",
    "noise scan": "measured in the scanner's noise scan",
    "background": "measured in the background",
    "wavelet": "estimated inside the object",
    "repeat": "measured from repeated scans",
}
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Row:
    """One line of the panel; ``first`` for those that a reader sees without asking for details."""

    name: str
    value: str
    first: bool = False


def trust_rows(
    report: ResidualReport, noise: NoiseEstimate, unit: str = "", *, to_scale: bool = True
) -> tuple[Row, ...]:
    """Return all rows of one run, the most telling first. Sigma is in ``unit``.

    ``to_scale`` is false for an image of unknown voxel size, whose voxels were taken to be 1 mm wide.
    """
    if report.input_snr == 0:  # nothing but noise: see `viewer.denoise.verdict.TOO_LITTLE`
        return _sigma(report, noise, unit)
    return (
        Row("Taken away", f"{report.sd:.2f} σ{_beside(report.expected_sd)}", True),
        Row("Leaked detail", _leak(report), True),
        Row("Error left", _error(report), True),
        Row("Resolution", resolution_text(report.resolution, "mm" if to_scale else "voxels"), True),
        Row("Peak SNR", _snr(report), True),
        *_sigma(report, noise, unit),
        Row("Tissue SNR", f"{report.input_snr:.1f} (median)"),
        Row("Mean", f"{signed(report.mean, 3)} σ"),
        Row("Whiteness", _whiteness(report)),
        Row("Kurtosis", NOT_MEASURED if report.kurtosis is None else f"{signed(report.kurtosis)} (noise: 0)"),
        Row("Largest spot", _spot(report)),
    )


def signed(value: float, decimals: int = 2) -> str:
    """Return a number with its sign, a true minus; no sign where it rounds to zero."""
    text = f"{value:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text.replace("-", MINUS)


def resolution_text(found: Resolution | None, length: str = "mm") -> str:
    """Return ``2.1 → 1.8 mm`` (or another ``length``), or why there is none."""
    if found is None:
        return NOT_MEASURED
    if found.before_mm is None:
        return found.note
    after = "not measurable" if found.after_mm is None else f"{found.after_mm:.1f} {length}"
    return f"{found.before_mm:.1f} → {after}"


def noise_text(noise: NoiseEstimate) -> str:
    """Say where sigma comes from and how sure it is."""
    source = SOURCES.get(noise.source, noise.source)
    return source if noise.source == "given" else f"{source}, confidence {noise.confidence:.0%}"


def verdict_and_findings(result: DenoiseResult) -> tuple[str, ...]:
    """Return the verdict, what else is unusual, and every finding, one sentence or two each."""
    report = result.residual
    more = [f"Also: {reason}." for reason in report.reasons[1:]]
    return (report.verdict, *more, *(finding.text for finding in report.findings))


def _beside(expected: float | None) -> str:
    return "" if expected is None else f" (expected {expected:.2f})"


def _leak(report: ResidualReport) -> str:
    if report.weakness is None:
        return f"correlation {signed(report.structure_correlation)}, remaining noise included"
    share = abs(report.weakness)
    size = "none" if share < 0.005 else f"{share:.0%} too {'weak' if report.weakness > 0 else 'strong'}"
    return f"{size} (correlation {signed(report.structure_correlation)})"


def _error(report: ResidualReport) -> str:
    if report.error_sigma is None:
        return NOT_MEASURED
    admitted = report.admitted_error_sigma
    own = "" if admitted is None else f"; the network's own account: {admitted:.2f} σ"
    return f"{report.error_sigma:.2f} σ, {report.error_percent:.1f} % of tissue{own}"


def _snr(report: ResidualReport) -> str:
    if report.peak_snr is None:
        return NOT_MEASURED
    trained = "" if report.trained_snr is None else " (trained on {:g} to {:g})".format(*report.trained_snr)
    return f"{report.peak_snr:.1f}{trained}"


def _sigma(report: ResidualReport, noise: NoiseEstimate, unit: str) -> tuple[Row, ...]:
    ratio = report.sigma_ratio
    tissue = "" if ratio is None else f"; in flat tissue {ratio:.2f} times that"
    loudest = "" if noise.map is None else f"; up to {float(noise.map.max()):.1f} times in the loudest lines"
    value = f"{noise.sigma:.4g} {unit}".strip()
    return (Row("Sigma", f"{value}, {noise_text(noise)}{tissue}{loudest}", True),)


def _whiteness(report: ResidualReport) -> str:
    expected = report.expected_whiteness or (None, None)
    parts = [
        f"{name} {signed(seen)}" + ("" if usual is None else f" (expected {signed(usual)})")
        for name, seen, usual in zip(("rows", "columns"), report.whiteness, expected)
    ]
    return ", ".join(parts)


def _spot(report: ResidualReport) -> str:
    if report.spot_z is None or report.spot_index is None:
        return NOT_MEASURED
    slice_, row, column = (n + 1 for n in report.spot_index)
    chance = "" if report.spot_chance_z is None else f" (noise alone: up to {report.spot_chance_z:.1f})"
    return f"{report.spot_z:.1f} times the noise{chance}, at slice {slice_}, row {row}, column {column}"
