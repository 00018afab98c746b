"""The entry of the command ``yihui``."""

import os
import sys


def main() -> None:
    """Choose the language, then build the command line in it."""
    from yihui.language import DEFAULT, LANGUAGES, wanted_by_arguments, wanted_by_environment

    lang = wanted_by_arguments(sys.argv[1:]) or wanted_by_environment(os.environ)
    from yihui.cli import run

    sys.exit(run(sys.argv[1:], lang if lang in LANGUAGES else DEFAULT))


if __name__ == "__main__":
    main()
