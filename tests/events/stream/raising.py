"""``yihui worker`` in lives, each of which is cut short by an error at a step of its first batch.

    python -m tests.events.stream.raising INSTANCE STEP [STEP…]

Each life is forked from this process; it is given brokers and database as ``yihui worker`` is, by the
environment. A step is a table (its rows are to be written), "library" (where rules are asked for), "facts"
(where members' are read), "decide" (where rules look at them), "commit" (before it) or "committed" (after it,
before the offset). The error is no Exception: nothing that handles errors may see it. Prints each life's exit
code.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Connection, event

from events.runner import EventRunner
from events.stream.worker import WorkerOptions, run_worker
from rules import Rule, RuleLibrary
from store import Database
from yihui.bootstrap import build_wiring, choose_clock, load_settings


class Raised(BaseException):
    """What no code of ours can expect."""


_FACTS = r"(?s)SELECT .*\bFROM member_changes\b"


class Undecided(dict[str, Mapping[str, tuple[Rule, ...]]]):
    """Rules that can't be asked."""

    def __contains__(self, _: object) -> bool:
        raise Raised


class Trapped(Database):
    """Raises at a step."""

    def __init__(self, opened: Database, step: str) -> None:
        super().__init__(opened.engine, opened.target, read_only=False)
        self.step = step
        writes = rf'(?s)\s*(INSERT INTO|COPY) "?{step}\b'
        self._raises_at = re.compile(_FACTS if step == "facts" else writes)
        event.listen(self.engine, "before_cursor_execute", self._before)
        event.listen(self.engine, "commit", self._commit)

    def _before(self, _c: object, _cursor: object, statement: str, *_: object) -> None:
        if self._raises_at.match(statement):
            raise Raised

    def _commit(self, _: object) -> None:
        if self.step == "commit":
            raise Raised

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as connection:
            yield connection
        if self.step == "committed":
            raise Raised


def live(instance: str, step: str) -> None:
    wiring = build_wiring(load_settings(os.environ), choose_clock(os.environ))
    runner = wiring.runner

    def library(connection: Connection) -> RuleLibrary:
        if step == "library":
            raise Raised
        found = runner.library(connection)
        return replace(found, by_event=Undecided()) if step == "decide" else found

    trapped = EventRunner(Trapped(wiring.open_unmigrated(), step), library, runner.now)
    os._exit(run_worker(wiring.access, trapped, WorkerOptions(instance=instance)))


def main(instance: str, steps: list[str]) -> None:
    codes = []
    for step in steps:
        process = os.fork()
        if not process:
            live(instance, step)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
        sys.stderr.write(f"{step}: {codes[-1]}\n")
    sys.stdout.write(json.dumps(codes) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
