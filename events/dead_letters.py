"""Dead letters: store events that could not be processed, with their faults, until they are resolved."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, case, func, select, update

from core.faults import Fault
from core.json_keys import find_repeated_key
from events.faults import PERSONAL_DATA_REASON, dead_letter_reason
from events.tables import dead_letters
from members import scrub_personal_numbers
from store import in_json_array, insert_into, json_array

if TYPE_CHECKING:  # of the payloads' models, which whoever counts letters does not need
    from events.envelope import Event, InvalidEvent

_ADDED = frozenset({"recordedtime", "traceparent", "tracestate"})


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter. ``text`` is None if the event held personal data and was not stored."""

    id: str
    reason: str
    faults: tuple[Fault, ...]
    source: str | None
    event_id: str | None
    origin: str
    text: str | None
    recorded_at: datetime
    resolved_at: datetime | None = None


def build_dead_letter(
    item: "Event | InvalidEvent", faults: Sequence[Fault], origin: str, now: datetime
) -> DeadLetter:
    """Build the dead letter for an event or an invalid event and its faults."""
    reasons = [dead_letter_reason(fault) for fault in faults]
    # Stricter than the check that refuses: a number with a wrong check digit may still identify a person.
    personal = PERSONAL_DATA_REASON in reasons or scrub_personal_numbers(item.text) != item.text
    return DeadLetter(
        id=dead_letter_id(item.text),
        reason=PERSONAL_DATA_REASON if PERSONAL_DATA_REASON in reasons else reasons[0],
        faults=tuple(faults),
        source=None if personal else item.source,
        event_id=None if personal else item.id,
        origin=origin,
        text=None if personal else item.text,
        recorded_at=now,
    )


def dead_letter_id(text: str) -> str:
    """Return the id of a dead letter: a digest of the scrubbed text.

    A digest of an unscrubbed ID number could be reversed by trying all ID numbers.
    """
    return hashlib.sha256(
        scrub_personal_numbers(_as_sent(text)).encode("utf-8", "surrogatepass")
    ).hexdigest()[:40]


def _as_sent(text: str) -> str:
    """Return the event without the attributes added in transit, so that a resent event gets the same id."""
    try:
        raw = from_json(text)
    except ValueError:
        return text
    if not isinstance(raw, dict) or find_repeated_key(text) is not None:
        return text
    return json.dumps({name: raw[name] for name in raw if name not in _ADDED}, ensure_ascii=False)


def record_dead_letters(connection: Connection, letters: Iterable[DeadLetter]) -> None:
    """Store dead letters; update the reason and faults of those that are stored already.

    A letter that an officer mended or dropped stays resolved when its event arrives again (a replayed
    topic); no other resolved letter arrives again. A letter without a stored text is reopened, because
    it may come from another event.

    Rows are written in order of id, so that two writers cannot deadlock.
    """
    rows = [_row(item) for _, item in sorted({item.id: item for item in letters}.items())]
    if not rows:
        return
    insert = insert_into(connection, dead_letters)
    again = case(
        (insert.excluded.text.is_(None), insert.excluded.resolved_at), else_=dead_letters.c.resolved_at
    )
    news = {"reason": insert.excluded.reason, "faults": insert.excluded.faults, "resolved_at": again}
    connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=news), rows)


def _row(item: DeadLetter) -> dict[str, object]:
    row = asdict(item)
    row["faults"] = json.dumps([asdict(fault) for fault in item.faults], ensure_ascii=False)
    return row


def find_dead_letters(
    connection: Connection, *, reason: str | None = None, limit: int | None = None
) -> list[DeadLetter]:
    """Return unresolved dead letters, oldest first; optionally only the first of them, or those with a reason."""
    query = select(dead_letters).where(dead_letters.c.resolved_at.is_(None))
    if reason:
        query = query.where(dead_letters.c.reason == reason)
    query = query.order_by(dead_letters.c.recorded_at, dead_letters.c.id).limit(limit)
    return [_letter_in(row) for row in connection.execute(query).mappings()]


def find_letters_by_prefix(connection: Connection, beginning: str) -> list[DeadLetter]:
    """Return the dead letters whose id begins with ``beginning``, resolved or not."""
    query = select(dead_letters).where(dead_letters.c.id.startswith(beginning, autoescape=True))
    return [_letter_in(row) for row in connection.execute(query.order_by(dead_letters.c.id)).mappings()]


def lock_dead_letter(connection: Connection, letter_id: str) -> DeadLetter | None:
    """Return one dead letter and lock its row until the transaction ends; None if there is none."""
    query = select(dead_letters).where(dead_letters.c.id == letter_id).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _letter_in(row)


def _letter_in(row: RowMapping) -> DeadLetter:
    return DeadLetter(**{**row, "faults": tuple(Fault(**fault) for fault in json.loads(row["faults"]))})


def count_dead_letters_by_reason(connection: Connection) -> dict[str, int]:
    """Return the number of unresolved dead letters of each reason, the most frequent first."""
    number = func.count()
    query = select(dead_letters.c.reason, number).where(dead_letters.c.resolved_at.is_(None))
    rows = connection.execute(
        query.group_by(dead_letters.c.reason).order_by(number.desc(), dead_letters.c.reason)
    )
    return {row.reason: row[1] for row in rows}


def count_dead_letters(connection: Connection) -> int:
    """Return the number of unresolved dead letters."""
    waiting = select(func.count()).select_from(dead_letters).where(dead_letters.c.resolved_at.is_(None))
    return int(connection.execute(waiting).scalar_one())


def resolve_dead_letters(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Mark dead letters as resolved. The rows stay for the record."""
    connection.execute(update(dead_letters).where(dead_letters.c.id.in_(ids)).values(resolved_at=now))


def resolve_processed_letters(
    connection: Connection, handled: Mapping[tuple[str, str], str], now: datetime
) -> None:
    """Resolve dead letters whose event was processed after all, so that each event has one outcome.

    This happens when an event arrives again after its member became known. ``handled`` maps each source
    and id to the digest of the processed event; a letter with the same id and other content stays.
    """
    from events.envelope import Event, parse_event

    if not handled:
        return
    waiting = select(dead_letters.c.id, dead_letters.c.text).where(
        dead_letters.c.resolved_at.is_(None),
        dead_letters.c.text.is_not(None),
        in_json_array(dead_letters.c.event_id, "ids"),
    )
    rows = connection.execute(waiting, {"ids": json_array(sorted({id for _, id in handled}))})
    events = [(row.id, parse_event(row.text, now)) for row in rows]
    gone = [id for id, event in events if isinstance(event, Event) and handled.get(event.key) == event.digest]
    if gone:
        resolve_dead_letters(connection, gone, now)


def reopen_dead_letter(connection: Connection, letter_id: str) -> None:
    """Mark a resolved dead letter as unresolved again."""
    connection.execute(update(dead_letters).where(dead_letters.c.id == letter_id).values(resolved_at=None))
