"""The times within which a case is dispatched, accepted and closed, by category: the one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core.text_marks import N_

CaseCategory = Literal["benefit", "membership", "rights", "hardship", "station", "complaint", "other"]
CaseChannel = Literal["call", "page", "transfer"]

DISPATCH_WITHIN = timedelta(hours=1)  # a clear case, on any day of the week
UNCLEAR_WORK_DAYS = 1  # until a case that has to be cleared up first is dispatched
ACCEPT_WORK_DAYS = 1  # until a unit accepts what was dispatched to it
ESCALATION_PERCENTS = (80, 100)
SUSPENDED_WORK_DAYS = 5  # where the officer names no last day
LONGEST_SUSPENSION = timedelta(days=30)  # at once
MOST_SUSPENDED = timedelta(days=90)  # of one case in all
CHANNEL_TITLES: Mapping[CaseChannel, str] = {
    "call": N_("a call (hotline)"),
    "page": N_("the page (hotline)"),
    "transfer": N_("transferred from another office (hotline)"),
}


@dataclass(frozen=True, slots=True)
class CategoryTerms:
    """The title of a category, and the work-days of the main and of the assisting unit."""

    title: str
    main_work_days: int
    assisting_work_days: int


TERMS: Mapping[CaseCategory, CategoryTerms] = {
    "benefit": CategoryTerms(N_("a benefit (hotline)"), 3, 2),
    "membership": CategoryTerms(N_("membership (hotline)"), 3, 2),
    "rights": CategoryTerms(N_("rights at work (hotline)"), 5, 3),
    "hardship": CategoryTerms(N_("hardship (hotline)"), 5, 3),
    "station": CategoryTerms(N_("a station (hotline)"), 3, 2),
    "complaint": CategoryTerms(N_("a complaint (hotline)"), 10, 5),
    "other": CategoryTerms(N_("something else (hotline)"), 5, 3),
}
