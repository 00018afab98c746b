"""Riders' reports on the keeper's page, and the answers that a keeper may give to each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.text_marks import N_
from geo.registry import KeeperAnswer, RiderReport
from geo.status.live_status import format_report_time
from geo.status.statements import ReportKind, list_fitting_answers
from yihui.runtime.language import Language
from yihui.views.report_texts import KEEPER_ANSWER_TEXTS, observation_text


@dataclass(frozen=True, slots=True)
class PendingReports:
    """Reports of one thing that wait for an answer; ``choices`` are (code, text) of the possible answers."""

    words: str
    at: str  # of the newest report
    numbers: Sequence[str]
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AnsweredReport:
    """One report that the keeper has answered."""

    number: str
    words: str
    at: str
    answer: str


def group_pending_reports(
    reports: Sequence[RiderReport], now: datetime, language: Language
) -> list[PendingReports]:
    """Return the unanswered reports, newest first; reports of the same thing form one group."""
    together: dict[tuple[ReportKind, frozenset[str]], list[RiderReport]] = {}
    for report in reports:
        if not report.answers:
            together.setdefault((report.status_report.what, report.status_report.facilities), []).append(
                report
            )
    return [_waiting(alike, now, language) for alike in together.values()]


def list_answered_reports(
    reports: Sequence[RiderReport], now: datetime, language: Language
) -> list[AnsweredReport]:
    """Return the answered reports, newest report first."""
    return [
        AnsweredReport(
            report.number,
            observation_text(report.status_report, language),
            format_report_time(report.status_report.at, now),
            _answered(report.answers[-1], now, language),
        )
        for report in reports
        if report.answers
    ]


def _waiting(alike: Sequence[RiderReport], now: datetime, language: Language) -> PendingReports:
    saying = alike[0].status_report
    answers = list_fitting_answers(saying.what)
    return PendingReports(
        words=observation_text(saying, language),
        at=format_report_time(saying.at, now),
        numbers=[report.number for report in alike],
        choices=[(answer.value, language.translate(KEEPER_ANSWER_TEXTS[answer])) for answer in answers],
    )


def _answered(answer: KeeperAnswer, now: datetime, language: Language) -> str:
    words = language.translate(KEEPER_ANSWER_TEXTS[answer.answer])
    if answer.note:
        return language.render(
            N_("answered {time}: {answer} ({note})"),
            time=format_report_time(answer.at, now),
            answer=words,
            note=answer.note,
        )
    return language.render(
        N_("answered {time}: {answer}"), time=format_report_time(answer.at, now), answer=words
    )
