"""Decisions without rules: what the ledger is given, spelt out."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import Connection, select

from benefits import Officer, Ruling, Verification, admit_and_record, verify_ledger
from benefits.tables.decisions import counters
from rules import (
    ApplicableCap,
    Condition,
    ConditionResult,
    Decision,
    DueBenefit,
    EventFacts,
    LimitSlots,
    Quota,
)
from store import Database

NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
DAY = date(2026, 5, 1)
TREASURER = Officer("treasurer", NOW, NOW.date(), "年度预算")
_numbers = count(1)

Decided = tuple[EventFacts, Decision]


@dataclass(frozen=True)
class Wish:
    """What somebody wants of the ledger; ``limit`` is (key, period, times), ``quota`` (size, period)."""

    member: str = "m-1"
    rule: str = "pack"
    amount_fen: int = 100
    kind: str = "cash"
    quantity: int = 1
    unit: str | None = None
    limit: tuple[str, str, int] | None = None
    quota: tuple[int, str] | None = None
    budget: str | None = None
    caps: tuple[tuple[str, int], ...] = ()  # yearly caps: name, fen
    event: str | None = None
    due: bool = True

    def decided(self) -> Decided:
        event = self.event or f"e-{next(_numbers)}"
        facts = EventFacts("/test", event, "member.birthday", NOW, DAY, self.member, {})
        key, period, times = self.limit or (f"event={event}", "event", 1)
        condition = Condition("member.status == 'active'", "会籍已暂停", "完成核验", ("member.status",))
        benefit = DueBenefit(
            self.kind,  # type: ignore[arg-type]
            "示例",
            self.amount_fen,
            self.quantity,
            self.unit,
            None,
            budget=self.budget,
        )
        return facts, Decision(
            self.rule,
            "示例规则",
            "0" * 64,
            self.member,
            DAY,
            "due" if self.due else "refused",
            (
                ConditionResult(
                    condition, self.due, False, {"member.status": "active" if self.due else "left"}
                ),
            ),
            (benefit,) if self.due else (),
            (LimitSlots(key, period, times),),
            Quota(*self.quota) if self.quota else None,
            tuple(ApplicableCap(name, name, "member_and_year", fen, "2026") for name, fen in self.caps),
        )


def give(database: Database, *wishes: Wish) -> list[Ruling]:
    """All wishes in one batch."""
    with database.write() as connection:
        return give_in(connection, *wishes)


def give_in(connection: Connection, *wishes: Wish) -> list[Ruling]:
    return admit_and_record(connection, [wish.decided() for wish in wishes], NOW)


def outcomes(rulings: list[Ruling]) -> list[str]:
    """granted, or the codes of the refusal."""
    return [" ".join(reason.code for reason in ruling.reasons) or ruling.outcome for ruling in rulings]


def used(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {row.key: row.used for row in connection.execute(select(counters))}


def verified(database: Database) -> Verification:
    with database.read() as connection:
        return verify_ledger(connection)
