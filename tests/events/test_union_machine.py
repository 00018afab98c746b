"""Founding, merging, dissolving, joining, transferring, leaving, rejoining: the ledger against a small model."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from members import list_subtree, read_spans, rebuild_memberships, rebuild_organisations, span_on
from store import Database, open_database
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.tiers import budget
from tools.servers.postgres import temporary_database

CODES = [f"37020{n}001" for n in (2, 3)] + [f"37020{n}001-0000{k}" for n in (2, 3) for k in (1, 2)]
PEOPLE = [f"m-{n}" for n in range(4)]
codes, people = st.sampled_from(CODES), st.sampled_from(PEOPLE)


class Union(RuleBasedStateMachine):
    """The model: which organisations are there, their parents, and where each member is. A day passes each step."""

    begin: Callable[[], Database]

    def __init__(self) -> None:
        super().__init__()
        self.database = self.begin()
        self.day = date(2020, 1, 1)
        self.parent: dict[str, str] = {}
        self.ended: set[str] = set()
        self.member: dict[str, str | None] = {}

    def teardown(self) -> None:
        self.database.close()

    def is_there(self, code: str) -> bool:
        return code in self.parent and code not in self.ended

    def do(self, kind: str, subject: str, allowed: bool, **data: object) -> bool:
        self.day += timedelta(days=1)
        with self.database.write() as connection:
            refused = codes_of(handle(connection, event_of(kind, subject, self.day, **data)))
        assert (refused == []) == allowed, (kind, subject, data, refused)
        return allowed

    @rule(code=codes)
    def found_organisation(self, code: str) -> None:
        above = code.partition("-")[0] if "-" in code else code[:6]
        allowed = code not in self.parent and above not in self.ended
        if self.do("organisation.founded", code, allowed, name=f"示例{code}"):
            self.parent[code] = above

    @rule(code=codes, into=codes, kind=st.sampled_from(["merged", "dissolved"]))
    def end(self, code: str, into: str, kind: str) -> None:
        below = self.lineage(into) if self.is_there(into) else []
        children = [c for c in self.parent if self.is_there(c) and self.parent[c] == code]
        allowed = (
            self.is_there(code) and self.is_there(into) and code != into and not (code in below and children)
        )
        if self.do(f"organisation.{kind}", code, allowed, into=into):
            self.ended.add(code)
            self.parent |= dict.fromkeys(children, into)
            self.member |= {who: into for who, where in self.member.items() if where == code}

    def lineage(self, code: str) -> list[str]:
        return [code, *(self.lineage(self.parent[code]) if code in self.parent else [])]

    @rule(who=people, code=codes)
    def join(self, who: str, code: str) -> None:
        if self.do(
            "member.joined", who, code not in self.ended, organisation=code, joined_on=self.tomorrow()
        ):
            self.member[who] = code

    @rule(who=people, code=codes)
    def transfer(self, who: str, code: str) -> None:
        allowed = who in self.member and code not in self.ended
        if self.do("member.transferred", who, allowed, organisation=code) and self.member[who]:
            self.member[who] = code

    @rule(who=people, kind=st.sampled_from(["left", "died"]))
    def leave(self, who: str, kind: str) -> None:
        if self.do(f"member.{kind}", who, who in self.member):
            self.member[who] = None

    @rule(who=people)
    def retire(self, who: str) -> None:
        """Who retired stays where she was; who had left or died comes back by no such event."""
        self.do("member.retired", who, who in self.member)

    def tomorrow(self) -> str:
        return (self.day + timedelta(days=1)).isoformat()

    @invariant()
    def the_tree_and_the_members_are_those_of_the_model(self) -> None:
        with self.database.write() as connection:
            spans = read_spans(connection, CODES)
            for code in CODES:
                span = span_on(spans[code], self.day)
                assert (span is not None) == self.is_there(code)
                assert span is None or span.parent == self.parent[code]
                below = {c for c in CODES if self.is_there(c) and code in self.lineage(c)}
                assert set(list_subtree(connection, code, self.day)) == below
            current = "SELECT member_id, organisation FROM memberships WHERE until IS NULL"
            held = {row[0]: row[1] for row in connection.execute(text(current))}
            assert held == {who: where for who, where in self.member.items() if where}
            for table, order, rebuild in (
                ("memberships", "member_id, since", rebuild_memberships),
                ("organisation_spans", "code, since", rebuild_organisations),
            ):
                query = text(f"SELECT * FROM {table} ORDER BY {order}")
                live = connection.execute(query).all()
                rebuild(connection)
                assert connection.execute(query).all() == live


def run(begin: Callable[[], Database], examples: int, steps: int) -> None:
    machine = type("Union", (Union,), {"begin": staticmethod(begin)})
    chosen = settings(max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True)
    run_state_machine_as_test(machine, settings=chosen)


@pytest.mark.deeper
def test_random_lives_on_sqlite_are_those_of_the_model(migrated_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "union.db"

    def begin() -> Database:
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        return open_database(str(shutil.copy(migrated_file, path)))

    run(begin, examples=budget(25), steps=25)


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_random_lives_on_postgresql_are_those_of_the_model(postgres_url: str, migrated_name: str) -> None:
    with ExitStack() as stack:

        def begin() -> Database:
            how = f'TEMPLATE "{migrated_name}"'
            return open_database(stack.enter_context(temporary_database(postgres_url, "union", how)))

        run(begin, examples=5, steps=20)
