"""How far an application has come in its rule's process, and by which day the next step is due. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from core.civil_time import civil_date, start_of_day
from geo.calendars import WorkdayTable
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

WORK_DAYS_OF_A_STEP = 10  # within which officers decide, publish, confirm and answer objections
StageKind = Literal[
    "review", "publish", "notice", "objections", "confirm", "returned", "confirmed", "withdrawn"
]
OPEN_STAGES: tuple[StageKind, ...] = ("review", "publish", "notice", "objections", "confirm", "returned")
_LONGEST_SEARCH_DAYS = 4 * LONGEST_NOTICE_DAYS
ActKind = Literal[
    "accept", "return", "publish", "object", "dismiss", "uphold", "confirm", "withdraw", "resubmit"
]
ACTS_OF_STAGES: Mapping[StageKind, tuple[ActKind, ...]] = MappingProxyType(
    {
        "review": ("accept", "return", "resubmit", "withdraw"),
        "returned": ("resubmit", "withdraw"),
        "publish": ("publish", "return", "withdraw"),
        "notice": ("object", "return", "withdraw"),
        "objections": ("dismiss", "uphold", "object", "withdraw"),
        "confirm": ("confirm", "object", "return", "withdraw"),
        "confirmed": (),
        "withdrawn": (),
    }
)


@dataclass(frozen=True, slots=True)
class ApplicationTerms:
    """What the rules in force ask of applications for a programme, taken together."""

    reviews: tuple[str, ...] = ()
    attachments: int = 0
    notice_days: int = 0
    counts_work_days: bool = False


@dataclass(frozen=True, slots=True)
class ApplicationStage:
    """The stage of an application. ``due`` is the last day of its next step; None: nobody's step, or not known."""

    kind: StageKind
    since: date
    due: date | None = None
    review: str | None = None
    progress: ApplicationProgress | None = None

    @property
    def key(self) -> str:
        """The queue that it is in: the stage, and which review."""
        return f"review:{self.review}" if self.review else self.kind

    def is_overdue(self, day: date) -> bool:
        """Return whether the step should have been done before a day; the end of a notice is no step."""
        return self.kind != "notice" and self.due is not None and self.due < day


def combine_processes(processes: Iterable[Process]) -> ApplicationTerms:
    """Return what several rules of a programme ask together: every stage of review, and the longest notice."""
    found = tuple(processes)
    notices = [one.public_notice for one in found if one.public_notice]
    longest = max(notices, key=lambda one: (one.days, one.counted == "work_days"), default=None)
    return ApplicationTerms(
        tuple(dict.fromkeys(stage for one in found for stage in one.reviews)),
        max((one.attachments for one in found), default=0),
        longest.days if longest else 0,
        bool(longest and longest.counted == "work_days"),
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
    due = _due_day(since, workdays)
    if last.type == "application.confirmed":
        return ApplicationStage("confirmed", since, progress=progress)
    if last.type == "application.withdrawn":
        return ApplicationStage("withdrawn", since, progress=progress)
    if last.accepted is False:
        return ApplicationStage("returned", since, progress=progress)
    for review in terms.reviews:
        if review not in progress.accepted:
            return ApplicationStage("review", since, due, review, progress)
    if progress.objections:
        return ApplicationStage("objections", since, due, progress=progress)
    return _after_reviews(progress, terms, since, day, workdays)


def _after_reviews(
    progress: ApplicationProgress, terms: ApplicationTerms, since: date, day: date, workdays: WorkdayTable
) -> ApplicationStage:
    if not terms.notice_days:
        return ApplicationStage("confirm", since, _due_day(since, workdays), progress=progress)
    if progress.published_on is None:
        return ApplicationStage("publish", since, _due_day(since, workdays), progress=progress)
    last_day = find_notice_end(progress.published_on, terms, workdays)
    if last_day is None or day <= last_day:
        return ApplicationStage("notice", progress.published_on, last_day, progress=progress)
    begun = max(last_day, since)
    return ApplicationStage("confirm", begun, _due_day(begun, workdays), progress=progress)


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


def _due_day(since: date, workdays: WorkdayTable) -> date:
    return civil_date(compute_due(start_of_day(since), WORK_DAYS_OF_A_STEP, workdays)) - timedelta(days=1)
