"""How a decision and a grant came out: one word and one tone, the same for the member and the officer."""

from collections.abc import Mapping

from core.text_marks import N_
from yihui.frame.cells import Chip

_GIVEN, _CLAIMED, _OVER, _TAKEN_BACK = (
    (N_("got it"), "good"),
    (N_("claimed (benefit)"), "good"),
    (N_("ended unused"), ""),
    (N_("taken back"), "bad"),
)
# By outcomes of decisions (benefits.DecisionRecord.outcome) and states of grants (benefits.GrantState); "reversed" is both.
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "granted": _GIVEN,
    "refused": (N_("not granted"), "bad"),
    "entered": (N_("takes part"), "waiting"),
    "waiting": (N_("on the waiting list"), "waiting"),
    "list_over": (N_("the waiting list is over"), ""),
    "held": (N_("not decided yet"), "waiting"),
    "promised": _GIVEN,
    "preparing": _GIVEN,
    "on_the_way": _GIVEN,
    "returned": (N_("payment sent back"), "bad"),
    "claimable": (N_("to be claimed"), "waiting"),
    "handed_out": _CLAIMED,
    "partly_used": (N_("partly used"), "good"),
    "used": (N_("used up"), ""),
    "paid": (N_("paid out"), "good"),
    "expired": _OVER,
    "lapsed": _OVER,
    "voided": _TAKEN_BACK,
    "clawed_back": _TAKEN_BACK,
    "reversed": _TAKEN_BACK,
    "owing": _TAKEN_BACK,
}


def outcome_chip(code: str) -> Chip:
    """Return an outcome or a state as a chip."""
    return Chip(code, *OUTCOMES[code])
