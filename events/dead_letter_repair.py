"""Mend, drop or try out dead letters; each change is recorded as an officer's act.

A mended event keeps its id and source, so that it stays the same event for every consumer.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from benefits import Act, NewAct, Officer, list_acts, record_act
from core.faults import Fault, FaultError, FaultTable
from core.json_keys import RepeatedKey, refuse_repeated_keys
from core.text_marks import N_
from events import dead_letters
from events.dead_letters import DeadLetter
from events.envelope import Event, InvalidEvent, parse_event
from events.faults import EVENT_FAULTS, MENDED_REASON
from store import inbox

DEAD_LETTERS_SUBJECT = "dead_letters"  # the subject of the acts, in place of a rule id
_PATH = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40}){0,5}")
REPAIR_FAULTS = FaultTable(
    "dead_letter",
    {
        "no_object": (
            N_("the letter holds no JSON object in which a field could be set"),
            N_("write the whole event anew, with --with FILE or in the editor"),
        ),
        "no_place": (
            N_("there is no {value} in the event"),
            N_("look at it: yihui events dead-letters show"),
        ),
        "text_not_kept": (
            N_("the letter's text was not kept, since it held personal data"),
            N_("let its sender send it again without them, then drop the letter"),
        ),
        "not_waiting": (
            N_("the letter {value} doesn't wait any more"),
            N_("`yihui events dead-letters` lists those that wait"),
        ),
        "attribute_changed": (
            N_("a mended event keeps its {field}; this one says {value}"),
            N_("write {kept} again"),
        ),
        "unchanged": (
            N_("nothing was changed"),
            N_("mend what the letter's faults name, or drop it"),
        ),
        "id_taken": (
            N_("another event was handled under the id {value}"),
            N_("let its sender give it an id of its own, then drop the letter"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class EventEdit:
    """One change to an event: set a value at a path, or remove it."""

    path: tuple[str, ...]
    value: object = None
    is_removal: bool = False


def apply_edits(text: str, edits: Iterable[EventEdit]) -> str:
    """Return the event with the edits applied.

    *Raises*: FaultError if the text is not a JSON object, holds a key twice, or a path does not exist.
    """
    try:
        event = json.loads(text, object_pairs_hook=refuse_repeated_keys)
    except RepeatedKey as repeated:
        raise FaultError(EVENT_FAULTS.build("repeated_key", field="--set", value=repeated)) from repeated
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise FaultError(REPAIR_FAULTS.build("no_object", field="--set"))
    faults = [fault for edit in edits if (fault := _apply(event, edit)) is not None]
    if faults:
        raise FaultError(faults)
    return json.dumps(event, ensure_ascii=False)


def _apply(event: dict[str, object], edit: EventEdit) -> Fault | None:
    *way, name = edit.path
    place: object = event
    for part in way:
        place = place.get(part) if isinstance(place, dict) else None
    if not isinstance(place, dict) or (edit.is_removal and name not in place):
        return REPAIR_FAULTS.build("no_place", field="--set", value=".".join(edit.path))
    if edit.is_removal:
        del place[name]
    else:
        place[name] = edit.value
    return None


def mend_dead_letter(connection: Connection, letter_id: str, text: str, officer: Officer) -> DeadLetter:
    """Replace a dead letter by a mended event that waits to be replayed; return the new letter.

    *Raises*: FaultError if the event is not valid yet; ActRefused without a reason.
    """
    officer.require_reason()
    old = _waiting(connection, letter_id)
    event = _checked(connection, old, text, officer.at)
    new = replace(
        old,
        id=dead_letters.dead_letter_id(event.text),
        reason=MENDED_REASON,
        faults=(),
        source=event.source,
        event_id=event.id,
        text=event.text,
        recorded_at=officer.at,
    )
    dead_letters.resolve_dead_letters(connection, [old.id], officer.at)
    dead_letters.record_dead_letters(connection, [new])
    dead_letters.reopen_dead_letter(connection, new.id)  # an officer may have dropped the same event before
    detail = {"letter": old.id, "became": new.id, "changed": changed_paths(old.text, event.text)}
    record_act(connection, officer, NewAct("mended", DEAD_LETTERS_SUBJECT, detail=detail))
    return new


def require_letter_text(letter: DeadLetter) -> None:
    """*Raises*: FaultError if the letter's text was not stored."""
    if letter.text is None:
        raise FaultError(REPAIR_FAULTS.build("text_not_kept"))


def drop_dead_letters(connection: Connection, letter_ids: Sequence[str], officer: Officer) -> None:
    """Resolve dead letters without processing their events; the rows stay for the record.

    *Raises*: FaultError if one is resolved already; ActRefused without a reason.
    """
    officer.require_reason()
    for letter_id in sorted(letter_ids):
        letter = _waiting(connection, letter_id)
        dead_letters.resolve_dead_letters(connection, [letter.id], officer.at)
        detail = {"letter": letter.id, "reason": letter.reason}
        record_act(connection, officer, NewAct("dropped", DEAD_LETTERS_SUBJECT, detail=detail))


def list_letter_acts(connection: Connection, letter_id: str) -> list[Act]:
    """Return the officers' acts on a dead letter, earliest first."""
    return [
        act
        for act in list_acts(connection, DEAD_LETTERS_SUBJECT)
        if letter_id in (act.detail["letter"], act.detail.get("became"))
    ]


def changed_paths(before: str | None, after: str) -> list[str]:
    """Return the paths at which two events differ; an empty list if ``before`` is not valid JSON.

    Values are left out, and so are path parts that could be personal data: acts can't be erased.
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
    found = dead_letters.lock_dead_letter(connection, letter_id)
    if found is None or found.resolved_at is not None:
        raise FaultError(REPAIR_FAULTS.build("not_waiting", value=letter_id[:12]))
    return found


def _checked(connection: Connection, old: DeadLetter, text: str, now: datetime) -> Event:
    """Return the event if it is valid and may replace the letter's event."""
    require_letter_text(old)
    event = parse_event(text, now)
    if isinstance(event, InvalidEvent):
        raise FaultError(event.faults)
    faults = list(_strayed(old, event))
    if dead_letters.dead_letter_id(event.text) == old.id:
        faults.append(REPAIR_FAULTS.build("unchanged"))
    elif _is_taken(connection, event):
        faults.append(REPAIR_FAULTS.build("id_taken", field="id", value=event.id))
    if faults:
        raise FaultError(faults)
    return event


def _strayed(old: DeadLetter, event: Event) -> Iterator[Fault]:
    pairs = (("source", old.source, event.source), ("id", old.event_id, event.id))
    for name, before, after in pairs:
        if before is not None and before != after:
            yield REPAIR_FAULTS.build("attribute_changed", field=name, value=after, kept=before)


def _is_taken(connection: Connection, event: Event) -> bool:
    """Return whether another event with this id was processed already; then this one never can be."""
    columns = (inbox.c.source, inbox.c.id)
    query = select(inbox.c.digest).where(tuple_(*columns).in_([event.key]))
    digest = connection.execute(query).scalar()
    return digest is not None and digest != event.digest
