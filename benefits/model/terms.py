"""The ledger's terms (stages, moves, kinds, outcomes, units) as texts of the message catalogue."""

from collections.abc import Mapping

from core.faults import Term
from core.money import format_yuan
from core.text_marks import N_

_STAGES = {
    "promised": N_("not handed out yet"),
    "issued": N_("handed out"),
    "redeemed": N_("used"),
    "settled": N_("settled"),
    "expired": N_("expired"),
    "reversed": N_("reversed"),
    "None": N_("promised or handed out"),
    "open": N_("promised or handed out"),
}
_MOVES = {
    "promise": N_("promising"),
    "issue": N_("handing out"),
    "redeem": N_("redeeming"),
    "refund": N_("refunding"),
    "pay": N_("paying"),
    "settle": N_("settling"),
    "bounce": N_("sending back"),
    "void": N_("voiding"),
    "expire": N_("expiring"),
    "reverse": N_("taking back"),
    "claw_back": N_("clawing back"),
}
_KINDS = {
    "cash": N_("cash"),
    "voucher": N_("voucher"),
    "item": N_("item"),
    "place": N_("place"),
    "points": N_("points"),
    "service": N_("service"),
}
_OUTCOMES = {
    "granted": N_("granted"),
    "refused": N_("refused"),
    "entered": N_("entered"),
    "waiting": N_("on the waiting list"),
}
_ORDERS = {
    "open": N_("under way"),
    "paid": N_("paid by the bank"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
}
_YUAN = N_("yuan")
_UNITS = {"fen": _YUAN, **_KINDS}  # amounts in fen are shown in yuan
_AMOUNTS = ("amount", "left")
_TERMS: Mapping[str, Mapping[str, str]] = {
    "what": {},  # a text of the catalogue itself
    "stage": _STAGES,
    "from_": _STAGES,
    "to": _STAGES,
    "kind": {**_MOVES, **_KINDS},
    "outcome": _OUTCOMES,
    "state": _ORDERS,
    "unit": _UNITS,
}
TERM_SEPARATOR = "、"  # of a list within a parameter


def ledger_terms(params: Mapping[str, str]) -> dict[str, Term]:
    """Return the terms among the parameters of a message, by name; a unit of a rule's own stays as it is.

    Where a message has a unit, its amounts are shown with it.
    """
    found: dict[str, Term] = {
        name: _TERMS[name].get(value, value) for name, value in params.items() if name in _TERMS
    }
    if "unit" in params:
        found |= {n: (_amount(params[n], params["unit"]),) for n in _AMOUNTS if n in params}
    if "units" in params:
        units = params["units"].split(TERM_SEPARATOR)
        found["units"] = tuple((_UNITS.get(unit, unit),) for unit in units)
    if "standing" in params:
        found["standing"] = tuple(map(_position, params["standing"].split(TERM_SEPARATOR)))
    return found


def _position(text: str) -> tuple[str, ...]:
    """Return the phrase of a position such as “issued 300 fen”: stage, amount, unit."""
    stage, *rest = text.split(" ", 2)
    if len(rest) < 2:
        return (text,)
    amount, unit = rest
    return _STAGES.get(stage, stage), *_amount(amount, unit)


def _amount(amount: str, unit: str) -> tuple[str, str]:
    """Return the phrase of an amount: its number and its unit; fen are shown in yuan."""
    return format_yuan(int(amount)) if unit == "fen" else amount, _UNITS.get(unit, unit)
