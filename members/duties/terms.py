"""By when an organisation owes what: the numbers that an administrator sets (decision 0055)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from members.duties.messages import ReportKind

DuesEvery = Literal["quarter", "year"]


@dataclass(frozen=True, slots=True)
class DutyTerms:
    """The terms of the yearly cycle. Days are counted from the end of a period.

    Nothing is owed for a period that ended before ``since``: what happened before Yihui is not known.
    """

    since: date = date(2026, 1, 1)
    term_years: int = 5
    reminder_days: int = 90  # before a term ends
    count_days: int = 31
    dues_every: DuesEvery = "quarter"
    dues_days: int = 30
    reports: Sequence[ReportKind] = ("statistics",)
    report_days: int = 60


DEFAULT_DUTY_TERMS = DutyTerms()
