"""How fast each budget is used up, and when it will be empty."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt

from sqlalchemy import Column, ColumnElement, Connection, Select, func, select

from benefits.ledger.budgets import Budget, list_budgets
from benefits.model.accounts import FEN
from benefits.reporting.figures import titles_of_rules
from benefits.tables.decisions import grants, postings
from benefits.tables.report_sums import benefit_sums
from benefits.tables.transactions import transactions

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


def compute_run_rates(
    connection: Connection, on: date, *, from_sums: bool = False, only: str | None = None
) -> list[RunRate]:
    """Return the run rate of every budget as of a day, by id, or of one ``only``.

    ``from_sums`` reads what was summed before.
    """
    if from_sums:
        taken = _by_kept_day(connection, on, benefit_sums.c.occurred_on, only)
        stayed = _by_kept_day(connection, on, benefit_sums.c.granted_on, only)
        promised = select(benefit_sums.c.account, benefit_sums.c.rule_id)
        titles = _titles_of_budgets(connection, promised.where(_is_of_budget(benefit_sums.c.account, only)))
    else:
        taken = _by_day(connection, on, transactions.c.occurred_on, only)
        stayed = _by_day(connection, on, grants.c.granted_on, only)
        titles = _titles_of_budgets(connection, _select_promised(only))
    known = {budget.id: budget for budget in list_budgets(connection)}
    ids = sorted(known.keys() | taken.keys()) if only is None else [only]
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


def _is_of_budget(account: Column[str], only: str | None) -> ColumnElement[bool]:
    return account.like("budget/%") if only is None else account == f"budget/{only}"


def _select_promised(only: str | None) -> "Select[str, str]":
    return (
        select(postings.c.account, grants.c.rule_id)
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .join(grants, grants.c.id == transactions.c.grant_id)
        .where(_is_of_budget(postings.c.account, only))
    )


def _titles_of_budgets(connection: Connection, promised: "Select[str, str]") -> dict[str, tuple[str, ...]]:
    """Return the titles of the rules that promised something out of each budget."""
    rules: defaultdict[str, list[str]] = defaultdict(list)
    for row in connection.execute(promised.distinct().order_by("rule_id")):
        rules[row.account.removeprefix("budget/")].append(row.rule_id)
    titles = titles_of_rules(connection, {rule for some in rules.values() for rule in some})
    return {
        budget: tuple(dict.fromkeys(titles[rule] for rule in some if rule in titles))
        for budget, some in rules.items()
    }


def _by_day(
    connection: Connection, on: date, day: Column[date], only: str | None
) -> dict[str, dict[date, _Flow]]:
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
        .where(
            _is_of_budget(postings.c.account, only), postings.c.unit == FEN, transactions.c.occurred_on <= on
        )
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


def _by_kept_day(
    connection: Connection, on: date, day: Column[date], only: str | None
) -> dict[str, dict[date, _Flow]]:
    """Return the same from the sums."""
    one = benefit_sums.c
    query = (
        select(one.account, day.label("day"), func.sum(one.out_fen), func.sum(one.in_fen))
        .where(_is_of_budget(one.account, only), one.occurred_on <= on)
        .group_by(one.account, day)
    )
    found: defaultdict[str, dict[date, _Flow]] = defaultdict(dict)
    for account, at, out, back in connection.execute(query):
        found[account.removeprefix("budget/")][at] = _Flow(int(out), int(back))
    return dict(found)


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
