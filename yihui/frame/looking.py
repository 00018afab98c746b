"""Look at a listing or a thing: authorised in the transaction that reads, with the names of all that it states."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, select

from members import organisation_names
from yihui.access.actor import Actor
from yihui.access.tables import officers
from yihui.bootstrap import Wiring
from yihui.frame.content import Table, ThingPage, ids_of
from yihui.frame.listing import Listing, Looking, RowSlice, Slice
from yihui.frame.names import Names
from yihui.frame.noun import Noun
from yihui.runtime.language import Language
from yihui.services.access.authorisation import authorise
from yihui.services.desk.record_names import RecordNames
from yihui.views.actors import actor_label


class NoFilter(BaseModel):
    """What a page of one thing is looked at with."""


@dataclass(frozen=True, slots=True)
class NamedRows:
    """A slice of a listing, with the names of what its rows state."""

    found: RowSlice[Any]
    names: Names


@dataclass(frozen=True, slots=True)
class NamedPage:
    """The page of a thing, with the names of what it states; ``thing`` is None where there is no more than a page."""

    thing: Any
    sheet: ThingPage
    names: Names


def find_rows(
    wiring: Wiring, actor: Actor | None, listing: Listing[Any, Any], filter_: BaseModel, part: Slice
) -> NamedRows:
    """Return a slice of a listing. *Raises*: FaultError if the actor may not, or a filter can't be used."""
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, listing.right, None)
        assert actor is not None
        found = listing.find(Looking(wiring, connection, actor, wiring.now(), filter_, part))
        table = Table("rows", "", listing.columns, found.rows, listing.empty)
        return NamedRows(found, _find_names(connection, *ids_of([table])))


def show_thing(wiring: Wiring, actor: Actor | None, noun: Noun, number: int, language: Language) -> NamedPage:
    """Return the page of a thing. *Raises*: FaultError if there is none, or the actor may not see it."""
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, noun.right, None)
        assert actor is not None
        thing = noun.kind.load(connection, number, False)
        place = noun.kind.organisation(thing)
        if place is not None:
            authorise(wiring, connection, actor, noun.right, place)
        look = Looking(wiring, connection, actor, wiring.now(), NoFilter())
        sheet = noun.show(look, thing, language)
        return NamedPage(thing, sheet, _find_names(connection, *ids_of(sheet.sections)))


def _find_names(connection: Connection, actors: Iterable[str], codes: Iterable[str]) -> Names:
    """Return the names of actors and organisations, with one query for each of the two."""
    ids, wanted = sorted(actors), sorted(codes)
    posts: dict[str, str] = {}
    if ids:
        query = select(officers.c.id, officers.c.post).where(officers.c.id.in_(ids))
        posts = {row.id: row.post for row in connection.execute(query).all()}
    known = RecordNames(officer=lambda id_: posts.get(id_, ""))
    names = organisation_names(connection, wanted) if wanted else {}
    return Names(names, lambda id_, language: posts.get(id_) or actor_label(id_, language, known))
