"""Look at a listing or a thing: authorised in the transaction that reads, with the names of all that it states."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entries
from yihui.access.decide import Decision
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.frame.acts import Doing, Key, Kind
from yihui.frame.content import NamedIds, Section, Table, ThingPage, ids_of
from yihui.frame.listing import Elsewhere, Looking, NoFilter, RowSlice, Slice
from yihui.frame.names import NO_NAMES, Names
from yihui.frame.noun import Noun
from yihui.runtime.language import Language
from yihui.services.access.authorisation import authorise

FoundT = TypeVar("FoundT")
THING_FAULTS = FaultTable(
    "thing",
    {
        "unknown": (N_("there is no record {value}"), N_("look its number up in the list")),
        "unknown_own": (N_("there is no such thing among yours"), N_("open it from your list")),
        "changed": (
            N_("it was changed meanwhile: it is at version {version} now, and you saw {seen}"),
            N_("look at it again, and act on what it says now"),
        ),
        "shown": (N_("it was made already, and shown then"), N_("end it, and open the form anew")),
        "preview_changed": (
            N_("what the preview showed is no longer so"),
            N_("look at the preview again, and act on what it says now"),
        ),
        "no_preview": (N_("this act has no preview"), N_("do it, or leave it")),
        "many": (
            N_("the list has more rows than a file takes: {most}"),
            N_("filter it, and take less at a time"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class NamedRows:
    """A slice of a listing, with the names of what its rows state, and what stands in another list."""

    found: RowSlice[Any]
    names: Names
    elsewhere: Elsewhere | None = None


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
    digest: str = ""


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
    with wiring.database.read() as connection:
        decision = authorise(wiring, connection, actor, noun.right, noun.place)
        assert actor is not None
        look = Looking(wiring, connection, actor, wiring.now(), filter_, part)
        found = listing.find(look)
        if is_file and found.total > part.limit:
            raise FaultError(THING_FAULTS.build("many", most=part.limit))
        read = listing.reads(look, found.rows) if listing.reads is not None else []
        table = Table("rows", "", listing.columns, found.rows, listing.empty)
        names = find_names(wiring, connection, actor, ids_of([table, *found.sections]))
        elsewhere = listing.elsewhere(look) if listing.elsewhere is not None and not is_file else None
    taken = [(noun.kind.name if noun.kind else noun.path, "list", None)] if is_file else []
    entries = [
        AuditEntry(noun.right.value, kind, id_, organisation=place, by=decision.by)
        for kind, id_, place in (*read, *taken)
    ]
    record_reading(look, entries)
    return NamedRows(found, names, elsewhere)


def record_reading(look: Looking[Any] | Doing[Any, Any], entries: Sequence[AuditEntry]) -> None:
    """Record what was read before it is shown, in a transaction of its own: reading keeps no writer waiting."""
    if not entries or look.wiring.settings.read_only:
        return
    from events.retries import run_in_transaction  # here: a list of few kinds starts sooner

    run_in_transaction(
        look.wiring.database,
        lambda connection: append_audit_entries(connection, look.actor, entries, look.now),
    )


def show_thing(wiring: Wiring, actor: Actor | None, noun: Noun, key: Key, language: Language) -> NamedPage:
    """Return the page of a thing; that it was read is recorded first where its noun says so.

    *Raises*: FaultError if there is none, or the actor may not see it.
    """
    show = noun.show
    assert show is not None, noun.path

    def read(look: Looking[Any], thing: Any) -> NamedPage:
        page = show(look, thing, language)
        page = replace(page, acts=_list_allowed(look, noun, thing, page.acts))
        names = find_names(wiring, look.connection, look.actor, ids_of(page.sections, page.person))
        return NamedPage(thing, page, names)

    return read_thing(wiring, actor, noun, key, read)


def _list_allowed(look: Looking[Any], noun: Noun, thing: object, acts: Sequence[str]) -> Sequence[str]:
    """Return the acts whose right the actor holds for the thing; anywhere, where the act's form says for what."""
    kind = noun.kind
    assert kind is not None, noun.path

    @cache
    def holds(right: Right, is_named: bool) -> bool:
        if right is Right.OWN:
            return True
        scope = look.scope(right)
        if scope.is_everywhere:
            return True
        places = () if is_named else find_places(look, kind, thing, right)
        covered = (
            scope.find_covered(look.connection, places) if places else scope.organisations or frozenset()
        )
        return bool(covered) and (not kind.needs_all or covered >= frozenset(places))

    rights = {one.name: (one.right, one.places is not None and kind.member is None) for one in noun.acts}
    return tuple(name for name in acts if holds(*rights[name]))


def read_thing(
    wiring: Wiring, actor: Actor | None, noun: Noun, key: Key, read: Callable[[Looking[Any], Any], FoundT]
) -> FoundT:
    """Return what is read of a thing, with the right and the record of its page. *Raises*: as ``show_thing``."""

    with wiring.database.read() as connection:
        decision = authorise(wiring, connection, actor, noun.right, None)
        assert actor is not None and noun.kind is not None
        known = require_key(noun.kind, key)
        if noun.kind.place is not None:
            authorise(wiring, connection, actor, noun.right, noun.kind.place(connection, known))
        look = Looking(wiring, connection, actor, wiring.now(), NoFilter())
        thing = load_thing(look, noun.kind, known, False, noun.right)
        places = find_places(look, noun.kind, thing, noun.right)
        if places and not (noun.is_open_to is not None and noun.is_open_to(look, thing)):
            decision = authorise_thing(look, noun.kind, known, noun.right, places)
        said = noun.reads(thing) if noun.reads is not None else None
        found = read(look, thing)
    place = next(iter(places), None)
    record_reading(
        look, [AuditEntry(noun.right.value, *said, organisation=place, by=decision.by)] if said else []
    )
    return found


def load_thing(
    look: Looking[Any] | Doing[Any, Any], kind: Kind[Any], key: Key, lock: bool, right: Right
) -> Any:
    """Return a thing; for a member one of her own. *Raises*: FaultError, the same for another's as for none."""
    if right is not Right.OWN:
        return kind.load(look, key, lock)
    try:
        thing = kind.load(look, key, lock)
        if kind.member is not None and kind.member(thing) == look.actor.id:
            return thing
    except FaultError as error:
        if not error.faults[0].short_code.startswith("unknown"):
            raise
    raise FaultError(THING_FAULTS.build("unknown_own", field="key"))


def find_among(
    list_own: Callable[[Looking[Any] | Doing[Any, Any]], Iterable[FoundT]], key_of: Callable[[FoundT], str]
) -> Callable[[Looking[Any] | Doing[Any, Any], str, bool], FoundT]:
    """Return how a kind finds a member's thing by its key among all that she has."""

    def load(at: Looking[Any] | Doing[Any, Any], key: str, lock: bool) -> FoundT:
        for one in list_own(at):
            if key_of(one) == key:
                return one
        raise FaultError(THING_FAULTS.build("unknown_own", field="key"))

    return load


def find_places(
    look: Looking[Any] | Doing[Any, Any], kind: Kind[Any], thing: object, right: Right
) -> Sequence[str]:
    """Return the organisations of a thing; what is a member's has hers of today, or the whole union."""
    if kind.member is None:
        return kind.organisations(thing, right)
    return (find_member_place(look, kind.member(thing)),)


def find_member_place(look: Looking[Any] | Doing[Any, Any], member: str) -> str:
    """Return a member's organisation of today; of who has none, the whole union."""
    from yihui.services.members.organisations import find_member_organisations

    found = find_member_organisations(look.connection, [member], civil_date(look.now))
    return found.get(member) or PROVINCE_CODE


def authorise_thing(
    look: Looking[Any] | Doing[Any, Any], kind: Kind[Any], key: Key, right: Right, places: Sequence[str]
) -> Decision:
    """Return the decision that allows something for one of a thing's organisations, or for all where its kind says so.

    *Raises*: FaultError if none does: what is a member's is then as unknown as what isn't there.
    """
    try:
        for place in places[1:] if kind.needs_all else ():
            authorise(look.wiring, look.connection, look.actor, right, place)
        some = places[:1] if kind.needs_all else places
        return authorise_any(look.wiring, look.connection, look.actor, right, some)
    except FaultError as error:
        if kind.member is None:
            raise
        raise FaultError(THING_FAULTS.build("unknown", field="key", value=str(key)[:40])) from error


def authorise_any(
    wiring: Wiring, connection: Connection, actor: Actor | None, right: Right, places: Sequence[str]
) -> Decision:
    """Return the decision that allows something for one of several places, or anywhere if there are none.

    *Raises*: FaultError, that of the first place, if none allows it.
    """
    refused: FaultError | None = None
    for place in places or (None,):
        try:
            return authorise(wiring, connection, actor, right, place)
        except FaultError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def find_names(wiring: Wiring, connection: Connection, actor: Actor, ids: NamedIds) -> Names:
    """Return the names of a page's ids, with one query for each kind."""
    if not (ids.actors or ids.members or ids.organisations):
        return NO_NAMES
    from yihui.frame.found_names import load_names

    return load_names(wiring, connection, actor, ids)
