"""What a rule's draws and waiting lists make public or show to officers: published draws, and who left a list how."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Connection, func, select

from benefits.draws.collecting import QuotaPlaces
from benefits.tables.decisions import entries, waiting_list
from benefits.tables.draws import draw_results, draws, waiting_moves


@dataclass(frozen=True, slots=True)
class PublishedDraw:
    """A draw or ranking whose entries are fixed: ``file`` is its newest public text, with the draw once drawn."""

    id: str
    places: str
    rule_id: str
    mode: str
    file: str
    fixed_on: date
    drawn_on: date | None
    commitment: str | None  # of a lottery


def list_published_draws(connection: Connection, rule_id: str) -> list[PublishedDraw]:
    """List the draws and rankings of a rule whose entries are fixed, by their places."""
    return _load(connection, draws.c.rule_id == rule_id)


def find_published_lottery(connection: Connection, commitment: str) -> PublishedDraw | None:
    """Return the lottery with a commitment; None if no such commitment was published."""
    found = _load(connection, draws.c.commitment == commitment)
    return found[0] if found else None


def find_draw_of_participation(connection: Connection, member_id: str, id_: str) -> PublishedDraw | None:
    """Return the draw of a member's own entry or place on a waiting list; None if none is fixed, or it is not hers."""
    for table in (entries, waiting_list):
        c = table.c
        query = select(c.rule_id, c.period, c.places_for).where(c.id == id_, c.member_id == member_id)
        row = connection.execute(query).mappings().one_or_none()
        if row is not None:
            found = _load(connection, draws.c.places == QuotaPlaces.of(row).key)
            return found[0] if found else None
    return None


def _load(connection: Connection, condition: ColumnElement[bool]) -> list[PublishedDraw]:
    c, file = draws.c, func.coalesce(draw_results.c.file, draws.c.file)
    query = (
        select(c.id, c.places, c.rule_id, c.mode, file, c.fixed_on, draw_results.c.drawn_on, c.commitment)
        .outerjoin(draw_results, draw_results.c.draw_id == c.id)
        .where(condition)
        .order_by(c.places)
    )
    return [PublishedDraw(*row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class WaitingMove:
    """A member who left a waiting list: by a grant, passed over, or by giving the place up."""

    places: str
    position: int
    member_id: str
    how: Literal["granted", "passed", "withdrawn"]
    moved_on: date


def list_waiting_moves(connection: Connection, rule_id: str, limit: int = 100) -> list[WaitingMove]:
    """List who left a rule's waiting lists, the newest first."""
    query = (
        select(waiting_list, waiting_moves.c.how, waiting_moves.c.moved_on)
        .join(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
        .where(waiting_list.c.rule_id == rule_id)
        .order_by(waiting_moves.c.recorded_at.desc(), waiting_list.c.position.desc())
        .limit(limit)
    )
    return [
        WaitingMove(QuotaPlaces.of(row._mapping).key, row.position, row.member_id, row.how, row.moved_on)
        for row in connection.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """How far one day moved a member up a waiting list: how many members before her left it, by reason."""

    on: date
    how: Literal["granted", "passed", "withdrawn"]
    left: int
    position: int  # hers afterwards


def list_waiting_steps(
    connection: Connection, member_id: str, waiting_id: str, position: int
) -> list[WaitingStep]:
    """List what moved a member up to her ``position`` of today, the newest first; nothing if the place isn't hers."""
    own = select(waiting_list).where(waiting_list.c.id == waiting_id, waiting_list.c.member_id == member_id)
    row = connection.execute(own).mappings().one_or_none()
    if row is None:
        return []
    m, w = waiting_moves.c, waiting_list.c
    same = QuotaPlaces.of(row).has_rows_of(waiting_list)
    query = (
        select(m.moved_on, m.how, func.count().label("left"))
        .join(waiting_list, w.id == m.waiting_id)
        .where(same, w.position < row["position"], m.recorded_at >= row["recorded_at"])
        .group_by(m.moved_on, m.how)
        .order_by(m.moved_on.desc(), m.how)
    )
    found = []
    for step in connection.execute(query):
        found.append(WaitingStep(step.moved_on, step.how, step.left, position))
        position += step.left
    return found
