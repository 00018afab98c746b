"""Two persons for one act: whether both count, differ, and still hold the rights of their steps."""

from collections.abc import Sequence

from sqlalchemy import Connection

from core.faults import FaultError
from yihui.access.accounts import AccountOpening
from yihui.access.actor import Actor, ActorKind
from yihui.access.authorisation import authorise_at
from yihui.access.officers import find_officer, load_assignments
from yihui.access.roles import RIGHT_LABELS
from yihui.access.second_person import SECOND_PERSON_FAULTS, Step, check_counts_as_person, check_second_person
from yihui.bootstrap import Wiring


def require_first_person(wiring: Wiring, connection: Connection, who: str) -> None:
    """Refuse to begin what nobody could finish, as the actor counts as no person. *Raises*: FaultError."""
    check_counts_as_person(connection, who, wiring.two_step_terms)


def require_second_person(
    wiring: Wiring, connection: Connection, first: Step, second: Step, places: Sequence[str]
) -> None:
    """Refuse the second step unless two persons act, and the first one still holds the right everywhere.

    ``places`` are the organisations that the act concerns. *Raises*: FaultError.
    """
    check_second_person(connection, first, second, wiring.two_step_terms)
    _require_first_right(wiring, connection, first, places)


def require_confirmer(wiring: Wiring, connection: Connection, opening: AccountOpening, second: Step) -> None:
    """Refuse to confirm an account for whoever isn't surely somebody else than its opener. *Raises*: FaultError."""
    opener = Step(opening.opened_by, opening.opened_at, second.right)
    check_second_person(connection, opener, second, wiring.two_step_terms, is_opening=True)


def _require_first_right(wiring: Wiring, connection: Connection, first: Step, places: Sequence[str]) -> None:
    """Refuse if the first person left or lost the role since. A name that no officer has has no roles."""
    known = find_officer(connection, first.who)
    if known is None:
        return
    held = load_assignments(connection, known.id)
    actor = Actor(known.id, known.subject, ActorKind.OFFICER, held, wiring.now())
    try:
        for place in places:
            authorise_at(connection, actor, first.right, place, wiring.now())  # the act is the second one's
    except FaultError as refused:
        words = {"right": RIGHT_LABELS[first.right]}
        fault = SECOND_PERSON_FAULTS.build(
            "first_right", field="--as", value=known.id, officer=known.id, terms=words
        )
        raise FaultError(fault) from refused
