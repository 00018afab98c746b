"""How far an application has come in its rule's process, and by which day the next step is due. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from core.calendars import WorkdayTable
from core.civil_time import civil_date, start_of_day
from members import ApplicationStep, steps_by_application
from members.applications import (
    LONGEST_NOTICE_DAYS,
    ApplicationProgress,
    compute_progress,
    notice_days,
    notice_work_days,
)
from members.hotline.working_time import compute_due
from rules import Process

WORK_DAYS_OF_A_STEP = 10  # within which officers finish a stage of which no rule states the days
StageKind = Literal[
    "review", "publish", "notice", "objections", "confirm", "returned", "confirmed", "withdrawn", "refused"
]
OPEN_STAGES: tuple[StageKind, ...] = ("review", "publish", "notice", "objections", "confirm", "returned")
_LONGEST_SEARCH_DAYS = 4 * LONGEST_NOTICE_DAYS
ActKind = Literal[
    "accept",
    "return",
    "refuse",
    "publish",
    "object",
    "dismiss",
    "uphold",
    "confirm",
    "withdraw",
    "resubmit",
    "appeal",
]
ACTS_OF_STAGES: Mapping[StageKind, tuple[ActKind, ...]] = {
    "review": ("accept", "return", "refuse", "resubmit", "withdraw"),
    "returned": ("refuse", "resubmit", "withdraw"),
    "publish": ("publish", "return", "refuse", "withdraw"),
    "notice": ("object", "return", "refuse", "withdraw"),
    "objections": ("dismiss", "uphold", "object", "refuse", "withdraw"),
    "confirm": ("confirm", "object", "return", "refuse", "withdraw"),
    "confirmed": (),
    "withdrawn": (),
    "refused": ("appeal",),
}
DECIDING = frozenset({"accept", "confirm", "refuse", "return", "uphold", "withdraw"})
"""The acts that other officers do about an appeal than those who refused."""
ENDS: Mapping[str, StageKind] = {
    "application.confirmed": "confirmed",
    "application.withdrawn": "withdrawn",
    "application.refused": "refused",
}
"""The steps after which nothing of an application waits, and the stage in which it is then."""
FIELDS_OF_ALL_STEPS = ("programme", "year", "application")
FIELDS_OF_STEPS: Mapping[str, frozenset[str]] = {
    "application.submitted": frozenset({"attachments"}),
    "application.reviewed": frozenset({"accepted", "stage", "reviewer", "objections", "resubmit_until"}),
    "application.published": frozenset({"objections"}),
    "application.confirmed": frozenset(),
    "application.withdrawn": frozenset(),
    "application.refused": frozenset({"reviewer"}),
    "application.appealed": frozenset({"attachments"}),
}
"""What the acts on an application state of a step itself; everything else goes on from its submission."""


@dataclass(frozen=True, slots=True)
class ApplicationTerms:
    """What the rules in force ask of applications for a programme, taken together."""

    reviews: tuple[str, ...] = ()
    attachments: int = 0
    notice_days: int = 0
    counts_work_days: bool = False
    # Of a stage of review by its name, and of the others
    work_days: Mapping[str, int] = field(default_factory=dict)

    def work_days_of(self, stage: str) -> int:
        """Return within how many work-days officers finish a stage."""
        return self.work_days.get(stage, WORK_DAYS_OF_A_STEP)


@dataclass(frozen=True, slots=True)
class ApplicationStage:
    """The stage of an application. ``due`` is the last day of its next step; None: nobody's step, or not known."""

    kind: StageKind
    since: date
    due: date | None = None
    review: str | None = None
    progress: ApplicationProgress | None = None
    work_days: int | None = None  # within which the stage is to be finished

    @property
    def key(self) -> str:
        """The queue that it is in: the stage, and which review."""
        return f"review:{self.review}" if self.review else self.kind

    @property
    def is_appeal(self) -> bool:
        """Whether it waits because its member appealed against a refusal."""
        return self.kind in OPEN_STAGES and self.progress is not None and self.progress.appeal is not None

    def is_overdue(self, day: date) -> bool:
        """Return whether the step should have been done before a day; the end of a notice is no step."""
        return self.kind != "notice" and self.due is not None and self.due < day


def list_acts_left(
    terms: ApplicationTerms, progress: ApplicationProgress
) -> list[tuple[ActKind, str | None]]:
    """Return what officers still have to do until an application is confirmed, with the stage of each review."""
    acts: list[tuple[ActKind, str | None]] = [
        ("accept", stage) for stage in terms.reviews if stage not in progress.accepted
    ]
    if terms.notice_days and (acts or progress.published_on is None):
        acts.append(("publish", None))
    return [*acts, ("confirm", None)]


def combine_processes(processes: Iterable[Process]) -> ApplicationTerms:
    """Return what several rules of a programme ask together.

    That is every stage of review, the longest notice, and of each stage the fewest work-days that a rule states.
    """
    found = tuple(processes)
    notices = [one.public_notice for one in found if one.public_notice]
    longest = max(notices, key=lambda one: (one.days, one.counted == "work_days"), default=None)
    return ApplicationTerms(
        tuple(dict.fromkeys(stage for one in found for stage in one.reviews)),
        max((one.attachments for one in found), default=0),
        longest.days if longest else 0,
        bool(longest and longest.counted == "work_days"),
        {
            stage: min(one.work_days[stage] for one in found if stage in one.work_days)
            for stage in dict.fromkeys(stage for one in found for stage in one.work_days)
        },
    )


def compute_stage(
    steps: Sequence[ApplicationStep],
    application: str,
    terms: ApplicationTerms,
    day: date,
    workdays: WorkdayTable,
) -> ApplicationStage | None:
    """Return the stage of an application at the end of a day; None if it had no step by then."""
    known = [one for one in steps if civil_date(one.effective_at) <= day]
    taken = steps_by_application(known).get(application)
    if not taken:
        return None
    last = taken[-1]
    since, progress = civil_date(last.effective_at), compute_progress(steps, application, day)
    if progress.is_refused and (refusal := progress.last_refusal):
        return ApplicationStage("refused", civil_date(refusal.effective_at), progress=progress)
    if last.type in ENDS:
        return ApplicationStage(ENDS[last.type], since, progress=progress)
    if last.accepted is False:
        return ApplicationStage("returned", since, progress=progress)
    for review in terms.reviews:
        if review not in progress.accepted:
            days = terms.work_days_of(review)
            return ApplicationStage("review", since, _due_day(since, days, workdays), review, progress, days)
    if progress.objections:
        return _officers_stage("objections", since, terms, progress, workdays)
    return _after_reviews(progress, terms, since, day, workdays)


def _after_reviews(
    progress: ApplicationProgress, terms: ApplicationTerms, since: date, day: date, workdays: WorkdayTable
) -> ApplicationStage:
    if not terms.notice_days:
        return _officers_stage("confirm", since, terms, progress, workdays)
    if progress.published_on is None:
        return _officers_stage("publish", since, terms, progress, workdays)
    last_day = find_notice_end(progress.published_on, terms, workdays)
    if last_day is None or day <= last_day:
        return ApplicationStage("notice", progress.published_on, last_day, progress=progress)
    return _officers_stage("confirm", max(last_day, since), terms, progress, workdays)


def _officers_stage(
    kind: StageKind,
    since: date,
    terms: ApplicationTerms,
    progress: ApplicationProgress,
    workdays: WorkdayTable,
) -> ApplicationStage:
    days = terms.work_days_of(kind)
    return ApplicationStage(kind, since, _due_day(since, days, workdays), progress=progress, work_days=days)


def find_notice_end(published_on: date, terms: ApplicationTerms, workdays: WorkdayTable) -> date | None:
    """Return the last full day of a public notice; None if the calendar of its days isn't known."""
    for offset in range(1, _LONGEST_SEARCH_DAYS):
        after = published_on + timedelta(days=offset + 1)
        shown: int | None = notice_days(published_on, after)
        if terms.counts_work_days:
            shown = notice_work_days(published_on, after, workdays)
        if shown is None:
            return None
        if shown >= terms.notice_days:
            return published_on + timedelta(days=offset)
    return None


def _due_day(since: date, work_days: int, workdays: WorkdayTable) -> date:
    return civil_date(compute_due(start_of_day(since), work_days, workdays)) - timedelta(days=1)
