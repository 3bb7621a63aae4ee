"""The rule of an isocontour as the user chooses it: words, and the level they stand for. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from viewer.core.errors import LowfieldError
from viewer.roi.compound import HU, KBQ_ML, SUV_BW, FixedLevel, Level, OfMaximum, OverBackground
from viewer.roi.shapes import Grown, Isocontour, Roi, Shape, Sphere

MAXIMUM, BACKGROUND, FIXED = "maximum", "background", "fixed"
NO_BACKGROUND = "A50 needs a background: draw an ROI there, and choose it as the background of the isocontour."


@dataclass(frozen=True)
class IsoRule:
    """``fraction`` of the maximum (or of the way from the background to it), or ``value`` in ``unit``.

    ``background_id`` is the ROI whose mean is the background; ``from_seed`` grows from where the drag began
    instead of from the hottest voxel.
    """

    kind: str = MAXIMUM
    fraction: float = 0.41
    value: float = 1.0
    unit: str = KBQ_ML
    background_id: str = ""
    from_seed: bool = False

    @property
    def text(self) -> str:
        """The rule in few words, for a button."""
        if self.kind == MAXIMUM:
            return f"{100 * self.fraction:.3g} % of max"
        if self.kind == BACKGROUND:
            return f"A{100 * self.fraction:.3g}"
        return f"SUV ≥ {self.value:g}" if self.unit == SUV_BW else f"≥ {self.value:g} {self.unit}".strip()

    def level(self, rois: Sequence[Roi]) -> Level:
        """Return the level; LowfieldError where the background is missing."""
        if self.kind == MAXIMUM:
            return OfMaximum(self.fraction)
        if self.kind == FIXED:
            return FixedLevel(self.value, self.unit)
        background = next((roi for roi in rois if roi.id == self.background_id), None)
        if background is None:
            raise LowfieldError(NO_BACKGROUND)
        return OverBackground(background.shape, self.fraction)


PRESETS: tuple[tuple[str, IsoRule], ...] = (
    ("41 % of the maximum", IsoRule()),
    ("50 % of the maximum", IsoRule(fraction=0.5)),
    ("Share of the maximum…", IsoRule(fraction=0.6)),
    ("A50: half way to the background", IsoRule(BACKGROUND, 0.5)),
    ("Fixed activity", IsoRule(FIXED, value=1.0, unit=KBQ_ML)),
    ("SUV threshold", IsoRule(FIXED, value=2.5, unit=SUV_BW)),
    ("Fixed HU", IsoRule(FIXED, value=200.0, unit=HU)),
)


def grown_between(start: object, radius_mm: float, rule: IsoRule, rois: Sequence[Roi], series_uid: str) -> Grown:
    """Return the isocontour by a rule inside a sphere around ``start`` (LPS mm)."""
    bound = Sphere(start, radius_mm)  # type: ignore[arg-type]
    seed = bound.center_lps_mm if rule.from_seed else None
    return Grown(bound, rule.level(rois), seed, series_uid)


def rule_of(shape: Shape, rois: Sequence[Roi]) -> IsoRule | None:
    """Return the rule of an isocontour; None for other shapes."""
    if isinstance(shape, Isocontour):
        return IsoRule(fraction=shape.fraction)
    if not isinstance(shape, Grown):
        return None
    seeded = shape.seed_lps_mm is not None
    match shape.level:
        case OfMaximum(fraction):
            return IsoRule(fraction=fraction, from_seed=seeded)
        case OverBackground(background, fraction):
            owner = next((roi.id for roi in rois if roi.shape is background), "")
            return IsoRule(BACKGROUND, fraction, background_id=owner, from_seed=seeded)
        case FixedLevel(value, unit):
            return IsoRule(FIXED, value=value, unit=unit, from_seed=seeded)


def reruled(shape: Grown | Isocontour, rule: IsoRule, rois: Sequence[Roi], series_uid: str) -> Grown:
    """Return the isocontour by another rule, its bound unchanged; its background stays where none is chosen."""
    if isinstance(shape, Isocontour):
        return grown_between(shape.seed_lps_mm, shape.radius_mm, rule, rois, series_uid)
    level = shape.level
    if not (rule.kind == BACKGROUND and not rule.background_id and isinstance(level, OverBackground)):
        level = rule.level(rois)
    else:
        level = replace(level, fraction=rule.fraction)
    seed = shape.seed_lps_mm or (shape.within.center_lps_mm if isinstance(shape.within, Sphere) else None)
    return replace(shape, level=level, seed_lps_mm=seed if rule.from_seed else None)
