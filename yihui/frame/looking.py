"""Look at a listing or a thing: authorised in the transaction that reads, with the names of all that it states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, select

from core.civil_time import civil_date
from events.retries import run_in_transaction
from members import organisation_names
from members.card_tables import cards
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.tables import officers
from yihui.bootstrap import Wiring
from yihui.frame.acts import Key
from yihui.frame.content import NamedIds, Section, Table, ThingPage, ids_of
from yihui.frame.listing import Listing, Looking, RowSlice, Slice
from yihui.frame.names import Names, PersonLabel
from yihui.frame.noun import Noun
from yihui.runtime.language import Language
from yihui.services.access.authorisation import authorise
from yihui.services.desk.record_names import RecordNames
from yihui.services.members.organisations import find_member_organisations
from yihui.services.members.vault import mask_members
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
    page: ThingPage
    names: Names


@dataclass(frozen=True, slots=True)
class NamedSections:
    """Parts of a page, with the names of what they state."""

    sections: Sequence[Section]
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
        return NamedRows(found, find_names(wiring, connection, ids_of([table])))


def show_thing(wiring: Wiring, actor: Actor | None, noun: Noun, key: Key, language: Language) -> NamedPage:
    """Return the page of a thing; that it was read is recorded first where its noun says so.

    *Raises*: FaultError if there is none, or the actor may not see it.
    """

    def work(connection: Connection) -> NamedPage:
        decision = authorise(wiring, connection, actor, noun.right, None)
        assert actor is not None
        thing = noun.kind.load(connection, key, False)
        look = Looking(wiring, connection, actor, wiring.now(), NoFilter())
        place = noun.kind.organisation(thing)
        if place is not None and not (noun.is_open_to is not None and noun.is_open_to(look, thing)):
            decision = authorise(wiring, connection, actor, noun.right, place)
        if is_recorded:
            assert noun.reads is not None
            kind, id_ = noun.reads(thing)
            entry = AuditEntry(noun.right.value, kind, id_, organisation=place, by=decision.by)
            append_audit_entry(connection, actor, entry, look.now)
        page = noun.show(look, thing, language)
        return NamedPage(thing, page, find_names(wiring, connection, ids_of(page.sections, page.person)))

    is_recorded = noun.reads is not None and not wiring.settings.read_only
    if is_recorded:
        return run_in_transaction(wiring.database, work)
    with wiring.database.read() as connection:
        return work(connection)


def find_names(wiring: Wiring, connection: Connection, ids: NamedIds) -> Names:
    """Return the names of a page's ids, with one query for each kind."""
    actors, persons = sorted(ids.actors), _find_persons(wiring, connection, sorted(ids.members))
    posts: dict[str, str] = {}
    if actors:
        query = select(officers.c.id, officers.c.post).where(officers.c.id.in_(actors))
        posts = {row.id: row.post for row in connection.execute(query).all()}
    known = RecordNames(officer=lambda id_: posts.get(id_, ""))
    codes = {*ids.organisations, *(one.organisation for one in persons.values() if one.organisation)}
    return Names(
        organisation_names(connection, codes) if codes else {},
        lambda id_, language: posts.get(id_) or actor_label(id_, language, known),
        persons,
    )


def _find_persons(
    wiring: Wiring, connection: Connection, members: Sequence[str]
) -> Mapping[str, PersonLabel]:
    """Return the masked names of members, the ends of their cards, and their organisations of today."""
    if not members:
        return {}
    places = find_member_organisations(connection, members, civil_date(wiring.now()))
    c = cards.c
    query = select(c.member_id, c.number).where(c.member_id.in_(members)).order_by(c.serial)
    numbers = {row.member_id: row.number for row in connection.execute(query).all()}  # the latest last
    masked = {one.member_id: one.masks.get("name", "") for one in mask_members(wiring, members)}
    return {
        member: PersonLabel(masked.get(member, ""), numbers.get(member, ""), places.get(member, ""))
        for member in members
    }
