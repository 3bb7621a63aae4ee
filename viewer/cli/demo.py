"""The demo: a simulated study with known truth, and everything Lowfield does with it, left in a folder."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
