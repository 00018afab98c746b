"""Sums of postings to the fen: granted, issued, redeemed, settled, expired and reversed.

Three figures are kept apart: *issued* (handed out to the member), *redeemed* (used, or sent to the
bank) and *settled* (paid, as the bank or an invoice confirms).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from math import ceil, sqrt
from typing import Literal

from sqlalchemy import Column, Connection, Select, func, select

from benefits.ledger.budgets import Budget, list_budgets
from benefits.model.accounts import FEN, STAGES
from benefits.model.chunks import chunks
from benefits.reporting.rule_versions import load_stored_rules
from benefits.tables.appeals import rule_contents
from benefits.tables.decisions import grants, postings
from benefits.tables.transactions import transactions
from members import MemberChange, facts_on, load_lineages, organisation_names, read_member_changes

FigureGrouping = Literal["programme", "organisation", "month"]


@dataclass(slots=True)
class BenefitFigures:
    """Sums in fen.

    The first six are the amounts that moved in the period, less what was undone. The ``at_…`` fields are
    the stages, at the period's end, of all that was ever granted until then; together they sum to that
    total.
    """

    granted_fen: int = 0
    issued_fen: int = 0
    redeemed_fen: int = 0
    settled_fen: int = 0
    expired_fen: int = 0
    reversed_fen: int = 0
    at_promised_fen: int = 0
    at_issued_fen: int = 0
    at_redeemed_fen: int = 0
    at_settled_fen: int = 0
    at_expired_fen: int = 0
    at_reversed_fen: int = 0

    def add(self, other: "BenefitFigures") -> None:
        """Add the sums of another object to these."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """The figures of a rule, of a county's organisations, or of a month."""

    key: str
    title: str
    figures: BenefitFigures


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A period of civil days, both included; ``first=None`` means from the beginning."""

    first: date | None
    last: date

    def contains(self, day: date) -> bool:
        """Return whether a day lies in the period."""
        return (self.first is None or self.first <= day) and day <= self.last


def compute_figures(
    connection: Connection, by: FigureGrouping, period: ReportPeriod, within: frozenset[str] | None = None
) -> list[FigureGroup]:
    """Return the figures by programme (rule), organisation (county) or month, ordered by key.

    By month, the ``at_…`` figures are those at the month's end, of all that was granted before. ``within``
    names organisations: only what was granted to members of them, or of those below them, counts, by the
    tree of the day of the grant. None counts everything.
    """
    titles: Mapping[str, str] = {}
    if by == "organisation":
        found = _summed(_lines_of_members(connection, period, within, by), period)
        titles = organisation_names(connection)
    else:
        lines = (
            _lines(connection, period)
            if within is None
            else _lines_of_members(connection, period, within, "programme")
        )
        found = _by_month(lines, period) if by == "month" else _summed(lines, period)
        titles = {} if by == "month" else _titles(connection, found)
    return [FigureGroup(key, titles.get(key, key), found[key]) for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class _Line:
    """The fen that transactions of one kind moved into (or, negative, out of) a stage on a day."""

    key: str
    on: date
    kind: str
    stage: str
    fen: int


def _by_month(lines: Iterable[_Line], period: ReportPeriod) -> dict[str, BenefitFigures]:
    flows: defaultdict[str, BenefitFigures] = defaultdict(BenefitFigures)
    total = BenefitFigures()
    for line in sorted(lines, key=lambda line: line.on):
        _stand(total, line)
        month = f"{line.on:%Y-%m}"
        if period.contains(line.on):
            _flow(flows[month], line)
            for stage in STAGES:
                name = f"at_{stage}_fen"
                setattr(flows[month], name, getattr(total, name))
    return flows


def _lines_of_members(
    connection: Connection, period: ReportPeriod, within: frozenset[str] | None, by: FigureGrouping
) -> Iterator[_Line]:
    """Yield lines by rule, or by county of the organisation to which the member belonged.

    The tree is that of the day of the grant.
    """
    rows = connection.execute(_per_grant(period)).all()
    for some in chunks([*rows], 2_000):
        histories = read_member_changes(connection, {row.member_id for row in some})
        lineages = load_lineages(connection, _organisations(histories.values()))
        for row in some:
            facts = facts_on(histories[row.member_id], row.granted_on)
            code = str(facts["member.organisation"] or facts["member.district"] or "")
            lineage = lineages.lineage(code, row.granted_on)
            stage, _, rule = row.account.partition("/")
            if stage not in STAGES or (within is not None and within.isdisjoint(lineage)):
                continue
            area = next((one for one in lineage if len(one) == 6), "")
            key = area if by == "organisation" else rule
            yield _Line(key, row.occurred_on, row.kind, stage, int(row.fen))


def _organisations(histories: Iterable[Sequence[MemberChange]]) -> set[str]:
    return {
        str(c.values["organisation"]) for history in histories for c in history if "organisation" in c.values
    }


def _summed(lines: Iterable[_Line], period: ReportPeriod) -> dict[str, BenefitFigures]:
    found: defaultdict[str, BenefitFigures] = defaultdict(BenefitFigures)
    for line in lines:
        _count(found[line.key], line, period)
    return found


def _count(figures: BenefitFigures, line: _Line, period: ReportPeriod) -> None:
    _stand(figures, line)
    if period.contains(line.on):
        _flow(figures, line)


def _stand(figures: BenefitFigures, line: _Line) -> None:
    name = f"at_{line.stage}_fen"
    setattr(figures, name, getattr(figures, name) + line.fen)


def _flow(figures: BenefitFigures, line: _Line) -> None:
    """Add a line to the flows. A refund or a returned payment is subtracted where it was counted before."""
    match line.kind, line.stage:
        case "promise", "promised":
            figures.granted_fen += line.fen
        case "issue", "issued":
            figures.issued_fen += line.fen
        case (("redeem" | "refund" | "pay"), "redeemed"):
            figures.redeemed_fen += line.fen
        case "bounce", "issued":
            figures.redeemed_fen -= line.fen
        case (("settle" | "bounce"), "settled"):
            figures.settled_fen += line.fen
        case _, "expired":
            figures.expired_fen += line.fen
        case _, "reversed":
            figures.reversed_fen += line.fen


def _lines(connection: Connection, period: ReportPeriod) -> Iterator[_Line]:
    query = (
        select(
            postings.c.account,
            transactions.c.occurred_on,
            transactions.c.kind,
            func.sum(postings.c.amount).label("fen"),
        )
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .where(postings.c.unit == FEN, transactions.c.occurred_on <= period.last)
        .group_by(postings.c.account, transactions.c.occurred_on, transactions.c.kind)
    )
    for row in connection.execute(query):
        stage, _, rule = row.account.partition("/")
        if stage in STAGES:
            yield _Line(rule, row.occurred_on, row.kind, stage, int(row.fen))


def _per_grant(period: ReportPeriod) -> "Select[*tuple[object, ...]]":
    columns = (grants.c.member_id, grants.c.granted_on, transactions.c.occurred_on, transactions.c.kind)
    return (
        select(*columns, postings.c.account, func.sum(postings.c.amount).label("fen"))
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .join(grants, grants.c.id == transactions.c.grant_id)
        .where(postings.c.unit == FEN, transactions.c.occurred_on <= period.last)
        .group_by(*columns, postings.c.account)
    )


def _titles(connection: Connection, rule_ids: Iterable[str]) -> dict[str, str]:
    """Return the latest title of each rule."""
    wanted = sorted(rule_ids)
    hashes: list[str] = []
    for some in chunks(wanted):
        query = select(rule_contents.c.hash).where(rule_contents.c.rule_id.in_(some))
        hashes += connection.execute(query).scalars()
    kept = sorted(load_stored_rules(connection, hashes).values(), key=lambda rule: rule.since)
    return {rule.rule_id: rule.title for rule in kept}


MOST_WEEKS, LEAST_WEEKS = 13, 4
_FURTHEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class RunRate:
    """The use of a budget on a day: what went out, what came back, what is left, and the weekly rate.

    ``granted_fen`` is all that was ever promised out of it, ``returned_fen`` what came back by expiry or
    reversal, ``titles`` are those of the rules that promised it. ``weeks_granted_fen`` and
    ``weeks_returned_fen`` count the grants of the last whole ``weeks``; ``week_fen`` is the mean of what
    remains of them, ``error_fen`` twice its standard error. The days on which it is empty are None if it lasts
    more than ten years or there is no rate.
    """

    budget: str
    titles: tuple[str, ...]
    granted_fen: int
    returned_fen: int
    ceiling_fen: int | None
    weeks: int
    weeks_granted_fen: int
    weeks_returned_fen: int
    week_fen: int
    error_fen: int | None
    empty_on: date | None
    earliest: date | None
    latest: date | None
    curve: tuple[tuple[date, int], ...]  # amount in use at the end of each day with a movement

    @property
    def in_use_fen(self) -> int:
        """Return what is promised out of the budget and has not come back."""
        return self.granted_fen - self.returned_fen

    @property
    def left_fen(self) -> int | None:
        """Return the amount left; None if no officer has set the budget."""
        return None if self.ceiling_fen is None else self.ceiling_fen - self.in_use_fen

    @property
    def week_range_fen(self) -> tuple[int, int] | None:
        """Return the lowest and highest mean of a week that chance explains; None if that is unknown."""
        if self.error_fen is None:
            return None
        return max(0, self.week_fen - self.error_fen), self.week_fen + self.error_fen


@dataclass(slots=True)
class _Flow:
    """Fen that left a budget, and fen that came back to it."""

    out: int = 0
    back: int = 0

    @property
    def net(self) -> int:
        return self.out - self.back


def compute_run_rates(connection: Connection, on: date) -> list[RunRate]:
    """Return the run rate of every budget as of a day, by id."""
    taken = _by_day(connection, on, transactions.c.occurred_on)
    stayed = _by_day(connection, on, grants.c.granted_on)
    titles = _titles_of_budgets(connection)
    known = {budget.id: budget for budget in list_budgets(connection)}
    ids = sorted(known.keys() | taken.keys())
    return [
        _rate(
            known.get(id_, Budget(id_, 0, None)),
            titles.get(id_, ()),
            taken.get(id_, {}),
            stayed.get(id_, {}),
            on,
        )
        for id_ in ids
    ]


def _titles_of_budgets(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the titles of the rules that promised something out of each budget."""
    query = (
        select(postings.c.account, grants.c.rule_id)
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .join(grants, grants.c.id == transactions.c.grant_id)
        .where(postings.c.account.like("budget/%"))
        .distinct()
        .order_by(grants.c.rule_id)
    )
    rules: defaultdict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query):
        rules[row.account.removeprefix("budget/")].append(row.rule_id)
    titles = _titles(connection, {rule for some in rules.values() for rule in some})
    return {
        budget: tuple(dict.fromkeys(titles[rule] for rule in some if rule in titles))
        for budget, some in rules.items()
    }


def _by_day(connection: Connection, on: date, day: Column[date]) -> dict[str, dict[date, _Flow]]:
    """Return what left each budget and came back to it until ``on``, by the day of the move or of its promise."""
    is_out = postings.c.amount < 0
    query = (
        select(
            postings.c.account,
            day.label("day"),
            is_out.label("is_out"),
            func.sum(postings.c.amount).label("fen"),
        )
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .join(grants, grants.c.id == transactions.c.grant_id)
        .where(postings.c.account.like("budget/%"), postings.c.unit == FEN, transactions.c.occurred_on <= on)
        .group_by(postings.c.account, day, is_out)
    )
    found: defaultdict[str, defaultdict[date, _Flow]] = defaultdict(lambda: defaultdict(_Flow))
    for row in connection.execute(query):
        flow = found[row.account.removeprefix("budget/")][row.day]
        if row.is_out:
            flow.out -= int(row.fen)
        else:
            flow.back += int(row.fen)
    return {budget: dict(days) for budget, days in found.items()}


def _rate(
    budget: Budget,
    titles: tuple[str, ...],
    taken: Mapping[date, _Flow],
    stayed: Mapping[date, _Flow],
    on: date,
) -> RunRate:
    granted, returned = sum(flow.out for flow in taken.values()), sum(flow.back for flow in taken.values())
    weeks = _weeks(stayed, on)
    nets = [week.net for week in weeks]
    mean = sum(nets) / len(nets) if nets else 0.0
    error = _error(nets, mean)
    left = None if budget.ceiling_fen is None else budget.ceiling_fen - (granted - returned)
    return RunRate(
        budget=budget.id,
        titles=titles,
        granted_fen=granted,
        returned_fen=returned,
        ceiling_fen=budget.ceiling_fen,
        weeks=len(weeks),
        weeks_granted_fen=sum(week.out for week in weeks),
        weeks_returned_fen=sum(week.back for week in weeks),
        week_fen=round(mean),
        error_fen=None if error is None else ceil(error),
        empty_on=_empty(left, mean, on),
        earliest=None if error is None else _empty(left, mean + error, on),
        latest=None if error is None else _empty(left, mean - error, on),
        curve=_curve(taken),
    )


def _weeks(stayed: Mapping[date, _Flow], on: date) -> list[_Flow]:
    """Return what was promised in each whole week before the end of the day, and what came back of it."""
    if not stayed:
        return []
    count = min(MOST_WEEKS, ((on - min(stayed)).days + 1) // 7)
    sums = [_Flow() for _ in range(count)]
    for day, flow in stayed.items():
        week = (on - day).days // 7
        if week < count:
            sums[week].out += flow.out
            sums[week].back += flow.back
    return sums


def _error(weeks: Sequence[int], mean: float) -> float | None:
    if len(weeks) < LEAST_WEEKS:
        return None
    variance = sum((week - mean) ** 2 for week in weeks) / (len(weeks) - 1)
    return 2 * sqrt(variance / len(weeks))


def _empty(left_fen: int | None, week_fen: float, on: date) -> date | None:
    if left_fen is None or week_fen <= 0:
        return None
    days = max(0, left_fen) / week_fen * 7
    return on + timedelta(days=int(days)) if days <= _FURTHEST_DAYS else None


def _curve(taken: Mapping[date, _Flow]) -> tuple[tuple[date, int], ...]:
    total, points = 0, []
    for day in sorted(taken):
        total += taken[day].net
        points.append((day, total))
    return tuple(points)
