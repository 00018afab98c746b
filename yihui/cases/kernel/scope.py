"""Which organisations' cases an officer may see, and which steps were the officer's own."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.acts import Doing
from yihui.frame.listing import Looking

if TYPE_CHECKING:
    from rules import RuleLibrary


def list_own_and_above(look: Looking[Any], right: Right) -> set[str]:
    """Return the organisations for which the officer holds a right, and all above them, whose decisions apply below."""
    from members.organisations.storage import load_lineages

    scope = look.scope(right)
    tops = scope.organisations or frozenset()
    lineages = load_lineages(look.connection, tops)
    return {code for top in tops for code in lineages.lineage(top, scope.day)}


def find_codes_within(
    look: Looking[Any],
    list_known: Callable[[Connection], Sequence[str]],
    right: Right,
    within: str | None,
    faults: FaultTable,
) -> list[str] | None:
    """Return the listed organisations for which the officer holds a right, and that lie in a subtree if one is given.

    None stands for all.

    *Raises*: FaultError if there is no such organisation.
    """
    from members import read_spans, span_on
    from yihui.services.access.officer_scope import OfficerScope

    codes, today = look.scope(right).list_covered(look.connection, list_known), civil_date(look.now)
    if within is None:
        return codes
    if span_on(read_spans(look.connection, [within])[within], today) is None:
        raise FaultError(faults.build("unknown_organisation", field="organisation", value=within))
    scope = OfficerScope(frozenset({within}), today)
    return sorted(
        scope.find_covered(look.connection, list_known(look.connection) if codes is None else codes)
    )


def is_own_step(look: Looking[Any], who: str) -> bool:
    """Return whether the officer who looks did a step, which another officer has to follow."""
    return who.casefold() == look.actor.id.casefold()


def list_rule_owners(library: "RuleLibrary", rule: str) -> Sequence[str]:
    """Return who owns the versions of a rule: each must allow what is done with all that it grants."""
    return list(dict.fromkeys(one.definition.owner for one in library.versions(rule)))


def require_rule_owners(at: Looking[Any] | Doing[Any, Any], rule: str, right: Right) -> Sequence[str]:
    """Return who owns a rule, after asking for a right at each of them.

    *Raises*: FaultError; of a rule that isn't there for the whole union's officers alone.
    """
    from yihui.services.access.authorisation import authorise
    from yihui.services.members.unknown_ids import unknown_rule_fault

    library = at.wiring.rulebook.in_force(at.connection)
    owners = list_rule_owners(library, rule)
    for place in owners or (PROVINCE_CODE,):
        authorise(at.wiring, at.connection, at.actor, right, place)
    if not owners:
        raise FaultError([unknown_rule_fault(library, rule, at.wiring.language)])
    return owners


def covers_all(look: Looking[Any], right: Right, owners: Sequence[str]) -> bool:
    """Return whether the officer holds a right for all who own something."""
    return look.scope(right).find_covered(look.connection, owners) >= set(owners)


def find_owned_rules(look: Looking[Any], rules: Iterable[str], right: Right) -> list[str]:
    """Return those rules for all of whose owners the officer holds a right, by their ids."""
    library = look.wiring.rulebook.in_force(look.connection)
    owners = {rule: list_rule_owners(library, rule) for rule in rules}
    covered = look.scope(right).find_covered(
        look.connection, {code for codes in owners.values() for code in codes}
    )
    return sorted(rule for rule, codes in owners.items() if codes and covered.issuperset(codes))
