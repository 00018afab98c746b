"""A lottery, a ranking and a waiting list written for tests; officers who draw, days that pass."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from sqlalchemy import Connection, select

import benefits
from benefits import Officer
from benefits.draws.collecting import find_collecting_versions
from benefits.draws.drawing import (
    CompletedDraw,
    FixedDraw,
    commit_rule_lotteries,
    draw_rule_lotteries,
    grant_by_rank,
)
from benefits.tables.decisions import grants, waiting_list
from events import InboundEvent, process_batch
from events.retries import run_in_transaction
from rules import RuleLibrary
from rules.lottery.file import PublicDigits
from store import Database
from tests.benefits.polls import NOW, heard, imported, library, poll

LOTTERY = """
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member], every: calendar_year}
allocate: {mode: lottery, quota: 3, every: calendar_year, entries: {from: 2026-05-01, until: 2026-05-31}, waiting_list: true}
budget: prize
claim: {within: P10D}
"""
RANKED = """
benefit: {kind: place, unit: 个, amount_fen: 100}
limit: {times: 1, per: [member], every: calendar_year}
allocate: {mode: by_rank, quota: 2, every: calendar_year, rank: "event.answers", entries: {from: 2026-05-01, until: 2026-05-31}, waiting_list: true}
claim: {within: P10D}
"""
QUEUE = """
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member], every: calendar_year}
allocate: {mode: first_come, quota: 2, every: calendar_year, waiting_list: true}
budget: prize
claim: {within: P10D}
"""
ENTERED = date(2026, 5, 10)
COMMITTED = date(2026, 6, 1)
DRAWN = date(2026, 6, 3)
DIGITS = "12345678901234"
PLAN = PublicDigits(kind="digits", source="排列5", on="2026-06-02", count=14)


def officer(day: date, who: str = "li.min") -> Officer:
    return Officer(who, noon(day), day, "依规")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def names(number: int) -> list[str]:
    return [f"m-{n:02}" for n in range(1, number + 1)]


@dataclass(frozen=True)
class House:
    """One rule in a database, and what happens there."""

    database: Database
    library: RuleLibrary
    rule_id: str = "draw"

    def send(self, *items: InboundEvent) -> list[str]:
        with self.database.write() as connection:
            rulings = process_batch(items, connection, self.library, NOW).rulings
        return [" ".join([ruling.outcome, *(reason.code for reason in ruling.reasons)]) for ruling in rulings]

    def enter(self, members: Sequence[str]) -> list[str]:
        self.send(*map(imported, members))
        return self.send(*(poll(member, f"p-{member}", day=ENTERED) for member in members))

    def fix(self, secret: str = "ab" * 32, day: date = COMMITTED) -> list[FixedDraw]:
        versions = find_collecting_versions(self.library, self.rule_id, "lottery", day)
        return run_in_transaction(
            self.database, lambda c: commit_rule_lotteries(c, officer(day), versions, PLAN, lambda _: secret)
        )

    def draw(self, day: date = DRAWN, who: str = "li.min") -> list[CompletedDraw]:
        versions = find_collecting_versions(self.library, self.rule_id, "lottery", day)
        return run_in_transaction(
            self.database, lambda c: draw_rule_lotteries(c, officer(day, who), versions, DIGITS)
        )

    def rank(self, day: date = DRAWN) -> list[CompletedDraw]:
        versions = find_collecting_versions(self.library, self.rule_id, "by_rank", day)
        return run_in_transaction(self.database, lambda c: grant_by_rank(c, officer(day), versions))

    def pass_days(self, today: date) -> None:
        """What the runner does on a day: what nobody claimed lapses, who waits moves up."""
        from benefits import list_open_waiting_lists, move_up_waiting_list
        from benefits.lifecycle.claims import lapse_unclaimed

        while run_in_transaction(self.database, lambda c: lapse_unclaimed(c, noon(today), today)).due_count:
            pass
        with self.database.read() as connection:
            waiting = list_open_waiting_lists(connection)
        for places in waiting:
            while run_in_transaction(
                self.database,
                lambda c, p=places: move_up_waiting_list(c, p, self.library, noon(today), today),
            ).moved_count:
                pass

    def claim(self, member: str, day: date) -> bool:
        from benefits.lifecycle.claims import record_claim

        with self.database.write() as connection:
            id_ = connection.execute(select(grants.c.id).where(grants.c.member_id == member)).scalars().one()
            return record_claim(connection, id_, noon(day), day, member).is_new

    def granted(self) -> list[str]:
        with self.database.read() as connection:
            return [row.member_id for row in connection.execute(select(grants).order_by(grants.c.granted_on))]

    def waiting(self) -> list[str]:
        with self.database.read() as connection:
            rows = connection.execute(select(waiting_list).order_by(waiting_list.c.position))
            return [row.member_id for row in rows]


def house(database: Database, text: str) -> House:
    return House(database, library(draw=text))


def order_of(drawn: CompletedDraw) -> list[str]:
    """Members in the order that was published."""
    content = json.loads(drawn.file)
    if "draw" in content:
        return [w["pseudonym"] for w in content["draw"]["winners"]] + content["draw"]["waiting"]
    return [row["pseudonym"] for row in content["order"]]


def left(member: str, day: date) -> InboundEvent:
    return heard("member.left", member, f"{day}T12:00:00", f"left-{member}", {})


def digest(connection: Connection) -> str:
    return sha256("\n".join(benefits.canonical_export_lines(connection)).encode()).hexdigest()
