"""Faults of member cards, beyond those of the tokens that they show."""

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_ASK = N_("let the member ask the union")

CARD_FAULTS = FaultTable(
    "member_card",
    {
        "card_number": (
            N_("{value} is no card number: it has 12 digits, of which the last two check the others"),
            N_("copy the number from the card again"),
        ),
        "unknown_card": (
            N_("the signature is ours, but there is no such card: the member's data was erased"),
            N_("don't honour it; let the person ask the union"),
        ),
        "card_blocked": (
            N_("this card was blocked on {day}"),
            N_("don't honour it; the union replaces a blocked card (yihui members replace-card)"),
        ),
        "card_replaced": (
            N_("this card was replaced by a new one on {day}"),
            N_("let the member show the new card"),
        ),
        "member_left": (N_("the holder of this card has left the union"), _ASK),
        "member_suspended": (N_("the membership of this card's holder is suspended"), _ASK),
        "member_died": (
            N_("the holder of this card has died"),
            N_("don't honour it; let the family ask the union what is due to them"),
        ),
        "not_a_member": (N_("the holder of this card is no member today"), _ASK),
        "no_card": (N_("{value} has no card"), N_("issue it: yihui members issue-card, or on her page")),
    },
)


class CardRefused(FaultError):
    """A refused card, or a refused act on one; nothing was changed."""
