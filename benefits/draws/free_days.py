"""Since which day a place, and the money for it, has been free: the day for which a waiting list asks its rule.

A place that is served late counts for the day on which it became free, and not for the day of the work. The
use of a counter at the end of each day follows from its use now and from what was taken and given back
since, which the ledger dates.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Row, func, select

from benefits.ledger.bounds import Bounds
from benefits.ledger.explanation_forms import read_uses, without_returned
from benefits.model.accounts import BUDGET_PREFIX, FEN
from benefits.model.faults import naming_row
from benefits.model.moves import ENDING_KINDS
from benefits.model.ruling import begin_ruling_ids
from benefits.tables.decisions import decisions, limit_slots, postings
from benefits.tables.draws import returned_places
from benefits.tables.rulebook import LAPSE_DAYS, REVERSAL_DAYS, rule_acts
from benefits.tables.transactions import transactions
from rules import SHARED_PREFIX

_UNLIMITED = 2**62
_Days = Counter[date]


@dataclass(slots=True)
class CounterDays:
    """The use of a counter now, and what came back or was taken on the days since a first day.

    ``load_taken`` returns what was taken; it is called only where the answer may depend on it.
    """

    used: int
    back: _Days
    taken: _Days
    load_taken: Callable[[], _Days] | None

    def find_free_day(self, amount: int, size: int, first: date) -> date | None:
        """Return the first day from which on an amount was free all the time; None if it is not free now.

        >>> days = CounterDays(2, Counter({date(2026, 10, 12): 1}), Counter(), None)
        >>> days.find_free_day(1, 3, date(2026, 10, 3)).isoformat()
        '2026-10-12'
        """
        found = self._walk_back(amount, size, first)
        if found in (None, first) or self.load_taken is None:
            return found  # what was taken can only make the day earlier
        self.taken.update(self.load_taken())
        self.load_taken = None
        return self._walk_back(amount, size, first)

    def _walk_back(self, amount: int, size: int, first: date) -> date | None:
        used = self.used
        if used + amount > size:
            return None
        for day in sorted({*self.back, *self.taken}, reverse=True):
            if day <= first:
                break
            used += self.back[day] - self.taken[day]
            if used + amount > size:
                return day
        return first

    def take(self, amount: int, day: date) -> None:
        """Count what is granted as of a day."""
        self.used += amount
        self.taken[day] += amount


@dataclass(slots=True)
class FreeDays:
    """The days of the counters of one rule's places and of budgets, after a day ``since``; read when asked for."""

    connection: Connection
    rule_id: str
    since: date
    now: Bounds
    _known: dict[str, CounterDays] = field(default_factory=dict)
    _places: tuple[Mapping[str, _Days], Mapping[str, _Days]] | None = None

    def find(self, key: str, amount: int, size: int, first: date) -> date | None:
        """Return the first day from which on an amount of a counter was free all the time; None if it isn't now."""
        is_free = self.now.used(key) + amount <= size  # most often it isn't: read no days
        return self._of(key).find_free_day(amount, size, first) if is_free else None

    def _of(self, key: str) -> CounterDays:
        found = self._known.get(key)
        if found is None:
            read = self._read_budget if key.startswith(BUDGET_PREFIX) else self._read_places
            found = self._known[key] = read(key)
        return found

    def ceiling(self, key: str) -> int | None:
        """Return the ceiling of a counter now."""
        return self.now.ceiling(key)

    def take(self, amounts: Mapping[str, int], day: date) -> None:
        """Count what a grant as of a day takes of places and budgets."""
        for key, amount in amounts.items():
            if key in self._known:
                self._known[key].take(amount, day)

    def _read_places(self, key: str) -> CounterDays:
        if self._places is None:
            self._places = _read_returns(self.connection, self.rule_id, self.since)
        back, taken = self._places
        moved = select(returned_places.c.returned_on).where(
            returned_places.c.key == key, returned_places.c.returned_on > self.since
        )
        returned = Counter(self.connection.execute(moved).scalars())
        return CounterDays(
            self.now.used(key),
            back.get(key, Counter()) + returned,
            Counter(taken.get(key, ())),
            lambda: _read_standing(self.connection, self.rule_id, self.since, key),
        )

    def _read_budget(self, key: str) -> CounterDays:
        back, taken = _read_ceilings(self.connection, key, self.since)
        back += self._sum_postings(key, ENDING_KINDS)
        return CounterDays(self.now.used(key), back, taken, lambda: self._sum_postings(key, ("promise",), -1))

    def _sum_postings(self, account: str, kinds: Collection[str], sign: int = 1) -> _Days:
        day = transactions.c.occurred_on
        query = (
            select(day, func.sum(postings.c.amount))
            .join(postings, postings.c.transaction_id == transactions.c.id)
            .where(transactions.c.kind.in_(kinds), day > self.since)
            .where(postings.c.account == account, postings.c.unit == FEN)
            .group_by(day)
        )
        return Counter({on: sign * int(amount) for on, amount in self.connection.execute(query)})


def _read_returns(
    connection: Connection, rule_id: str, since: date
) -> tuple[Mapping[str, _Days], Mapping[str, _Days]]:
    """Return what the grants of a rule that were taken back or lapsed after a day gave back, and had taken."""
    rows = list(_taken_back(connection, rule_id, since))
    taken_by = {row.id: read_uses(row.id, row.explanation) for _, row in rows}
    left = without_returned(connection, taken_by)
    back: defaultdict[str, _Days] = defaultdict(Counter)
    taken: defaultdict[str, _Days] = defaultdict(Counter)
    for ended_on, row in rows:
        for key, amount in left[row.id].items():
            back[key][ended_on] += amount
        if row.occurred_on > since:
            for key, amount in taken_by[row.id].items():
                taken[key][row.occurred_on] += amount
    return back, taken


def _taken_back(connection: Connection, rule_id: str, since: date) -> Iterator[tuple[date, Row[Any]]]:
    """Yield the days after a day on which decisions gave back all that they took, each with its decision."""
    d = decisions.c
    for query in (REVERSAL_DAYS, LAPSE_DAYS):
        grant_id, day = query.selected_columns
        own = query.join(decisions, d.id == grant_id).where(d.rule_id == rule_id, day > since)
        for row in connection.execute(own.add_columns(d.id, d.occurred_on, d.explanation)):
            yield row[1], row


def _read_standing(connection: Connection, rule_id: str, since: date, key: str) -> _Days:
    """Return what a rule's grants that still hold their limits took of a counter after a day.

    The grants are found by their limits' slots, whose keys begin with the rule, or are shared by several.
    """
    c = limit_slots.c
    own, shared = (c.limit_key.startswith(one, autoescape=True) for one in (f"{rule_id}|", SHARED_PREFIX))
    holding = select(c.grant_id).where(
        own | shared, c.grant_id >= begin_ruling_ids(since + timedelta(days=1))
    )
    query = select(decisions.c.id, decisions.c.occurred_on, decisions.c.explanation).where(
        decisions.c.id.in_(holding), decisions.c.rule_id == rule_id
    )
    found: _Days = Counter()
    for id_, day, text in connection.execute(query):
        found[day] += read_uses(id_, text).get(key, 0)
    return found


def _read_ceilings(connection: Connection, key: str, since: date) -> tuple[_Days, _Days]:
    """Return by how much officers raised a budget after a day, and lowered it."""
    c = rule_acts.c
    query = select(c.sequence, c.day, c.detail).where(c.rule_id == key, c.act == "budget_set", c.day > since)
    raised: _Days = Counter()
    lowered: _Days = Counter()
    for sequence, day, text in connection.execute(query):
        with naming_row("rule_acts", sequence):
            detail = from_json(text)
            before = _UNLIMITED if detail["before_fen"] is None else detail["before_fen"]
            raised[day] += max(detail["ceiling_fen"] - before, 0)
            lowered[day] += max(before - detail["ceiling_fen"], 0)
    return raised, lowered
