"""``python3 packaging/test.py [--yes] [WORDS…]``: run the tests; WORDS go to pytest."""

import os
import sys

import bootstrap

if __name__ == "__main__":
    words = sys.argv[1:]
    consent = "--yes" in words[:1]
    python = bootstrap.prepare(".venv-test", "[test]", consent)
    os.chdir(bootstrap.ROOT)
    bootstrap.hand_over(python, ["-m", "pytest", *(words[1:] if consent else words)], QT_QPA_PLATFORM="offscreen")
