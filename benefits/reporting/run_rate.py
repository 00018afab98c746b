"""The weekly rate at which a budget is used, and the day on which it will be empty, with the uncertainty.

*Method*: the rate is the mean of weekly sums over at most 13 whole weeks before the day, none before
the budget's first use. A week's sum is the amount promised in it, less what came back of these promises
since. A returned amount counts in the week of its promise, so that many expiries on one day don't make
the rate negative. The uncertainty is twice the standard error of the weekly sums (about 95 %); with
fewer than 4 weeks there is none. The method doesn't know holidays, quarters or new rules.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, sqrt

from sqlalchemy import Column, Connection, func, select

from benefits.ledger.budgets import Budget, list_budgets
from benefits.model.accounts import FEN
from benefits.tables.decisions import grants, postings
from benefits.tables.transactions import transactions

MOST_WEEKS, LEAST_WEEKS = 13, 4
_FURTHEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class RunRate:
    """The use of a budget on a day: what is left, and the weekly rate (mean, and twice its standard error).

    The days on which it is empty are None if it lasts more than ten years or there is no rate.
    """

    budget: str
    promised_fen: int
    ceiling_fen: int | None
    weeks: int
    week_fen: int
    error_fen: int | None
    empty_on: date | None
    earliest: date | None
    latest: date | None
    curve: tuple[tuple[date, int], ...]  # net promised amount at the end of each day with a movement

    @property
    def left_fen(self) -> int | None:
        """Return the amount left; None if no officer has set the budget."""
        return None if self.ceiling_fen is None else self.ceiling_fen - self.promised_fen


def compute_run_rates(connection: Connection, on: date) -> list[RunRate]:
    """Return the run rate of every budget as of a day, by id."""
    taken = _by_day(connection, on, transactions.c.occurred_on)
    stayed = _by_day(connection, on, grants.c.granted_on)
    known = {budget.id: budget for budget in list_budgets(connection)}
    ids = sorted(known.keys() | taken.keys())
    return [
        _rate(known.get(id_, Budget(id_, 0, None)), taken.get(id_, {}), stayed.get(id_, {}), on)
        for id_ in ids
    ]


def _by_day(connection: Connection, on: date, day: Column[date]) -> dict[str, dict[date, int]]:
    """Return each budget's net outflow until ``on``, by the day of the move or of its promise."""
    query = (
        select(postings.c.account, day.label("day"), func.sum(-postings.c.amount).label("fen"))
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .join(grants, grants.c.id == transactions.c.grant_id)
        .where(postings.c.account.like("budget/%"), postings.c.unit == FEN, transactions.c.occurred_on <= on)
        .group_by(postings.c.account, day)
    )
    found: defaultdict[str, dict[date, int]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.account.removeprefix("budget/")][row.day] = int(row.fen)
    return found


def _rate(budget: Budget, taken: Mapping[date, int], stayed: Mapping[date, int], on: date) -> RunRate:
    promised = sum(taken.values())
    weeks = _weeks(stayed, on)
    mean = sum(weeks) / len(weeks) if weeks else 0.0
    error = _error(weeks, mean)
    left = None if budget.ceiling_fen is None else budget.ceiling_fen - promised
    return RunRate(
        budget=budget.id,
        promised_fen=promised,
        ceiling_fen=budget.ceiling_fen,
        weeks=len(weeks),
        week_fen=round(mean),
        error_fen=None if error is None else ceil(error),
        empty_on=_empty(left, mean, on),
        earliest=None if error is None else _empty(left, mean + error, on),
        latest=None if error is None else _empty(left, mean - error, on),
        curve=_curve(taken),
    )


def _weeks(stayed: Mapping[date, int], on: date) -> list[int]:
    """Return the net promised amount of each whole week before the end of the day."""
    if not stayed:
        return []
    count = min(MOST_WEEKS, ((on - min(stayed)).days + 1) // 7)
    sums = [0] * count
    for day, fen in stayed.items():
        week = (on - day).days // 7
        if week < count:
            sums[week] += fen
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


def _curve(taken: Mapping[date, int]) -> tuple[tuple[date, int], ...]:
    total, points = 0, []
    for day in sorted(taken):
        total += taken[day]
        points.append((day, total))
    return tuple(points)
