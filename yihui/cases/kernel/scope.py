"""Which organisations' cases an officer may see, and which steps were the officer's own."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from yihui.access.roles import Right
from yihui.frame.listing import Looking


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
