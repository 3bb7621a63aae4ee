"""Right of the MRI images: with what to denoise, and how much the result may be trusted."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QFormLayout, QHBoxLayout, QSlider, QWidget

from viewer.core.errors import LowfieldError
from viewer.denoise.card import DEFAULT_MODEL, ModelCard, list_models
from viewer.jobs.runner import Runner
from viewer.session.session import Session
from viewer.ui.actions import Actions
from viewer.ui.denoise_facts import changed_since
from viewer.ui.denoise_invite import DENOISING
from viewer.ui.facts import Notice, SidePanel, choice_box
from viewer.ui.job_line import JobLine
from viewer.ui.parts import button, label, number_box
from viewer.ui.theme import SPACE, Theme
from viewer.ui.trust_panel import TrustPanel

VIEW_ACTIONS = ("mri.residual", "mri.leak", "mri.error", "mri.link", "image.smooth")
INTENDED_USE = "For research. A denoised image is no basis for a diagnosis: compare it with the original."


class MriPanel(SidePanel):
    """Model, noise, strength, the button; then how far the result can be trusted."""

    def __init__(
        self,
        session: Session,
        runner: Runner,
        actions: Actions,
        theme: Theme,
        models: Callable[[], Sequence[ModelCard]] = list_models,
    ) -> None:
        super().__init__("Denoising")
        self._session = session
        self.model = choice_box("Model")
        self.model_facts = label("", "small", wrap=True, selectable=True)
        self.problem = Notice()
        self.given = QCheckBox("Give the noise level")
        self.sigma = number_box()
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength_text = label("")
        self.start = button("Denoise", actions["mri.denoise"].trigger, primary=True)
        self.job = JobLine(runner, DENOISING)
        self.stale = Notice()
        self.trust = TrustPanel(theme)
        self._prepare()
        self._lay_out(actions)
        self._fill_models(models)
        self._connect(actions)
        self.refresh()

    def refresh(self) -> None:
        """Show the choices and the result of the session."""
        choice, result = self._session.state.denoise, self._session.denoised
        volume = self._session.volume("mri")
        with QSignalBlocker(self.given), QSignalBlocker(self.sigma), QSignalBlocker(self.strength):
            self.given.setChecked(choice.sigma is not None)
            self.sigma.setEnabled(choice.sigma is not None)
            self.sigma.setSuffix(f" {volume.unit}" if volume is not None and volume.unit else "")
            self.sigma.setValue(choice.sigma or (result.noise.sigma if result else 0.0))
            self.strength.setValue(round(100 * choice.strength))
        self.strength_text.setText(f"{choice.strength:.0%}")
        with QSignalBlocker(self.model):
            self.model.setCurrentIndex(max(0, self.model.findData(choice.model or DEFAULT_MODEL)))
        card = self._card()
        self.model_facts.setText(f"{card.version} · {card.sha256[:12]}" if card else "")
        self.model_facts.setToolTip(f"SHA-256 {card.sha256}" if card else "")
        self._result_box.setVisible(result is not None)
        if result is not None:
            self.trust.show_result(result)
        self.stale.say(changed_since(choice, result, card.name if card else None))

    def _card(self) -> ModelCard | None:
        name = self.model.currentData()
        return next((card for card in self._cards if card.name == name), None)

    def _prepare(self) -> None:
        self.sigma.setAccessibleName("Noise level sigma")
        self.sigma.setToolTip("Standard deviation of the noise per real channel, in the unit of the image")
        self.sigma.setDecimals(4)
        self.sigma.setRange(0.0, 1e9)
        self.sigma.setSpecialValueText("from the image")
        self.sigma.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.sigma.setKeyboardTracking(False)
        self.given.setToolTip("Otherwise sigma is estimated from the image itself")
        self.strength.setAccessibleName("Strength")
        self.strength.setToolTip("How much of the noise that was found is taken away")
        self.strength.setRange(0, 100)
        self.strength.setPageStep(10)
        self.strength_text.setMinimumWidth(SPACE * 5)
        self.strength_text.setAlignment(Qt.AlignmentFlag.AlignRight)

    def _lay_out(self, actions: Actions) -> None:
        strength = QHBoxLayout()
        strength.setSpacing(SPACE)
        strength.addWidget(self.strength, 1)
        strength.addWidget(self.strength_text)
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow("Model", self.model)
        form.addRow("", self.model_facts)
        form.addRow(self.given)
        form.addRow("Sigma", self.sigma)
        form.addRow("Strength", strength)
        self.add("Denoising", form, self.problem, self.start, self.job, self.stale)
        self._result_box = self.add("How far to trust it", self.trust)
        self.add("View", *[_toggle(actions, name) for name in VIEW_ACTIONS])
        self.add("", label(INTENDED_USE, "small", wrap=True))

    def _fill_models(self, models: Callable[[], Sequence[ModelCard]]) -> None:
        try:
            self._cards = tuple(models())
        except LowfieldError as error:
            self._cards = ()
            self.problem.say(str(error))
        for card in self._cards:
            self.model.addItem(card.name, card.name)
        if not self._cards and not self.problem.text():
            self.problem.say("No model is installed. Install the program again.")
        self.model.setEnabled(bool(self._cards))

    def _connect(self, actions: Actions) -> None:
        choose = self._session.choose
        self.model.activated.connect(lambda _: choose("denoise", model=self.model.currentData()))
        self.given.toggled.connect(lambda on: choose("denoise", sigma=self._start_value() if on else None))
        self.sigma.valueChanged.connect(lambda value: choose("denoise", sigma=value or None))
        self.strength.valueChanged.connect(lambda value: choose("denoise", strength=value / 100))
        self.job.running_changed.connect(lambda running: self.start.setVisible(not running))
        self.trust.pointed.connect(lambda point: self._session.set_cursor(tuple(point)))
        enabled = actions["mri.denoise"]
        enabled.changed.connect(lambda: self.start.setEnabled(enabled.isEnabled()))
        self.start.setEnabled(enabled.isEnabled())
        for signal in (self._session.denoised_changed, self._session.view_changed, self._session.volume_loaded):
            signal.connect(self._on_change)

    def _start_value(self) -> float:
        result = self._session.denoised
        return result.noise.sigma if result else self.sigma.value() or 1.0

    def _on_change(self, *_: object) -> None:
        self.refresh()


def _toggle(actions: Actions, name: str) -> QWidget:
    """A check box for a checkable action, with its key."""
    action = actions[name]
    key = action.shortcut().toString()
    box = QCheckBox(action.text().replace("&", "") + (f"  ({key})" if key else ""))
    box.setToolTip(action.toolTip())
    box.setChecked(action.isChecked())
    box.setEnabled(action.isEnabled())
    box.toggled.connect(action.setChecked)
    action.toggled.connect(box.setChecked)
    action.changed.connect(lambda: box.setEnabled(action.isEnabled()))
    return box
