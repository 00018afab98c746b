"""The acts of people and of the clock between the events: what a replay of the journal does again.

An act is stored in the transaction that does it, with the day and the instant that it was done with, and with
the last event that the journal held then. It holds no personal data and no secret: ids, days and amounts,
and the officer's pseudonym and reason.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, func, select

from core.civil_time import civil_date
from events.journal import last_sequence
from events.tables import ACT_BATCHES, acts
from store import append_batch

ActKind = Literal[
    "sweep",  # one step of what is due by a day
    "move_up",  # free places given to waiting members
    "claim",
    "give_up",
    "budget",
    "commit_draw",
    "draw",
    "rank",
    "reverse",
    "reprice",  # an officer's choice of the value that those who wait get
    "void",
    "issue_code",
    "redeem",
    "refund",
    "spend_points",
    "claw_back",  # an officer took a grant back
    "settle_debt",
    "waive_debt",
    "hand_over",  # one step of paying a grant by hand
    "prepare_payout",  # by bank: which grants, without the accounts
    "release_payout",
    "cancel_payout",
    "bank_return",
    "appeal",  # without the member's words
    "answer_appeal",
    "approve_rule",
    "retire_rule",
    "stop_rule",
    "resume_rule",
]


@dataclass(frozen=True, slots=True)
class Act:
    """One act; ``terms`` are what it needs besides what the ledger holds."""

    sequence: int
    after_event: int
    kind: str
    day: date
    at: datetime
    terms: Mapping[str, object]


def record_act(connection: Connection, kind: ActKind, at: datetime, **terms: object) -> None:
    """Append an act that was done in this transaction."""
    row = {
        "after_event": last_sequence(connection),
        "kind": kind,
        "day": civil_date(at),
        "at": at,
        "terms": json.dumps(terms, ensure_ascii=False, sort_keys=True, default=str),
    }
    append_batch(connection, ACT_BATCHES, [row], at)


def read_acts(connection: Connection, between: tuple[int, int], size: int) -> list[Act]:
    """Return up to ``size`` acts after one sequence and up to another, in their order."""
    after, end = between
    query = select(acts).where(acts.c.sequence > after, acts.c.sequence <= end)
    rows = connection.execute(query.order_by(acts.c.sequence).limit(size))
    return [
        Act(row.sequence, row.after_event, row.kind, row.day, row.at, json.loads(row.terms)) for row in rows
    ]


def last_act(connection: Connection) -> int:
    """Return the sequence of the last act; 0 if there is none."""
    return int(connection.execute(select(func.max(acts.c.sequence))).scalar() or 0)


def find_first_budget_acts(connection: Connection) -> dict[str, int | None]:
    """Return the amount of each budget before its first recorded act."""
    query = select(acts.c.terms).where(acts.c.kind == "budget").order_by(acts.c.sequence)
    found: dict[str, int | None] = {}
    for text in connection.execute(query).scalars():
        terms = json.loads(text)
        found.setdefault(terms["budget"], terms["before_fen"])
    return found
