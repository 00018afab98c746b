"""Applications of an officer's subtrees: queues by stage, one application with its steps, and public notices."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, exists, func, select

from core.calendars import Calendar, workday_table
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events import Event, parse_event
from events.tables import journal
from members import ApplicationStep, organisation_names, read_application_steps
from members.applications import compute_progress
from members.attachments import AttachmentKind, AttachmentOwner
from members.hotline.case import CaseAct, HotlineCase
from members.hotline.repository import CaseQuery, list_cases, read_events
from members.organisations.storage import load_lineages
from members.persons import mask_name
from members.tables import application_steps, memberships
from rules import Rule, RuleLibrary
from rules.territory import PlacedCode
from store import read_once
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cases.applications.deadlines import list_accepting_rules
from yihui.cases.applications.rule_forms import build_form
from yihui.cases.applications.stages import (
    ENDS,
    FIELDS_OF_STEPS,
    OPEN_STAGES,
    ApplicationStage,
    ApplicationTerms,
    combine_processes,
    compute_stage,
    find_notice_end,
)
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.organisations import find_covered_members, find_member_organisations, holds_on

_OF_A_STEP = frozenset({"reason", "by"}).union(*FIELDS_OF_STEPS.values())
MOST_READ = 5_000  # open applications, those that wait longest
MOST_NOTICES = 60  # of one organisation, on a member's page
MOST_OBJECTIONS = 50
APPLICATION_FAULTS = FaultTable(
    "application",
    {
        "unknown": (
            N_("there is no application {value} in your organisations"),
            N_("choose one from the list"),
        ),
        "moved_on": (
            N_("the application has gone on since this page was opened"),
            N_("look at its newest step, then act"),
        ),
        "act": (N_("{value} is no step for an application at this stage"), N_("choose one of the page")),
        "attachments": (
            N_("nothing is attached"),
            N_("attach the new papers first, then record that the application was handed in again"),
        ),
        "until": (
            N_("{value} is no day until which it can come again: from today to {most}"),
            N_("leave it empty for {days} days from today, or write a day such as {example}"),
        ),
        "closed": (N_("the last day for this was {day}"), N_("ask your union whether it begins again")),
        "open_beside": (
            N_("the member has applied for this anew, and it is not finished"),
            N_("decide that application first; an appeal would open the same twice"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class ListedApplication:
    """An application and its stage. ``number`` is that of its first step, ``version`` that of its last."""

    number: int
    version: int
    member: str
    application: str
    programme: str
    year: int
    organisation: str
    stage: ApplicationStage
    title: str = ""  # of the benefit that a member applied for, in lists of her own
    rules: frozenset[str] = frozenset()  # that take what she stated, likewise

    @property
    def name(self) -> str:
        """What it is called: as the benefit, or as the programme where several may be meant."""
        return self.title or self.programme

    @property
    def file_owner(self) -> AttachmentOwner:
        """The owner of the application's files."""
        return AttachmentOwner(AttachmentKind.APPLICATION, self.application, self.member)

    def find_version_day(self, day: date) -> date:
        """Return the day whose rules decide it: that of its first submission, ``day`` without one."""
        return (self.stage.progress and self.stage.progress.first_submitted_on) or day


@dataclass(frozen=True, slots=True)
class ObjectionCase:
    """An objection to the public notice that a member sent to the hotline, and what was answered when it was closed."""

    case: HotlineCase
    answers: Sequence[str]


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """An applicant on a public notice; ``name`` is masked, and None where the vault holds none."""

    listed: ListedApplication
    name: str | None
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class PublicNoticeList:
    """What is shown to the public now."""

    lines: Sequence[NoticeLine]
    names: Mapping[str, str]
    is_cut: bool


class ProgrammeTerms:
    """What the rules that take applications on a day ask of a programme's applications, by the member's organisation.

    Of an application the day is that of its first submission: an officer who comes late skips no review.
    """

    def __init__(self, connection: Connection, library: RuleLibrary, codes: Iterable[str]) -> None:
        self._library = library
        self._lineages = load_lineages(connection, set(codes))
        self._found: dict[tuple[str, str, date], ApplicationTerms] = {}

    def of(self, programme: str, code: str, day: date) -> ApplicationTerms:
        """Return the terms; none if no rule asks for anything."""
        key = programme, code, day
        if key not in self._found:
            placed = PlacedCode(code, self._lineages.lineage(code, day))
            rules = list_accepting_rules(self._library, programme, placed, day)
            self._found[key] = combine_processes(
                rule.definition.process for rule in rules if rule.definition.process
            )
        return self._found[key]


def list_open_applications(
    wiring: Wiring,
    connection: Connection,
    scope: OfficerScope,
    programme: str = "",
    *,
    appealed: bool = False,
) -> tuple[list[ListedApplication], bool]:
    """List the applications in the subtrees that have not ended, or those alone that wait because of an appeal.

    Return also whether there are more than were read.
    """
    rows = _select_open(connection, scope, programme, appealed)
    covered = find_covered_members(connection, scope, {member for member, _ in rows[:MOST_READ]})
    wanted = {(member, number) for member, number in rows[:MOST_READ] if member in covered}
    listed = _list_applications(wiring, connection, wanted, scope.day)
    found = [one for one in listed if one.stage.kind in OPEN_STAGES and (one.stage.is_appeal or not appealed)]
    return found, len(rows) > MOST_READ


def _select_open(
    connection: Connection, scope: OfficerScope, programme: str, appealed: bool
) -> list[tuple[str, str]]:
    c, own = application_steps.c, memberships.c
    last = select(func.max(c.sequence).label("last")).group_by(c.member_id, c.application).subquery()
    query = select(c.member_id, c.application).join(last, last.c.last == c.sequence)
    query = query.where(c.type.not_in(ENDS))
    if programme:
        query = query.where(c.programme == programme)
    if appealed:
        step = application_steps.alias().c
        same = (step.member_id == c.member_id, step.application == c.application)
        query = query.where(exists().where(*same, step.type == "application.appealed"))
    if not scope.is_everywhere:
        here = scope.organisation_condition(connection, own.organisation)
        query = query.where(exists().where(own.member_id == c.member_id, here))
    rows = connection.execute(query.order_by(c.sequence).limit(MOST_READ + 1))
    return [(row.member_id, row.application) for row in rows]


def count_open_applications(connection: Connection, programmes: Collection[str]) -> int:
    """Return how many applications for some programmes have not ended."""
    c = application_steps.c
    last = (
        select(func.max(c.sequence)).where(c.programme.in_(programmes)).group_by(c.member_id, c.application)
    )
    query = select(func.count()).where(c.sequence.in_(last), c.type.not_in(ENDS))
    return connection.execute(query).scalar_one() if programmes else 0


def _list_applications(
    wiring: Wiring, connection: Connection, wanted: set[tuple[str, str]], day: date
) -> list[ListedApplication]:
    members = sorted({member for member, _ in wanted})
    places = find_member_organisations(connection, members, day) if members else {}
    steps = read_application_steps(connection, members)
    spans = _read_spans(connection, members)
    terms = ProgrammeTerms(connection, wiring.rulebook.in_force(connection), places.values())
    calendar, found = workday_table(Calendar.CN), []
    for member, application in sorted(wanted):
        own = [one for one in steps[member] if one.application == application]
        organisation = places.get(member, PROVINCE_CODE)
        first = compute_progress(own, application, day).first_submitted_on
        asked = terms.of(own[-1].programme, organisation, first or day)
        stage = compute_stage(own, application, asked, day, calendar)
        if stage is not None:
            number, last = spans[member, application]
            newest = own[-1]
            found.append(
                ListedApplication(
                    number, last, member, application, newest.programme, newest.year, organisation, stage
                )
            )
    return found


def list_member_applications(
    wiring: Wiring, connection: Connection, member: str, day: date
) -> list[ListedApplication]:
    """List all applications of one member with their stages on a day, the newest first."""
    steps = read_application_steps(connection, [member])[member]
    found = _list_applications(wiring, connection, {(member, one.application) for one in steps}, day)
    library, now = wiring.rulebook.in_force(connection), wiring.now()
    lineages = load_lineages(connection, {one.organisation for one in found})
    named = []
    for one in found:
        on = one.find_version_day(day)
        placed = PlacedCode(one.organisation, lineages.lineage(one.organisation, on))
        own = [step for step in steps if step.application == one.application]
        rules = list_accepting_rules(library, one.programme, placed, on)
        fitting = list_fitting(rules, read_submission(connection, own, now), on)
        titles = {rule.definition.title for rule in fitting}
        ids = frozenset(rule.id for rule in fitting)
        named.append(replace(one, title=titles.pop() if len(titles) == 1 else "", rules=ids))
    return sorted(named, key=lambda one: -one.version)


def list_fitting(rules: Sequence[Rule], stated: Mapping[str, object], day: date) -> list[Rule]:
    """List the rules that take what a member stated."""
    occasion = stated.get("occasion")
    return [rule for rule in rules if build_form(rule, {}, day).fixed.get("occasion", occasion) == occasion]


def read_submission(
    connection: Connection, steps: Sequence[ApplicationStep], now: datetime
) -> dict[str, object]:
    """Return what the last submission stated: level, amount, occasion and so on, which rules read at the end."""
    last = next((one for one in reversed(steps) if one.type == "application.submitted"), None)
    if last is None:
        return {}
    id_ = last.source, last.event_id
    query = select(journal.c.event).where(journal.c.source == id_[0], journal.c.event_id == id_[1])
    text = read_once(connection, ("journal", *id_), lambda: connection.execute(query).scalar_one_or_none())
    event = parse_event(text, now) if text is not None else None
    stated = event.payload.model_dump(mode="json", exclude_none=True) if isinstance(event, Event) else {}
    return {name: value for name, value in stated.items() if name not in _OF_A_STEP}


def _read_spans(connection: Connection, members: Sequence[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the numbers of the first and the last step of each application of some members."""
    c = application_steps.c
    query = select(c.member_id, c.application, func.min(c.sequence), func.max(c.sequence))
    query = query.where(c.member_id.in_(members)).group_by(c.member_id, c.application)
    return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(query)}


def find_application(
    wiring: Wiring, connection: Connection, scope: OfficerScope, number: int
) -> tuple[ListedApplication, list[ApplicationStep], ApplicationTerms]:
    """Return an application by the number of any of its steps, with its steps and its terms.

    *Raises*: FaultError for one outside of the subtrees, the same as for one that isn't there.
    """
    c = application_steps.c
    row = connection.execute(select(c.member_id, c.application).where(c.sequence == number)).one_or_none()
    if row is None or row.member_id not in find_covered_members(connection, scope, [row.member_id]):
        raise FaultError(APPLICATION_FAULTS.build("unknown", field="application", value=number))
    found = _list_applications(wiring, connection, {(row.member_id, row.application)}, scope.day)
    if not found:
        raise FaultError(APPLICATION_FAULTS.build("unknown", field="application", value=number))
    listed = found[0]
    steps = read_application_steps(connection, [listed.member])[listed.member]
    asked = ProgrammeTerms(connection, wiring.rulebook.in_force(connection), [listed.organisation])
    terms = asked.of(listed.programme, listed.organisation, listed.find_version_day(scope.day))
    return listed, [one for one in steps if one.application == listed.application], terms


def list_objections(connection: Connection, number: int, since: datetime) -> list[ObjectionCase]:
    """List the objections to an application since its first step.

    On SQLite the number of an application that was erased can be given to a later one.
    """
    cases = list_cases(connection, CaseQuery(application=number, limit=MOST_OBJECTIONS))
    cases = [one for one in cases if one.opened_at >= since]
    events = read_events(connection, [one.number for one in cases])
    return [
        ObjectionCase(one, [str(e.data["answer"]) for e in events[one.number] if e.act is CaseAct.CLOSE])
        for one in cases
    ]


def load_public_notices(wiring: Wiring, scope: OfficerScope, programme: str = "") -> PublicNoticeList:
    """Load the applications whose public notice runs, by programme and organisation, with masked names."""
    with wiring.database.read() as connection:
        found, is_cut = list_open_applications(wiring, connection, scope, programme)
        return _build_notices(wiring, connection, found, scope.day, is_cut=is_cut)


def load_notices_of_organisation(wiring: Wiring, code: str, day: date) -> list[NoticeLine]:
    """Load the notices that run on a day about members of an organisation itself, not of those below it.

    They are the newest first, and at most ``MOST_NOTICES``.
    """
    c, own = application_steps.c, memberships.c
    here = select(own.member_id).where(own.organisation == code, holds_on(day))
    newest = select(func.max(c.sequence).label("last")).where(c.member_id.in_(here))
    last = newest.group_by(c.member_id, c.application).subquery()
    query = select(c.member_id, c.application).join(last, last.c.last == c.sequence)
    query = query.where(c.type == "application.published").order_by(c.sequence.desc()).limit(MOST_NOTICES)
    with wiring.database.read() as connection:
        wanted = {(row.member_id, row.application) for row in connection.execute(query)}
        found = _list_applications(wiring, connection, wanted, day)
        notices = _build_notices(wiring, connection, found, day, is_cut=False)
    lines = [one for one in notices.lines if one.last is None or day <= one.last]
    return sorted(lines, key=lambda one: (one.first, one.listed.number), reverse=True)


def _build_notices(
    wiring: Wiring, connection: Connection, found: Sequence[ListedApplication], day: date, *, is_cut: bool
) -> PublicNoticeList:
    """Return those applications that are on public notice, in the order of the notice."""
    shown = [one for one in found if one.stage.kind in ("notice", "objections")]
    codes = {one.organisation for one in shown}
    names = organisation_names(connection, codes)
    terms = ProgrammeTerms(connection, wiring.rulebook.in_force(connection), codes)
    masks = mask_names(wiring, [one.member for one in shown])
    lines = [
        _notice_line(one, terms.of(one.programme, one.organisation, one.find_version_day(day)), masks)
        for one in shown
    ]
    return PublicNoticeList(sorted(filter(None, lines), key=_place_on_notice), names, is_cut)


def _place_on_notice(line: NoticeLine) -> tuple[str, str, date, int]:
    return line.listed.programme, line.listed.organisation, line.first, line.listed.number


def _notice_line(
    one: ListedApplication, terms: ApplicationTerms, masks: Mapping[str, str]
) -> NoticeLine | None:
    published = one.stage.progress.published_on if one.stage.progress else None
    if published is None:
        return None
    last = find_notice_end(published, terms, workday_table(Calendar.CN))
    return NoticeLine(one, masks.get(one.member), published, last)


def mask_names(wiring: Wiring, members: Sequence[str]) -> dict[str, str]:
    """Return the masked names of those members whom the vault knows; nothing without a vault."""
    if wiring.vault is None or not members:
        return {}
    with wiring.vault_database.read() as connection:
        persons = wiring.vault.read_persons(connection, members)
    return {member: mask_name(person.name) for member, person in persons.items() if person.name}
