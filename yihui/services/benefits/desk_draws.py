"""Draws and waiting lists of the rules whose owners lie in an officer's subtrees, and the proof of one lottery."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from benefits import (
    DrawSummary,
    PublishedDraw,
    QuotaPlaces,
    WaitingListEntry,
    WaitingMove,
    find_published_lottery,
    list_draw_summaries,
    list_open_waiting_lists,
    list_published_draws,
    list_waiting_entries,
    list_waiting_moves,
)
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from rules import Rule
from rules.lottery.file import LotteryFile, parse_lottery_file
from yihui.bootstrap import Wiring
from yihui.money.places import find_covered_rules
from yihui.services.access.officer_scope import OfficerScope

MOST_LISTED = 200
DRAW_PAGE_FAULTS = FaultTable(
    "draw_page",
    {
        "unknown": (
            N_("no lottery was published with the commitment {value}"),
            N_("compare the 64 characters with the notice of the union"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class RuleDraws:
    """A rule with draws or waiting lists: each draw's state, what is published of it, who waits and who left.

    ``asks`` says whether the version in force asks an officer about the value for those who wait, ``is_over``
    whether nobody who waits moves up any more.
    """

    rule: str
    title: str
    mode: str
    summaries: Sequence[DrawSummary]
    published: Sequence[PublishedDraw]
    waiting: Sequence[WaitingListEntry]
    waiting_count: int
    moves: Sequence[WaitingMove]
    asks: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class DrawnRule:
    """A rule in the list of draws: its draws, and for how many of its places members wait."""

    rule: str
    title: str
    summaries: Sequence[DrawSummary]
    waiting_lists: int


def list_covered_draws(wiring: Wiring, scope: OfficerScope) -> list[DrawnRule]:
    """List the rules of the subtrees that draw, rank or have a waiting list."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        summaries = list_draw_summaries(connection, today)
        lists = [places.rule_id for places in list_open_waiting_lists(connection)]
        rules = wiring.rulebook.in_force(connection).rules
        titles = {rule.id: rule.definition.title for rule in rules}
        allocating = {rule.id for rule in rules if _allocates(rule)}
        known = {_rule_of(one) for one in summaries} | set(lists) | allocating
        covered = find_covered_rules(wiring, connection, scope, known)
    return [
        DrawnRule(
            rule,
            titles.get(rule, rule),
            [one for one in summaries if _rule_of(one) == rule],
            lists.count(rule),
        )
        for rule in sorted(covered)
    ]


def _allocates(rule: Rule) -> bool:
    allocation = rule.definition.allocate
    return allocation.is_collected or allocation.waiting_list


def _rule_of(summary: DrawSummary) -> str:
    return QuotaPlaces.from_key(summary.places).rule_id


def load_rule_draws(wiring: Wiring, rule: str) -> RuleDraws:
    """Load a rule's draws and waiting lists; whoever calls has authorised it for the rule's owners."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        versions = wiring.rulebook.in_force(connection).versions(rule)
        waiting = list_waiting_entries(connection, rule, today, wiring.rulebook.in_force)
        current = [one.definition for one in versions if one.definition.in_force.holds(today)]
        newest = current[-1] if current else versions[-1].definition if versions else None
        return RuleDraws(
            rule,
            newest.title if newest else rule,
            newest.allocate.mode if newest else "",
            list_draw_summaries(connection, today, rule),
            list_published_draws(connection, rule),
            waiting[:MOST_LISTED],
            len(waiting),
            list_waiting_moves(connection, rule, MOST_LISTED),
            any(one.on_change is not None and one.on_change.waiting == "ask" for one in current),
            bool(waiting) and all(one.ended_on is not None for one in waiting),
        )


@dataclass(frozen=True, slots=True)
class PublicLottery:
    """A lottery as everybody may see it: what was published, parsed."""

    draw: PublishedDraw
    file: LotteryFile


def load_public_lottery(wiring: Wiring, commitment: str) -> PublicLottery:
    """Load the lottery with a commitment. *Raises*: FaultError if none was published with it."""
    with wiring.database.read() as connection:
        found = find_published_lottery(connection, commitment)
    if found is None:
        raise FaultError(DRAW_PAGE_FAULTS.build("unknown", field="commitment", value=commitment))
    return PublicLottery(found, parse_published_lottery(found.file))


@lru_cache(maxsize=8)
def parse_published_lottery(text: str) -> LotteryFile:
    """Parse a published file, which may have 50,000 entries; published files don't change."""
    return parse_lottery_file(text)
