"""Requests to join at every door: what waits for a review, and the page of a request."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from members.joining.request import SUCCEEDED, JoinEnd, JoinRequest, JoinState, ReviewCause
from yihui.cases.joining.acts import APPROVE, JOIN, REFUSE, UNMASK
from yihui.cases.joining.queries import RIGHT, TODO, JoinFilter, ListedJoin, find_joins
from yihui.cases.joining.settings import TABS
from yihui.cases.members.calls import PERSON_TITLES
from yihui.frame.cells import Chip, Choice, Deadline, Link, Officer, Organisation, day_text
from yihui.frame.content import Fact, Facts, Section, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking
from yihui.frame.noun import Noun
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members import PersonalData
    from yihui.cases.joining.joining import PersonStanding

_PATH = "joins"
_STATES: Mapping[JoinState, tuple[str, str]] = {
    "waiting": (N_("waits for a review"), "waiting"),
    "joined": (N_("joined"), "good"),
    "transferred": (N_("transferred"), "good"),
    "already_member": (N_("was a member of this organisation already"), "good"),
    "refused": (N_("refused by the organisation"), "bad"),
    "withdrawn": (N_("taken back by the person"), ""),
}
_CAUSES: Mapping[ReviewCause, str] = {
    "review": N_("the organisation reviews who joins"),
    "other_data": N_("the union has other data of this ID number"),
}
_EFFECTS: Mapping[JoinEnd, str] = {
    "joined": N_("Approved, the person is a member of {unit} from {day} on"),
    "transferred": N_("Approved, the person leaves {left} and is a member of {unit} from {day} on"),
    "already_member": N_("The person is a member of {unit} already: approved, the request ends"),
}
_BUTTONS: Mapping[JoinEnd, str] = {
    "joined": N_("Approve: joins {unit}"),
    "transferred": N_("Approve: moves to {unit}"),
}
_EVENTS: Mapping[JoinEnd, str] = {"joined": "member.joined", "transferred": "member.transferred"}
_OVERDUE = Chip("overdue", N_("overdue"), "bad")


def show_join(look: Looking[Any], request: JoinRequest, language: Language) -> ThingPage:
    """Return a request: who asks, masked, and what an approval would do; or how it ended, and who joined by it."""
    standing = _read_standing(look, request)
    person = [*_list_masks(standing.person)] if standing else []
    sections: list[Section] = [Facts(N_("Who asks"), person)] if person else []
    if standing and request.review_cause == "other_data":
        known = [*_list_masks(standing.known, "known_")]
        sections.append(Facts(N_("On record of this ID number"), known))
    sections += (_build_facts(request, standing, look), *_list_escalations(look, request))
    name = next((str(one.value) for one in person if one.name == "name"), "")
    effect, button = _describe_approval(look, request, standing, language)
    acts = {APPROVE.name: bool(button), UNMASK.name: bool(person), REFUSE.name: not request.is_over}
    return ThingPage(
        name or language.translate(N_("Request to join")),
        sections,
        Chip(request.state, *_STATES[request.state]),
        _tell_what_is_proven(standing, request, language),
        request.member_id if request.state in SUCCEEDED else None,
        effect,
        [one for one, is_possible in acts.items() if is_possible],
        {APPROVE.name: button},
    )


def _read_standing(look: Looking[Any], request: JoinRequest) -> "PersonStanding | None":
    """Return who asks as she stands now; None once the request is over, or without a key of the vault."""
    from yihui.cases.joining.joining import read_standing

    if request.is_over or look.wiring.vault is None:
        return None
    return read_standing(look.wiring, look.connection, request, look.now)


def _list_masks(person: "PersonalData", prefix: str = "") -> Iterator[Fact]:
    from members import mask_person

    for name, mask in mask_person(person).items():
        yield Fact(f"{prefix}{name}", PERSON_TITLES[name], mask)


def _tell_what_is_proven(standing: "PersonStanding | None", request: JoinRequest, language: Language) -> str:
    """Return what an officer can rely on: no document comes with a request."""
    text = ""
    if request.review_cause == "other_data" and not request.is_over:
        text = N_(
            "The union has other data of this ID number on record, shown below. Call the person, or look at the ID card, before you decide."
        )
    elif standing is not None and standing.is_recognised:
        text = N_("Name and phone are those that the union has on record.")
    elif standing is not None and standing.is_new:
        text = N_(
            "The phone was proven by a code. No document came along: name and ID number are as they were typed."
        )
    return language.translate(text) if text else ""


def _describe_approval(
    look: Looking[Any], request: JoinRequest, standing: "PersonStanding | None", language: Language
) -> tuple[str, str]:
    """Return what an approval would do, and the text of its button; why it can't be, and no button."""
    from members import organisation_names
    from yihui.cases.joining.joining import find_end, find_rules_on_joining
    from yihui.cases.joining.requests import require_joining_vault, require_organisation
    from yihui.runtime.errors import fault_line

    if request.is_over:
        return "", ""
    unit, today = request.organisation, civil_date(look.now)
    try:
        require_joining_vault(look.wiring)
        assert standing is not None, "it waits, and there is a vault"
        require_organisation(look.connection, unit, today)
        end = find_end(look.connection, standing, request)
    except FaultError as refused:
        line = fault_line(refused.faults[0], language)
        text = N_("It can't be approved now: {why}; {remedy}")
        return language.render(text, why=line.message, remedy=line.remedy), ""
    left = standing.organisation or ""
    names = organisation_names(look.connection, {unit, left} - {""})
    given = {"unit": names.get(unit, unit), "left": names.get(left, left), "day": day_text(today, language)}
    clauses = [language.render(_EFFECTS[end], **given)]
    clauses.append(language.translate(N_("name, phone and ID number go into the members' personal data")))
    if event := _EVENTS.get(end):
        rules = find_rules_on_joining(look.wiring, look.connection, unit, today, event)
        titles = language.format_list(rule.definition.title for rule in rules)
        about = N_("these rules look at it at once: {rules}") if rules else N_("no rule in force looks at it")
        clauses.append(language.render(about, rules=titles))
    return language.join_clauses(clauses), language.render(_BUTTONS.get(end, APPROVE.title), **given)


def _build_facts(request: JoinRequest, standing: "PersonStanding | None", look: Looking[Any]) -> Facts:
    from members.joining.consents import find_consent

    agreed = find_consent(look.connection, request.consent_digest) if request.consent_digest else None
    cause, until = request.review_cause, None if request.is_over else request.review_until
    left = standing.organisation if standing is not None and standing.status == "active" else None
    facts = (
        Fact("organisation", N_("Joins"), Organisation(request.organisation)),
        Fact("leaves", N_("Leaves"), Organisation(left) if left and left != request.organisation else None),
        Fact("employer", N_("Works at"), request.employer),
        Fact("begun_at", N_("Asked on"), request.begun_at),
        Fact("consent", N_("Agreed to the text of"), Organisation(agreed.organisation) if agreed else None),
        Fact("consent_version", N_("Version"), request.consent_version),
        Fact("cause", N_("Why it waits"), cause and Choice(cause, _CAUSES[cause])),
        Fact("reviewer", N_("Reviewed by"), request.reviewer and Organisation(request.reviewer)),
        Fact("review_until", N_("Until"), until and Deadline(until, until <= look.now)),
        Fact("ended_at", N_("Decided on"), request.ended_at),
        Fact("decided_by", N_("Decided by"), request.decided_by and Officer(request.decided_by)),
        Fact("reason", N_("Reason"), request.decision_reason),
    )
    return Facts(N_("The request"), [one for one in facts if one.value is not None])


def _list_escalations(look: Looking[Any], request: JoinRequest) -> Iterator[Section]:
    from members.joining.repository import list_escalations_of

    columns = (
        TableColumn[Any]("at", N_("On"), lambda one: one.at),
        TableColumn[Any]("from", N_("From"), lambda one: Organisation(one.from_organisation)),
        TableColumn[Any]("to", N_("To"), lambda one: Organisation(one.to_organisation)),
    )
    if found := list_escalations_of(look.connection, [request.id])[request.id]:
        yield Table("escalations", N_("Went up because nobody decided in time"), columns, found, "")


def _link(one: ListedJoin) -> Link:
    return Link(f"/desk/{_PATH}/{one.request.id}", one.masks.get("name") or Choice("", N_("Request to join")))


_COLUMNS = (
    TableColumn[ListedJoin]("name", N_("Who asks"), _link),
    TableColumn[ListedJoin]("request", N_("Request"), lambda one: one.request.id, False),
    TableColumn[ListedJoin]("phone", PERSON_TITLES["phone"], lambda one: one.masks.get("phone")),
    TableColumn[ListedJoin]("id_number", PERSON_TITLES["id_number"], lambda one: one.masks.get("id_number"), False),
    TableColumn[ListedJoin]("organisation", N_("Joins"), lambda one: Organisation(one.request.organisation)),
    TableColumn[ListedJoin]("leaves", N_("Leaves"), lambda one: one.leaves and Organisation(one.leaves)),
    TableColumn[ListedJoin]("begun_on", N_("Asked on"), lambda one: civil_date(one.request.begun_at)),
    TableColumn[ListedJoin]("reviewer", N_("Reviewed by"), lambda one: Organisation(one.request.reviewer or "")),
    TableColumn[ListedJoin]("review_until", N_("Until"), lambda one: one.until),
    TableColumn[ListedJoin]("overdue", N_("Late"), lambda one: _OVERDUE if one.until.is_over else None, False),
)  # fmt: skip
NOUN = Noun(
    _PATH,
    N_("Join requests"),
    JOIN,
    Listing(
        N_("List the join requests that wait for a review, the most urgent first"),
        JoinFilter,
        find_joins,
        _COLUMNS,
        N_("No request waits for a review."),
    ),
    show_join,
    RIGHT,
    (APPROVE, REFUSE, UNMASK),
    TABS,
    todos=(TODO,),
)
