"""What a decay deposits on the spot: the dose table (``resources/dose.json``) and the dose constants made of it.

S = energy per decay in J, so that dose in Gy = S · decays per kg when all of it stays where the decay was (an
absorbed fraction of one, MIRD Pamphlet 21). 149Tb: alpha with recoil 1.091e-13, electrons 1.395e-14 Gy·kg/(Bq·s).
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from viewer.core.errors import LowfieldError
from viewer.core.geometry import Floats
from viewer.core.paths import resources
from viewer.quantify.nuclides import Nuclide, nuclide


@dataclass(frozen=True)
class DoseConstants:
    """What the decay of one nuclide deposits. S in Gy·kg/(Bq·s); energies as (name, MeV per decay)."""

    nuclide: Nuclide
    alpha_gy_kg: float
    electron_gy_kg: float
    local_mev: tuple[tuple[str, float], ...]
    excluded_mev: tuple[tuple[str, float], ...]
    source: str
    alternative: str

    def document(self) -> dict[str, Any]:
        """Return the constants and where they come from, JSON-serialisable."""
        return {
            "nuclide": self.nuclide.name,
            "half_life_s": self.nuclide.half_life_s,
            "alpha_gy_kg_per_bq_s": self.alpha_gy_kg,
            "electron_gy_kg_per_bq_s": self.electron_gy_kg,
            "deposited_locally_mev": dict(self.local_mev),
            "excluded_mev": dict(self.excluded_mev),
            "source": self.source,
            "other_values": self.alternative,
        }


def dose_constants(name: str) -> DoseConstants:
    """Return the constants of a nuclide; raise `LowfieldError` where the table has none."""
    row, known = nuclide(name), _table()["nuclides"]
    found = next((each for each in known if each["symbol"] == row.symbol), None)
    if found is None:
        names = ", ".join(nuclide(each["symbol"]).name for each in known)
        raise LowfieldError(
            f"No dose constants of {row.name} are in the table, so no dose is given.",
            hint=f"The table (resources/dose.json) holds {names}.",
        )
    local = found["local"]
    return DoseConstants(
        row,
        _gray_kg(local, "alpha"),
        _gray_kg(local, "electron"),
        _energies(local),
        _energies(found["excluded"]),
        found["source"],
        found["alternative"],
    )


def density_curve() -> tuple[Floats, Floats, str]:
    """Return the calibration from HU to mass density: support points (n,) in HU and in g/mL, and its source."""
    curve = _table()["density_curve"]
    return np.array(curve["hu"], float), np.array(curve["g_ml"], float), f"{curve['name']} ({curve['source']})"


def density_g_ml(hounsfield: ArrayLike) -> Floats:
    """Return mass density in g/mL of CT numbers in HU, linear between the support points, constant beyond."""
    hu, g_ml, _ = density_curve()
    return np.asarray(np.interp(np.asarray(hounsfield, float), hu, g_ml))


@cache
def _table() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((resources() / "dose.json").read_text(encoding="utf-8"))
    return document


def _gray_kg(rows: list[dict[str, Any]], kind: str) -> float:
    joule: float = _table()["joule_per_mev"]
    return joule * float(sum(row["mev"] for row in rows if row["kind"] == kind))


def _energies(rows: list[dict[str, Any]]) -> tuple[tuple[str, float], ...]:
    return tuple((row["name"], row["mev"]) for row in rows)
