"""What officers do with rules: who did what when and why, one row for each act."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from benefits.sealing.queue import to_seal
from benefits.tables.rulebook import rule_acts, rulebook
from members import holds_personal_number
from store import one_at_a_time

N_ = str  # marks a text for the message catalogue

WORK = "rulebook"
LONGEST_REASON = 500
_WHO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,31}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

Kind = Literal[
    "submitted",
    "approved",
    "rejected",
    "stopped",
    "resumed",
    "retired",
    "reversed",
    "committed",
    "drawn",
    "closed",
    "ranked",
    "voided",
    "erased",
    "budget_set",
    "mended",
    "dropped",
]


class ActRefused(Exception):
    """What an officer may not do; ``message`` and ``remedy`` are catalogue templates filled by ``params``."""

    def __init__(self, message: str, remedy: str, field: str, value: str, **params: str) -> None:
        self.message, self.remedy, self.field, self.value, self.params = message, remedy, field, value, params
        super().__init__(message.format_map({"value": value, **params}))


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts, when and why. ``who`` is a short pseudonym; ``today`` the civil date.

    *Raises*: ActRefused for a name or a reason that can't be kept.
    """

    who: str
    at: datetime
    today: date
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.who:
            raise ActRefused(
                N_("nobody was named as the officer who acts"),
                N_("say who acts, such as --by li.min"),
                "--by",
                "",
            )
        if not _WHO.fullmatch(self.who) or holds_personal_number(self.who):
            raise ActRefused(
                N_("{value} is no short name of an officer"),
                N_("write a short pseudonym of 2 to 32 letters and digits, such as li.min or gh-017"),
                "--by",
                self.who if not holds_personal_number(self.who) else "…",
            )
        if len(self.reason) > LONGEST_REASON or _CONTROL.search(self.reason):
            raise ActRefused(
                N_("the reason has more than {longest} characters or holds control characters"),
                N_("say it in one or two sentences on one line"),
                "--reason",
                "…",
                longest=str(LONGEST_REASON),
            )
        if holds_personal_number(self.reason):
            raise ActRefused(
                N_("the reason holds an ID number or a phone number; everybody concerned will read it"),
                N_("leave out personal data"),
                "--reason",
                "…",
            )

    def with_reason(self) -> "Officer":
        """The same officer. *Raises*: ActRefused where no reason is given."""
        if not self.reason.strip():
            raise ActRefused(
                N_("the reason is missing; members will ask for it"),
                N_("say why with --reason"),
                "--reason",
                self.reason,
            )
        return self


@dataclass(frozen=True, slots=True)
class Act:
    """One act as it was recorded. ``before`` and ``after`` are hashes of versions."""

    sequence: int
    rule_id: str
    kind: str
    who: str
    at: datetime
    day: date
    reason: str
    before: str | None
    after: str | None
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done: an act that isn't recorded yet."""

    kind: Kind
    rule_id: str
    before: str | None = None
    after: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


def alone(connection: Connection) -> None:
    """Wait until no batch is under way anywhere, and let none begin before this transaction ends.

    Every batch is then wholly before or wholly after the act (see ``benefits.rulebook.book.enter``).
    """
    one_at_a_time(connection, WORK)


def record_act(connection: Connection, officer: Officer, deed: Deed) -> int:
    """Write an act down; gives its number."""
    row = {
        "rule_id": deed.rule_id,
        "act": deed.kind,
        "who": officer.who,
        "at": officer.at,
        "day": officer.today,
        "reason": officer.reason,
        "hash_before": deed.before,
        "hash_after": deed.after,
        "detail": json.dumps(dict(deed.detail), ensure_ascii=False, sort_keys=True),
    }
    done = connection.execute(insert(rule_acts).values(row).returning(rule_acts.c.sequence))
    number = int(done.scalar_one())
    to_seal(connection, {"rule_acts": [str(number)]}, officer.at)
    return number


def turn_epoch(connection: Connection) -> None:
    """Tell every runner that the library in force is another from here on."""
    connection.execute(update(rulebook).values(epoch=rulebook.c.epoch + 1))


def acts(connection: Connection, rule_id: str | None = None) -> list[Act]:
    """All acts, or those on one rule, the earliest first."""
    query = select(rule_acts).order_by(rule_acts.c.sequence)
    rows = connection.execute(query.where(rule_acts.c.rule_id == rule_id) if rule_id else query)
    return [
        Act(
            row.sequence,
            row.rule_id,
            row.act,
            row.who,
            row.at,
            row.day,
            row.reason,
            row.hash_before,
            row.hash_after,
            json.loads(row.detail),
        )
        for row in rows
    ]
