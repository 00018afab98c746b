"""Entry point of the command ``yihui``."""

import gc
import os
import sys

from yihui.runtime.installation import describe_foreign_packages

EXIT_ENVIRONMENT = 3  # as in yihui.runtime.errors, which imports other packages
# A command creates lasting objects and little garbage; at Python's 700 the collector runs 1,000 times.
GARBAGE_THRESHOLD = 50_000


def main() -> None:
    """Check the installation, choose the language, then build and run the command line in it."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    if foreign := describe_foreign_packages():
        sys.stderr.write(foreign)
        sys.exit(EXIT_ENVIRONMENT)
    from yihui.runtime.language import LANGUAGES, language_from_arguments, language_from_environment

    asked = language_from_arguments(sys.argv[1:])
    from yihui.cli import run_command_line

    sys.exit(
        run_command_line(sys.argv[1:], asked if asked in LANGUAGES else language_from_environment(os.environ))
    )


if __name__ == "__main__":
    main()
