"""Acts of officers on rules: one row for each act, with the officer, the time and the reason."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from benefits.tables.rulebook import rule_acts, rulebook
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import has_personal_number
from store import enqueue_for_sealing, lock_exclusive

OFFICER_FAULTS = FaultTable(
    "officer",
    {
        "unnamed": (
            N_("nobody was named as the officer who acts"),
            N_("log in, or say who acts, such as --as li.min"),
        ),
        "bad_name": (
            N_("{value} is no short name of an officer"),
            N_("write a short pseudonym of 2 to 32 letters and digits, such as li.min or gh-017"),
        ),
        "bad_reason": (
            N_("the reason has more than {longest} characters or holds control characters"),
            N_("say it in one or two sentences on one line"),
        ),
        "personal_reason": (
            N_("the reason holds an ID number or a phone number; everybody concerned will read it"),
            N_("leave out personal data"),
        ),
        "no_reason": (N_("the reason is missing; members will ask for it"), N_("say why with --reason")),
    },
)

RULEBOOK_LOCK = "rulebook"
MAX_REASON_LENGTH = 500
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,31}")
_WHO = re.compile(rf"{_NAME.pattern}|console:[A-Za-z0-9][A-Za-z0-9._-]{{1,23}}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

ActKind = Literal[
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
    "repriced",
]


def is_officer_name(text: str) -> bool:
    """Return whether a text can be the short name of an officer."""
    return _NAME.fullmatch(text) is not None and not has_personal_number(text)


def is_same_officer(first: str, second: str) -> bool:
    """Return whether two stored names are of one officer, whichever way they are capitalised."""
    return first.casefold() == second.casefold()


class ActRefused(FaultError):
    """An officer's or a member's act was refused; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Officer:
    """The officer who acts, with the time and the reason.

    ``who`` is a short pseudonym, or ``console:NAME`` for a user of the operating system; ``today`` is the civil date.

    *Raises*: ActRefused for an invalid name or reason.
    """

    who: str
    at: datetime
    today: date
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.who:
            raise ActRefused(OFFICER_FAULTS.build("unnamed", field="--as", value=""))
        if not _WHO.fullmatch(self.who) or has_personal_number(self.who):
            raise ActRefused(
                OFFICER_FAULTS.build(
                    "bad_name", field="--as", value=self.who if not has_personal_number(self.who) else "…"
                )
            )
        if len(self.reason) > MAX_REASON_LENGTH or _CONTROL.search(self.reason):
            raise ActRefused(
                OFFICER_FAULTS.build("bad_reason", field="--reason", value="…", longest=MAX_REASON_LENGTH)
            )
        if has_personal_number(self.reason):
            raise ActRefused(OFFICER_FAULTS.build("personal_reason", field="--reason", value="…"))

    def require_reason(self) -> "Officer":
        """Return this officer. *Raises*: ActRefused if the reason is empty."""
        if not self.reason.strip():
            raise ActRefused(OFFICER_FAULTS.build("no_reason", field="--reason", value=self.reason))
        return self


@dataclass(frozen=True, slots=True)
class Act:
    """One recorded act. ``before`` and ``after`` are hashes of rule versions."""

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
class NewAct:
    """An act that is not recorded yet."""

    kind: ActKind
    rule_id: str
    before: str | None = None
    after: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


def lock_rulebook_exclusive(connection: Connection) -> None:
    """Wait until no batch is running anywhere, and let none start before this transaction ends.

    Every batch is then wholly before or wholly after the act (see
    ``benefits.rulebook.book.lock_rulebook_shared``).
    """
    lock_exclusive(connection, RULEBOOK_LOCK)


def record_act(connection: Connection, officer: Officer, deed: NewAct) -> int:
    """Record an act and return its number."""
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
    enqueue_for_sealing(connection, {"rule_acts": [str(number)]}, officer.at)
    return number


def advance_rulebook_epoch(connection: Connection) -> None:
    """Increase the rulebook's epoch, which tells every runner that another library is in force."""
    connection.execute(update(rulebook).values(epoch=rulebook.c.epoch + 1))


def list_acts(connection: Connection, rule_id: str | None = None) -> list[Act]:
    """List all acts, or those on one rule, earliest first."""
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
