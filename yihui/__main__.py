"""Entry point of the command ``yihui``."""

import gc
import os
import sys

from yihui.runtime.installation import describe_foreign_packages

EXIT_ENVIRONMENT = 3  # as in yihui.runtime.errors, which imports other packages
# A command creates lasting objects and little garbage; at Python's 700 the collector runs 1,000 times.
GARBAGE_THRESHOLD = 50_000
# The modules that a command loads are fewer objects: a short command ends before the first collection.
_FIRST_THRESHOLD = 500_000


def main() -> None:
    """Check the installation, choose the language, then build and run the command line in it."""
    gc.set_threshold(_FIRST_THRESHOLD)
    gc.callbacks.append(_collect_more_often)
    # pydantic looks for plugins in the metadata of every distribution, and none is used.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if foreign := describe_foreign_packages():
        sys.stderr.write(foreign)
        sys.exit(EXIT_ENVIRONMENT)
    from yihui.runtime.language import LANGUAGES, language_from_arguments, language_from_environment

    asked = language_from_arguments(sys.argv[1:])
    from yihui.cli import run_command_line

    lang = asked if asked in LANGUAGES else language_from_environment(os.environ)
    code = run_command_line(sys.argv[1:], lang)
    gc.freeze()  # the interpreter would look for garbage twice more on its way out
    sys.exit(code)


def _collect_more_often(phase: str, _figures: dict[str, int]) -> None:
    """Set the lasting threshold after the first collection."""
    if phase == "stop":
        gc.callbacks.remove(_collect_more_often)
        gc.set_threshold(GARBAGE_THRESHOLD)


if __name__ == "__main__":
    main()
