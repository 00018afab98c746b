"""Whether a card is in force at an instant: by its own life and by the member's facts of that day.

Nothing is stored when a member leaves or is suspended: the member's facts say it, late events included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault
from members.cards.faults import CARD_FAULTS, CardRefused
from members.cards.life import Card, ended_fault, find_card
from members.history import facts_on, read_member_changes
from members.message_fields import FactValue
from members.tokens.key_ring import read_public_keys
from members.tokens.text import SignedToken, verify_fresh_token

# Only these states use a card; any other, one that is added later too, is refused.
_IN_FORCE = frozenset({"active", "retired"})
_REFUSALS: Mapping[str, str] = {
    "left": "member_left",
    "suspended": "member_suspended",
    "died": "member_died",
    "deceased": "member_died",
}


@dataclass(frozen=True, slots=True)
class CardHolder:
    """A card in force and the facts of its holder."""

    card: Card
    facts: Mapping[str, FactValue]


def check_card(card: Card, facts: Mapping[str, FactValue], at: datetime) -> Fault | None:
    """Return why a card is not in force at an instant; None if it is. ``facts`` are those of its day."""
    if card.ended is not None and card.ended_at is not None and at >= card.ended_at:
        return ended_fault(card)
    return membership_fault(facts)


def membership_fault(facts: Mapping[str, FactValue]) -> Fault | None:
    """Return why a member can't use a card, by the facts of a day; None if the member can."""
    state = str(facts["member.status"])
    if state in _IN_FORCE:
        return None
    return CARD_FAULTS.build(_REFUSALS.get(state, "not_a_member"))


def load_holder(connection: Connection, card: Card, at: datetime) -> CardHolder:
    """Return the holder of a card that is in force. *Raises*: CardRefused."""
    facts = holder_facts(connection, card.member_id, at)
    fault = check_card(card, facts, at)
    if fault is not None:
        raise CardRefused(fault)
    return CardHolder(card, facts)


def holder_facts(connection: Connection, member_id: str, at: datetime) -> Mapping[str, FactValue]:
    """Return the facts of a member on the day of an instant."""
    return facts_on(read_member_changes(connection, [member_id])[member_id], civil_date(at))


def verify_shown_card(connection: Connection, text: str, at: datetime) -> tuple[SignedToken, CardHolder]:
    """Return the token and the holder of the card that was scanned at an instant.

    *Raises*: TokenRefused, CardRefused.
    """
    token = verify_fresh_token(text, read_public_keys(connection), at)
    card = find_card(connection, token.subject)
    if card is None:
        raise CardRefused(CARD_FAULTS.build("unknown_card"))
    return token, load_holder(connection, card, at)
