"""The ledger's terms (stages, moves, outcomes, units) in the reader's language."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from benefits.model.move_refusals import MoveRefused
from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.runtime.language import Language


@contextmanager
def translate_refusals(language: Language) -> Iterator[None]:
    """Translate a refusal of the ledger into FaultError."""
    try:
        yield
    except MoveRefused as refused:
        raise FaultError([refusal_fault(refused, language)]) from refused


def refusal_fault(refused: MoveRefused, language: Language) -> Fault:
    """Convert a refusal to a fault, with the ledger's terms in the reader's language."""
    return Fault(refused.message, refused.remedy, params=translate_ledger_params(refused.params, language))


_STAGES = {
    "promised": N_("promised"),
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
_UNITS = {"fen": N_("fen"), **_KINDS}

# Translations of parameter values, by the parameter's name.
_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "what": {},  # a text itself
        "stage": _STAGES,
        "from_": _STAGES,
        "to": _STAGES,
        "kind": {**_MOVES, **_KINDS},
        "outcome": _OUTCOMES,
        "state": _ORDERS,
        "unit": _UNITS,
    }
)
_AND = "、"  # separator of a list within a parameter


def translate_ledger_params(params: Mapping[str, str], language: Language) -> dict[str, str]:
    """Translate the ledger's terms among the parameters of a message."""
    return {name: _in_words(name, value, language) for name, value in params.items()}


def _in_words(name: str, value: str, language: Language) -> str:
    if name == "units":
        return language.format_list(_word("unit", unit, language) for unit in value.split(_AND))
    if name == "standing":
        return language.format_list(_stands(part, language) for part in value.split(_AND))
    return _word(name, value, language)


def _word(name: str, value: str, language: Language) -> str:
    words = _WORDS.get(name)
    return value if words is None else language.translate(words.get(value, value))


def _stands(part: str, language: Language) -> str:
    """Translate “issued 300 fen”: stage, amount, unit."""
    stage, _, rest = part.partition(" ")
    amount, _, unit = rest.partition(" ")
    if not unit:
        return part
    return f"{_word('stage', stage, language)} {amount} {_word('unit', unit, language)}"
