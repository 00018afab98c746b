"""Whose workers organisations take beyond their own: employers and platforms, by the names that people type."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from members.joining.tables import join_takers


@dataclass(frozen=True, slots=True)
class Taker:
    """What an organisation said last. ``takes_all``: it takes whoever finds no other in its part of the tree."""

    organisation: str
    names: tuple[str, ...] = ()
    takes_all: bool = False


def append_taker(connection: Connection, taker: Taker, officer: str, at: datetime) -> None:
    """Record whose workers an organisation takes."""
    said = {"organisation": taker.organisation, "names": "\n".join(taker.names), "takes_all": taker.takes_all}
    connection.execute(insert(join_takers).values(**said, officer=officer, at=at))


def read_takers(connection: Connection, organisation: str | None = None) -> Mapping[str, Taker]:
    """Return what each organisation said last, by its code; by default of all."""
    c = join_takers.c
    last = select(func.max(c.sequence)).group_by(c.organisation)
    last = last if organisation is None else last.where(c.organisation == organisation)
    rows = connection.execute(select(c.organisation, c.names, c.takes_all).where(c.sequence.in_(last)))
    return {
        row.organisation: Taker(row.organisation, tuple(row.names.split("\n")), row.takes_all) for row in rows
    }
