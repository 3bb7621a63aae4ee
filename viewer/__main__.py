"""``lowfield`` and ``python -m viewer``."""

import multiprocessing
import sys

from viewer.app import main

if __name__ == "__main__":
    multiprocessing.freeze_support()  # the child that decodes untrusted pixels, in a frozen app
    sys.exit(main())
