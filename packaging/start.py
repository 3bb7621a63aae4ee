"""``python3 packaging/start.py [--yes] [WORDS…]``: open Lowfield, on the demo study unless WORDS say otherwise."""

import sys

import bootstrap

if __name__ == "__main__":
    words = sys.argv[1:]
    consent = "--yes" in words[:1]
    python = bootstrap.prepare(".venv", "", consent)
    bootstrap.hand_over(python, ["-m", "viewer", *((words[1:] if consent else words) or ["demo"])])
