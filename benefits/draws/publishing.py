"""What a rule's draws and waiting lists make public or show to officers: published draws, and who left a list how."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from benefits.draws.collecting import QuotaPlaces
from benefits.tables.decisions import waiting_list
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


def _load(connection: Connection, condition: ColumnElement[bool]) -> list[PublishedDraw]:
    query = (
        select(draws, draw_results.c.file.label("result"), draw_results.c.drawn_on)
        .outerjoin(draw_results, draw_results.c.draw_id == draws.c.id)
        .where(condition)
        .order_by(draws.c.places)
    )
    return [_published(row) for row in connection.execute(query).mappings()]


def _published(row: RowMapping) -> PublishedDraw:
    return PublishedDraw(
        row["id"],
        row["places"],
        row["rule_id"],
        row["mode"],
        row["result"] or row["file"],
        row["fixed_on"],
        row["drawn_on"],
        row["commitment"],
    )


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
        WaitingMove(
            QuotaPlaces(row.rule_id, row.period, row.places_for).key,
            row.position,
            row.member_id,
            row.how,
            row.moved_on,
        )
        for row in connection.execute(query)
    ]
