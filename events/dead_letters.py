"""Dead letters: what could not be handled is kept with its reason until it is mended."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, case, func, null, or_, select, update

from core.faults import Fault
from events.envelope import Event, Unreadable, read_event
from events.tables import dead_letters
from members import scrubbed
from store import insert_into, texts, within

N_ = str  # marks a text for the message catalogue

PERSONAL = "personal_data"
_ADDED = frozenset({"recordedtime", "traceparent", "tracestate"})


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One letter. ``text`` is None where it held personal data and can't be kept."""

    id: str
    reason: str
    faults: tuple[Fault, ...]
    source: str | None
    event_id: str | None
    origin: str
    text: str | None
    recorded_at: datetime
    resolved_at: datetime | None = None


def letter(item: Event | Unreadable, faults: Sequence[Fault], origin: str, now: datetime) -> DeadLetter:
    """A letter about an event (or what was none) and what was wrong with it."""
    codes = [fault.params.get("code", "invalid") for fault in faults]
    # Stricter than the check that refuses: a number with a wrong check digit may still be a person's.
    personal = PERSONAL in codes or scrubbed(item.text) != item.text
    return DeadLetter(
        id=id_of(item.text),
        reason=PERSONAL if PERSONAL in codes else codes[0],
        faults=tuple(faults),
        source=None if personal else item.source,
        event_id=None if personal else item.id,
        origin=origin,
        text=None if personal else item.text,
        recorded_at=now,
    )


def id_of(text: str) -> str:
    """A letter's id. Over the scrubbed text: a digest of an ID number could be undone by trying them all."""
    return hashlib.sha256(scrubbed(_as_sent(text)).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _as_sent(text: str) -> str:
    """Without what was added on the way: an event that travelled twice lies here once."""
    try:
        raw = from_json(text)
    except ValueError:
        return text
    if not isinstance(raw, dict):
        return text
    return json.dumps({name: raw[name] for name in raw if name not in _ADDED}, ensure_ascii=False)


def record(connection: Connection, letters: Iterable[DeadLetter]) -> None:
    """Keep letters; one that lies here already gets the reason of today.

    What an officer mended or dropped stays dealt with when it comes again (a topic is replayed): nothing else
    comes again as a letter once it was resolved. But where no text was kept, it may be another one.

    In the order of ids, so that two writers can't wait for each other.
    """
    rows = [_row(item) for _, item in sorted({item.id: item for item in letters}.items())]
    if not rows:
        return
    insert = insert_into(connection, dead_letters)
    again = case(
        (insert.excluded.text.is_(None), insert.excluded.resolved_at), else_=dead_letters.c.resolved_at
    )
    is_news = or_(insert.excluded.text.is_(None), insert.excluded.reason != dead_letters.c.reason)
    news = {
        "reason": insert.excluded.reason,
        "faults": insert.excluded.faults,
        "resolved_at": again,
        "noticed_at": case((is_news, null()), else_=dead_letters.c.noticed_at),
    }
    connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=news), rows)


def _row(item: DeadLetter) -> dict[str, object]:
    row = asdict(item)
    row["faults"] = json.dumps([asdict(fault) for fault in item.faults], ensure_ascii=False)
    return row


def find(connection: Connection, *, ids: Sequence[str] = (), reason: str | None = None) -> list[DeadLetter]:
    """Letters that wait, oldest first; all of them, some by id (or its beginning), or by reason."""
    query = select(dead_letters).where(dead_letters.c.resolved_at.is_(None))
    if reason:
        query = query.where(dead_letters.c.reason == reason)
    rows = connection.execute(query.order_by(dead_letters.c.recorded_at, dead_letters.c.id)).mappings()
    found = [_letter_in(row) for row in rows]
    return [item for item in found if not ids or any(item.id.startswith(wanted) for wanted in ids)]


def whole(connection: Connection, beginning: str) -> list[DeadLetter]:
    """Letters whose id begins so, whether they wait or are dealt with."""
    query = select(dead_letters).where(dead_letters.c.id.startswith(beginning, autoescape=True))
    return [_letter_in(row) for row in connection.execute(query.order_by(dead_letters.c.id)).mappings()]


def locked(connection: Connection, letter_id: str) -> DeadLetter | None:
    """One letter, which nobody else deals with before this transaction ends."""
    query = select(dead_letters).where(dead_letters.c.id == letter_id).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _letter_in(row)


def _letter_in(row: RowMapping) -> DeadLetter:
    given = {name: value for name, value in row.items() if name != "noticed_at"}
    return DeadLetter(**{**given, "faults": tuple(Fault(**fault) for fault in json.loads(row["faults"]))})


def count(connection: Connection) -> int:
    """How many letters wait."""
    waiting = select(func.count()).select_from(dead_letters).where(dead_letters.c.resolved_at.is_(None))
    return int(connection.execute(waiting).scalar_one())


def resolve(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Mark letters as dealt with; they stay for the record."""
    connection.execute(update(dead_letters).where(dead_letters.c.id.in_(ids)).values(resolved_at=now))


def settle(connection: Connection, handled: Mapping[tuple[str, str], str], now: datetime) -> None:
    """Letters about events that were handled after all wait no longer: each has one outcome.

    The same event came once more, when its member was known by then. ``handled`` gives the digests of what
    was handled under each source and id; a letter about another content of that id stays.
    """
    if not handled:
        return
    waiting = select(dead_letters.c.id, dead_letters.c.text).where(
        dead_letters.c.resolved_at.is_(None),
        dead_letters.c.text.is_not(None),
        within(dead_letters.c.event_id, "ids"),
    )
    rows = connection.execute(waiting, {"ids": texts(sorted({id for _, id in handled}))})
    events = [(row.id, read_event(row.text, now)) for row in rows]
    gone = [id for id, event in events if isinstance(event, Event) and handled.get(event.key) == event.digest]
    if gone:
        resolve(connection, gone, now)


def reopen(connection: Connection, letter_id: str) -> None:
    """Let a letter wait again that was dealt with once."""
    connection.execute(update(dead_letters).where(dead_letters.c.id == letter_id).values(resolved_at=None))
