"""A command of ours in a process that is killed (SIGKILL) at a counted statement.

    python -m tests.chaos.mortal STATEMENT COMMAND…

Counts what goes to the database, commits among them: a count falls before a batch's first statement, between
two of them, before its commit or right after it, and is met on each machine alike.
"""

import os
import signal
import sys
from itertools import count

from sqlalchemy import event
from sqlalchemy.engine import Engine

from yihui.cli import run_command_line


def die_at(statement: int) -> None:
    """From now on: the process ends at so many statements."""
    numbers = count(1)

    def tick(*_: object) -> None:
        if next(numbers) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", tick)
    event.listen(Engine, "commit", tick)


if __name__ == "__main__":
    die_at(int(sys.argv[1]))
    sys.exit(run_command_line(sys.argv[2:], "en"))
