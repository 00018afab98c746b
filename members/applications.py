"""Fold the steps of an application into the facts that rules may read, and store what officers do with it.

Each submission begins a new round: acceptances and publications before it concerned earlier documents
and no longer count. The day of the first one since the last withdrawal chooses the version of the rule
(docs/decisions/0127): what was sent back keeps it only if it is handed in again in time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, bindparam, delete, insert, select

from core.calendars import DayKind, WorkdayTable
from core.civil_time import civil_date
from members.message_fields import FactValue
from members.tables import application_acts, application_steps
from store import read_once

if TYPE_CHECKING:  # of pydantic models, which take time to build
    from members.messages import Application

LONGEST_NOTICE_DAYS = 60
"""Work-days beyond these aren't counted: no rule asks for more."""
DAYS_TO_RESUBMIT = 30
"""How long what was sent back can be handed in again where the officer says nothing, and a refusal appealed against."""
MAX_STAGES = 20
"""Stages beyond these aren't counted as accepted: no rule asks for more."""
VISIT_PROGRAMME = "走访慰问"  # what the rules for visits name: rules/library/hardship-visit.yaml
AID_PROGRAMME = (
    "职工医疗互助报销"  # what the rule for claims names: rules/library/mutual-aid-reimbursement.yaml
)
VISIT_SOURCE = "/hardship"
AID_SOURCE = "/mutual-aid"
OFFICERS_SOURCES: Mapping[str, str] = {VISIT_PROGRAMME: VISIT_SOURCE, AID_PROGRAMME: AID_SOURCE}
"""Programmes whose rules check no stages, since an act of two officers publishes their event; and its source."""
_ON_THE_WAY = {"application.reviewed": 1, "application.published": 2, "application.confirmed": 3}


@dataclass(frozen=True, slots=True)
class ApplicationStep:
    """One step of an application, in order of arrival."""

    member_id: str
    application: str
    programme: str
    year: int
    effective_at: datetime
    type: str
    source: str
    event_id: str
    stage: str | None = None
    reviewer: str | None = None
    accepted: bool | None = None
    attachments: tuple[str, ...] = ()
    objections: int | None = None
    resubmit_until: date | None = None
    known_on: date | None = None

    @property
    def last_day_to_resubmit(self) -> date | None:
        """The last day on which what this step sent back keeps its first day; None if it sent nothing back."""
        if self.accepted is not False:
            return None
        return self.resubmit_until or civil_date(self.effective_at) + timedelta(days=DAYS_TO_RESUBMIT)


def build_application_step(
    payload: "Application",
    member_id: str,
    type: str,
    at: datetime,
    key: tuple[str, str],
    known_at: datetime | None = None,
) -> ApplicationStep:
    """Build the step that an event reports; ``key`` is the event's source and id, ``known_at`` when it was recorded."""
    from members.messages import ApplicationReviewed

    return ApplicationStep(
        member_id=member_id,
        application=payload.number,
        programme=payload.programme,
        year=payload.year,
        effective_at=at,
        type=type,
        source=key[0],
        event_id=key[1],
        stage=payload.stage,
        reviewer=payload.reviewer,
        accepted=payload.accepted if isinstance(payload, ApplicationReviewed) else None,
        attachments=payload.attachments,
        objections=payload.objections,
        resubmit_until=payload.resubmit_until if isinstance(payload, ApplicationReviewed) else None,
        known_on=civil_date(known_at) if known_at else None,
    )


@dataclass(slots=True)
class ApplicationProgress:
    """The progress of an application. ``accepted`` maps each accepted stage to its reviewer, in order.

    ``submissions`` are those since the last withdrawal or confirmation. The first one chooses the version of the rule.
    A submission after ``last_day_to_resubmit``, or after a refusal, takes the place of all. ``resubmit_until`` is that
    day for what was sent back. ``refusals`` are those of these submissions. ``appeal`` is the one against the last
    refusal: another officer reviews the same submission. An appeal after its last day changes nothing.
    """

    submissions: tuple[ApplicationStep, ...] = ()
    resubmit_until: date | None = None
    is_confirmed: bool = False
    refusals: tuple[ApplicationStep, ...] = ()
    appeal: ApplicationStep | None = None
    submitted_on: date | None = None
    attachments: frozenset[str] = frozenset()
    accepted: dict[str, str | None] = field(default_factory=dict)
    published_on: date | None = None
    objections: int = 0

    def apply(self, step: ApplicationStep) -> None:
        """Apply one step; a repeated step changes nothing."""
        if step.type == "application.appealed" and not self._hears(step):
            return
        match step.type:
            case "application.submitted":
                self._begin(step)
            case "application.withdrawn":
                self._clear()
                self.submissions, self.resubmit_until = (), None
                self.refusals, self.appeal = (), None
            case "application.refused":
                self._reject(None)
                self.refusals, self.appeal = (*self.refusals, step), None
                self.objections, self.resubmit_until = 0, None
            case "application.appealed":
                self.appeal = step
                self.attachments |= frozenset(step.attachments)
            case "application.confirmed":
                self.is_confirmed = True
            case "application.reviewed" if step.accepted:
                self._accept(step)
            case "application.reviewed":
                self._reject(step.stage)
                self.resubmit_until = step.last_day_to_resubmit
            case "application.published" if self.published_on is None:
                self.published_on = civil_date(step.effective_at)
        if step.objections is not None:
            self.objections = step.objections

    def _clear(self) -> None:
        self.submitted_on, self.published_on = None, None
        self.attachments, self.objections = frozenset(), 0
        self.accepted.clear()

    @property
    def is_refused(self) -> bool:
        """Whether an officer refused it and no appeal came since."""
        return bool(self.refusals) and self.appeal is None

    @property
    def last_refusal(self) -> ApplicationStep | None:
        """The refusal that stands, or against which the appeal is."""
        return self.refusals[-1] if self.refusals else None

    @property
    def last_day_to_appeal(self) -> date | None:
        """The last day on which the refusal that stands can be appealed against; None if none stands."""
        if self.last_refusal is None or not self.is_refused:
            return None
        return civil_date(self.last_refusal.effective_at) + timedelta(days=DAYS_TO_RESUBMIT)

    @property
    def last_day_to_resubmit(self) -> date | None:
        """The last day on which a submission keeps the first day; None if nothing was handed in.

        What was not sent back keeps it for some days after the last submission, or the appeal.
        """
        if not self.submissions:
            return None
        last = self.submissions[-1].effective_at
        since = max(last, self.appeal.effective_at) if self.appeal else last
        return self.resubmit_until or civil_date(since) + timedelta(days=DAYS_TO_RESUBMIT)

    def _hears(self, appeal: ApplicationStep) -> bool:
        last = self.last_day_to_appeal
        return last is not None and civil_date(appeal.effective_at) <= last

    @property
    def first_submitted_on(self) -> date | None:
        """The day that chooses the version of the rule; None without a submission."""
        return civil_date(self.submissions[0].effective_at) if self.submissions else None

    def _begin(self, step: ApplicationStep) -> None:
        self._clear()
        self.submitted_on = civil_date(step.effective_at)
        last = self.last_day_to_resubmit
        is_late = last is not None and self.submitted_on > last
        if self.is_confirmed or self.is_refused or is_late:
            self.submissions, self.refusals, self.appeal = (), (), None
        self.submissions = (*self.submissions, step)
        self.resubmit_until, self.is_confirmed = None, False
        self.attachments = frozenset(step.attachments)

    def _accept(self, step: ApplicationStep) -> None:
        """Accept a stage. The earlier public notice didn't include it, so publication must be repeated."""
        if step.stage is None or step.stage in self.accepted or len(self.accepted) == MAX_STAGES:
            return
        self.accepted[step.stage] = step.reviewer
        self.published_on = None

    def _reject(self, stage: str | None) -> None:
        """Reject a stage, or the whole application if no stage is given."""
        if stage is None:
            self.accepted.clear()
        else:
            self.accepted.pop(stage, None)
        self.published_on = None


def _sort_steps(steps: Iterable[ApplicationStep]) -> list[ApplicationStep]:
    """Sort steps by time; those of one instant by stage of the procedure, and from a refusal on by arrival.

    Senders that know only dates send all steps of a day as of midnight. The submission that a refusal of that
    midnight is about may be replayed after it: the first one of the application stands before the refusal.
    """
    arrived = list(steps)
    first = dict[str, tuple[datetime, int]]()
    for place, step in enumerate(arrived):
        if step.type == "application.submitted":
            at = step.effective_at, place
            first[step.application] = min(at, first.get(step.application, at))
    refused = set[tuple[str, datetime]]()
    places: list[tuple[datetime, bool, int]] = []
    for place, step in enumerate(arrived):
        key = step.application, step.effective_at
        if step.type == "application.refused":
            refused.add(key)
        answers = key in refused and first.get(step.application) != (step.effective_at, place)
        way = 0 if answers else _ON_THE_WAY.get(step.type, 0)
        places.append((step.effective_at, answers, way))
    return [arrived[place] for place in sorted(range(len(arrived)), key=places.__getitem__)]


def compute_progress(steps: Iterable[ApplicationStep], application: str, day: date) -> ApplicationProgress:
    """Return the progress of one application of a member at the end of a civil date.

    ``steps`` come in order of arrival, which decides between two of the same type and instant.
    """
    current = [
        step for step in steps if step.application == application and civil_date(step.effective_at) <= day
    ]
    progress = ApplicationProgress()
    for step in _sort_steps(current):
        progress.apply(step)
    return progress


def application_facts(
    progress: ApplicationProgress, day: date, workdays: WorkdayTable
) -> Mapping[str, FactValue]:
    """Return the facts about an application that has come so far by the end of a civil date, keyed by path.

    *Source* for the days of a notice: Civil Code of the People's Republic of China, articles 201 and 203:
    the day on which it begins doesn't count, and the last day ends at midnight.
    """
    stages = list(progress.accepted)
    return {
        "application.submitted_on": None if progress.is_refused else progress.submitted_on,
        "application.applied_on": progress.first_submitted_on or day,
        "application.attachments": len(progress.attachments),
        "application.stages": tuple(stages),
        "application.order": tuple(f"{a}>{b}" for a, b in combinations(stages, 2)),
        "application.same_reviewer": tuple(_same_reviewer_pairs(progress.accepted)),
        "application.published_on": progress.published_on,
        "application.notice_days": notice_days(progress.published_on, day),
        "application.notice_work_days": notice_work_days(progress.published_on, day, workdays),
        "application.objections": progress.objections,
    }


def complete_application_facts(
    stated: Mapping[str, FactValue], day: date, workdays: WorkdayTable
) -> Mapping[str, FactValue]:
    """Return facts that somebody states of an application, with what would be known of it in life.

    Each stage counts as another reviewer's; what is stated itself stands.
    """
    stages, published_on = stated.get("application.stages"), stated.get("application.published_on")
    progress = ApplicationProgress(
        accepted={stage: stage for stage in stages} if isinstance(stages, tuple) else {},
        published_on=published_on if isinstance(published_on, date) else None,
    )
    known = {path: value for path, value in stated.items() if value is not None}
    return {**stated, **application_facts(progress, day, workdays), **known}


def _same_reviewer_pairs(accepted: Mapping[str, str | None]) -> Iterator[str]:
    """Yield pairs of stages, in both orders, that are not known to have different reviewers."""
    for (a, one), (b, other) in combinations(accepted.items(), 2):
        if one is None or other is None or one == other:
            yield from (f"{a}={b}", f"{b}={a}")


def notice_days(published_on: date | None, day: date) -> int:
    """Return the full days between the day of publication and ``day``; 0 without a publication."""
    return max(0, (day - published_on).days - 1) if published_on else 0


def notice_work_days(published_on: date | None, day: date, workdays: WorkdayTable) -> int | None:
    """Return the work-days among the full days of a notice; None if a year's calendar isn't known.

    Counts at most ``LONGEST_NOTICE_DAYS``.
    """
    count = 0
    for offset in range(1, notice_days(published_on, day) + 1):
        assert published_on
        kind = workdays.kind_of_day(published_on + timedelta(days=offset))
        if kind is DayKind.UNKNOWN:
            return None
        count += kind is DayKind.WORKDAY
        if count == LONGEST_NOTICE_DAYS:
            break
    return count


def steps_by_application(steps: Iterable[ApplicationStep]) -> Mapping[str, Sequence[ApplicationStep]]:
    """Return a member's steps by application, each in order of time, for display."""
    found: dict[str, list[ApplicationStep]] = {}
    for step in _sort_steps(steps):
        found.setdefault(step.application, []).append(step)
    return found


_COLUMNS = [application_steps.c[name] for name in ApplicationStep.__slots__]
_READ = (
    select(*_COLUMNS)
    .where(application_steps.c.member_id.in_(bindparam("members", expanding=True)))
    .order_by(application_steps.c.sequence)
)


def read_application_steps(
    connection: Connection, members: Iterable[str]
) -> dict[str, list[ApplicationStep]]:
    """Return all application steps of some members, in order of arrival.

    One query, none without members, and one a reading transaction for one member.
    """
    given = tuple(dict.fromkeys(members))
    read = partial(_read_steps, connection, given)
    found = read_once(connection, ("application steps", *given), read) if len(given) == 1 else read()
    return {member: [*steps] for member, steps in found.items()}


def _read_steps(connection: Connection, members: Sequence[str]) -> dict[str, list[ApplicationStep]]:
    found: dict[str, list[ApplicationStep]] = {member: [] for member in members}
    if found:
        for row in connection.execute(_READ, {"members": list(found)}).mappings():
            digests = tuple(from_json(row["attachments"]))
            found[row["member_id"]].append(ApplicationStep(**{**row, "attachments": digests}))
    return found


def record_application_steps(connection: Connection, steps: Sequence[ApplicationStep]) -> None:
    """Append steps, in order."""
    if steps:
        connection.execute(insert(application_steps), [build_step_row(step) for step in steps])


def build_step_row(step: ApplicationStep) -> dict[str, object]:
    row = {name: getattr(step, name) for name in ApplicationStep.__slots__}
    return {**row, "attachments": to_json(step.attachments).decode()}


@dataclass(frozen=True, slots=True)
class RecordedApplicationAct:
    """What an officer did with an application, and why."""

    member_id: str
    application: str
    kind: str
    stage: str | None
    event_id: str
    officer: str
    acted_at: datetime
    reason: str


def record_application_act(connection: Connection, act: RecordedApplicationAct) -> None:
    """Append an act."""
    row = {name: getattr(act, name) for name in RecordedApplicationAct.__slots__}
    connection.execute(insert(application_acts).values(row))


def list_application_acts(
    connection: Connection, member_id: str, application: str
) -> list[RecordedApplicationAct]:
    """List what officers did with an application, in order."""
    c = application_acts.c
    query = select(*(c[name] for name in RecordedApplicationAct.__slots__))
    query = query.where(c.member_id == member_id, c.application == application).order_by(c.sequence)
    return [RecordedApplicationAct(**row) for row in connection.execute(query).mappings()]


def find_act_reason(connection: Connection, member_id: str, event_id: str | None) -> str:
    """Return what was written beside an act on a member's application, by its event; empty if nothing was."""
    c = application_acts.c
    query = select(c.reason).where(c.member_id == member_id, c.event_id == event_id)
    return connection.execute(query).scalars().first() or ""


def erase_application_acts(connection: Connection, member_id: str) -> int:
    """Delete the acts on a member's applications; return the number of rows."""
    c = application_acts.c
    return connection.execute(delete(application_acts).where(c.member_id == member_id)).rowcount
