"""Follow up one rider's report: which riders agreed, and which official report came after it."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.civil_time import civil_date
from geo.status.statements import (
    DOOR_KINDS,
    SHUT_KINDS,
    ReportKind,
    StatusReport,
    expires_at,
)


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """The outcome of a report; ``agreeing`` other riders reported the same while it lasted.

    ``confirmed`` and ``settled`` are the first later official reports that confirm it and that end it.
    An official report after ``settled`` concerns a new matter.
    """

    agreeing: int = 0
    confirmed: StatusReport | None = None
    settled: StatusReport | None = None


def find_report_outcome(report: StatusReport, sayings: Iterable[StatusReport]) -> ReportOutcome:
    """Return the outcome of a report among the reports on the same station, given in any order."""
    others = sorted((other for other in sayings if other.id != report.id), key=lambda other: other.order)
    lasts = expires_at(report) - report.at
    agreeing = {
        other.network
        for other in others
        if other.counts and not other.is_official and other.network not in ("", report.network)
        if abs(other.at - report.at) < lasts and _agrees(other, report)
    }
    official = [other for other in others if other.is_official and other.order > report.order]
    settled = next((word for word in official if _settles(word, report)), None)
    until = official if settled is None else official[: official.index(settled)]
    return ReportOutcome(
        len(agreeing), next((word for word in until if _agrees(word, report)), None), settled
    )


def _agrees(other: StatusReport, report: StatusReport) -> bool:
    if report.what in SHUT_KINDS:
        closed_today = other.what is ReportKind.CLOSED_DAY and other.days[0] == civil_date(report.at)
        return other.what in SHUT_KINDS or closed_today
    if report.what is ReportKind.BROKEN:
        return (
            other.what in (ReportKind.BROKEN, ReportKind.INSPECTED) and report.facilities <= other.facilities
        )
    return other.what is report.what and other.facilities == report.facilities


def _settles(word: StatusReport, report: StatusReport) -> bool:
    """Return whether an official report ends what the rider's report stated."""
    if report.what is ReportKind.FINE:
        return False
    if word.is_all_clear:
        return True
    if report.what is ReportKind.BROKEN:
        mended = word.what is ReportKind.FINE and report.facilities <= word.facilities
        return mended or (word.what is ReportKind.INSPECTED and not report.facilities <= word.facilities)
    if word.what is ReportKind.INSPECTED:
        return True
    wanted = ReportKind.IN_PLACE if report.what is ReportKind.WRONG_PLACE else ReportKind.LET_IN
    return word.what is wanted and (report.what in DOOR_KINDS or wanted is ReportKind.IN_PLACE)
