"""``python3 packaging/test.py [--yes] [WORD…]``: run the tests. WORDs are those of pytest.

``--yes`` agrees beforehand to installing the system libraries that are missing.
"""

from __future__ import annotations

import sys

import bootstrap


def main(arguments: list[str]) -> int:
    """Run pytest on the whole project, without a display."""
    consent, words = bootstrap.take_consent(arguments)
    python = bootstrap.prepare(".venv-test", "[test]", consent)
    return bootstrap.hand_over(python, ["-m", "pytest", *words], bootstrap.ROOT, QT_QPA_PLATFORM="offscreen")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
