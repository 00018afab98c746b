"""以入会促建会: employers whose members in 会员之家 are enough for a union of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator, Field

from core.civil_time import CIVIL_TIME, civil_date
from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.kernel.sealing import seal
from yihui.cases.organisations.acts import RIGHT
from yihui.cases.organisations.forms import AcceptForm
from yihui.cases.organisations.pages import PATH as ORGANISATIONS
from yihui.cases.organisations.pages import TABS, link_to
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.cells import Link
from yihui.frame.content import Fact, Facts, Section, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.types import Form, OrganisationCode, read_whole
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members import EmployedMember, FoundingProposal

_PATH, _READS = f"{ORGANISATIONS}/proposals", Right.READ_ORGANISATIONS
_MOST_HOMES = 100_000
_COMPARE = N_(
    "compare the spelling: yihui organisations proposals list; or found it: yihui organisations found"
)
_FAULTS = FaultTable(
    "founding_proposal",
    {
        "unknown": (N_("no active member of a members' home works at “{value}”"), _COMPARE),
        "too_few": (
            N_("{members} active members in members' homes work at “{value}”; a proposal needs {least}"),
            _COMPARE,
        ),
        "has_union": (
            N_("“{value}” has a union already: {union}"),
            N_("transfer the members there: yihui members transfer MEMBER --to {union}"),
        ),
    },
)


class ProposalFilter(Form):
    """Whose members' homes are looked through, and how many members are enough."""

    below: Annotated[OrganisationCode | None, Prompt(N_("This one and all below it"))] = None
    least: Annotated[
        int | None,
        Field(ge=2),
        BeforeValidator(read_whole),
        Prompt(N_("At least so many members"), hint=N_("Empty: the number that is set here.")),
    ] = None


def _find(
    at: Looking[Any] | Doing[Any, Any], least: int, employer: str | None = None, below: str | None = None
) -> "tuple[Sequence[FoundingProposal], Sequence[EmployedMember]]":
    """Return the proposals of today, and the members of whom they speak: of one employer or of all.

    Who looks sees the homes of the own subtrees; what is done concerns all homes.
    """
    from members import find_possible_unions, find_proposals, iterate_employed_members
    from members.organisations.search import OrganisationQuery, find_organisations
    from members.organisations.storage import read_path

    connection, day = at.connection, civil_date(at.now)
    within = at.scope(_READS).find_paths(connection) if isinstance(at, Looking) else None
    path = read_path(connection, below, day) if below else None
    query = OrganisationQuery(day, kind="member_home", within=within, below=path, limit=_MOST_HOMES)
    homes = [span.code for span in find_organisations(connection, query)]
    employed = [
        one
        for one in iterate_employed_members(connection, homes, day)
        if employer is None or one.employer == employer
    ]
    enough = [one.employer for one in find_proposals(employed, (), least)]
    return find_proposals(employed, find_possible_unions(connection, enough, day), least), employed


@dataclass(frozen=True, slots=True)
class Founding:
    """A proposal, and the members who would go to the union."""

    proposal: "FoundingProposal"
    members: "Sequence[EmployedMember]"


def _load(at: Looking[Any] | Doing[Any, Any], employer: str, _: bool) -> Founding:
    from members import normalize_employer

    employer = normalize_employer(employer)
    found, employed = _find(at, 1, employer)
    if not found:
        raise FaultError(_FAULTS.build("unknown", field="key", value=employer))
    return Founding(found[0], employed)


def find_listed(look: Looking[ProposalFilter]) -> "RowSlice[FoundingProposal]":
    """Find the employers with enough active members in the officer's homes, most members first."""
    least = look.filter.least or look.wiring.settings.founding_members
    return look.cut(_find(look, least, below=look.filter.below)[0])


def show_proposal(look: Looking[Any], founding: Founding, language: Language) -> ThingPage:
    """Return an employer with the members that each home has of it."""
    one = founding.proposal
    facts = (
        Fact("employer", N_("Employer"), one.employer, is_on_page=False),
        Fact("members", N_("Active members in members' homes"), one.members),
        Fact("union", N_("Has a union already"), link_to(one.union)),
    )
    homes = sorted(one.homes.items())
    sections: Sequence[Section] = (Facts("", facts), Table("homes", N_("By home"), _HOMES, homes, ""))
    effect = language.render(
        N_("Founds the union today and transfers the active members of this employer from all homes to it: {count}."),
        count=one.members,
    )  # fmt: skip
    is_free = one.union is None
    return ThingPage(
        one.employer, sections, effect=effect if is_free else "", acts=[ACCEPT.name] if is_free else ()
    )


def accept(act: Doing[AcceptForm, Founding]) -> Change:
    """Found the union of an employer today, and transfer the employer's active members from all homes to it.

    Every transfer is an event of its own, of which the home and the new union are told. *Raises*: FaultError.
    """
    from events import Event
    from yihui.cases.organisations.events import build_act_event, process_events
    from yihui.services.events.events import build_event

    form, one, least = act.form, act.thing.proposal, act.wiring.settings.founding_members
    if one.members < least:
        shown = _FAULTS.build("too_few", field="key", value=one.employer, members=one.members, least=least)
        raise FaultError(shown)
    if one.union is not None:
        raise FaultError(_FAULTS.build("has_union", field="key", value=one.employer, union=one.union))
    said = {**form.model_dump(exclude={"code"}), "on": civil_date(act.now), "by": act.actor.id}
    founded = build_act_event(form.code, "organisation.founded", said, act.now)

    def transfer(member: str) -> Event:
        return build_event(
            act.now,
            id=sha256(f"{founded.id}/{member}".encode()).hexdigest(),
            source=founded.source,
            type="member.transferred",
            subject=member,
            time=act.now.astimezone(CIVIL_TIME).isoformat(),
            data={"organisation": form.code, "by": act.actor.id},
        )

    moved = act.thing.members
    process_events(act, [founded, *(transfer(each.member_id) for each in moved)])
    return Change(form.code, {"transferred": len(moved)}, reason=form.document or "", organisation=form.code)


def _lock(_: Wiring, connection: "Connection") -> None:
    from benefits import lock_rulebook_exclusive

    lock_rulebook_exclusive(connection)  # nobody joins a home or leaves it meanwhile


PROPOSAL = Kind[Founding]("organisation", _load, lambda _: 1, key=str)
ACCEPT = Act(
    "accept",
    N_("Found the union"),
    AcceptForm,
    accept,
    RIGHT,
    f"{RIGHT.value}.accept_proposal",
    N_("The union was founded, and the members belong to it."),
    PROPOSAL,
    help=N_("Found the union of an employer today, and transfer its members from the homes to it."),
    ticked=N_("I have compared it with the document."),
    leads_to=ORGANISATIONS,
    places=lambda act: (act.form.parent or act.form.code, *act.thing.proposal.homes),
    prepare=_lock,
    after=seal,
)
_HOMES = (
    TableColumn[tuple[str, int]]("home", N_("Home"), lambda one: link_to(one[0])),
    TableColumn[tuple[str, int]]("members", N_("Members"), lambda one: one[1]),
)
_COLUMNS = (
    TableColumn["FoundingProposal"]("employer", N_("Employer"), lambda one: Link(f"/desk/{_PATH}/{quote(one.employer, safe='')}", one.employer)),
    TableColumn["FoundingProposal"]("members", N_("Members"), lambda one: one.members),
    TableColumn["FoundingProposal"]("homes", N_("In how many homes"), lambda one: len(one.homes)),
    TableColumn["FoundingProposal"]("union", N_("Has a union already"), lambda one: link_to(one.union)),
)  # fmt: skip
NOUN = Noun(
    _PATH,
    N_("Proposals to found a union"),
    PROPOSAL,
    Listing(
        N_("List employers with enough members in members' homes (会员之家) for a union of their own"),
        ProposalFilter,
        find_listed,
        _COLUMNS,
        N_("no employer has enough members in members' homes"),
    ),
    show_proposal,
    _READS,
    (ACCEPT,),
    TABS,
)
