"""Members at every door: the list of an officer's own, and the page from which an officer decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.cards.calls import CARD_ACTS, choose_card_acts, list_member_cards
from yihui.cases.members.acts import FACTS, MEMBERSHIP_ACTS, UNMASK
from yihui.cases.members.benefits import list_benefits
from yihui.cases.members.facts import build_facts, state_chip
from yihui.cases.members.member import MEMBER, PERSON_TITLES, TABS, Member
from yihui.cases.members.papers import list_papers
from yihui.frame.cells import Link, Organisation, Person
from yihui.frame.content import Fact, Facts, Section, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import Form, OrganisationCode
from yihui.runtime.language import Language

RIGHT = Right.READ_MEMBERS
_EFFECT = N_("An act holds from its day on. What rules give, or take back by their own terms, follows by itself; all that is the member's goes along to another organisation.")  # fmt: skip


class MemberFilter(Form):
    """Which members a list shows; who is sought by a name or a number is found by the search."""

    organisation: Annotated[OrganisationCode | None, Prompt(N_("Organisation"))] = None
    state: Annotated[
        Literal["active", "suspended", "retired"] | None,
        Prompt(
            N_("State"),
            labels={
                "active": N_("a member in good standing"),
                "suspended": N_("membership suspended"),
                "retired": N_("retired, still a member"),
            },
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A member of today in a list."""

    id: str
    organisation: str
    status: str
    since: date


def find_members(look: Looking[MemberFilter]) -> RowSlice[ListedMember]:
    """Find the members of today, of one subtree or all of the officer's."""
    from sqlalchemy import select

    from members.tables import memberships
    from yihui.services.access.officer_scope import OfficerScope
    from yihui.services.members.organisations import holds_on

    one, scope, asked = memberships.c, look.scope(RIGHT), look.filter
    query = select(one.member_id, one.organisation, one.status, one.since).where(holds_on(scope.day))
    query = query.where(scope.organisation_condition(look.connection, one.organisation))
    if asked.organisation is not None:
        below = OfficerScope(frozenset({asked.organisation}), scope.day)
        query = query.where(below.organisation_condition(look.connection, one.organisation))
    if asked.state is not None:
        query = query.where(one.status == asked.state)
    return find_selected(look, query.order_by(one.member_id), lambda row: ListedMember(*row))


def show_member(look: Looking[Any], member: Member, language: Language) -> ThingPage:
    """Return what an officer decides from: who she is, what she has and got, and why; and what can be done."""
    from yihui.services.members.vault import load_masked_person

    facts, person = member.facts, load_masked_person(look.wiring, member.id)
    sections: list[Section] = []
    if person:
        masks = [Fact(name, PERSON_TITLES[name], mask) for name, mask in person.items()]
        sections.append(Facts(N_("Person"), masks))
    sections.append(build_facts(facts, N_("Facts of today")))
    sections += _list_ways(look, member, language)
    if look.holds(Right.READ_BENEFITS):
        sections += list_benefits(look, member, language)
    sections += (_list_memberships(member), *list_member_cards(member), *list_papers(look, member))
    return ThingPage(
        person.get("name") or f"{language.translate(N_('member'))} …{member.id[-4:]}",
        sections,
        state_chip(str(facts["member.status"])),
        person=member.id,
        effect=language.translate(_EFFECT) if look.holds(Right.CHANGE_MEMBERS) else "",
        acts=(
            *((UNMASK.name,) if person else ()),
            FACTS.name,
            *choose_card_acts(member),
            *_choose_acts(member),
        ),
    )


def _choose_acts(member: Member) -> Iterator[str]:
    """Yield the acts on her membership that are possible today."""
    from members.standing import MembershipAct, find_membership_faults

    for kind in MEMBERSHIP_ACTS:
        if not find_membership_faults(
            MembershipAct(kind, member.id, member.today, ""), member.history, (), member.today
        ):
            yield kind


def _list_ways(look: Looking[Any], member: Member, language: Language) -> Iterator[Facts]:
    """Yield the links to what is done on pages of its own."""
    known = (
        ("correct", Right.CORRECT_MEMBERS, N_("A fact is wrong"), f"/desk/corrections?member={quote(member.id)}", N_("Correct a fact")),
        ("open_case", Right.HANDLE_CASES, N_("The member asks something"), f"/desk/hotline/cases/open?member={quote(member.id)}", N_("Open a case")),
    )  # fmt: skip
    ways = [
        Fact(name, title, Link(path, language.translate(text), path))
        for name, right, title, path, text in known
        if look.holds(right)
    ]
    if ways:
        yield Facts("", ways)


def _list_memberships(member: Member) -> Table[Any]:
    from members import compute_memberships

    rows = compute_memberships(member.history)[::-1]
    return Table("memberships", N_("Memberships"), _MEMBERSHIP_COLUMNS, rows, N_("no memberships"))


_MEMBERSHIP_COLUMNS = (
    TableColumn[Any]("organisation", N_("Organisation"), lambda one: Organisation(one.organisation)),
    TableColumn[Any]("state", N_("State"), lambda one: state_chip(one.status)),
    TableColumn[Any]("since", N_("Since"), lambda one: one.since),
    TableColumn[Any]("until", N_("Until (this day not included)"), lambda one: one.until),
    TableColumn[Any]("begun_by", N_("Begun by"), lambda one: one.begun_by, is_on_page=False),
    TableColumn[Any]("ended_by", N_("Ended by"), lambda one: one.ended_by, is_on_page=False),
)
_COLUMNS = (
    TableColumn[ListedMember]("person", N_("Member"), lambda one: Person(one.id)),
    TableColumn[ListedMember]("member", N_("Member's id"), lambda one: one.id, is_on_page=False),
    TableColumn[ListedMember]("organisation", N_("Organisation"), lambda one: Organisation(one.organisation)),
    TableColumn[ListedMember]("state", N_("State"), lambda one: state_chip(one.status)),
    TableColumn[ListedMember]("since", N_("Since"), lambda one: one.since),
)
NOUN = Noun(
    "members",
    N_("Members"),
    MEMBER,
    Listing(
        N_("List the members of today"),
        MemberFilter,
        find_members,
        _COLUMNS,
        N_("Your organisations have no members yet: sign up a sheet, or let people join."),
        lambda _, rows: [("member", one.id, one.organisation) for one in rows],
    ),
    show_member,
    RIGHT,
    (UNMASK, FACTS, *CARD_ACTS, *MEMBERSHIP_ACTS.values()),
    TABS,
    reads=lambda one: ("member", one.id),
)  # fmt: skip
