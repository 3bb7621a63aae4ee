"""One verification from beginning to end, on a worker thread: an immutable request in, a result out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from viewer.core.dose import Verification
from viewer.core.errors import LowfieldError
from viewer.core.options import MeasureOptions
from viewer.core.pet import UserCorrections
from viewer.core.progress import Progress, part
from viewer.core.study import PatientInfo, SeriesInfo, StudyIndex
from viewer.core.volume import Volume
from viewer.quantify.corrected import corrected
from viewer.quantify.timeactivity import declaration_of
from viewer.roi.shapes import Roi
from viewer.session.state import MeasureChoice
from viewer.therapy.options import DoseOptions, Load
from viewer.therapy.visits import find_visits

LoadWith = Callable[[SeriesInfo, Progress], Volume]
IN_WINDOW = {
    "Name the series to use with --series.": "Untick one of them on the left.",
    " Or leave this series out (name the others with --series).": " Or untick this scan on the left.",
    "State it with --injected-at.": "State it on the left, under “Injected at”.",
    "state its time with --injected-at": "state its time on the left, under “Injected at”",
    "State the time of injection with --injected-at.": "State the time of injection on the left.",
    "(--injected-mbq)": "(state it on the left, under “Injected MBq”)",
}
"""What the rooms below say about words of the command line, as it is done in the window."""


@dataclass(frozen=True)
class Request:
    """Everything a verification is made of, frozen at the moment the user asked for it."""

    study_uid: str
    patient: PatientInfo
    rois: tuple[Roi, ...]
    options: DoseOptions
    measure: MeasureChoice


@dataclass(frozen=True, eq=False)
class TherapyResult:
    """What was found, and the images to show it on: the first PET and the CT beneath it (None: there is none)."""

    request: Request
    verification: Verification
    scans: tuple[SeriesInfo, ...]
    first: Volume
    ct: Volume | None
    notes: tuple[str, ...]
    """About scans that were left out, and corrections that were applied to all."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Notes and warnings, in words of the window."""
        return tuple(dict.fromkeys(map(in_window, (*self.notes, *self.verification.all_warnings()))))


def follow(request: Request, known: Mapping[str, Volume], load: LoadWith, progress: Progress) -> TherapyResult:
    """Find the scans, follow the ROIs over them, and map the dose; ``known`` are images in memory already."""
    from viewer.therapy.verify import verify  # the registration; the window shows before anybody asks for it

    given = request.measure.corrections
    header = UserCorrections(nuclide=given.nuclide, half_life_s=given.half_life_s)
    reached = _Reached(progress)
    read = _reader(known, load, header, reached)
    options = replace(request.options, acquired_as=request.measure.acquired_as, nuclide=request.measure.nuclide)
    index = StudyIndex((), (request.patient,), ())
    try:
        reached(0.0, "Looking for the scans")
        visits, left_out = find_visits(index, options, read)
        options = _with_injection(options, given, read(visits[0].pet))
        found = verify(visits, request.rois, options, read, with_map=True, progress=part(reached, 0.15, 0.95))
        ct = read(visits[0].ct) if visits[0].ct else None
    except LowfieldError as error:
        raise LowfieldError(in_window(error.what), where=error.where, hint=in_window(error.hint)) from error
    found = replace(
        found, replay={**found.replay, "corrections": MeasureOptions(corrections=header).document()["corrections"]}
    )
    notes = (*left_out, *_notes(header))
    return TherapyResult(request, found, tuple(visit.pet for visit in visits), read(visits[0].pet), ct, notes)


def in_window(text: str) -> str:
    """Return a sentence that names options of the command line as the window calls them."""
    for words, instead in IN_WINDOW.items():
        text = text.replace(words, instead)
    return text


class _Reached:
    """A progress that remembers how far it came, so that loading in between moves the words and not the bar."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self.fraction = progress, 0.0

    def __call__(self, fraction: float, text: str) -> None:
        self.fraction = max(self.fraction, fraction)
        self._progress(self.fraction, text)

    def words(self, fraction: float, text: str) -> None:
        self._progress(self.fraction, text)


def _reader(known: Mapping[str, Volume], load: LoadWith, header: UserCorrections, reached: _Reached) -> Load:
    """Return `Load` that keeps two images beside those in memory: the first scan, and the one under way."""

    @lru_cache(maxsize=2)
    def read(info: SeriesInfo) -> Volume:
        volume = known.get(info.key)
        if volume is None:
            volume = load(info, reached.words)
        if volume.acquisition is None or not header:
            return volume
        return replace(volume, acquisition=corrected(volume.acquisition, header))

    return read


def _with_injection(options: DoseOptions, given: UserCorrections, first: Volume) -> DoseOptions:
    """Return the options with the injection as the user corrected it beside the images, unless stated here.

    An activity that was corrected for the nuclide the scanner was told says nothing about another one.
    """
    acquisition = first.acquisition
    if acquisition is None:
        return options
    time = options.injection_time or given.injection_time
    activity = options.injected_bq
    stated = given.injected_dose_bq is not None or given.dose_unit is not None
    if activity is None and stated:
        told = declaration_of(acquisition, options.acquired_as, options.nuclide)
        dose = UserCorrections(injected_dose_bq=given.injected_dose_bq, dose_unit=given.dose_unit)
        activity = None if told.rescaled else corrected(acquisition, dose).injected_dose_bq
    return replace(options, injected_bq=activity, injection_time=time)


def _notes(header: UserCorrections) -> list[str]:
    if not header:
        return []
    said = [
        text for text in (header.nuclide, header.half_life_s and f"half-life {header.half_life_s:g} s") if text
    ]
    return [f"Corrected by user: {', '.join(said)}, instead of what the files say, for all scans."]
