"""A member with all that changed about her: what every act on her and her page begin with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from yihui.frame.acts import Doing, Kind
from yihui.frame.listing import Looking
from yihui.frame.typed import quote_value

if TYPE_CHECKING:
    from members import Card, CardAct, FactValue, MemberChange, PersonField

TABS = (
    ("/desk/members", N_("Members")),
    ("/desk/members/cards", N_("Cards")),
    ("/desk/members/batch", N_("Sign up a sheet")),
)
PERSON_TITLES: "Mapping[PersonField, str]" = {
    "name": N_("Name of the person"),
    "phone": N_("Phone number"),
    "id_number": N_("ID number"),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A member: the changes of her facts, her cards with what was done to them, and the day of today."""

    id: str
    today: date
    history: "Sequence[MemberChange]"
    cards: "Sequence[Card]"
    card_acts: "Sequence[CardAct]"

    @property
    def version(self) -> int:
        return len(self.history) + len(self.card_acts)

    @property
    def facts(self) -> "Mapping[str, FactValue]":
        """Her facts of today."""
        from members import facts_on

        return facts_on(self.history, self.today)


def require_history(
    at: Doing[Any, Any] | Looking[Any], id_: str, lock: bool = False
) -> "Sequence[MemberChange]":
    """Return a member's changes; acts on one come one after the other. *Raises*: FaultError for who is on no roll."""
    from members import read_member_changes
    from store import lock_exclusive
    from yihui.frame.looking import THING_FAULTS

    if lock:
        lock_exclusive(at.connection, f"membership {id_}")
    history = read_member_changes(at.connection, [id_])[id_]
    if not history:
        raise FaultError(THING_FAULTS.build("unknown", field="key", value=quote_value(id_)))
    return history


def require_member(at: Doing[Any, Any] | Looking[Any], id_: str, lock: bool = False) -> Member:
    """Return a member. *Raises*: FaultError for who is on no roll."""
    from members import list_card_acts, list_cards

    history = require_history(at, id_, lock)
    cards, acts = list_cards(at.connection, id_), list_card_acts(at.connection, id_)
    return Member(id_, civil_date(at.now), history, cards, acts)


MEMBER = Kind("member", require_member, lambda one: one.version, key=str, member=lambda one: one.id)
