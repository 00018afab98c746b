"""Withdrawal of an entry or of a place on the waiting list; the members behind move up."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from benefits.draws.collecting import QuotaPlaces
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.rulebook.book import lock_rulebook_shared
from benefits.sealing.queue import enqueue_for_sealing
from benefits.tables.decisions import counters, entries, waiting_list
from benefits.tables.draws import draw_results, draws, waiting_lines, waiting_moves, withdrawals
from store import lock_exclusive


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
        places = QuotaPlaces(row["rule_id"], row["period"], row["places_for"])
        is_new = not _is_given_up(connection, id_)
        if is_new:
            if table is entries:
                _check_entry(connection, places)
            else:
                _leave_line(connection, id_, places, row["position"], now, today)
            new = insert(withdrawals).values(id=id_, withdrawn_on=today, recorded_at=now)
            connection.execute(new)
            enqueue_for_sealing(connection, {"withdrawals": [id_]}, now)
        return Withdrawal(id_, places.rule_id, is_new)
    raise MoveRefused(MOVE_FAULTS.build("unknown", grant=id_))


def _is_given_up(connection: Connection, id_: str) -> bool:
    return connection.execute(select(withdrawals.c.id).where(withdrawals.c.id == id_)).scalar() is not None


def _check_entry(connection: Connection, places: QuotaPlaces) -> None:
    drawn = (
        select(draw_results.c.drawn_on)
        .join(draws, draws.c.id == draw_results.c.draw_id)
        .where(draws.c.places == places.key)
    )
    day = connection.execute(drawn).scalar()
    if day is not None:
        raise MoveRefused(MOVE_FAULTS.build("drawn", day=day))


def _leave_line(
    connection: Connection, id_: str, places: QuotaPlaces, position: int, now: datetime, today: date
) -> None:
    """Leave the waiting list under the lock of its counter, which joining takes as well."""
    key = f"waiting/{places.key}"
    connection.execute(select(counters.c.key).where(counters.c.key == key).with_for_update()).all()
    moved = select(waiting_moves.c.how).where(waiting_moves.c.waiting_id == id_)
    if connection.execute(moved).scalar() is not None:
        raise MoveRefused(MOVE_FAULTS.build("served"))
    connection.execute(
        insert(waiting_moves).values(
            waiting_id=id_,
            places=places.key,
            position=position,
            how="withdrawn",
            decision_id=None,
            moved_on=today,
            recorded_at=now,
        )
    )
    increment_moved_count(connection, places.key, 1)
    enqueue_for_sealing(connection, {"waiting_moves": [id_]}, now)


def increment_moved_count(connection: Connection, places: str, number: int) -> None:
    """Add to the number of members who have left a waiting list."""
    moved = waiting_lines.update().where(waiting_lines.c.places == places)
    connection.execute(moved.values(moved=waiting_lines.c.moved + number))
