"""What a rule granted by each of its versions, what was taken back of it, and what waits for a second person."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from benefits.tables.decisions import decisions, grants
from benefits.tables.rulebook import rule_acts
from rules import RuleLibrary
from yihui.access.pending_acts import PendingAct, PendingKind, list_pending_acts
from yihui.access.roles import Right
from yihui.frame.acts import Doing
from yihui.frame.listing import Looking, RowSlice
from yihui.money.places import find_covered_rules, find_rule_owners

RIGHT = Right.READ_MONEY


@dataclass(frozen=True, slots=True)
class GrantingVersion:
    """A version of a rule that granted something: its days in force, the number of its grants, and their amount."""

    hash: str
    since: date | None
    until: date | None
    grants: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PastReversal:
    """What an officer took back of a rule, and why."""

    day: date
    who: str
    grants: int
    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class GrantingRule:
    """A rule whose grants can be taken back; without ``versions`` and ``past`` it is a row of the list."""

    rule: str
    title: str
    owners: Sequence[str]
    waiting: Sequence[PendingAct]
    versions: Sequence[GrantingVersion] = ()
    past: Sequence[PastReversal] = ()


def find_granting_rules(look: Looking[Any]) -> RowSlice[GrantingRule]:
    """Find the rules of the officer's subtrees that granted something: those with a reversal that waits come first."""
    known = look.connection.execute(select(grants.c.rule_id).distinct()).scalars()
    library = look.wiring.rulebook.in_force(look.connection)
    waiting = _list_waiting(look.connection)
    found = [
        GrantingRule(rule, _title(library, rule), (), [one for one in waiting if one.object_id == rule])
        for rule in find_covered_rules(look.wiring, look.connection, look.scope(RIGHT), known)
    ]
    return look.cut(sorted(found, key=lambda one: (not one.waiting, one.title)))


def load_granting_rule(at: Looking[Any] | Doing[Any, Any], rule: str) -> GrantingRule:
    """Load what was taken back of a rule and, for who looks, what each of its versions granted."""
    library = at.wiring.rulebook.in_force(at.connection)
    return GrantingRule(
        rule,
        _title(library, rule),
        sorted(find_rule_owners(at.wiring, at.connection, [rule])[rule]),
        [one for one in _list_waiting(at.connection) if one.object_id == rule],
        _list_versions(at.connection, library, rule) if isinstance(at, Looking) else (),
        _list_past(at.connection, rule),
    )


def list_granting_hashes(connection: Connection, rule: str) -> Sequence[str]:
    """Return the versions of a rule that decided something, by their hashes."""
    query = select(decisions.c.rule_hash).where(decisions.c.rule_id == rule).distinct()
    return sorted(connection.execute(query).scalars())


def _title(library: RuleLibrary, rule: str) -> str:
    versions = library.versions(rule)
    return versions[-1].definition.title if versions else rule


def _list_waiting(connection: Connection) -> list[PendingAct]:
    return list_pending_acts(connection, {PendingKind.MASS_REVERSAL})


def _list_versions(connection: Connection, library: RuleLibrary, rule: str) -> Sequence[GrantingVersion]:
    spans = {one.hash: one.definition.in_force for one in library.versions(rule)}
    query = (
        select(decisions.c.rule_hash, func.count(), func.coalesce(func.sum(grants.c.amount_fen), 0))
        .join(decisions, decisions.c.id == grants.c.decision_id)
        .where(grants.c.rule_id == rule)
        .group_by(decisions.c.rule_hash)
    )
    found = []
    for hash_, count, amount in connection.execute(query):
        span = spans.get(hash_)
        found.append(
            GrantingVersion(
                hash_, span.since if span else None, span.until if span else None, count, int(amount)
            )
        )
    return sorted(found, key=lambda one: (one.since or date.min, one.hash), reverse=True)


def _list_past(connection: Connection, rule: str) -> Sequence[PastReversal]:
    c = rule_acts.c
    query = select(rule_acts).where(c.rule_id == rule, c.act == "reversed").order_by(c.sequence.desc())
    rows = [(row, json.loads(row.detail)) for row in connection.execute(query)]
    return [
        PastReversal(row.day, row.who, said["grants"], said["amount_fen"], row.reason) for row, said in rows
    ]
