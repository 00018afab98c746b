"""What waits for an officer and what changed since yesterday."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from benefits.tables.rulebook import rule_acts, rule_versions
from core.civil_time import civil_date, start_of_day
from events.dead_letters import count_dead_letters
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.waiting import WaitingThings, find_waiting
from yihui.runtime.language import Language
from yihui.services.access.act_places import owners_of_rule
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.jobs import Job, list_jobs_since

MOST_LISTED = 5
_Count = Callable[[Wiring, Connection, OfficerScope], int]


@dataclass(frozen=True, slots=True)
class WaitingCount:
    """How much of a kind waits for the officer."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class RuleChange:
    """An act on a rule since yesterday."""

    rule: str
    act: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HomeOverview:
    """The officer's first page.

    ``jobs`` are the officer's own that run, wait, or ended since yesterday.
    """

    waiting: Sequence[WaitingCount]
    things: WaitingThings
    since: date
    changes: Sequence[RuleChange]
    jobs: Sequence[Job] = ()


def load_home_overview(wiring: Wiring, actor: Actor, language: Language) -> HomeOverview:
    """Load the first page of an officer: only what the officer's rights show, in the officer's subtrees."""
    now = wiring.now()
    today = civil_date(now)
    yesterday = today - timedelta(days=1)
    since = start_of_day(yesterday)
    with wiring.database.read() as connection:
        waiting = []
        for kind, right, count in _WAITING:
            scope = OfficerScope(subtrees(actor, right, today), today)
            if scope.organisations is None or scope.organisations:
                waiting.append(WaitingCount(kind, count(wiring, connection, scope)))
        reads_rules = subtrees(actor, Right.READ_RULES, today) != frozenset()
        changes = _rule_changes(connection, since) if reads_rules else []
        things = find_waiting(wiring, connection, actor, language)
        own_jobs = list_jobs_since(connection, actor, since, MOST_LISTED)
    return HomeOverview(waiting, things, yesterday, changes, own_jobs)


def _count_versions(wiring: Wiring, connection: Connection, scope: OfficerScope) -> int:
    """Count the waiting versions that the officer may approve: those of which every owner lies in the subtrees."""
    waiting = select(rule_versions.c.text).where(rule_versions.c.state == "submitted")
    texts = connection.execute(waiting).scalars().all()
    owners = [frozenset(owners_of_rule(wiring, connection, text)) for text in texts]
    covered = scope.find_covered(connection, frozenset[str]().union(*owners))
    return sum(one <= covered for one in owners)


_WAITING: tuple[tuple[str, Right, _Count], ...] = (
    ("versions", Right.APPROVE_RULES, _count_versions),
    ("letters", Right.OPERATE, lambda _, connection, scope: count_dead_letters(connection)),
)


def _rule_changes(connection: Connection, since: datetime) -> list[RuleChange]:
    act = rule_acts.c
    query = select(act.rule_id, act.act, act.who, act.at).where(act.at >= since)
    rows = connection.execute(query.order_by(act.sequence.desc()).limit(MOST_LISTED))
    return [RuleChange(row.rule_id, row.act, row.who, row.at) for row in rows]
