"""What waits for an officer, what changed since yesterday, and which budgets are about to run out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, exists, func, select

from benefits import Budget
from benefits.ledger.budgets import list_budgets
from benefits.tables.payout import payout_batches
from benefits.tables.rulebook import rule_acts, rule_versions
from core.civil_time import civil_date, start_of_day
from events.tables import dead_letters
from geo.registry.tables import station_answers, station_changes, station_statements, stations
from geo.status.statements import ReporterRole
from members.hardship.repository import FileQuery, count_files
from members.joining.tables import join_requests
from members.organisations.search import OrganisationQuery, count_organisations
from members.tables import memberships, organisation_changes
from store.tables import row_batches
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.appeals.calls import count_open_appeals
from yihui.cases.hotline.calls import count_overdue_cases
from yihui.cases.inspections.calls import count_late_tasks, count_overdue_inspections
from yihui.services.access.act_places import find_rules_of_batches, owners_of_rule
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.applications.applications import count_overdue_applications
from yihui.services.desk.search import list_file_codes
from yihui.services.desk.second_steps import count_second_steps
from yihui.services.members.certificates import count_waiting_certificates
from yihui.services.members.organisations import holds_on
from yihui.services.money.desk import find_covered_rules
from yihui.services.money.failed_payments import count_covered_failures
from yihui.services.operation.jobs import Job, list_jobs_since

LOW_BUDGET_SHARE = 0.9  # of what may be promised
MOST_LISTED = 5
_NEWEST_BATCHES = 20_000  # of rows that transactions wrote; those of two days are among them
NEWEST_ROWS = 2_000  # of a log whose instants have no index
_COUNTED_TABLES = {"journal": "events", "member_changes": "member_changes", "decisions": "decisions"}


@dataclass(frozen=True, slots=True)
class WaitingCount:
    """How much of a kind waits for the officer."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class RecentChange:
    """An act on a rule, or changes of organisations or stations of one kind and cause, since yesterday.

    ``id`` is that of the latest of ``count``.
    """

    kind: str
    id: str
    act: str
    by: str
    at: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class HomeOverview:
    """The officer's first page.

    ``budgets`` are those of which 90 % or more are in use, the fullest first. ``jobs`` are the officer's own that
    run, wait, or ended since yesterday.
    """

    waiting: Sequence[WaitingCount]
    since: date
    counted: Mapping[str, int]
    changes: Sequence[RecentChange]
    budgets: Sequence[Budget]
    jobs: Sequence[Job] = ()


def load_home_overview(wiring: Wiring, actor: Actor) -> HomeOverview:
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
                waiting.append(WaitingCount(kind, count(wiring, connection, scope, now)))
        waiting += [WaitingCount(*one) for one in count_second_steps(wiring, connection, actor)]
        shown = {right for right in Right if subtrees(actor, right, today) != frozenset()}
        counted = _count_rows(connection, since) if Right.READ_OPERATION in shown else {}
        changes = [
            change
            for right, load in _CHANGES
            if right in shown
            for change in load(connection, since, OfficerScope(subtrees(actor, right, today), today))
        ]
        budgets = _low_budgets(connection) if Right.READ_MONEY in shown else []
        own_jobs = list_jobs_since(connection, actor, since, MOST_LISTED)
    return HomeOverview(waiting, yesterday, counted, changes, budgets, own_jobs)


def _count_joins(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    query = select(func.count()).select_from(join_requests).where(join_requests.c.state == "waiting")
    query = query.where(scope.organisation_condition(connection, join_requests.c.reviewer))
    return int(connection.execute(query).scalar_one())


def _count_transfers(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    """Count the waiting requests of people who are members of another organisation: approval transfers them."""
    elsewhere = exists().where(
        memberships.c.member_id == join_requests.c.member_id,
        holds_on(scope.day),
        memberships.c.organisation != join_requests.c.organisation,
    )
    query = select(func.count()).select_from(join_requests)
    query = query.where(join_requests.c.state == "waiting", elsewhere)
    query = query.where(scope.organisation_condition(connection, join_requests.c.reviewer))
    return int(connection.execute(query).scalar_one())


def _count_versions(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    """Count the waiting versions that the officer may approve: those of which every owner lies in the subtrees."""
    waiting = select(rule_versions.c.text).where(rule_versions.c.state == "submitted")
    texts = connection.execute(waiting).scalars().all()
    owners = [frozenset(owners_of_rule(wiring, connection, text)) for text in texts]
    return _count_covered(connection, scope, owners)


def _count_batches(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    """Count the prepared batches that the officer may release."""
    waiting = select(payout_batches.c.id).where(payout_batches.c.state == "prepared")
    batches = connection.execute(waiting).scalars().all()
    rules = find_rules_of_batches(connection, batches)
    covered = find_covered_rules(wiring, connection, scope, frozenset[str]().union(*rules.values()))
    return sum(bool(paid) and paid <= covered for paid in rules.values())


def _count_failed(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    return count_covered_failures(wiring, connection, scope, "failed")


def _count_unanswered(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    return count_covered_failures(wiring, connection, scope, "unanswered")


def _count_covered(connection: Connection, scope: OfficerScope, owners: Sequence[frozenset[str]]) -> int:
    """Count the sets of organisations that lie wholly in the subtrees."""
    covered = scope.find_covered(connection, frozenset[str]().union(*owners))
    return sum(one <= covered for one in owners)


def _count_letters(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    query = select(func.count()).select_from(dead_letters).where(dead_letters.c.resolved_at.is_(None))
    return int(connection.execute(query).scalar_one())


def _count_shut_doors(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    """Count the stations that riders report as locked, in reports that are valid and unanswered."""
    one = station_statements.c
    answered = exists().where(station_answers.c.report == one.event_id)
    query = (
        select(func.count(one.station_id.distinct()))
        .join(stations, stations.c.id == one.station_id)
        .where(one.lapses_at > now, one.voice == ReporterRole.RIDER.value, one.what == "locked", ~answered)
        .where(scope.station_condition())
    )
    return int(connection.execute(query).scalar_one())


def _count_cases(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    return count_overdue_cases(connection, scope, now)


def _count_inspections(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    return count_overdue_inspections(connection, scope)


def _count_tasks(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    return count_late_tasks(connection, scope)


def _count_applications(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    return count_overdue_applications(wiring, connection, scope)


def _count_reviews(wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime) -> int:
    """Count the case files of hardship that wait for a review today, as the list of the due ones shows them."""
    return count_files(connection, FileQuery(list_file_codes(connection, scope), due_by=scope.day))


def _count_due_organisations(
    wiring: Wiring, connection: Connection, scope: OfficerScope, now: datetime
) -> int:
    query = OrganisationQuery(scope.day, within=scope.find_paths(connection), is_due=True)
    return count_organisations(connection, query)


_Count = Callable[[Wiring, Connection, OfficerScope, datetime], int]
_WAITING: tuple[tuple[str, Right, _Count], ...] = (
    ("joins", Right.CHANGE_MEMBERS, _count_joins),
    ("transfers", Right.CHANGE_MEMBERS, _count_transfers),
    ("versions", Right.APPROVE_RULES, _count_versions),
    ("batches", Right.RELEASE_MONEY, _count_batches),
    ("failed", Right.PREPARE_MONEY, _count_failed),
    ("unanswered", Right.PREPARE_MONEY, _count_unanswered),
    ("appeals", Right.DECIDE_APPLICATIONS, count_open_appeals),
    ("certificates", Right.CORRECT_MEMBERS, count_waiting_certificates),
    ("letters", Right.OPERATE, _count_letters),
    ("doors", Right.CHANGE_STATIONS, _count_shut_doors),
    ("inspections", Right.CHANGE_STATIONS, _count_inspections),
    ("tasks", Right.CHANGE_STATIONS, _count_tasks),
    ("cases", Right.HANDLE_CASES, _count_cases),
    ("applications", Right.DECIDE_APPLICATIONS, _count_applications),
    ("reviews", Right.KEEP_HARDSHIP, _count_reviews),
    ("organisations", Right.CHANGE_ORGANISATIONS, _count_due_organisations),
)


def _count_rows(connection: Connection, since: datetime) -> dict[str, int]:
    """Count what transactions wrote into the large tables; their batches say it without reading the rows."""
    batch = row_batches.c
    newest = select(func.max(batch.number) - _NEWEST_BATCHES).scalar_subquery()
    query = (
        select(batch.table_name, func.sum(batch.row_count))
        .where(batch.number > func.coalesce(newest, 0), batch.recorded_at >= since)
        .where(batch.table_name.in_(_COUNTED_TABLES))
        .group_by(batch.table_name)
    )
    return {_COUNTED_TABLES[name]: int(count) for name, count in connection.execute(query).all()}


def _rule_changes(connection: Connection, since: datetime, scope: OfficerScope) -> list[RecentChange]:
    act = rule_acts.c
    query = select(act.rule_id, act.act, act.who, act.at).where(act.at >= since)
    rows = connection.execute(query.order_by(act.sequence.desc()).limit(MOST_LISTED))
    return [RecentChange("rule", row.rule_id, row.act, row.who, row.at) for row in rows]


def _organisation_changes(connection: Connection, since: datetime, scope: OfficerScope) -> list[RecentChange]:
    one = organisation_changes.c
    newest = select(one.sequence).order_by(one.sequence.desc()).limit(NEWEST_ROWS).subquery()
    query = (
        select(func.max(one.code), one.type, one.recorded_by, func.max(one.recorded_at), func.count())
        .where(one.sequence.in_(select(newest.c.sequence)), one.recorded_at >= since)
        .where(scope.organisation_condition(connection, one.code))
        .group_by(one.type, one.recorded_by)
        .order_by(func.max(one.sequence).desc())
        .limit(MOST_LISTED)
    )
    return [
        RecentChange("organisation", code, type_, by or "", at, count)
        for code, type_, by, at, count in connection.execute(query).all()
    ]


def _station_changes(connection: Connection, since: datetime, scope: OfficerScope) -> list[RecentChange]:
    one = station_changes.c
    newest = select(one.sequence).order_by(one.sequence.desc()).limit(NEWEST_ROWS).subquery()
    query = (
        select(func.max(one.station_id), one.change, one.cause, func.max(one.at), func.count())
        .join(stations, stations.c.id == one.station_id)
        .where(one.sequence.in_(select(newest.c.sequence)), one.at >= since)
        .where(scope.station_condition())
        .group_by(one.change, one.cause)
        .order_by(func.max(one.sequence).desc())
        .limit(MOST_LISTED)
    )
    return [
        RecentChange("station", id_, change, cause, at, count)
        for id_, change, cause, at, count in connection.execute(query).all()
    ]


_CHANGES = (
    (Right.READ_RULES, _rule_changes),
    (Right.READ_ORGANISATIONS, _organisation_changes),
    (Right.READ_STATIONS, _station_changes),
)


def _low_budgets(connection: Connection) -> list[Budget]:
    limited = [one for one in list_budgets(connection) if one.ceiling_fen]
    low = [one for one in limited if used_share(one) >= LOW_BUDGET_SHARE]
    return sorted(low, key=used_share, reverse=True)[:MOST_LISTED]


def used_share(budget: Budget) -> float:
    """Return the share of a budget that is in use."""
    return budget.in_use_fen / budget.ceiling_fen if budget.ceiling_fen else 0.0
