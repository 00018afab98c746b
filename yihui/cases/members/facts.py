"""A member's facts with their titles and the titles of their values, and her state as a chip."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.frame.cells import Cell, Chip, Choice, Organisation, Several
from yihui.frame.content import Fact, Facts

if TYPE_CHECKING:
    from members import FactValue

_OTHER_TITLES = {  # of a fact that no rule reads, and where the rules' own say "code" or "on the day of the event"
    "bank_card": N_("linked service card"),
    "organisation": N_("Organisation"),
    "district": N_("District"),
    "age": N_("Age"),
}
_FOR_RULES = frozenset({"household", "months", "outdoors"})  # a code, and what follows from others
_TONES = {"active": "good", "retired": "good", "suspended": "waiting", "left": "bad", "deceased": "bad"}
_ORGANISATIONS = ("organisation", "district")


def build_facts(facts: "Mapping[str, FactValue]", title: str = "") -> Facts:
    """Return a member's facts of a day; a page leaves out those that nobody knows."""
    from rules import FACT_CATALOGUE

    shown = []
    for path, value in facts.items():
        name = path.removeprefix("member.")
        known = _OTHER_TITLES.get(name) or (FACT_CATALOGUE[path].title if path in FACT_CATALOGUE else name)
        shown.append(
            Fact(name, known, _cell(name, value), name not in _FOR_RULES and value not in (None, ()))
        )
    return Facts(title, shown)


def state_chip(status: str) -> Chip:
    """Return the state of a membership."""
    from rules import FACT_VALUE_TITLES

    return Chip(status, FACT_VALUE_TITLES["status"].get(status, status), _TONES.get(status, ""))


def _cell(name: str, value: "FactValue") -> Cell:
    if name == "status":
        return state_chip(str(value))
    if name in _ORGANISATIONS and value is not None:
        return Organisation(str(value))
    if isinstance(value, tuple | list | frozenset):
        return Several(tuple(_one(name, str(one)) for one in value))
    return _one(name, value) if isinstance(value, str) else value


def _one(name: str, value: str) -> Cell:
    from rules import FACT_VALUE_TITLES

    titles: Mapping[str, str] = FACT_VALUE_TITLES.get(name, {})
    return Choice(value, titles[value]) if value in titles else value
