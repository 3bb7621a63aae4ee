"""A denoising result in words: what was assumed, what was removed, and whether the settings still match."""

from viewer.core.denoised import DenoiseResult
from viewer.denoise.trust_words import Row, trust_rows, verdict_and_findings
from viewer.formats.assumed import to_scale
from viewer.session.state import DenoiseChoice

Rows = list[tuple[str, str]]


def first_rows(result: DenoiseResult) -> Rows:
    """Return the (name, value) rows that a reader sees at once."""
    return [(row.name, row.value) for row in _rows(result) if row.first]


def detail_rows(result: DenoiseResult) -> Rows:
    """Return the other rows: the rest of the residual's numbers, and how the run was made."""
    noise, model = result.noise, result.model
    rows = [(row.name, row.value) for row in _rows(result) if not row.first]
    if max(noise.factor) > 1.01:
        filled = f"{noise.factor[0]:.2f} × {noise.factor[1]:.2f} voxels per measured sample (zero-filled)"
        rows.append(("Grid", filled))
    return [
        *rows,
        ("Model", f"{model.name} {model.version}"),
        ("SHA-256", model.sha256[:16]),
        ("Strength", f"{result.strength:.0%}"),
        ("Run", f"{result.seconds:.1f} s · {model.provider or model.runtime or 'runtime not stated'}"),
    ]


def _rows(result: DenoiseResult) -> tuple[Row, ...]:
    source = result.source
    return trust_rows(result.residual, result.noise, source.unit, to_scale=to_scale(source.warnings))


def wary_of(result: DenoiseResult) -> tuple[str, ...]:
    """Return everything beyond the verdict that a reader should know, each once."""
    return tuple(dict.fromkeys([*verdict_and_findings(result)[1:], *result.warnings]))


def changed_since(choice: DenoiseChoice, result: DenoiseResult | None, model: str | None) -> str:
    """Return a sentence when the image on show was made with other settings than those chosen now."""
    if result is None:
        return ""
    same_sigma = (choice.sigma is None) == (result.noise.source != "given") and (
        choice.sigma is None or abs(choice.sigma - result.noise.sigma) <= 1e-4 * max(result.noise.sigma, 1e-9)
    )
    same = same_sigma and abs(choice.strength - result.strength) < 1e-6 and model in (None, result.model.name)
    return "" if same else "The image on show was made with other settings. Denoise again to use these."
