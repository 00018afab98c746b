"""The entry of the command ``yihui``."""

import os
import sys


def main() -> None:
    """Choose the language, then build the command line in it."""
    from yihui.runtime.language import LANGUAGES, wanted_by_arguments, wanted_by_environment

    asked = wanted_by_arguments(sys.argv[1:])
    from yihui.cli import run

    sys.exit(run(sys.argv[1:], asked if asked in LANGUAGES else wanted_by_environment(os.environ)))


if __name__ == "__main__":
    main()
