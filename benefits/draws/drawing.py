"""Draws and rankings: fix the entrants, then grant in the order drawn, each step as one recorded act.

    fixed = commit_rule_lotteries(connection, officer, versions, plan, secret)  # before the number is known
    drawn = draw_rule_lotteries(connection, officer, versions, number)  # grants; the others wait or are refused
    ranked = grant_by_rank(connection, officer, versions)               # by_rank: the highest rank first

Each step runs in one transaction of the caller: it happens completely or not at all. A repeated step
changes nothing and returns what was fixed or drawn before. Each step takes the rulebook's exclusive
lock: no batch runs meanwhile.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from sqlalchemy import Connection, RowMapping, delete, insert, select

from benefits.draws.collecting import (
    DRAW_FAULTS,
    Entrant,
    QuotaPlaces,
    Seats,
    count_seats,
    find_closing_version,
    list_entrants,
    list_unfixed_places,
)
from benefits.draws.order import AllocationOutcome, grant_in_order
from benefits.officer_acts import ActKind, NewAct, lock_rulebook_exclusive, record_act
from benefits.officers import ActRefused, Officer
from benefits.rulebook.book import read_rule_stops
from benefits.tables.draws import draw_results, draw_secrets, draws
from rules import Rule
from rules.lottery.drawing import commit_lottery, draw_lottery
from rules.lottery.file import (
    LotteryEntry,
    LotteryGroup,
    LotteryTerms,
    PublicDigits,
    parse_lottery_file,
    render_lottery_file,
)
from store import enqueue_for_sealing

RANKING_FORMAT = "yihui-ranking-1"


@dataclass(frozen=True, slots=True)
class FixedDraw:
    """A published draw whose entries are fixed; ``is_new`` is true if this call fixed it."""

    id: str
    places: str
    seats: int
    file: str
    fixed_on: date
    is_new: bool


@dataclass(frozen=True, slots=True)
class CompletedDraw:
    """A published draw or ranking with its order; ``given`` is what this call granted, None if nothing."""

    id: str
    places: str
    seats: int
    file: str
    drawn_on: date
    given: AllocationOutcome | None


def commit_rule_lotteries(
    connection: Connection,
    officer: Officer,
    versions: Sequence[Rule],
    number: PublicDigits,
    secret: Callable[[str], str],
) -> list[FixedDraw]:
    """Fix the entrants of a rule's lotteries and the public number that decides; a fixed lottery stays.

    Each has the seats and groups of the version that was in force when its entries closed, of all ``versions``
    of the rule that collect entries. ``secret`` returns 64 truly random hexadecimal digits for the draw of some places.

    *Raises*: ActRefused if there are no entrants or the rule is stopped; LotteryFaults for a number that is
    already known.
    """
    _begin(connection, versions[0].id)
    new, secrets = [], []
    for places, rule in list_unfixed_places(connection, versions, officer.today):
        who = _taking_part(connection, places)
        if who:
            seats = _require_seats(connection, rule, places)
            row, kept = _committed(officer, rule, number, secret(places.key), places, who, seats.count)
            new.append((rule, row, seats))
            secrets.append({"draw_id": row["id"], "secret": kept})
    _fix(connection, officer, "committed", new)
    if secrets:
        connection.execute(insert(draw_secrets), secrets)
    fresh = {row["id"] for _, row, _ in new}
    return [
        FixedDraw(row["id"], row["places"], row["seats"], row["file"], row["fixed_on"], row["id"] in fresh)
        for row in _require_rows(connection, versions[0].id, "lottery", "no_entrants")
    ]


def _fix(
    connection: Connection,
    officer: Officer,
    kind: ActKind,
    new: Sequence[tuple[Rule, dict[str, object], Seats]],
) -> None:
    """Store the fixed draws with an act for each version; where the places are a share, it keeps how many took part."""
    for rule in {rule.hash: rule for rule, _, _ in new}.values():
        own = [(row, seats.participants) for version, row, seats in new if version is rule]
        stated = [
            {
                **{name: row[name] for name in ("places", "seats", "commitment")},
                **({} if participants is None else {"participants": participants}),
            }
            for row, participants in own
        ]
        act = record_act(connection, officer, NewAct(kind, rule.id, rule.hash, rule.hash, {"draws": stated}))
        connection.execute(insert(draws), [{**row, "act": act} for row, _ in own])
        enqueue_for_sealing(connection, {"draws": [str(row["id"]) for row, _ in own]}, officer.at)


def _committed(
    officer: Officer,
    rule: Rule,
    number: PublicDigits,
    secret: str,
    places: QuotaPlaces,
    who: Sequence[Entrant],
    seats: int,
) -> tuple[dict[str, object], str]:
    terms = LotteryTerms(
        lottery=places.key,
        title=rule.definition.title,
        committed_at=f"{officer.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        seats=seats,
        groups=_groups(rule),
        number=number,
        entries=tuple(_entry(entrant, _groups(rule)) for entrant in who),
    )
    file = commit_lottery(terms, secret)
    row = _row(officer, rule, places, file.terms.seats)
    return {
        **row,
        "mode": "lottery",
        "commitment": file.commitment,
        "file": render_lottery_file(file),
    }, secret


def _taking_part(connection: Connection, places: QuotaPlaces) -> list[Entrant]:
    return [entrant for entrant in list_entrants(connection, places) if not entrant.withdrew]


def _groups(rule: Rule) -> tuple[LotteryGroup, ...]:
    """Name each group by its condition; if several share a condition, prefix the group's number."""
    stated = rule.definition.allocate.groups
    names = [group.where for group in stated]
    return tuple(
        LotteryGroup(
            name=g.where if names.count(g.where) == 1 else f"{number}: {g.where}",
            places=rule.definition.resolve_figure(g.places),
        )
        for number, g in enumerate(stated, 1)
    )


def _entry(entrant: Entrant, groups: Sequence[LotteryGroup]) -> LotteryEntry:
    names = tuple(groups[index].name for index in entrant.groups if index < len(groups))
    return LotteryEntry(pseudonym=entrant.member_id, weight=entrant.weight, groups=names)


def draw_rule_lotteries(
    connection: Connection, officer: Officer, versions: Sequence[Rule], number: str
) -> list[CompletedDraw]:
    """Draw all fixed lotteries of a rule and grant: winners first, the others wait in the order drawn.

    *Raises*: ActRefused if no lottery is fixed or the rule is stopped; LotteryFaults if the number isn't
    the announced one.
    """
    _begin(connection, versions[0].id)
    rows = _require_rows(connection, versions[0].id, "lottery", "not_fixed")
    new = [row for row in rows if row["result"] is None]
    secrets = _secrets(connection, [row["id"] for row in new])
    results = []
    for row in new:
        file = draw_lottery(parse_lottery_file(row["file"]), secrets[row["id"]], number)
        assert file.draw is not None
        order = [*(winner.pseudonym for winner in file.draw.winners), *file.draw.waiting]
        rule = find_closing_version(connection, QuotaPlaces.of(row), versions)
        results.append((row, rule, render_lottery_file(file), order))
    return _give(connection, officer, "drawn", rows, results)


def grant_by_rank(connection: Connection, officer: Officer, versions: Sequence[Rule]) -> list[CompletedDraw]:
    """Grant a rule's places by rank, highest first; of equal ranks the earlier event, then its id.

    *Raises*: ActRefused if there are no entrants or the rule is stopped.
    """
    _begin(connection, versions[0].id)
    new, ranked = [], {}
    for places, rule in list_unfixed_places(connection, versions, officer.today):
        who = sorted(_taking_part(connection, places), key=lambda entrant: entrant.ranking_key)
        if who:
            seats = _require_seats(connection, rule, places)
            text = _ranking(rule, places, seats, who)
            row = _row(officer, rule, places, seats.count)
            new.append((rule, {**row, "mode": "by_rank", "commitment": None, "file": text}, seats))
            ranked[row["id"]] = (rule, text, [entrant.member_id for entrant in who])
    _fix(connection, officer, "closed", new)
    rows = _require_rows(connection, versions[0].id, "by_rank", "no_entrants")
    fresh = [(row, *ranked[row["id"]]) for row in rows if row["id"] in ranked]
    return _give(connection, officer, "ranked", rows, fresh)


def _require_seats(connection: Connection, rule: Rule, places: QuotaPlaces) -> Seats:
    """Count the places. *Raises*: ActRefused if the rule's share of the participants rounds down to no place."""
    seats, share = count_seats(connection, rule, places), rule.allocation.share
    if share is not None and not seats.count:
        fault = DRAW_FAULTS.build(
            "no_places",
            field="rule",
            value=rule.id,
            places=share.places,
            of=share.of,
            participants=seats.participants,
        )
        raise ActRefused(fault)
    return seats


def _ranking(rule: Rule, places: QuotaPlaces, seats: Seats, who: Sequence[Entrant]) -> str:
    """Return the ranking as JSON with all sort keys, so that every reader can check the order."""
    order = [
        {
            "place": place,
            "pseudonym": entrant.member_id,
            "rank": entrant.rank,
            "occurred_at": entrant.occurred_at.astimezone(UTC).isoformat(),
            "event": entrant.event[0],
        }
        for place, entrant in enumerate(who, 1)
    ]
    content = {
        "format": RANKING_FORMAT,
        "ranking": places.key,
        "title": rule.definition.title,
        "seats": seats.count,
        **({} if seats.participants is None else {"participants": seats.participants}),
        "order": order,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _begin(connection: Connection, rule_id: str) -> None:
    """Take the rulebook's exclusive lock. *Raises*: ActRefused if the rule is stopped."""
    lock_rulebook_exclusive(connection)
    stopped = read_rule_stops(connection).get(rule_id)
    if stopped is not None:
        raise ActRefused(
            DRAW_FAULTS.build("stopped", field="rule", value=rule_id, day=stopped.day, reason=stopped.reason)
        )


def _row(officer: Officer, rule: Rule, places: QuotaPlaces, seats: int) -> dict[str, object]:
    return {
        "id": hashlib.sha256(f"draw\0{places.key}".encode()).hexdigest()[:40],
        "places": places.key,
        "rule_id": rule.id,
        "period": places.period,
        "places_for": places.group,
        "rule_hash": rule.hash,
        "seats": seats,
        "fixed_on": officer.today,
        "recorded_at": officer.at,
    }


def _give(
    connection: Connection,
    officer: Officer,
    kind: ActKind,
    rows: Sequence[RowMapping],
    results: Sequence[tuple[RowMapping, Rule, str, list[str]]],
) -> list[CompletedDraw]:
    """Grant in the order drawn, then record one act for all draws of a version."""
    given = {
        row["id"]: grant_in_order(connection, officer, rule, QuotaPlaces.of(row), row["id"], order)
        for row, rule, _, order in results
    }
    for rule in {rule.hash: rule for _, rule, *_ in results}.values():
        own = [(row, text) for row, version, text, _ in results if version is rule]
        counts = [{"places": row["places"], **given[row["id"]].counts()} for row, _ in own]
        act = record_act(connection, officer, NewAct(kind, rule.id, rule.hash, rule.hash, {"draws": counts}))
        new = {"act": act, "drawn_on": officer.today, "recorded_at": officer.at}
        done = [{**new, "draw_id": row["id"], "file": text} for row, text in own]
        connection.execute(insert(draw_results), done)
        ids = [row["id"] for row, _ in own]
        connection.execute(delete(draw_secrets).where(draw_secrets.c.draw_id.in_(ids)))
        enqueue_for_sealing(connection, {"draw_results": ids}, officer.at)
    if results:
        rows = _rows(connection, rows[0]["rule_id"], rows[0]["mode"])
    return [
        CompletedDraw(r["id"], r["places"], r["seats"], r["result"], r["drawn_on"], given.get(r["id"]))
        for r in rows
        if r["result"] is not None
    ]


def _require_rows(connection: Connection, rule_id: str, mode: str, otherwise: str) -> list[RowMapping]:
    """Return the fixed draws of a rule. *Raises*: ActRefused if there are none."""
    rows = _rows(connection, rule_id, mode)
    if not rows:
        raise ActRefused(DRAW_FAULTS.build(otherwise, field="rule", value=rule_id))
    return rows


def _rows(connection: Connection, rule_id: str, mode: str) -> list[RowMapping]:
    query = (
        select(draws, draw_results.c.file.label("result"), draw_results.c.drawn_on)
        .outerjoin(draw_results, draw_results.c.draw_id == draws.c.id)
        .where(draws.c.rule_id == rule_id, draws.c.mode == mode)
        .order_by(draws.c.places)
    )
    return list(connection.execute(query).mappings())


def read_lottery_secrets(connection: Connection, rule_id: str) -> list[tuple[str, str]]:
    """Return the places and the secret of each lottery that was fixed for a rule, drawn or not.

    Callers must not print or store a secret before its draw is published.
    """
    rows = _rows(connection, rule_id, "lottery")
    kept = _secrets(connection, [row["id"] for row in rows])
    found = []
    for row in rows:
        draw = parse_lottery_file(row["result"]).draw if row["result"] else None
        found.append((row["places"], draw.secret if draw else kept[row["id"]]))
    return found


def _secrets(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    query = select(draw_secrets).where(draw_secrets.c.draw_id.in_(ids))
    return {row.draw_id: row.secret for row in connection.execute(query)}
