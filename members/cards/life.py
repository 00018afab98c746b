"""A card's life: issued at the member's first request, blocked or replaced by an officer."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, and_, select, update

from core.civil_time import civil_date
from core.faults import Fault
from members.cards.faults import CARD_FAULTS, CardRefused
from members.cards.numbers import draw_card_number
from members.tables import CARD_ACT_BATCHES, card_acts, cards
from store import (
    Fold,
    Portion,
    append_batch,
    find_rows_to_erase,
    insert_into,
    iter_key_portions,
    update_row_if_matched,
)

CardEnd = Literal["blocked", "replaced"]


@dataclass(frozen=True, slots=True)
class Card:
    """One card. ``ended`` is None while an officer has ended it neither by blocking nor by replacing."""

    number: str
    member_id: str
    serial: int
    issued_at: datetime
    ended: CardEnd | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CardAct:
    """An act on a card; ``by`` is the officer, or None if the member acted."""

    number: str
    kind: str
    at: datetime
    by: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class CardActor:
    """Who acts when and why; ``by`` is None for the member."""

    at: datetime
    by: str | None = None
    reason: str = ""


def list_cards(connection: Connection, member_id: str) -> list[Card]:
    """Return all cards of a member, the latest last."""
    query = select(cards).where(cards.c.member_id == member_id).order_by(cards.c.serial)
    return [_card(row) for row in connection.execute(query)]


def list_card_acts(connection: Connection, member_id: str) -> list[CardAct]:
    """Return the acts on a member's cards, in order."""
    c = card_acts.c
    rows = connection.execute(select(card_acts).where(c.member_id == member_id).order_by(c.sequence))
    return [CardAct(row.number, row.kind, row.at, row.by, row.reason) for row in rows]


def find_card(connection: Connection, number: str) -> Card | None:
    """Return the card of a number; None if there is none."""
    row = connection.execute(select(cards).where(cards.c.number == number)).one_or_none()
    return None if row is None else _card(row)


def current_card(connection: Connection, member_id: str) -> Card | None:
    """Return the latest card of a member, blocked or not; None if there never was one."""
    found = list_cards(connection, member_id)
    return found[-1] if found else None


def issue_card(
    connection: Connection,
    member_id: str,
    actor: CardActor,
    *,
    draw_below: Callable[[int], int] = secrets.randbelow,
) -> Card:
    """Return the member's card; issue it at the first request.

    *Raises*: CardRefused for a blocked card, which only an officer replaces.
    """
    card = current_card(connection, member_id)
    if card is None:
        card = _insert(connection, member_id, 1, actor, draw_below)
    if card.ended is not None:
        raise CardRefused(ended_fault(card))
    return card


def block_card(connection: Connection, member_id: str, actor: CardActor) -> Card:
    """Block a member's card; a second call changes nothing. *Raises*: CardRefused without a card."""
    card = _required(connection, member_id)
    if card.ended is None and _end(connection, card, "blocked", actor):
        _record(connection, card, "blocked", actor)
    return _required(connection, member_id)


def replace_card(
    connection: Connection,
    member_id: str,
    actor: CardActor,
    *,
    draw_below: Callable[[int], int] = secrets.randbelow,
) -> Card:
    """Replace a lost or blocked card by a new one; the old number then says that it was replaced.

    Of two calls at the same moment both return the same new card. *Raises*: CardRefused without a card.
    """
    card = _required(connection, member_id)
    if _end(connection, card, "replaced", actor):
        _record(connection, card, "replaced", actor)
    return _insert(connection, member_id, card.serial + 1, actor, draw_below)


def ended_fault(card: Card) -> Fault:
    """Return why an ended card is refused."""
    assert card.ended is not None and card.ended_at is not None
    return CARD_FAULTS.build(f"card_{card.ended}", day=civil_date(card.ended_at))


def _required(connection: Connection, member_id: str) -> Card:
    card = current_card(connection, member_id)
    if card is None:
        raise CardRefused(CARD_FAULTS.build("no_card", value=member_id))
    return card


def _insert(
    connection: Connection, member_id: str, serial: int, actor: CardActor, draw_below: Callable[[int], int]
) -> Card:
    """Insert a card, unless another transaction did; a number that is taken is drawn again."""
    own = select(cards).where(cards.c.member_id == member_id, cards.c.serial == serial)
    while True:
        number = draw_card_number(draw_below)
        row = insert_into(connection, cards).values(
            number=number, member_id=member_id, serial=serial, issued_at=actor.at
        )
        new = row.on_conflict_do_nothing().returning(cards.c.number)
        is_new = connection.execute(new).scalar() is not None
        found = connection.execute(own).one_or_none()
        if found is not None:
            card = _card(found)
            if is_new:
                _record(connection, card, "issued", actor)
            return card


def _end(connection: Connection, card: Card, end: CardEnd, actor: CardActor) -> bool:
    """End a card; the time of a block stays when the card is replaced."""
    c = cards.c
    known = update(cards).where(c.number == card.number, c.ended.is_distinct_from("replaced"))
    values = {"ended": end, "ended_at": card.ended_at or actor.at}
    return update_row_if_matched(connection, known.values(values))


def _record(connection: Connection, card: Card, kind: str, actor: CardActor) -> None:
    act = {"number": card.number, "member_id": card.member_id, "kind": kind}
    row = {**act, "at": actor.at, "by": actor.by, "reason": actor.reason}
    append_batch(connection, CARD_ACT_BATCHES, [row], actor.at)


def _card(row: Row[str]) -> Card:
    return Card(row.number, row.member_id, row.serial, row.issued_at, row.ended, row.ended_at)


def find_card_acts_to_erase(connection: Connection, member_id: str) -> list[dict[str, Any]]:
    """Return the acts on a member's cards as ``store.erase_recorded_rows`` erases them."""
    return find_rows_to_erase(connection, CARD_ACT_BATCHES, card_acts.c.member_id == member_id)


def _list_portions(connection: Connection) -> Iterator[Portion]:
    c = cards.c
    for after, members in iter_key_portions(connection, card_acts.c.member_id):
        where = and_(c.member_id > after, c.member_id <= members[-1]) if members else c.member_id > after
        yield Portion(where, map(astuple, _fold_cards(connection, after, members)))


def _fold_cards(connection: Connection, after: str, members: Sequence[str]) -> list[Card]:
    """Return the cards of some members as the acts on them say."""
    found: dict[str, Card] = {}
    serials = Counter[str]()
    if members:
        c = card_acts.c
        query = select(card_acts).where(c.member_id > after, c.member_id <= members[-1])
        for row in connection.execute(query.order_by(c.batch)):
            if row.kind == "issued":
                serials[row.member_id] += 1
                found[row.number] = Card(row.number, row.member_id, serials[row.member_id], row.at)
            elif row.number in found:
                card = found[row.number]
                found[row.number] = replace(card, ended=row.kind, ended_at=card.ended_at or row.at)
    return [*found.values()]


CARD_FOLD = Fold(cards, card_acts.name, Card.__slots__, 1, _list_portions)
