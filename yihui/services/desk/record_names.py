"""Find the names by which people know what a record states by its id: organisations, officers, rules, budgets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from sqlalchemy import select

from members import organisation_names
from yihui.access.tables import officers
from yihui.bootstrap import Wiring
from yihui.money.budgets.calls import BudgetTerms, load_budget_terms
from yihui.services.ledger.ledger import load_rule_titles


def _nameless(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class RecordNames:
    """Finders of names by id; each returns an empty text where there is none. An officer's name is the post.

    ``list_rules`` returns the titles of the rules in force by id.
    """

    organisation: Callable[[str], str] = _nameless
    officer: Callable[[str], str] = _nameless
    rule: Callable[[str], str] = _nameless
    budget: Callable[[str], str] = _nameless
    list_rules: Callable[[], Mapping[str, str]] = dict

    @property
    def with_ids(self) -> bool:
        """Whether ids are shown: a program or an operator reads, for whom only places are named."""
        return self.officer is _nameless


NO_NAMES = RecordNames()


def load_place_names(wiring: Wiring, places: Mapping[str, str] = MappingProxyType({})) -> RecordNames:
    """Return the names of organisations alone, for whom the other ids say more."""
    return RecordNames(organisation=load_record_names(wiring, places).organisation)


def load_record_names(wiring: Wiring, places: Mapping[str, str]) -> RecordNames:
    """Return finders that look each name up once; ``places`` names areas in which no organisation was founded."""

    @cache
    def find_organisation(code: str) -> str:
        with wiring.database.read() as connection:
            found = organisation_names(connection, [code])
        return found.get(code) or places.get(code, "")

    @cache
    def find_officer(id_: str) -> str:
        with wiring.database.read() as connection:
            query = select(officers.c.post).where(officers.c.id == id_)
            return str(connection.execute(query).scalar() or "")

    @cache
    def rules() -> Mapping[str, str]:
        return load_rule_titles(wiring)

    @cache
    def budgets() -> Mapping[str, BudgetTerms]:
        with wiring.database.read() as connection:
            return load_budget_terms(wiring, connection)

    def find_budget(id_: str) -> str:
        return budgets()[id_].title if id_ in budgets() else ""

    return RecordNames(find_organisation, find_officer, lambda id_: rules().get(id_, ""), find_budget, rules)
