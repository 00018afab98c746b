"""Entries of a draw or a ranking, grouped by the places that they compete for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, NoReturn

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, func, select

from benefits.ledger.rows import parse_stored_decision
from benefits.officers import ActRefused
from benefits.tables.decisions import decisions, entries
from benefits.tables.draws import draws, withdrawals
from core.faults import FaultTable
from core.text_marks import N_
from rules.model.period import parse_period_key

if TYPE_CHECKING:
    from rules import Decision, Rule, RuleLibrary

DRAW_SOURCE = "/draws"  # of the decisions of a draw: this, a slash, and the draw's id
_OTHER_MODE = N_("the rule {value} gives its places otherwise")
DRAW_FAULTS = FaultTable(
    "draw",
    {
        "still_open": (N_("the rule {value} takes entries until {last}"), N_("wait until the day after")),
        "unknown_rule": (N_("there is no rule {value}"), N_("look which there are: yihui rules list")),
        "not_lottery": (
            _OTHER_MODE,
            N_("a rule with mode: by_rank is ranked by `yihui draws rank`; others grant by themselves"),
        ),
        "not_by_rank": (
            _OTHER_MODE,
            N_("a rule with mode: lottery is drawn by `yihui draws draw`; others grant by themselves"),
        ),
        "not_fixed": (
            N_("nothing is fixed for the rule {value}"),
            N_("fix who takes part with `yihui draws fix {value}`"),
        ),
        "stopped": (
            N_("the rule {value} is stopped since {day}: {reason}"),
            N_("let it go on with `yihui rules resume {value}`"),
        ),
        "no_places": (
            N_(
                "{places} of every {of} participants are no place for the {participants} who took part in {value}"
            ),
            N_("a new version of the rule may say round: up, or another share"),
        ),
        "no_entrants": (
            N_("nobody takes part in {value}"),
            N_("look whether the events were handled: yihui run"),
        ),
    },
)


@dataclass(frozen=True, slots=True, order=True)
class QuotaPlaces:
    """The places of a rule in one period, or those of them that are set aside for one group."""

    rule_id: str
    period: str
    group: str = ""

    @property
    def key(self) -> str:
        """Return the key that counters use for these places (see ``rules.engine.usage.places_key``)."""
        return f"{self.rule_id}/{self.period}" + (f"/{self.group}" if self.group else "")

    @classmethod
    def from_key(cls, key: str) -> QuotaPlaces:
        """Parse a key; neither rule ids nor periods contain a slash."""
        return cls(*key.split("/", 2))

    @classmethod
    def of(cls, row: RowMapping) -> QuotaPlaces:
        """Return the places of a row of entries, of a waiting list or of draws."""
        return cls(row["rule_id"], row["period"], row["places_for"])

    def has_rows_of(self, table: Table) -> ColumnElement[bool]:
        """Return the condition on rows of entries or of waiting lists that they are for these places."""
        c = table.c
        return and_(c.rule_id == self.rule_id, c.period == self.period, c.places_for == self.group)


@dataclass(frozen=True, slots=True)
class Entrant:
    """One member's entry in a draw or a ranking.

    ``decision`` is JSON of all that would be granted; ``event`` is the id and the source of the entry's event.
    """

    id: str
    member_id: str
    weight: int
    rank: int | None
    groups: tuple[int, ...]
    occurred_at: datetime
    event: tuple[str, str]
    decision: str
    withdrew: bool

    @property
    def ranking_key(self) -> tuple[int, datetime, str, str]:
        """Return a sort key: highest rank first; of equal ranks the earlier event, then its id."""
        return -(self.rank or 0), self.occurred_at, *self.event


def list_unfixed_places(
    connection: Connection, versions: Sequence[Rule], today: date
) -> list[tuple[QuotaPlaces, Rule]]:
    """List the places of a rule whose entries are closed, but not fixed yet, each with the version that applies.

    *Raises*: ActRefused if there are entries, and all of them are still taken.
    """
    rule_id = versions[0].id
    query = select(entries.c.period, entries.c.places_for).where(entries.c.rule_id == rule_id).distinct()
    entered = sorted(QuotaPlaces(rule_id, *row) for row in connection.execute(query))
    fixed = set(connection.execute(select(draws.c.places).where(draws.c.rule_id == rule_id)).scalars())
    wanted = [
        (one, find_closing_version(connection, one, versions)) for one in entered if one.key not in fixed
    ]
    closed = [(places, rule) for places, rule in wanted if _last_entry(rule) < today]
    if wanted and not closed and not fixed:
        _refuse_open(rule for _, rule in wanted)
    return closed


def list_entrants(connection: Connection, places: QuotaPlaces) -> list[Entrant]:
    """List the entrants by pseudonym; each member once, with the first entry."""
    query = (
        select(entries, decisions.c.event_id, decisions.c.source, withdrawals.c.id.label("withdrawal"))
        .join(decisions, decisions.c.id == entries.c.id)
        .outerjoin(withdrawals, withdrawals.c.id == entries.c.id)
        .where(places.has_rows_of(entries))
    )
    found = [
        Entrant(
            row["id"],
            row["member_id"],
            row["weight"],
            row["rank"],
            tuple(from_json(row["groups"])),
            row["occurred_at"] or datetime.combine(row["entered_on"], time(), UTC),
            (row["event_id"], row["source"]),
            row["decision"],
            row["withdrawal"] is not None,
        )
        for row in connection.execute(query).mappings()
    ]
    found.sort(key=lambda entrant: (entrant.member_id, entrant.occurred_at, entrant.event), reverse=True)
    return sorted({e.member_id: e for e in found}.values(), key=lambda entrant: entrant.member_id)


def find_collecting_versions(library: RuleLibrary, rule_id: str, mode: str, today: date) -> tuple[Rule, ...]:
    """Return the versions of a rule that collect entries, the earliest first.

    *Raises*: ActRefused if the rule doesn't exist, has another allocation mode, or all still take entries.
    """
    versions = library.versions(rule_id)
    collecting = tuple(rule for rule in versions if rule.definition.allocate.mode == mode)
    if not collecting:
        raise ActRefused(
            DRAW_FAULTS.build(f"not_{mode}" if versions else "unknown_rule", field="rule", value=rule_id)
        )
    if min(map(_last_entry, collecting)) >= today:
        _refuse_open(collecting)
    return collecting


def _refuse_open(versions: Iterable[Rule]) -> NoReturn:
    last, rule_id = min((_last_entry(rule), rule.id) for rule in versions)
    raise ActRefused(DRAW_FAULTS.build("still_open", field="rule", value=rule_id, last=last))


def find_closing_version(connection: Connection, places: QuotaPlaces, versions: Sequence[Rule]) -> Rule:
    """Return the version that was in force on the day on which the entries for some places closed.

    Its seats and groups apply. The day is that of the entries' own versions, or of a later one that prolonged them.
    """
    one_of_each = (
        select(func.max(entries.c.decision)).where(places.has_rows_of(entries)).group_by(entries.c.rule_hash)
    )
    lots = [parse_stored_decision(text).entry for text in connection.execute(one_of_each).scalars()]
    day, found = max(lot.last for lot in lots if lot), versions[0]
    for rule in versions:
        span = rule.definition.allocate.entries
        if span and max(rule.definition.in_force.since, span.since) <= day:
            found, day = rule, max(day, _last_entry(rule))
    return found


def _last_entry(rule: Rule) -> date:
    span = rule.definition.allocate.entries
    assert span and span.until, "the definition's entries end"
    return span.until


@dataclass(frozen=True, slots=True)
class Seats:
    """The number of places; ``participants`` is how many members they are a share of, None for a fixed number."""

    count: int
    participants: int | None = None


def count_seats(connection: Connection, rule: Rule, places: QuotaPlaces) -> Seats:
    """Count the places. A share of the participants is counted once: a fixed draw or ranking keeps its number."""
    sizes, share = rule.allocation.sizes, rule.allocation.share
    if share is None:
        return Seats(sizes.get(places.group, 0) if sizes else rule.allocation.size or 0)
    fixed = connection.execute(select(draws.c.seats).where(draws.c.places == places.key)).scalar()
    if fixed is not None:
        return Seats(fixed)
    participants = count_participants(connection, places)
    return Seats(share.seats(participants), participants)


def count_participants(connection: Connection, places: QuotaPlaces) -> int:
    """Count the members about whom a rule decided anything in the period, granted or not, each once."""
    first, last = parse_period_key(places.period)
    day = func.coalesce(decisions.c.submitted_on, decisions.c.occurred_on)
    counted = select(func.count(decisions.c.member_id.distinct())).where(
        decisions.c.rule_id == places.rule_id, day.between(first, last)
    )
    return int(connection.execute(counted).scalar_one())


def resize_quotas(connection: Connection, decision: Decision, rule: Rule) -> Decision:
    """Return the decision with as many places, at its own level and above, as a version of its rule has.

    A level above for which the version states no places doesn't limit any more.
    """
    own, *above = (
        replace(
            quota,
            size=count_seats(
                connection, rule, QuotaPlaces(decision.rule_id, quota.period, quota.group)
            ).count,
        )
        for quota in decision.quotas
    )
    stated = tuple(quota for quota in above if quota.group in rule.allocation.sizes)
    return replace(decision, quota=own, quotas_above=stated)
