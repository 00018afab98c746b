"""Do an act: one transaction claims its key, loads and locks, authorises, acts, and writes the audit entry."""

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection

from core.civil_time import civil_date
from events.retries import run_in_transaction
from yihui.access.acting import Acting, acting_as
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import Decision
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.frame.acts import Act, Change, Doing
from yihui.frame.once import OnceKey, claim_once, finish_once
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise
from yihui.services.access.second_person import require_second_person

FormT = TypeVar("FormT", bound=BaseModel)
ThingT = TypeVar("ThingT")


@dataclass(frozen=True, slots=True)
class ActRequest:
    """On which thing an act is wanted, the version that was seen, and the key that stands for this one wish."""

    number: int | None = None
    seen: int | None = None
    once: str = ""


def do_act(
    wiring: Wiring, actor: Actor | None, act: Act[FormT, ThingT], wanted: ActRequest, form: FormT
) -> int:
    """Do an act once; return the number of the thing that it changed or made.

    Sent again with the same key and content, it does nothing and returns the same.

    *Raises*: FaultError; then nothing has changed.
    """
    require_running_clock(wiring)
    now = wiring.now()

    def work(connection: Connection) -> int:
        decision = authorise(wiring, connection, actor, act.right, None)  # a stranger learns no numbers
        assert actor is not None
        once = OnceKey.build(actor, wanted.once, act.audit, _digest(act, wanted, form))
        if once is not None and (earlier := claim_once(connection, once, now)) is not None:
            return earlier
        found = None
        if not act.makes:
            assert wanted.number is not None
            found = act.kind.load(connection, wanted.number, True)
        doing = Doing(wiring, connection, actor, now, form, found, wanted.seen)
        places = _find_places(act, doing)
        for place in places:
            decision = authorise(wiring, connection, actor, act.right, place)
        if act.second_to is not None:
            _require_second(act, doing, places)
        done = act.do(doing)
        place = done.organisation or next((one for one in places if one is not None), None)
        _record(doing, act, done, decision, place)
        if once is not None:
            finish_once(connection, once, done.number)
        return done.number

    with acting_as(Acting(actor, civil_date(now))) if actor is not None else nullcontext():
        number = run_in_transaction(wiring.database, work)
    if act.after is not None:
        act.after(wiring)
    return number


def _digest(act: Act[FormT, ThingT], wanted: ActRequest, form: FormT) -> str:
    """Return what was sent as a digest: a key that comes back with other content is refused."""
    said = f"{act.audit} {wanted.number} {form.model_dump_json()}"
    return hashlib.sha256(said.encode()).hexdigest()


def _find_places(act: Act[FormT, ThingT], doing: Doing[FormT, ThingT]) -> Sequence[str | None]:
    if act.places is not None:
        return act.places(doing)
    if doing.found is None:
        return ()
    place = act.kind.organisation(doing.found)
    return () if place is None else (place,)


def _require_second(
    act: Act[FormT, ThingT], doing: Doing[FormT, ThingT], places: Sequence[str | None]
) -> None:
    assert act.second_to is not None
    first, second = act.second_to(doing.thing), Step(doing.actor.id, doing.now, act.right)
    held = [place for place in places if place is not None]
    require_second_person(doing.wiring, doing.connection, first, second, held)


def _record(
    doing: Doing[FormT, ThingT], act: Act[FormT, ThingT], done: Change, decision: Decision, place: str | None
) -> None:
    entry = AuditEntry(
        act.audit, act.kind.name, str(done.number), done.reason, place, decision.by, done.before, done.after
    )
    append_audit_entry(doing.connection, doing.actor, entry, doing.now)
