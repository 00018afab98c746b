"""What an officer does to a member's card, and how her page shows it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.kernel.forms import NamelessReasonForm
from yihui.cases.members.calls import MEMBER, Member
from yihui.frame.acts import Act, Change, Doing
from yihui.frame.cells import Chip
from yihui.frame.content import Event, Section, Table, TableColumn, Timeline
from yihui.frame.types import Form

if TYPE_CHECKING:
    from members import Card, CardActor

RIGHT = Right.CHANGE_MEMBERS
STATES = {
    None: (N_("issued"), "good"),
    "blocked": (N_("blocked"), "bad"),
    "replaced": (N_("replaced"), ""),
}


def _actor(act: Doing[Any, Member]) -> "CardActor":
    from members import CardActor

    return CardActor(act.now, act.actor.id, getattr(act.form, "reason", ""))


def _change(act: Doing[Any, Member], card: "Card") -> Change:
    about = ("card", card.number)
    return Change(
        act.thing.id, reason=getattr(act.form, "reason", ""), about=about, also=[("member", act.thing.id)]
    )


def _issue(act: Doing[Form, Member]) -> Change:
    """Issue the member's card; an existing one stays. *Raises*: CardRefused for a card that is not in force."""
    from yihui.cases.cards.own import issue_in

    return _change(act, issue_in(act.wiring, act.connection, act.thing.id, _actor(act)))


def _block(act: Doing[NamelessReasonForm, Member]) -> Change:
    """Block the card; again changes nothing. *Raises*: CardRefused without a card."""
    from members import block_card

    return _change(act, block_card(act.connection, act.thing.id, _actor(act)))


def _replace(act: Doing[NamelessReasonForm, Member]) -> Change:
    """Replace the card by one with a new number. *Raises*: CardRefused without a card."""
    from members import replace_card

    return _change(act, replace_card(act.connection, act.thing.id, _actor(act)))


ISSUE = Act("issue-card", N_("Issue the card"), Form, _issue, RIGHT, f"{RIGHT.value}.issue_card",
            N_("The card was issued."), MEMBER)  # fmt: skip
BLOCK = Act("block-card", N_("Block the card"), NamelessReasonForm, _block, RIGHT, f"{RIGHT.value}.block_card",
            N_("The card is blocked; only a new one holds again."), MEMBER, is_grave=True,
            help=N_("Block a member's card; only a replacement holds again."))  # fmt: skip
REPLACE = Act("replace-card", N_("Replace the card"), NamelessReasonForm, _replace, RIGHT, f"{RIGHT.value}.replace_card",
              N_("The card was replaced; the old number is refused."), MEMBER,
              help=N_("Replace a lost or blocked card by one with a new number."))  # fmt: skip
CARD_ACTS = (ISSUE, BLOCK, REPLACE)


def choose_card_acts(member: Member) -> Sequence[str]:
    """Return the acts that the member's latest card allows."""
    from members.cards.state import membership_fault

    if not member.cards:
        return () if membership_fault(member.facts) else (ISSUE.name,)
    return (REPLACE.name,) if member.cards[-1].ended else (BLOCK.name, REPLACE.name)


def card_chip(ended: str | None) -> Chip:
    """Return the state of a card."""
    return Chip(ended or "issued", *STATES[ended])


def list_member_cards(member: Member) -> Sequence[Section]:
    """Return a member's cards, the latest first, and what was done to them by whom and why."""
    done = [
        Event(one.at, one.kind, STATES.get(one.kind, STATES[None])[0], one.by or member.id, one.reason,
              format_number(one.number))
        for one in member.card_acts[::-1]
    ]  # fmt: skip
    cards = member.cards[::-1]
    return Table("cards", N_("Cards"), _COLUMNS, cards, N_("No card yet.")), Timeline(done)


def format_number(number: str) -> str:
    from members import format_card_number

    return format_card_number(number)


_COLUMNS = (
    TableColumn["Card"]("shown", N_("Number"), lambda one: format_number(one.number)),
    TableColumn["Card"]("number", N_("Card"), lambda one: one.number, is_on_page=False),
    TableColumn["Card"]("state", N_("State"), lambda one: card_chip(one.ended)),
    TableColumn["Card"]("issued_at", N_("Issued"), lambda one: one.issued_at),
    TableColumn["Card"]("ended_at", N_("Ended"), lambda one: one.ended_at),
)
