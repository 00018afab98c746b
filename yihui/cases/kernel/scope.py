"""Which organisations' cases an officer may see, and which steps were the officer's own."""

from collections.abc import Iterable
from typing import Any

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from yihui.access.roles import Right
from yihui.frame.listing import Looking


def find_visible_codes(look: Looking[Any], known: Iterable[str], right: Right) -> list[str] | None:
    """Return those of some organisations for which the officer holds a right; None stands for all."""
    scope = look.scope(right)
    return None if scope.is_everywhere else sorted(scope.find_covered(look.connection, known))


def list_above(look: Looking[Any], right: Right) -> set[str]:
    """Return the organisations for which the officer holds a right, and those above: what these say holds below, too."""
    from members.organisations.storage import load_lineages

    scope = look.scope(right)
    tops = scope.organisations or frozenset()
    lineages = load_lineages(look.connection, tops)
    return {code for top in tops for code in lineages.lineage(top, scope.day)}


def narrow_codes(
    look: Looking[Any], codes: list[str] | None, within: str | None, faults: FaultTable
) -> list[str] | None:
    """Return those of some organisations that lie in a subtree. *Raises*: FaultError if there is no such organisation."""
    from members.organisations.storage import list_subtree

    if within is None:
        return codes
    below = list_subtree(look.connection, within, civil_date(look.now))
    if not below:
        raise FaultError(faults.build("unknown_organisation", field="organisation", value=within))
    return list(below) if codes is None else sorted(set(codes) & set(below))


def is_own_step(look: Looking[Any], who: str) -> bool:
    """Return whether the officer who looks did a step, which another officer has to follow."""
    return who.casefold() == look.actor.id.casefold()
