"""The curves that may go through a time–activity curve: sums of exponentials with positive parameters.

Each is C(t) = Σ sign · A · e^(−λ·t). Fitted are the logarithms of A and λ, so that both stay positive and their
intervals too. Rates are effective: biological and physical together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats


@dataclass(frozen=True)
class Model:
    """``terms`` are (sign, number of the amplitude's parameter, that of the rate's; None: physical decay)."""

    key: str
    title: str
    names: tuple[str, ...]
    terms: tuple[tuple[float, int, int | None], ...]
    least_points: int
    """Fewer than this leave nothing, or too little, to check the curve against."""

    @property
    def size(self) -> int:
        """How many parameters it has."""
        return len(self.names)

    @property
    def rate_parameters(self) -> tuple[int, ...]:
        """The numbers of the parameters that are rates."""
        return tuple(dict.fromkeys(rate for _, _, rate in self.terms if rate is not None))

    def split(self, logs: Floats, physical_rate: float) -> tuple[Floats, Floats]:
        """Return signed amplitudes and rates (terms,), (terms,) of log parameters (k,)."""
        values = np.exp(logs)
        amplitudes = [sign * values[amplitude] for sign, amplitude, _ in self.terms]
        rates = [physical_rate if rate is None else values[rate] for _, _, rate in self.terms]
        return np.array(amplitudes), np.array(rates)

    def gradient(self, by_amplitude: Floats, by_rate: Floats) -> Floats:
        """Turn amplitude·∂/∂amplitude and rate·∂/∂rate of each term (..., terms) into ∂/∂logs (..., k)."""
        total = np.zeros((*by_amplitude.shape[:-1], self.size))
        for number, (_, amplitude, rate) in enumerate(self.terms):
            total[..., amplitude] += by_amplitude[..., number]
            if rate is not None:
                total[..., rate] += by_rate[..., number]
        return total


MODELS = {
    model.key: model
    for model in (
        Model("physical", "physical decay only", ("A",), ((1, 0, None),), 1),
        Model("mono", "mono-exponential", ("A", "λ"), ((1, 0, 1),), 2),
        Model(
            "uptake", "bi-exponential, uptake from zero", ("A", "λ1", "λ2"), ((1, 0, 1), (-1, 0, 2)), 4
        ),
        Model("bi", "bi-exponential", ("A1", "λ1", "A2", "λ2"), ((1, 0, 1), (1, 2, 3)), 5),
    )
}  # fmt: skip
"""In order of their parameters. In ``uptake`` the slower rate is λ1, in ``bi`` the faster one."""


def model_called(key: str) -> Model:
    """Return the model, or raise `LowfieldError`."""
    if key not in MODELS:
        raise LowfieldError(f"The curve {key!r} is not known.", hint=f"Known are auto, {', '.join(MODELS)}.")
    return MODELS[key]


def curve_at(seconds: ArrayLike, amplitudes: ArrayLike, rates: ArrayLike) -> Floats:
    """Return C(t) in the unit of the amplitudes at times (...) in s since injection."""
    return np.asarray(exponentials(seconds, rates) @ np.asarray(amplitudes, float))


def exponentials(seconds: ArrayLike, rates: ArrayLike) -> Floats:
    """Return e^(−λ·t) (..., terms)."""
    return np.asarray(np.exp(-np.multiply.outer(np.asarray(seconds, float), np.asarray(rates, float))))
