"""Find the rules that draw, rank or have a waiting list, and all that is known of one rule's draws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from yihui.frame.acts import Doing
from yihui.frame.listing import Looking, RowSlice
from yihui.money.places import find_covered_rules, find_rule_owners

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
    """A rule with draws or waiting lists: what is published of each draw; for who looks, who waits and who left.

    ``asks`` says whether the version in force asks an officer about the value for those who wait, ``is_over``
    whether nobody who waits moves up any more.
    """

    rule: str
    title: str
    mode: str
    owners: Sequence[str]
    published: Sequence[PublishedDraw]
    asks: bool
    summaries: Sequence[DrawSummary] = ()
    waiting: Sequence[WaitingListEntry] = ()
    waiting_count: int = 0
    is_over: bool = False
    moves: Sequence[WaitingMove] = ()

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
        for rule in sorted(find_covered_rules(look.wiring, connection, look.scope(Right.READ_RULES), known))
    ]
    return look.cut(found)


def _allocates(rule: Rule) -> bool:
    allocation = rule.definition.allocate
    return allocation.is_collected or allocation.waiting_list


def _rule_of(summary: DrawSummary) -> str:
    return QuotaPlaces.from_key(summary.places).rule_id


def load_rule_draws(at: Looking[Any] | Doing[Any, Any], rule: str) -> RuleDraws:
    """Load a rule's draws and, for who looks, its waiting lists; of a rule that isn't there, that there is nothing."""
    connection, today = at.connection, civil_date(at.now)
    versions = at.wiring.rulebook.in_force(connection).versions(rule)
    current = [one.definition for one in versions if one.definition.in_force.holds(today)]
    newest = current[-1] if current else versions[-1].definition if versions else None
    found = RuleDraws(
        rule,
        newest.title if newest else rule,
        newest.allocate.mode if newest else "",
        sorted(find_rule_owners(at.wiring, connection, [rule])[rule]),
        list_published_draws(connection, rule),
        any(one.on_change is not None and one.on_change.waiting == "ask" for one in current),
    )
    if isinstance(at, Doing):
        return found
    waiting = list_waiting_entries(connection, rule, today, at.wiring.rulebook.in_force)
    return replace(
        found,
        summaries=list_draw_summaries(connection, today, rule),
        waiting=waiting[:MOST_LISTED],
        waiting_count=len(waiting),
        is_over=bool(waiting) and all(one.ended_on is not None for one in waiting),
        moves=list_waiting_moves(connection, rule, MOST_LISTED),
    )
