"""Find the rules that draw, rank or have a waiting list, and all that is known of one rule's draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benefits import (
    DrawSummary,
    PublishedDraw,
    QuotaPlaces,
    WaitingListEntry,
    WaitingMove,
    list_draw_summaries,
    list_open_waiting_lists,
    list_published_draws,
    list_waiting_entries,
    list_waiting_moves,
)
from core.civil_time import civil_date
from rules import Rule
from yihui.access.roles import Right
from yihui.cases.kernel.scope import find_owned_rules, require_rule_owners
from yihui.frame.acts import Doing
from yihui.frame.listing import Looking, RowSlice

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class DrawnRule:
    """A rule in the list of draws: its draws, and for how many of its places members wait."""

    rule: str
    title: str
    summaries: Sequence[DrawSummary]
    waiting_lists: int

    @property
    def entered(self) -> int:
        return sum(one.entered for one in self.summaries)

    @property
    def late_days(self) -> int:
        return max((one.late_days for one in self.summaries), default=0)


@dataclass(frozen=True, slots=True)
class RuleDraws:
    """A rule with draws or waiting lists: each draw's state, what is published of it, who waits and who left.

    ``asks`` says whether the version in force asks an officer about the value for those who wait, ``is_over``
    whether nobody who waits moves up any more.
    """

    rule: str
    title: str
    mode: str
    owners: Sequence[str]
    summaries: Sequence[DrawSummary]
    published: Sequence[PublishedDraw]
    waiting: Sequence[WaitingListEntry]
    moves: Sequence[WaitingMove]
    asks: bool
    is_over: bool

    @property
    def version(self) -> int:
        """What a form says that it saw: the draws that were fixed, and those that were drawn."""
        return 1 + len(self.published) + sum(one.drawn_on is not None for one in self.published)


def find_drawn_rules(look: Looking[Any]) -> RowSlice[DrawnRule]:
    """Find the rules of the officer's subtrees that draw, rank or have a waiting list."""
    connection = look.connection
    summaries = list_draw_summaries(connection, civil_date(look.now))
    lists = [places.rule_id for places in list_open_waiting_lists(connection)]
    library = look.wiring.rulebook.in_force(connection)
    titles = {rule.id: rule.definition.title for rule in library.rules}
    allocating = {rule.id for rule in library.rules if _allocates(rule)}
    known = {_rule_of(one) for one in summaries} | set(lists) | allocating
    found = [
        DrawnRule(
            rule,
            titles.get(rule, rule),
            [one for one in summaries if _rule_of(one) == rule],
            lists.count(rule),
        )
        for rule in find_owned_rules(look, known, Right.READ_RULES)
    ]
    return look.cut(found)


def _allocates(rule: Rule) -> bool:
    allocation = rule.definition.allocate
    return allocation.is_collected or allocation.waiting_list


def _rule_of(summary: DrawSummary) -> str:
    return QuotaPlaces.from_key(summary.places).rule_id


def load_rule_draws(at: Looking[Any] | Doing[Any, Any], rule: str) -> RuleDraws:
    """Load a rule's draws and waiting lists for somebody who may read the rules of all who own it.

    *Raises*: FaultError.
    """
    connection, today = at.connection, civil_date(at.now)
    library = at.wiring.rulebook.in_force(connection)
    owners = require_rule_owners(at, rule, Right.READ_RULES)
    versions = library.versions(rule)
    current = [one.definition for one in versions if one.definition.in_force.holds(today)]
    newest = current[-1] if current else versions[-1].definition
    waiting = list_waiting_entries(connection, rule, today, at.wiring.rulebook.in_force)
    return RuleDraws(
        rule,
        newest.title,
        newest.allocate.mode,
        owners,
        list_draw_summaries(connection, today, rule),
        list_published_draws(connection, rule),
        waiting,
        list_waiting_moves(connection, rule, MOST_LISTED),
        any(one.on_change is not None and one.on_change.waiting == "ask" for one in current),
        bool(waiting) and all(one.ended_on is not None for one in waiting),
    )
