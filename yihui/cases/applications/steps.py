"""What officers do with an application: each act is an event, with its reason beside it, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from benefits import Officer
from benefits.model.ruling import Ruling
from core.calendars import Calendar, workday_table
from core.civil_time import civil_date, start_of_day
from core.faults import FaultError
from events import Event
from events.pipeline import forecast_rulings
from members import ApplicationStep
from members.applications import (
    DAYS_TO_RESUBMIT,
    ApplicationProgress,
    RecordedApplicationAct,
    record_application_act,
)
from members.attachments import list_attachments
from members.organisations.storage import load_lineages
from rules.territory import PlacedCode
from store import lock_exclusive
from yihui.access.second_person import check_somebody_else
from yihui.bootstrap import Wiring
from yihui.cases.applications.deadlines import accepts_applications
from yihui.cases.applications.listed import (
    APPLICATION_FAULTS,
    ListedApplication,
    find_application,
    read_submission,
)
from yihui.cases.applications.stages import (
    ACTS_OF_STAGES,
    DECIDING,
    ActKind,
    ApplicationTerms,
    find_notice_end,
    list_acts_left,
)
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.access.second_person import require_first_person
from yihui.services.attachments.attachments import list_proven_digests
from yihui.services.events.events import build_event, process_events

SOURCE = "/applications"  # of events
_TYPES: Mapping[ActKind, str] = {
    "accept": "application.reviewed",
    "return": "application.reviewed",
    "uphold": "application.reviewed",
    "publish": "application.published",
    "object": "application.published",
    "dismiss": "application.published",
    "confirm": "application.confirmed",
    "withdraw": "application.withdrawn",
    "refuse": "application.refused",
    "appeal": "application.appealed",
    "resubmit": "application.submitted",
}
# What belongs to a single step; everything else that was applied for goes on from step to step.
MOST_DAYS_TO_RESUBMIT = 366  # an officer may give a year: not for ever, since an old version waits


@dataclass(frozen=True, slots=True)
class ApplicationAct:
    """An act on the application with a number; ``version`` is the step that the officer saw last.

    ``until`` is the last day on which what is sent back keeps the day of its first submission.
    """

    number: int
    version: int
    kind: ActKind
    officer: str
    reason: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ApplicationReceipt:
    """What an act came to: the event, the member, and the outcomes of the rules that decided."""

    event: str
    member: str
    application: str
    organisation: str
    outcomes: tuple[str, ...]


def act_in(
    wiring: Wiring, connection: Connection, scope: OfficerScope, act: ApplicationAct, officer: Officer
) -> ApplicationReceipt:
    """Carry out an act in the caller's transaction. *Raises*: FaultError; then the transaction must not commit."""
    listed, _, _ = find_application(wiring, connection, scope, act.number)
    lock_exclusive(connection, f"application {listed.member}")  # two acts come one after the other
    listed, steps, _ = find_application(wiring, connection, scope, act.number)
    return act_on_listed(wiring, connection, listed, steps, act, officer)


def act_on_listed(
    wiring: Wiring,
    connection: Connection,
    listed: ListedApplication,
    steps: Sequence[ApplicationStep],
    act: ApplicationAct,
    officer: Officer,
) -> ApplicationReceipt:
    """Carry out an act on an application that the caller has locked. *Raises*: FaultError, as ``act_in``."""
    _require_possible(listed, act)
    _require_other_officers(wiring, connection, steps, listed, act, officer)
    if act.kind == "resubmit":
        _require_open(wiring, connection, listed, officer.today)
    if act.kind == "appeal":
        _require_appeal_in_time(listed, officer.today)
    event = _build_event(wiring, connection, listed, steps, act, officer)
    found = process_application_event(wiring, connection, event, officer.at)
    recorded = RecordedApplicationAct(
        listed.member,
        listed.application,
        act.kind,
        listed.stage.review,
        event.id,
        officer.who,
        officer.at,
        officer.reason,
    )
    record_application_act(connection, recorded)
    return ApplicationReceipt(event.id, listed.member, listed.application, listed.organisation, found)


def process_application_event(
    wiring: Wiring, connection: Connection, event: Event, at: datetime
) -> tuple[str, ...]:
    """Process an event of an application; return the outcomes of the rules. *Raises*: FaultError if it is refused."""
    outcome = process_events(wiring, connection, [event], at, is_own=False)
    return tuple(ruling.outcome for ruling in outcome.rulings)


def preview_confirmation(
    wiring: Wiring,
    connection: Connection,
    listed: ListedApplication,
    steps: Sequence[ApplicationStep],
    terms: ApplicationTerms,
) -> Sequence[Ruling]:
    """Return what the rules would decide if every stage that is left passed without delay; it only reads."""
    now, progress = wiring.now(), listed.stage.progress or ApplicationProgress()
    acts, today = list_acts_left(terms, progress), civil_date(now)
    shown_on = today if len(acts) > 1 else progress.published_on or today
    events, stated = [], read_submission(connection, steps, now)
    for place, (kind, stage) in enumerate(acts):
        at = now + timedelta(microseconds=place)
        if kind == "confirm" and terms.notice_days:
            at = _after_notice(terms, shown_on, at)
        reviewer = Officer(f"reviewer-{place}", at, civil_date(at))  # a rule may require different ones
        version = listed.version + place  # of which the event's id is made
        seen = replace(listed, version=version, stage=replace(listed.stage, review=stage))
        act = ApplicationAct(listed.number, version, kind, reviewer.who)
        events.append(_build_event(wiring, connection, seen, steps, act, reviewer, stated))
    return forecast_rulings(events, connection, wiring.rulebook.in_force(connection))


def _after_notice(terms: ApplicationTerms, first: date, at: datetime) -> datetime:
    """Return when a public notice that began on a day is over; ``at`` if it is, or if its days aren't known."""
    last = find_notice_end(first, terms, workday_table(Calendar.CN))
    return at if last is None else max(at, start_of_day(last + timedelta(days=1)))


def _require_possible(listed: ListedApplication, act: ApplicationAct) -> None:
    if listed.version != act.version:
        raise FaultError(APPLICATION_FAULTS.build("moved_on", field="version", value=act.version))
    if act.kind not in ACTS_OF_STAGES[listed.stage.kind]:
        raise FaultError(APPLICATION_FAULTS.build("act", field="kind", value=act.kind))


def _require_open(wiring: Wiring, connection: Connection, listed: ListedApplication, today: date) -> None:
    """*Raises*: FaultError if it comes too late to keep its first day, and on a day on which no rule takes it anew."""
    last = listed.stage.progress.last_day_to_resubmit if listed.stage.progress else None
    if last is None or today <= last:
        return
    lineages = load_lineages(connection, {listed.organisation})
    placed = PlacedCode(listed.organisation, lineages.lineage(listed.organisation, today))
    if not accepts_applications(wiring.rulebook.in_force(connection), listed.programme, placed, today):
        raise FaultError(APPLICATION_FAULTS.build("closed", field="version", day=last))


def _require_appeal_in_time(listed: ListedApplication, today: date) -> None:
    """*Raises*: FaultError if an appeal comes too late: it would change nothing."""
    last = listed.stage.progress.last_day_to_appeal if listed.stage.progress else None
    if last is not None and today > last:
        raise FaultError(APPLICATION_FAULTS.build("closed", field="version", day=last))


def _read_last_day(act: ApplicationAct, today: date) -> date:
    """Return until when what is sent back may come again. *Raises*: FaultError for a day that is none."""
    usual, most = (today + timedelta(days=days) for days in (DAYS_TO_RESUBMIT, MOST_DAYS_TO_RESUBMIT))
    until = act.until or usual
    if not today <= until <= most:
        fault = APPLICATION_FAULTS.build(
            "until", field="until", value=until, most=most, days=DAYS_TO_RESUBMIT, example=usual
        )
        raise FaultError(fault)
    return until


def _require_other_officers(
    wiring: Wiring,
    connection: Connection,
    steps: Sequence[ApplicationStep],
    listed: ListedApplication,
    act: ApplicationAct,
    officer: Officer,
) -> None:
    """*Raises*: FaultError if the officer, or a deputy, accepted an earlier stage, or refused what was appealed against.

    Who refuses counts as a person, since somebody else decides about the appeal. A refusal that a feed told has a
    name alone.
    """
    progress = listed.stage.progress or ApplicationProgress()
    if act.kind == "refuse":
        require_first_person(wiring, connection, officer.who)
    for stage, first in progress.accepted.items() if act.kind == "accept" else ():
        if first is not None:
            since = max(one.effective_at for one in steps if one.stage == stage and one.accepted)
            check_somebody_else(connection, first, officer.who, since, officer.at)
            for who in (first, officer.who):
                require_first_person(wiring, connection, who)
    is_her_own = act.kind == "withdraw" and officer.who == listed.member
    for refusal in progress.refusals if act.kind in DECIDING and not is_her_own else ():
        if refusal.reviewer is not None:
            check_somebody_else(connection, refusal.reviewer, officer.who, refusal.effective_at, officer.at)
            require_first_person(wiring, connection, officer.who)


def _build_event(
    wiring: Wiring,
    connection: Connection,
    listed: ListedApplication,
    steps: Sequence[ApplicationStep],
    act: ApplicationAct,
    officer: Officer,
    stated: Mapping[str, object] | None = None,
) -> Event:
    """Build the event of an act; ``stated`` is what the last submission stated, where it was read already."""
    named = repr((listed.member, listed.application, act.kind, listed.version))
    data = {
        **(read_submission(connection, steps, officer.at) if stated is None else stated),
        "programme": listed.programme,
        "year": listed.year,
        "application": listed.application,
        **_data_of_act(wiring, connection, listed, act, officer),
    }
    instant = instant_after(steps, officer.at)
    return build_application_event(named, _TYPES[act.kind], listed.member, instant, data)


def build_application_event(
    named: str, type: str, member: str, at: datetime, data: Mapping[str, object]
) -> Event:
    """Build an event of this source; ``named`` is what its id follows from. *Raises*: FaultError if it is invalid."""
    return build_event(
        at,
        id=f"application-{sha256(named.encode()).hexdigest()[:40]}",
        source=SOURCE,
        type=type,
        subject=member,
        time=at.isoformat(),
        data=data,
    )


def instant_after(steps: Sequence[ApplicationStep], now: datetime) -> datetime:
    """Return now, or an instant after the last step: steps of one instant are sorted by the procedure."""
    return max([now, *(one.effective_at + timedelta(microseconds=1) for one in steps)])


def _data_of_act(
    wiring: Wiring, connection: Connection, listed: ListedApplication, act: ApplicationAct, officer: Officer
) -> dict[str, object]:
    progress = listed.stage.progress or ApplicationProgress()
    back: dict[str, object] = {"accepted": False, "reviewer": officer.who}
    if act.kind in ("return", "uphold"):
        back["resubmit_until"] = f"{_read_last_day(act, officer.today)}"
    match act.kind:
        case "accept":
            return {"accepted": True, "stage": listed.stage.review, "reviewer": officer.who}
        case "return":
            return back | _stage_to_repeat(listed, progress)
        case "uphold":
            return back | {"objections": progress.objections - 1}
        case "object":
            return {"objections": progress.objections + 1}
        case "dismiss":
            return {"objections": progress.objections - 1}
        case "refuse":
            return {"reviewer": officer.who}
        case "resubmit" | "appeal":
            papers = list_attachments(connection, listed.file_owner)
            if not papers and act.kind == "resubmit":
                raise FaultError(APPLICATION_FAULTS.build("attachments", field="attachments"))
            return {"attachments": list_proven_digests(wiring, papers)}
        case "publish" | "confirm" | "withdraw":
            return {}


def _stage_to_repeat(listed: ListedApplication, progress: ApplicationProgress) -> dict[str, object]:
    """Return the stage that an application is sent back by: the one that reviews, or the last that accepted."""
    stage = listed.stage.review or next(reversed(progress.accepted), None)
    return {} if stage is None else {"stage": stage}
