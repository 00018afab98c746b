"""Look at a listing or a thing: authorised in the transaction that reads, with the names of all that it states."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection, select

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.retries import run_in_transaction
from members import organisation_names
from members.card_tables import cards
from store import in_json_array, json_array
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.tables import officers
from yihui.bootstrap import Wiring
from yihui.frame.acts import Key, Kind
from yihui.frame.content import NamedIds, Section, Table, ThingPage, ids_of
from yihui.frame.listing import Looking, RowSlice, Slice
from yihui.frame.names import Names, PersonLabel
from yihui.frame.noun import Noun
from yihui.runtime.language import Language
from yihui.services.access.authorisation import authorise
from yihui.services.desk.record_names import RecordNames
from yihui.services.members.organisations import find_member_organisations
from yihui.services.members.vault import mask_members
from yihui.views.actors import actor_label

FoundT = TypeVar("FoundT")
THING_FAULTS = FaultTable(
    "thing",
    {
        "unknown": (N_("there is no record {value}"), N_("look its number up in the list")),
        "changed": (
            N_("it was changed meanwhile: it is at version {version} now, and you saw {seen}"),
            N_("look at it again, and act on what it says now"),
        ),
        "no_preview": (N_("this act has no preview"), N_("do it, or leave it")),
        "many": (
            N_("the list has {value} rows; a file takes {most}"),
            N_("filter it, and take less at a time"),
        ),
    },
)


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


def require_key(kind: Kind[Any], key: Key | None) -> Key:
    """Return the key of a thing. *Raises*: FaultError for one that no database can hold."""
    if key is None or (kind.key is int and not 0 < int(key) < 2**63):
        raise FaultError(THING_FAULTS.build("unknown", field="key", value=str(key)[:40]))
    return key


def find_rows(
    wiring: Wiring, actor: Actor | None, noun: Noun, filter_: BaseModel, part: Slice, *, is_file: bool = False
) -> NamedRows:
    """Return a slice of a listing; whose data its rows show is recorded first, and that a file was taken.

    *Raises*: FaultError if the actor may not, a filter can't be used, or a file would hold too much.
    """
    listing = noun.listing

    def work(connection: Connection) -> NamedRows:
        decision = authorise(wiring, connection, actor, listing.right, None)
        assert actor is not None
        look = Looking(wiring, connection, actor, wiring.now(), filter_, part)
        found = listing.find(look)
        if is_file and found.total > part.limit:
            raise FaultError(THING_FAULTS.build("many", value=found.total, most=part.limit))
        if is_recorded:
            read = listing.reads(look, found.rows) if listing.reads is not None else []
            taken = [(noun.kind.name, "list", None)] if is_file else []
            for kind, id_, place in (*read, *taken):
                entry = AuditEntry(listing.right.value, kind, id_, organisation=place, by=decision.by)
                append_audit_entry(connection, actor, entry, look.now)
        table = Table("rows", "", listing.columns, found.rows, listing.empty)
        return NamedRows(found, find_names(wiring, connection, ids_of([table])))

    is_recorded = (is_file or listing.reads is not None) and not wiring.settings.read_only
    return _read(wiring, work, is_recorded=is_recorded)


def show_thing(wiring: Wiring, actor: Actor | None, noun: Noun, key: Key, language: Language) -> NamedPage:
    """Return the page of a thing; that it was read is recorded first where its noun says so.

    *Raises*: FaultError if there is none, or the actor may not see it.
    """

    def work(connection: Connection) -> NamedPage:
        decision = authorise(wiring, connection, actor, noun.right, None)
        assert actor is not None
        known = require_key(noun.kind, key)
        if noun.kind.place is not None:
            authorise(wiring, connection, actor, noun.right, noun.kind.place(connection, known))
        thing = noun.kind.load(connection, known, False)
        look = Looking(wiring, connection, actor, wiring.now(), NoFilter())
        place = noun.kind.organisation(thing)
        if place is not None and not (noun.is_open_to is not None and noun.is_open_to(look, thing)):
            decision = authorise(wiring, connection, actor, noun.right, place)
        if is_recorded and noun.reads is not None and (read := noun.reads(thing)) is not None:
            entry = AuditEntry(noun.right.value, *read, organisation=place, by=decision.by)
            append_audit_entry(connection, actor, entry, look.now)
        page = noun.show(look, thing, language)
        return NamedPage(thing, page, find_names(wiring, connection, ids_of(page.sections, page.person)))

    is_recorded = noun.reads is not None and not wiring.settings.read_only
    return _read(wiring, work, is_recorded=is_recorded)


def _read(wiring: Wiring, work: Callable[[Connection], FoundT], *, is_recorded: bool) -> FoundT:
    """Run a reading; one that leaves an entry in the audit log is a transaction that writes."""
    if is_recorded:
        return run_in_transaction(wiring.database, work)
    with wiring.database.read() as connection:
        return work(connection)


def find_names(wiring: Wiring, connection: Connection, ids: NamedIds) -> Names:
    """Return the names of a page's ids, with one query for each kind."""
    actors, persons = sorted(ids.actors), _find_persons(wiring, connection, sorted(ids.members))
    posts: dict[str, str] = {}
    if actors:
        query = select(officers.c.id, officers.c.post).where(in_json_array(officers.c.id, "ids"))
        posts = {row.id: row.post for row in connection.execute(query, {"ids": json_array(actors)}).all()}
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
    query = select(c.member_id, c.number).where(in_json_array(c.member_id, "ids")).order_by(c.serial)
    found = connection.execute(query, {"ids": json_array(members)}).all()
    numbers = {row.member_id: row.number for row in found}  # the latest last
    masked = {one.member_id: one.masks.get("name", "") for one in mask_members(wiring, members)}
    return {
        member: PersonLabel(masked.get(member, ""), numbers.get(member, ""), places.get(member, ""))
        for member in members
    }
