"""Dead letters mended, dropped, tried out: what an officer does with them, written down as an act.

A mended event keeps its id and its source, so that it is the same event to everybody who has heard of it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from benefits import Act, Deed, Officer, acts, record_act
from core.faults import Fault, InputFaults
from events import dead_letters
from events.dead_letters import DeadLetter
from events.envelope import Event, Unreadable, read_event
from store import inbox

N_ = str  # marks a text for the message catalogue

ABOUT = "dead_letters"  # what the acts are about, in place of a rule
_PATH = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40}){0,5}")
MENDED = "mended"  # the reason under which a mended letter waits


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a letter's event: a value at a path, or nothing there any more."""

    path: tuple[str, ...]
    value: object = None
    is_removal: bool = False


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The event with its edits. *Raises*: InputFaults, where it is no JSON object or a path leads nowhere."""
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise InputFaults([_no_object()])
    faults = [fault for edit in edits if (fault := _apply(event, edit)) is not None]
    if faults:
        raise InputFaults(faults)
    return json.dumps(event, ensure_ascii=False)


def _apply(event: dict[str, object], edit: Edit) -> Fault | None:
    *way, name = edit.path
    place: object = event
    for part in way:
        place = place.get(part) if isinstance(place, dict) else None
    if not isinstance(place, dict) or (edit.is_removal and name not in place):
        return _no_place(".".join(edit.path))
    if edit.is_removal:
        del place[name]
    else:
        place[name] = edit.value
    return None


def mend(connection: Connection, letter_id: str, text: str, officer: Officer) -> DeadLetter:
    """Put a mended event in a letter's place, where it waits to be replayed; gives the new letter.

    *Raises*: InputFaults, where the event isn't fit yet; ActRefused without a reason.
    """
    officer.with_reason()
    old = _waiting(connection, letter_id)
    event = _checked(connection, old, text, officer.at)
    new = replace(
        old,
        id=dead_letters.id_of(event.text),
        reason=MENDED,
        faults=(),
        source=event.source,
        event_id=event.id,
        text=event.text,
        recorded_at=officer.at,
    )
    dead_letters.resolve(connection, [old.id], officer.at)
    dead_letters.record(connection, [new])
    dead_letters.reopen(connection, new.id)  # the same event may have been dropped once
    detail = {"letter": old.id, "became": new.id, "changed": changed(old.text, event.text)}
    record_act(connection, officer, Deed("mended", ABOUT, detail=detail))
    return new


def require_text(letter: DeadLetter) -> None:
    """*Raises*: InputFaults, where a letter's text was not kept."""
    if letter.text is None:
        raise InputFaults([_not_kept()])


def drop(connection: Connection, letter_ids: Sequence[str], officer: Officer) -> None:
    """Deal with letters by leaving their events out for good; they stay for the record.

    *Raises*: InputFaults, where one doesn't wait; ActRefused without a reason.
    """
    officer.with_reason()
    for letter_id in sorted(letter_ids):
        letter = _waiting(connection, letter_id)
        dead_letters.resolve(connection, [letter.id], officer.at)
        detail = {"letter": letter.id, "reason": letter.reason}
        record_act(connection, officer, Deed("dropped", ABOUT, detail=detail))


def acts_on(connection: Connection, letter_id: str) -> list[Act]:
    """What officers did about a letter, the earliest first."""
    return [
        act
        for act in acts(connection, ABOUT)
        if letter_id in (act.detail["letter"], act.detail.get("became"))
    ]


def changed(before: str | None, after: str) -> list[str]:
    """The paths at which two events differ; never a value, nor what may be one. Nothing where the first was no event.

    Acts can't be erased: a name in the place of a field's stays out of them.
    """
    try:
        first, second = json.loads(before or ""), json.loads(after)
    except ValueError:
        return []
    return sorted({path if _PATH.fullmatch(path) else "…" for path in _differences(first, second)})


def _differences(first: object, second: object, path: str = "") -> Iterator[str]:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for name in {*first, *second}:
            yield from _differences(first.get(name), second.get(name), f"{path}.{name}".lstrip("."))
    elif first != second:
        yield path


def _waiting(connection: Connection, letter_id: str) -> DeadLetter:
    found = dead_letters.locked(connection, letter_id)
    if found is None or found.resolved_at is not None:
        raise InputFaults([_dealt_with(letter_id)])
    return found


def _checked(connection: Connection, old: DeadLetter, text: str, now: datetime) -> Event:
    """The event, where it is one that can be taken in the letter's place."""
    require_text(old)
    event = read_event(text, now)
    if isinstance(event, Unreadable):
        raise InputFaults(event.faults)
    faults = list(_strayed(old, event))
    if dead_letters.id_of(event.text) == old.id:
        faults.append(_unchanged())
    elif _is_taken(connection, event):
        faults.append(_id_taken(event.id))
    if faults:
        raise InputFaults(faults)
    return event


def _strayed(old: DeadLetter, event: Event) -> Iterator[Fault]:
    pairs = (("source", old.source, event.source), ("id", old.event_id, event.id))
    for name, before, after in pairs:
        if before is not None and before != after:
            yield _another(name, after, before)


def _is_taken(connection: Connection, event: Event) -> bool:
    """Whether another event was handled under this id: then this one never can be."""
    columns = (inbox.c.source, inbox.c.id)
    query = select(inbox.c.digest).where(tuple_(*columns).in_([event.key]))
    digest = connection.execute(query).scalar()
    return digest is not None and digest != event.digest


def _no_object() -> Fault:
    return Fault(
        N_("the letter holds no JSON object in which a field could be set"),
        N_("write the whole event anew, with --with FILE or in the editor"),
        field="--set",
    )


def _no_place(path: str) -> Fault:
    return Fault(
        N_("there is no {value} in the event"),
        N_("look at it: yihui events dead-letters show"),
        field="--set",
        value=path,
    )


def _not_kept() -> Fault:
    return Fault(
        N_("the letter's text was not kept, since it held personal data"),
        N_("let its sender send it again without them, then drop the letter"),
    )


def _dealt_with(letter_id: str) -> Fault:
    return Fault(
        N_("the letter {value} doesn't wait any more"),
        N_("`yihui events dead-letters` lists those that wait"),
        value=letter_id[:12],
    )


def _another(name: str, value: str, expected: str) -> Fault:
    return Fault(
        N_("a mended event keeps its {field}; this one says {value}"),
        N_("write {kept} again"),
        field=name,
        value=value,
        params={"kept": expected},
    )


def _unchanged() -> Fault:
    return Fault(N_("nothing was changed"), N_("mend what the letter's faults name, or drop it"))


def _id_taken(id: str) -> Fault:
    return Fault(
        N_("another event was handled under the id {value}"),
        N_("let its sender give it an id of its own, then drop the letter"),
        field="id",
        value=id,
        params={"code": "id_reused"},
    )
