"""A member gives up an entry or a place on the waiting list; the others move on."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from benefits.draws.collecting import Places
from benefits.model.move_refusals import NotAllowed
from benefits.rulebook.book import enter
from benefits.sealing.queue import to_seal
from benefits.tables.decisions import counters, entries, waiting_list
from benefits.tables.draws import draw_results, draws, waiting_lines, waiting_moves, withdrawals
from store import one_at_a_time


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What was given up; ``is_new`` is false where it was before."""

    id: str
    rule_id: str
    is_new: bool


def give_up(connection: Connection, id_: str, member_id: str, now: datetime, today: date) -> GivenUp:
    """Give up an entry, or a place on the waiting list; once. What was drawn or granted can't be given up.

    An entry that is given up after the entries were fixed stays in the published file and is passed over.

    *Raises*: NotAllowed: unknown, foreign, drawn, served.
    """
    enter(connection)
    one_at_a_time(connection, "waiting lists")
    for table in (waiting_list, entries):
        row = connection.execute(select(table).where(table.c.id == id_)).mappings().one_or_none()
        if row is None:
            continue
        if row["member_id"] != member_id:
            raise NotAllowed("foreign", grant=id_)
        places = Places(row["rule_id"], row["period"], row["places_for"])
        is_new = not _is_given_up(connection, id_)
        if is_new:
            if table is entries:
                _check_entry(connection, places)
            else:
                _leave_line(connection, id_, places, row["position"], now, today)
            new = insert(withdrawals).values(id=id_, withdrawn_on=today, recorded_at=now)
            connection.execute(new)
            to_seal(connection, {"withdrawals": [id_]}, now)
        return GivenUp(id_, places.rule_id, is_new)
    raise NotAllowed("unknown", grant=id_)


def _is_given_up(connection: Connection, id_: str) -> bool:
    return connection.execute(select(withdrawals.c.id).where(withdrawals.c.id == id_)).scalar() is not None


def _check_entry(connection: Connection, places: Places) -> None:
    drawn = (
        select(draw_results.c.drawn_on)
        .join(draws, draws.c.id == draw_results.c.draw_id)
        .where(draws.c.places == places.key)
    )
    day = connection.execute(drawn).scalar()
    if day is not None:
        raise NotAllowed("drawn", day=day.isoformat())


def _leave_line(
    connection: Connection, id_: str, places: Places, position: int, now: datetime, today: date
) -> None:
    """Under the lock of the line's counter, as whoever joins it."""
    key = f"waiting/{places.key}"
    connection.execute(select(counters.c.key).where(counters.c.key == key).with_for_update()).all()
    moved = select(waiting_moves.c.how).where(waiting_moves.c.waiting_id == id_)
    if connection.execute(moved).scalar() is not None:
        raise NotAllowed("served")
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
    count_moved(connection, places.key, 1)
    to_seal(connection, {"waiting_moves": [id_]}, now)


def count_moved(connection: Connection, places: str, number: int) -> None:
    """So many more have left a line."""
    moved = waiting_lines.update().where(waiting_lines.c.places == places)
    connection.execute(moved.values(moved=waiting_lines.c.moved + number))
