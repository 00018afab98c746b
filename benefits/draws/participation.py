"""What members take part in: entries, draws and waiting lists; and how they withdraw."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select

from benefits.draws.collecting import DRAW_SOURCE, QuotaPlaces
from benefits.draws.free_places import LibraryReader, find_list_end
from benefits.ledger.rows import parse_stored_decision
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.rulebook.book import lock_rulebook_shared
from benefits.tables.decisions import counters, decisions, entries, waiting_list
from benefits.tables.draws import (
    draw_results,
    draws,
    waiting_lines,
    waiting_moves,
    withdrawals,
)
from store import enqueue_for_sealing, lock_exclusive

ParticipationState = Literal[
    "entered", "fixed", "won", "not_won", "waiting", "over", "served", "passed", "given_up"
]
_SERVED: Mapping[str, ParticipationState] = {"granted": "served", "passed": "passed", "withdrawn": "given_up"}
_DRAWN: Mapping[str, ParticipationState] = {"granted": "won", "refused": "not_won"}
DrawState = Literal["open", "fixed", "drawn"]


@dataclass(frozen=True, slots=True)
class Participation:
    """One entry or place on a waiting list; ``position`` is the current place among ``waiting`` members.

    ``state``: entered (the entries are still open), fixed (to be drawn), won, not_won, waiting, over (waits, and
    no place can become free any more), served (moved up and granted), passed (had a turn and couldn't take the
    place), given_up. ``ended_on`` is the last day of the rule of a list that is over.
    """

    id: str
    rule_id: str
    title: str
    period: str
    since: date
    state: ParticipationState
    position: int | None = None
    waiting: int | None = None
    ended_on: date | None = None


def list_participations(
    connection: Connection, member_id: str, today: date, rules: LibraryReader
) -> list[Participation]:
    """List a member's entries and places on waiting lists, newest first, as they stand on a day."""
    waits = {
        row["id"]: _waiting(connection, row, today, rules)
        for row in connection.execute(
            select(waiting_list, waiting_moves.c.how)
            .outerjoin(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
            .where(waiting_list.c.member_id == member_id)
        ).mappings()
    }
    entered = [*_entered(connection, member_id, waits)]
    found = [*entered, *(standing for standing in waits.values() if standing is not None)]
    return sorted(found, key=lambda standing: (-standing.since.toordinal(), standing.id))


def _waiting(connection: Connection, row: RowMapping, today: date, rules: LibraryReader) -> Participation:
    told = (
        row["id"],
        row["rule_id"],
        parse_stored_decision(row["decision"]).rule_title,
        row["period"],
        row["waits_since"],
    )
    if row["how"] is not None:
        return Participation(*told, _SERVED[row["how"]])
    if (ended_on := find_list_end(connection, row, rules(connection), today)) is not None:
        return Participation(*told, "over", ended_on=ended_on)
    return Participation(*told, "waiting", *waiting_position(connection, row))


def waiting_position(connection: Connection, row: RowMapping) -> tuple[int, int]:
    """Return the current place on the waiting list, and how many members wait."""
    same = QuotaPlaces.of(row).has_rows_of(waiting_list)
    before = _count(connection, same, waiting_list.c.position <= row["position"])
    return before, _count(connection, same)


def _count(connection: Connection, *which: ColumnElement[bool]) -> int:
    query = (
        select(func.count())
        .select_from(waiting_list)
        .outerjoin(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
        .where(*which, waiting_moves.c.waiting_id.is_(None))
    )
    return int(connection.execute(query).scalar_one())


def _entered(
    connection: Connection, member_id: str, waits: Mapping[str, Participation]
) -> Iterator[Participation]:
    """Yield a member's entries, except those whose draw put the member on the waiting list."""
    query = (
        select(entries, withdrawals.c.id.label("given_up"))
        .outerjoin(withdrawals, withdrawals.c.id == entries.c.id)
        .where(entries.c.member_id == member_id)
    )
    for row in connection.execute(query).mappings():
        fixed = select(draws.c.id).where(draws.c.places == QuotaPlaces.of(row).key)
        drawn = connection.execute(fixed).scalar()
        decision = select(decisions.c.id, decisions.c.outcome).where(
            decisions.c.member_id == member_id,
            decisions.c.rule_id == row["rule_id"],
            decisions.c.source == f"{DRAW_SOURCE}/{drawn}",
            decisions.c.event_id == row["id"],
        )
        decided = connection.execute(decision).one_or_none()
        if decided is not None and decided.id in waits:
            continue
        outcome = decided and decided.outcome
        state: ParticipationState = "entered" if drawn is None else "fixed"
        if outcome is not None:
            state = _DRAWN[outcome]
        if row["given_up"] is not None:
            state = "given_up"
        title = parse_stored_decision(row["decision"]).rule_title
        yield Participation(row["id"], row["rule_id"], title, row["period"], row["entered_on"], state)


@dataclass(frozen=True, slots=True)
class DrawSummary:
    """One draw or ranking of a rule: its places, the number of entrants and its state."""

    places: str
    mode: str
    entered: int
    state: DrawState
    seats: int | None = None
    fixed_on: date | None = None
    drawn_on: date | None = None
    commitment: str | None = None
    late_days: int = 0  # between its public number and the draw, or today; 0 if it is in time


def list_draw_summaries(connection: Connection, today: date, rule_id: str | None = None) -> list[DrawSummary]:
    """List all draws and rankings, or those of one rule, by their places."""
    collected = (
        select(entries.c.rule_id, entries.c.period, entries.c.places_for)
        .add_columns(func.count().label("number"), func.max(entries.c.mode).label("mode"))
        .group_by(entries.c.rule_id, entries.c.period, entries.c.places_for)
    )
    if rule_id:
        collected = collected.where(entries.c.rule_id == rule_id)
    query = select(draws, draw_results.c.drawn_on).outerjoin(
        draw_results, draw_results.c.draw_id == draws.c.id
    )
    fixed = {row["places"]: row for row in connection.execute(query).mappings()}
    found = []
    for row in connection.execute(collected):
        key = QuotaPlaces.of(row._mapping).key
        draw = fixed.get(key)
        if draw is None:
            found.append(DrawSummary(key, row.mode, row.number, "open"))
            continue
        state: Literal["fixed", "drawn"] = "fixed" if draw["drawn_on"] is None else "drawn"
        days = (draw["fixed_on"], draw["drawn_on"])
        late = _late_days(draw["mode"], draw["file"], draw["drawn_on"] or today)
        found.append(
            DrawSummary(key, row.mode, row.number, state, draw["seats"], *days, draw["commitment"], late)
        )
    return sorted(found, key=lambda line: line.places)


def _late_days(mode: str, file: str, drawn_on: date) -> int:
    from rules.lottery.file import count_late_days, parse_lottery_file

    return count_late_days(parse_lottery_file(file).terms.number, drawn_on) if mode == "lottery" else 0


@dataclass(frozen=True, slots=True)
class WaitingListEntry:
    """A member on a waiting list: the current position and the day of joining."""

    id: str
    places: str
    position: int
    member_id: str
    waits_since: date
    ended_on: date | None = None


def list_waiting_entries(
    connection: Connection, rule_id: str, today: date = date.min, rules: LibraryReader | None = None
) -> list[WaitingListEntry]:
    """List the members who wait for a rule's places, in the order in which they will be served.

    With ``rules`` each has the last day of its rule, if nobody moves up on the list any more.
    """
    query = (
        select(waiting_list)
        .outerjoin(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
        .where(waiting_list.c.rule_id == rule_id, waiting_moves.c.waiting_id.is_(None))
        .order_by(waiting_list.c.period, waiting_list.c.places_for, waiting_list.c.position)
    )
    found: list[WaitingListEntry] = []
    ends: dict[str, date | None] = {}
    for row in connection.execute(query).mappings():
        key = QuotaPlaces.of(row).key
        position = found[-1].position + 1 if found and found[-1].places == key else 1
        if rules and key not in ends:
            ends[key] = find_list_end(connection, row, rules(connection), today)
        entry = WaitingListEntry(
            row["id"], key, position, row["member_id"], row["waits_since"], ends.get(key)
        )
        found.append(entry)
    return found


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawn entry or place; ``is_new`` is false if it was withdrawn before."""

    id: str
    rule_id: str
    is_new: bool


def withdraw_participation(
    connection: Connection, id_: str, member_id: str, now: datetime, today: date
) -> Withdrawal:
    """Withdraw an entry or a place on the waiting list, once; a drawn or granted one can't be withdrawn.

    An entry that is withdrawn after the entries were fixed stays in the published file and is passed over.

    *Raises*: MoveRefused with code unknown, foreign, drawn or served.
    """
    lock_rulebook_shared(connection)
    lock_exclusive(connection, "waiting lists")
    for table in (waiting_list, entries):
        row = connection.execute(select(table).where(table.c.id == id_)).mappings().one_or_none()
        if row is None:
            continue
        if row["member_id"] != member_id:
            raise MoveRefused(MOVE_FAULTS.build("foreign", grant=id_))
        places = QuotaPlaces.of(row)
        given_up = select(withdrawals.c.id).where(withdrawals.c.id == id_)
        is_new = connection.execute(given_up).scalar() is None
        if is_new:
            if table is entries:
                drawn_on = find_drawing_day(connection, places)
                if drawn_on is not None:
                    raise MoveRefused(MOVE_FAULTS.build("drawn", day=drawn_on))
            else:
                _leave_line(connection, id_, places, row["position"], now, today)
            new = insert(withdrawals).values(id=id_, withdrawn_on=today, recorded_at=now)
            connection.execute(new)
            enqueue_for_sealing(connection, {"withdrawals": [id_]}, now)
        return Withdrawal(id_, places.rule_id, is_new)
    raise MoveRefused(MOVE_FAULTS.build("unknown", grant=id_))


def find_participant(connection: Connection, id_: str) -> str:
    """Return the member of an entry or of a place on a waiting list. *Raises*: MoveRefused if there is none."""
    for table in (waiting_list, entries):
        member = connection.execute(select(table.c.member_id).where(table.c.id == id_)).scalar()
        if member is not None:
            return str(member)
    raise MoveRefused(MOVE_FAULTS.build("unknown", grant=id_))


def find_drawing_day(connection: Connection, places: QuotaPlaces) -> date | None:
    """Return the day on which the places were drawn or ranked; None if they weren't."""
    drawn = select(draw_results.c.drawn_on).join(draws, draws.c.id == draw_results.c.draw_id)
    return connection.execute(drawn.where(draws.c.places == places.key)).scalar()


def _leave_line(
    connection: Connection, id_: str, places: QuotaPlaces, position: int, now: datetime, today: date
) -> None:
    """Leave the waiting list under the lock of its counter, which joining takes as well."""
    key = f"waiting/{places.key}"
    connection.execute(select(counters.c.key).where(counters.c.key == key).with_for_update()).all()
    moved = select(waiting_moves.c.how).where(waiting_moves.c.waiting_id == id_)
    if connection.execute(moved).scalar() is not None:
        raise MoveRefused(MOVE_FAULTS.build("served"))
    move = {"waiting_id": id_, "places": places.key, "position": position, "how": "withdrawn"}
    record_waiting_moves(connection, [{**move, "decision_id": None, "moved_on": today, "moved_at": now}], now)


def record_waiting_moves(
    connection: Connection, moves: Sequence[Mapping[str, object]], now: datetime
) -> None:
    """Record who left waiting lists, and how many have left each."""
    connection.execute(insert(waiting_moves), [{**move, "recorded_at": now} for move in moves])
    for places, number in sorted(Counter(str(move["places"]) for move in moves).items()):
        moved = waiting_lines.update().where(waiting_lines.c.places == places)
        connection.execute(moved.values(moved=waiting_lines.c.moved + number))
    enqueue_for_sealing(connection, {"waiting_moves": [str(move["waiting_id"]) for move in moves]}, now)
