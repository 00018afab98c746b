"""Do an act in one transaction: claim its key, load and lock, authorise, act, write the audit entry; or show what it would."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_and_roll_back, run_in_transaction
from yihui.access.acting import Acting, acting_as
from yihui.access.actor import Actor
from yihui.access.audit import AuditContext, AuditEntry, append_audit_entry, entries_in
from yihui.access.decide import Decision
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.frame.acts import Act, Change, Doing, Key
from yihui.frame.content import Download, ids_of
from yihui.frame.fields import hidden_fields
from yihui.frame.looking import (
    THING_FAULTS,
    NamedSections,
    authorise_thing,
    find_member_place,
    find_names,
    find_places,
    load_thing,
    record_reading,
    require_key,
)
from yihui.frame.noun import find_result
from yihui.frame.once import OnceKey, claim_once, find_outcome, finish_once
from yihui.runtime.demo_clock import require_running_clock
from yihui.runtime.language import Language
from yihui.services.access.authorisation import authorise, require_fresh_login
from yihui.services.access.second_person import require_second_person

FormT = TypeVar("FormT", bound=BaseModel)
ThingT = TypeVar("ThingT")
ResultT = TypeVar("ResultT")
_LONGEST_ONCE = 64  # characters of a key, as the audit log has them


class ThingChangedError(FaultError):
    """A thing that was changed since it was seen."""


@dataclass(frozen=True, slots=True)
class ActRequest:
    """On which thing an act is wanted, the version that was seen, and the key that stands for this one wish.

    ``previewed`` is the digest of what its preview showed. It counts from ``at``, the instant at which it arrived; by default from when its turn comes.
    """

    key: Key | None = None
    seen: int | None = None
    once: str = ""
    at: datetime | None = None
    previewed: str = ""


def do_act(
    wiring: Wiring, actor: Actor | None, act: Act[FormT, ThingT], wanted: ActRequest, form: FormT
) -> Key:
    """Do an act once; return the key of the thing that it changed or made.

    Sent again with the same key and content, it does nothing and returns the same.

    *Raises*: FaultError; then nothing has changed.
    """
    require_running_clock(wiring)

    def work(connection: Connection) -> Key:
        doing, once = _open(wiring, connection, actor, act, wanted, form), None
        if wanted.once:
            once = OnceKey.build(doing.actor, wanted.once, act.audit, digest_wish(act, wanted, form))
            if (earlier := claim_once(connection, once, doing.now)) is not None:
                return _read_outcome(act, earlier)
        doing, places, decision = _allow(doing, act, wanted)
        if act.ready is not None:
            act.ready(doing.thing, wanted.seen)
        if act.second_to is not None:
            _require_second(act, doing, places)
        change = act.do(doing)
        record_change(doing, act.kind.name, act.audit, change, decision, _first(places), wanted.once)
        if once is not None:
            finish_once(connection, once, str(change.key))
        return change.key

    def run() -> Key:
        return _run(wiring, actor, work, wanted.once)

    key = run() if act.around is None else act.around(wiring, form, run)
    if act.after is not None:
        act.after(wiring)
    return key


def find_done(wiring: Wiring, actor: Actor, act: Act[Any, Any], key: str) -> Key | None:
    """Return the key of the thing to which an act led that was sent with a form's key before."""
    with wiring.database.read() as connection:
        found = find_outcome(connection, OnceKey.build(actor, key, act.audit, ""))
    return None if found is None else _read_outcome(act, found)


def _read_outcome(act: Act[Any, Any], outcome: str) -> Key:
    return (find_result(act).key if act.leads_to else act.kind.key)(outcome)


def try_act(wiring: Wiring, actor: Actor, act: Act[FormT, ThingT], wanted: ActRequest, form: FormT) -> None:
    """Do an act and take it back: what refuses it is said before a summary is shown. *Raises*: FaultError."""

    def work(connection: Connection) -> None:
        doing, _, _ = _allow(_open(wiring, connection, actor, act, wanted, form), act, wanted)
        if act.ready is not None:
            act.ready(doing.thing, wanted.seen)
        act.do(doing)

    with _acting(wiring, actor):
        run_and_roll_back(wiring.database, work)


def preview_act(
    wiring: Wiring,
    actor: Actor | None,
    act: Act[FormT, ThingT],
    wanted: ActRequest,
    form: FormT,
    language: Language,
) -> NamedSections:
    """Return what an act would do; nothing is stored but whose data the preview shows. *Raises*: FaultError."""
    preview = act.preview
    if preview is None:
        raise FaultError(THING_FAULTS.build("no_preview", field="preview"))

    def work(connection: Connection) -> tuple[Doing[FormT, ThingT], Sequence[AuditEntry], NamedSections]:
        begun = _open(wiring, connection, actor, act, wanted, form)
        doing, places, decision = _allow(begun, act, wanted, lock=act.tries)
        if act.ready is not None:
            act.ready(doing.thing, wanted.seen)
        found, entries = preview(doing, language), []
        if found.reads is not None:
            place, right = _first(places), act.reading or act.right
            entries = [AuditEntry(right.value, *found.reads, organisation=place, by=decision.by)]
        names = find_names(wiring, connection, doing.actor, ids_of(found.sections))
        return doing, entries, NamedSections(found.sections, names, found.digest)

    with _acting(wiring, actor):
        if act.tries:
            doing, entries, shown = run_in_transaction(wiring.database, work)
        else:
            with wiring.database.read() as connection:
                doing, entries, shown = work(connection)
        record_reading(doing, entries)
    return shown


def reveal_act(
    wiring: Wiring, actor: Actor | None, act: Act[FormT, ThingT], wanted: ActRequest, form: FormT
) -> NamedSections:
    """Return what an act shows; that it was shown is recorded first. *Raises*: FaultError, also where it is a second time."""
    reveal = act.reveal
    assert reveal is not None, act.name

    def show(doing: Doing[FormT, ThingT]) -> NamedSections:
        found = reveal(doing)
        return NamedSections(found, find_names(wiring, doing.connection, doing.actor, ids_of(found)))

    return _record_and_give(wiring, actor, act, wanted, form, show)


def give_file(
    wiring: Wiring, actor: Actor | None, act: Act[FormT, ThingT], wanted: ActRequest, form: FormT
) -> Download:
    """Return the file that an act gives; that it was given is recorded first. *Raises*: FaultError."""
    assert act.file is not None, act.name
    return _record_and_give(wiring, actor, act, wanted, form, act.file)


def _record_and_give(
    wiring: Wiring,
    actor: Actor | None,
    act: Act[FormT, ThingT],
    wanted: ActRequest,
    form: FormT,
    give: Callable[[Doing[FormT, ThingT]], ResultT],
) -> ResultT:
    """Do an act that gives something in place of a thing, and record it first; one ``is_once`` gives it a single time."""
    require_running_clock(wiring)

    def work(connection: Connection) -> ResultT:
        doing = _open(wiring, connection, actor, act, wanted, form)
        if act.is_once and wanted.once:
            once = OnceKey.build(doing.actor, wanted.once, act.audit, digest_wish(act, wanted, form))
            if claim_once(connection, once, doing.now) is not None:
                raise FaultError(THING_FAULTS.build("shown"))
            finish_once(connection, once, act.name)
        doing, places, decision = _allow(doing, act, wanted)
        record_change(doing, act.kind.name, act.audit, act.do(doing), decision, _first(places))
        return give(doing)

    return _run(wiring, actor, work)


def require_previewed(act: Doing[Any, Any], digest: str) -> None:
    """Refuse an act that finds something else than its preview showed. *Raises*: ThingChangedError."""
    if act.previewed not in ("", digest):
        raise ThingChangedError(THING_FAULTS.build("preview_changed", field="preview"))


def _run(
    wiring: Wiring, actor: Actor | None, work: Callable[[Connection], ResultT], once: str = ""
) -> ResultT:
    """Do a work in its transaction; what its services append to the audit log names the key that was sent."""
    with _acting(wiring, actor), entries_in(AuditContext(once[:_LONGEST_ONCE] or None)):
        return run_in_transaction(wiring.database, work)


def _acting(wiring: Wiring, actor: Actor | None) -> AbstractContextManager[None]:
    return nullcontext() if actor is None else acting_as(Acting(actor, civil_date(wiring.now())))


def _open(
    wiring: Wiring,
    connection: Connection,
    actor: Actor | None,
    act: Act[FormT, ThingT],
    wanted: ActRequest,
    form: FormT,
) -> Doing[FormT, ThingT]:
    """Begin an act: a stranger is refused before anything is looked up, and so learns no numbers."""
    authorise(wiring, connection, actor, act.right, None)
    assert actor is not None
    at = wanted.at or wiring.now()
    return Doing(wiring, connection, actor, at, form, None, wanted.seen, wanted.once, wanted.previewed)


def _allow(
    doing: Doing[FormT, ThingT], act: Act[FormT, ThingT], wanted: ActRequest, *, lock: bool = True
) -> tuple[Doing[FormT, ThingT], Sequence[str | None], Decision]:
    """Lock and load the thing, and authorise for its places; return the act with the thing, the places, the decision."""
    if lock and act.prepare is not None:
        act.prepare(doing.wiring, doing.connection)
    if not act.makes:
        key = require_key(act.kind, wanted.key)
        if act.kind.place is not None:
            place = act.kind.place(doing.connection, key)
            authorise(doing.wiring, doing.connection, doing.actor, act.right, place)
        doing = replace(doing, found=load_thing(doing, act.kind, key, lock, act.right))
    places, decision = _authorise_places(act, doing, wanted)
    if act.is_fresh:
        require_fresh_login(doing.wiring, doing.actor, act.right)
    if act.needs_version and not act.checks_version and wanted.seen is not None:
        _require_version(act.kind.version(doing.thing), wanted.seen)
    return doing, places, decision


def _require_version(version: int, seen: int) -> None:
    if version != seen:
        raise ThingChangedError(THING_FAULTS.build("changed", field="version", version=version, seen=seen))


def digest_wish(act: Act[FormT, ThingT], wanted: ActRequest, form: FormT) -> str:
    """Return what was sent as a digest: a key that comes back with other content is refused.

    Hidden fields are left out: a phone number could be found from its digest.
    """
    return build_digest(f"{act.audit} {wanted.key}", form)


def build_digest(wish: str, form: BaseModel) -> str:
    """Return the digest of a wish and the fields of its form that are not hidden."""
    said = form.model_dump_json(exclude=hidden_fields(type(form)))
    return hashlib.sha256(f"{wish} {said}".encode()).hexdigest()


def _authorise_places(
    act: Act[FormT, ThingT], doing: Doing[FormT, ThingT], wanted: ActRequest
) -> tuple[Sequence[str | None], Decision]:
    """Return the places of an act and the decision that allows it: for all that it names, or for one of the thing's.

    What is a member's needs its own place first, as who may not know of it learns nothing of the others.
    """
    named = act.places(doing) if act.places is not None else ()
    named = (PROVINCE_CODE,) if act.is_whole else named
    places: Sequence[str | None] = ()
    decision: Decision | None = None
    if not named or (act.kind.member is not None and doing.found is not None):
        if doing.found is not None:
            places = find_places(doing, act.kind, doing.found, act.right)
        elif act.right is Right.OWN:
            places = (find_member_place(doing, doing.actor.id),)
        decision = authorise_thing(doing, act.kind, wanted.key or "", act.right, list(filter(None, places)))
    for place in named:
        decided = authorise(doing.wiring, doing.connection, doing.actor, act.right, place)
        decision = decision or decided
    return (*places, *named), decision or Decision()


def _require_second(
    act: Act[FormT, ThingT], doing: Doing[FormT, ThingT], places: Sequence[str | None]
) -> None:
    assert act.second_to is not None
    first, second = act.second_to(doing.thing), Step(doing.actor.id, doing.now, act.right)
    held = [place for place in places if place is not None]
    require_second_person(doing.wiring, doing.connection, first, second, held)


def _first(places: Iterable[str | None]) -> str | None:
    return next((one for one in places if one is not None), None)


def record_change(
    doing: Doing[FormT, ThingT],
    kind_name: str,
    audit: str,
    done: Change,
    decision: Decision,
    place: str | None = None,
    once: str = "",
) -> None:
    """Append what an act did to the audit log: to its thing, and to each further record that it concerns."""
    place = done.organisation or place
    for kind, key in (done.about or (kind_name, str(done.key)), *done.also):
        entry = AuditEntry(
            done.audit or audit,
            kind,
            key,
            done.reason,
            place,
            decision.by,
            done.before,
            done.after,
            request_id=once[:_LONGEST_ONCE] or None,
        )
        append_audit_entry(doing.connection, doing.actor, entry, doing.now)
