"""Which requests wait for a review, and which of them move a member from another organisation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from core.civil_time import civil_date
from core.prompts import Prompt
from core.text_marks import N_
from members.joining.request import JoinRequest
from yihui.access.roles import Right
from yihui.frame.cells import Deadline
from yihui.frame.listing import Looking, RowSlice, find_selected
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import Form, OrganisationCode
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import ScalarSelect

    from members import PersonField

RIGHT = Right.CHANGE_MEMBERS
_SHOWN = {"all": N_("All that wait"), "transfers": N_("Transfers to confirm"), "overdue": N_("Overdue")}


class JoinFilter(Form):
    """Which of the waiting requests are listed; an organisation stands for itself and those below it."""

    only: Annotated[
        Literal["all", "transfers", "overdue"],
        Prompt(N_("Show"), labels=_SHOWN),
    ] = "all"
    organisation: Annotated[OrganisationCode | None, Prompt(N_("Reviewed by"))] = None


@dataclass(frozen=True, slots=True)
class ListedJoin:
    """A waiting request, who asks, masked, and the organisation that a transfer leaves."""

    request: JoinRequest
    masks: "Mapping[PersonField, str]"
    leaves: str | None
    until: Deadline


def find_joins(look: Looking[JoinFilter]) -> RowSlice[ListedJoin]:
    """Find the requests that wait for a review by an organisation of the officer's, the most urgent first.

    *Raises*: FaultError for an organisation that there isn't.
    """
    from members import PersonalData, mask_person
    from members.joining.repository import read_persons, select_waiting
    from members.joining.tables import join_requests
    from yihui.cases.joining.requests import require_organisation
    from yihui.services.access.officer_scope import OfficerScope

    asked, day, c = look.filter, civil_date(look.now), join_requests.c
    leaves = _select_left(day)
    selected = select_waiting().add_columns(leaves)
    if asked.only == "transfers":
        selected = selected.where(leaves.is_not(None))
    if asked.only == "overdue":
        selected = selected.where(c.review_until <= look.now)
    if asked.organisation is not None:
        require_organisation(look.connection, asked.organisation, day)
        below = OfficerScope(frozenset({asked.organisation}), day)
        selected = selected.where(below.organisation_condition(look.connection, c.reviewer))
    found = find_selected(look, selected, lambda row: (JoinRequest(*row[:-1]), row[-1]), c.reviewer, RIGHT)
    ids, vault = [one.id for one, _ in found.rows], look.wiring.vault
    persons = read_persons(look.connection, vault.keys, ids) if vault is not None else {}

    def build(row: tuple[JoinRequest, str | None]) -> ListedJoin:
        one, left = row
        assert one.review_until is not None, "it waits"
        until = Deadline(one.review_until, one.review_until <= look.now)
        return ListedJoin(one, mask_person(persons.get(one.id, PersonalData())), left, until)

    return found.map(build)


def find_waiting(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find what waits for a review by an organisation of the officer's, the most urgent first."""
    return find_joins(replace(look, filter=JoinFilter())).map(
        lambda one: Waiting(
            one.masks.get("name") or language.translate(N_("Request to join")),
            f"/desk/joins/{one.request.id}",
            one.until.at,
            place=one.request.organisation,
        )
    )


TODO = ToDo(N_("join requests to review"), "/desk/joins", RIGHT, find_waiting)


def _select_left(day: date) -> "ScalarSelect[str]":
    """Select the organisation that a request's person is a member of on a day, where it is another than she asks."""
    from sqlalchemy import select

    from members.joining.tables import join_requests
    from members.tables import memberships
    from yihui.services.members.organisations import holds_on

    here, c = memberships.c, join_requests.c
    query = select(here.organisation).where(
        here.member_id == c.member_id, holds_on(day), here.organisation != c.organisation
    )
    return query.limit(1).scalar_subquery()
