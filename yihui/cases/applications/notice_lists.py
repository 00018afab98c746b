"""Publish the applications of one programme as one list: one act, one period, all of them or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from benefits import Officer
from core.calendars import Calendar, workday_table
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from members import organisation_names
from members.notice_lists import (
    NoticeList,
    find_notice_list,
    list_newest_notice_lists,
    list_notice_entries,
    record_notice_list,
)
from yihui.access.acting import state_act
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.applications.listed import (
    ListedApplication,
    find_application,
    list_open_applications,
    mask_names,
)
from yihui.cases.applications.stages import ApplicationTerms, find_notice_end
from yihui.cases.applications.steps import ApplicationAct, act_in
from yihui.services.access.acting import acting_officer, run_act
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.organisations import find_covered_members

MOST_OF_A_LIST = 150  # a form has at most 200 fields
MOST_LISTS = 50
LIST_FAULTS = FaultTable(
    "notice_list",
    {
        "unknown": (
            N_("there is no list {value} of your organisations"),
            N_("choose one under “Public notices”"),
        ),
        "nothing": (N_("no application was chosen"), N_("tick those that the list shall have")),
        "too_many": (
            N_("{value} applications were chosen; a list has at most {most}"),
            N_("publish them as several lists"),
        ),
        "gone_on": (
            N_("application {value} has gone on, or was withdrawn, since the list was drawn up"),
            N_("look at the list again; nothing was published"),
        ),
        "programme": (
            N_("application {value} is of another programme"),
            N_("publish each programme as a list of its own"),
        ),
        "periods": (
            N_("the rules ask for different periods of these applications: {periods}"),
            N_("publish those of each period as a list of its own"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class ListDraft:
    """The applications of a programme that are to be published; ``last`` is the last day if that is today."""

    applications: Sequence[ListedApplication]
    names: Mapping[str, str]
    masks: Mapping[str, str]
    programmes: Sequence[str]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What is to be published: the programme, and each application's number with the step seen last."""

    programme: str
    chosen: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class ListLine:
    """An application of a list, and whether it still stands on the notice that the list began."""

    listed: ListedApplication
    name: str | None
    stands: bool


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list with those of its applications that the officer may see."""

    list: NoticeList
    lines: Sequence[ListLine]
    names: Mapping[str, str]


def load_list_draft(wiring: Wiring, scope: OfficerScope, programme: str) -> ListDraft:
    """Load what can be published now: the applications of a programme, and the programmes that have any."""
    with wiring.database.read() as connection:
        found, is_cut = list_open_applications(wiring, connection, scope)
        waiting = [one for one in found if one.stage.kind == "publish"]
        shown = [one for one in waiting if one.programme == programme]
        names = organisation_names(connection, {one.organisation for one in shown})
    masks = mask_names(wiring, [one.member for one in shown])
    programmes = sorted({one.programme for one in waiting})
    shown.sort(key=lambda one: (one.organisation, one.number))
    return ListDraft(shown, names, masks, programmes, is_cut)


def publish_list(wiring: Wiring, scope: OfficerScope, actor: Actor, wanted: ListRequest) -> NoticeList:
    """Publish the chosen applications as one list, in one transaction.

    *Raises*: FaultError that names each application for which it is refused; then none is published.
    """
    if not wanted.chosen:
        raise FaultError(LIST_FAULTS.build("nothing", field="chosen"))
    if len(wanted.chosen) > MOST_OF_A_LIST:
        count = len(wanted.chosen)
        raise FaultError(LIST_FAULTS.build("too_many", field="chosen", value=count, most=MOST_OF_A_LIST))
    officer = acting_officer(wiring, actor.id)
    made = run_act(wiring, lambda connection: _publish(wiring, connection, scope, actor, officer, wanted))
    seal_pending(wiring)
    return made


def _publish(
    wiring: Wiring,
    connection: Connection,
    scope: OfficerScope,
    actor: Actor,
    officer: Officer,
    wanted: ListRequest,
) -> NoticeList:
    found: list[tuple[ListedApplication, ApplicationTerms]] = []
    for number in wanted.chosen:
        listed, _, terms = find_application(wiring, connection, scope, number)
        found.append((listed, terms))
    found.sort(key=lambda pair: (pair[0].member, pair[0].number))  # two lists can't deadlock
    faults = [
        LIST_FAULTS.build("programme", field="chosen", value=one.number)
        for one, _ in found
        if one.programme != wanted.programme
    ]
    for one, _ in found:
        faults += _publish_one(wiring, connection, scope, actor, officer, one, wanted.chosen)
    if faults:
        raise FaultError(faults)
    last = _find_last_day(officer.today, [terms for _, terms in found])
    made = NoticeList(0, wanted.programme, officer.today, last, officer.who, officer.at)
    number = record_notice_list(connection, made, [(one.number, one.member) for one, _ in found])
    state_act("notice_list", str(number), after={"applications": len(found), "last_on": last})
    return NoticeList(number, wanted.programme, officer.today, last, officer.who, officer.at)


def _publish_one(
    wiring: Wiring,
    connection: Connection,
    scope: OfficerScope,
    actor: Actor,
    officer: Officer,
    one: ListedApplication,
    chosen: Mapping[int, int],
) -> list[Fault]:
    """Publish one application; return why it can't be, by its number."""
    act = ApplicationAct(one.number, chosen.get(one.number, 0), "publish", officer.who)
    try:
        act_in(wiring, connection, scope, act, officer)
    except FaultError as error:
        if error.faults[0].code in ("application.moved_on", "application.act"):
            return [LIST_FAULTS.build("gone_on", field="chosen", value=one.number)]
        return list(error.faults)
    entry = AuditEntry(
        f"{Right.DECIDE_APPLICATIONS.value}.publish_list",
        "member",
        one.member,
        organisation=one.organisation,
        after={"application": one.application, "act": "publish"},
    )
    append_audit_entry(connection, actor, entry, officer.at)
    return []


def _find_last_day(today: date, terms: Sequence[ApplicationTerms]) -> date | None:
    """Return the last day of the list's period. *Raises*: FaultError if the applications have several periods."""
    calendar = workday_table(Calendar.CN)
    ends = {find_notice_end(today, one, calendar) for one in terms}
    if len(ends) > 1:
        periods = ", ".join(sorted(str(end or "?") for end in ends))
        raise FaultError(LIST_FAULTS.build("periods", field="chosen", periods=periods))
    return next(iter(ends))


def load_published_list(wiring: Wiring, scope: OfficerScope, number: int) -> PublishedList:
    """Load a list with its applications in the subtrees. *Raises*: FaultError if it has none there."""
    with wiring.database.read() as connection:
        found = find_notice_list(connection, number)
        entries = list_notice_entries(connection, [number]) if found else []
        covered = find_covered_members(connection, scope, [one.member_id for one in entries])
        shown = [
            find_application(wiring, connection, scope, one.application_number)[0]
            for one in entries
            if one.member_id in covered
        ]
        if found is None or not shown:
            raise FaultError(LIST_FAULTS.build("unknown", field="list", value=number))
        names = organisation_names(connection, {one.organisation for one in shown})
    masks = mask_names(wiring, [one.member for one in shown])
    lines = [ListLine(one, masks.get(one.member), _stands(one, found)) for one in shown]
    return PublishedList(found, lines, names)


def _stands(one: ListedApplication, found: NoticeList) -> bool:
    """Return whether the notice that a list began still counts: it was not withdrawn, and not sent back since."""
    progress = one.stage.progress
    return (
        one.stage.kind not in ("withdrawn", "refused", "returned", "review")
        and progress is not None
        and progress.published_on == found.published_on
    )


def list_published_lists(wiring: Wiring, scope: OfficerScope) -> list[tuple[NoticeList, int]]:
    """List the newest lists that have applications in the subtrees, each with how many."""
    with wiring.database.read() as connection:
        lists = list_newest_notice_lists(connection, MOST_LISTS)
        entries = list_notice_entries(connection, [one.number for one in lists])
        covered = find_covered_members(connection, scope, {one.member_id for one in entries})
    counts = {
        one.number: sum(e.list_number == one.number and e.member_id in covered for e in entries)
        for one in lists
    }
    return [(one, counts[one.number]) for one in lists if counts[one.number]]
