"""Data of the keeper's page: finished texts, so that the template decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.civil_time import CIVIL_TIME, civil_date
from core.text_marks import N_
from geo.hours import USUAL_HOURS, USUAL_HOURS_ON_HOLIDAY, Schedules
from geo.nearest.filters import opening_for_status
from geo.registry.reports import KeeperAnswer, NumberedReport, RiderReport
from geo.station import OpeningState
from geo.status.live import build_live_summary
from geo.status.live_status import LiveState
from geo.status.statements import ReporterRole, ReportKind, StatusReport, list_fitting_answers
from yihui.frame.cells import shorten_days
from yihui.http.rider.cards import StationCard, district_card, format_clock
from yihui.runtime.language import DEFAULT_LANGUAGE, Language
from yihui.runtime.language import load_language as language_of
from yihui.services.members.date_presets import DatePreset, list_date_presets
from yihui.services.stations.keepers import KeeperStation, Kept
from yihui.views.checklist import ChecklistItem, build_checklist, inspection_text, standard_source
from yihui.views.hours_by_day import format_day_span, format_plain_day
from yihui.views.labels import FACILITY_LABELS, STATION_KIND_LABELS, code_label
from yihui.views.live_status import live_notes
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
        if not report.is_answered:
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
            format_clock(report.status_report.at, now, language),
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
        at=format_clock(saying.at, now, language),
        numbers=[report.number for report in alike],
        choices=[(answer.value, language.translate(KEEPER_ANSWER_TEXTS[answer])) for answer in answers],
    )


def _answered(answer: KeeperAnswer, now: datetime, language: Language) -> str:
    words = language.translate(KEEPER_ANSWER_TEXTS[answer.answer])
    if answer.note:
        return language.render(
            N_("answered {time}: {answer} ({note})"),
            time=format_clock(answer.at, now, language),
            answer=words,
            note=answer.note,
        )
    return language.render(
        N_("answered {time}: {answer}"), time=format_clock(answer.at, now, language), answer=words
    )


_USUAL_FACILITIES = ("water", "microwave", "aircon", "seats", "medicine", "charging", "toilet")
_UNCLEAR = N_("Write the opening hours clearly below.")
_HOLIDAY = N_("Write the hours of the holiday under “Special dates”, also if they are the usual ones.")
_REASONS = (N_("no electricity"), N_("no water"), N_("repairs"), N_("short of staff"))


@dataclass(frozen=True, slots=True)
class RiderStatusView:
    """The rider's card of the station, and what the keeper can do about what it doesn't know."""

    card: StationCard
    advice: str
    at: str


@dataclass(frozen=True, slots=True)
class FormOption:
    """An option of a form: the code that is sent and the text that is shown."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class AnnouncedDates:
    """Special dates still in force; ``which`` is the id that a form sends to withdraw them, empty for an officer's."""

    which: str
    days: str
    words: str


@dataclass(frozen=True, slots=True)
class DatesOption:
    """Days to choose from; ``words`` is the date range as text."""

    code: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class KeeperPageView:
    """The whole page of one station."""

    id: str
    name: str
    kind: str
    address: str
    seen: RiderStatusView
    waiting: Sequence[PendingReports]
    answered: Sequence[AnsweredReport]
    working: Sequence[FormOption]
    broken: Sequence[FormOption]
    reasons: Sequence[FormOption]
    announced: Sequence[AnnouncedDates]
    presets: Sequence[DatesOption]
    usual: str  # notice of presets whose days off are not published yet; empty if all are published
    items: Sequence[ChecklistItem]
    is_all_there: bool  # by what is known, nothing on the checklist is missing or broken
    settled: Sequence[str]  # what riders no longer read after an inspection that found all of it there
    standard: str
    inspected: str
    closed_today: str  # id of the announcement that closes the station today; empty if there is none
    told_otherwise: bool  # a report says crowded or closed; the keeper may say that one gets in
    is_closed_by_hours: bool  # the keeper may say until when one gets in today
    today: str


def build_keeper_view(known: KeeperStation, language: Language) -> KeeperPageView:
    """Build the page in the keeper's language."""
    station, live = known.station, known.live
    broken = sorted(live.broken_facilities & FACILITY_LABELS.keys())
    today = civil_date(known.now)
    offered = list_date_presets(today)
    working = [
        code
        for code in FACILITY_LABELS
        if code in (station.facilities or _USUAL_FACILITIES) and code not in broken
    ]
    shut = {status.state for status in live.statuses} & {LiveState.CLOSED, LiveState.CROWDED}
    closed_today = _closed_today(known)
    items = build_checklist(station, live, language)
    inspected = "" if known.inspection is None else inspection_text(known.inspection, language)
    return KeeperPageView(
        id=station.id,
        name=station.name,
        kind=code_label(STATION_KIND_LABELS, station.kind, language),
        address=station.address,
        seen=_seen(known, language),
        waiting=group_pending_reports(known.reports, known.now, language),
        answered=list_answered_reports(known.reports, known.now, language),
        working=_facilities(working, language),
        broken=_facilities(broken, language),
        reasons=[FormOption(translate_for_riders(reason), language.translate(reason)) for reason in _REASONS],
        announced=_announced(known, language),
        presets=[
            DatesOption(one.code, language.translate(one.name), _short(one.first, one.last, language))
            for one in offered
        ],
        usual=_usual(offered, language),
        items=items,
        is_all_there=all(item.is_there for item in items),
        settled=_list_settled(known, language),
        standard=standard_source(station.kind, language),
        inspected=shorten_days(inspected, language, today),
        closed_today=closed_today,
        told_otherwise=bool(shut) and not closed_today,
        is_closed_by_hours=known.is_closed_by_hours,
        today=today.isoformat(),
    )


def _seen(known: KeeperStation, language: Language) -> RiderStatusView:
    """Return what the rider's card of the station says of its door, in the card's own words."""
    station, live, now = known.station, known.live, known.now
    plain = Schedules.compile([(station.hours_text, station.calendar)])
    schedules = plain.with_special_hours({0: live.spells}) if live.spells else plain
    opening = opening_for_status(station.status) or schedules.opening(int(schedules.ids[0]), now)
    card = district_card(station, opening, now, language, {station.id: live}, None, civil_date(now))
    advice = ""
    if opening.state is OpeningState.UNKNOWN or opening.may_open_sooner:
        advice = language.translate(_UNCLEAR)
    elif opening.reason == USUAL_HOURS_ON_HOLIDAY:
        advice = language.translate(_HOLIDAY)
    return RiderStatusView(card, advice, f"{now.astimezone(CIVIL_TIME):%H:%M}")


def _list_settled(known: KeeperStation, language: Language) -> list[str]:
    """List what riders no longer read once an inspection has found nothing missing."""
    id, now, today = known.station.id, known.now, civil_date(known.now)
    found = StatusReport("~", id, now, ReporterRole.KEEPER, ReportKind.INSPECTED, first=today, last=today)
    words = [*(word.status_report for word in known.words), found]
    after = build_live_summary(words, now, readings=known.readings).statuses_at(now)
    left = {status.facility or status.reason for status in after}
    ended = [one for one in known.live.statuses_at(now) if (one.facility or one.reason) not in left]
    return [shorten_days(note, language, today) for note in live_notes(ended, language)]


def translate_for_riders(words: str) -> str:
    """Translate our text to the default language, since riders read a keeper's text exactly as sent."""
    return language_of(DEFAULT_LANGUAGE).translate(words)


def _facilities(codes: Sequence[str], language: Language) -> list[FormOption]:
    return [FormOption(code, code_label(FACILITY_LABELS, code, language)) for code in codes]


def _usual(offered: Sequence[DatePreset], language: Language) -> str:
    years = sorted({str(one.last.year) for one in offered if not one.is_known})
    if not years:
        return ""
    unknown = N_("The days off of {years} are not known here yet: these are the usual ones, please check.")
    return language.render(unknown, years=" ".join(years))


def _short(first: date, last: date, language: Language) -> str:
    days = dict.fromkeys(format_plain_day(day, language) for day in (first, last))
    return " – ".join(days)


def _announced(known: KeeperStation, language: Language) -> list[AnnouncedDates]:
    """Return announced special dates that are not over and that no later announcement covers entirely."""
    closed = language.translate(N_("closed all day"))
    words = [
        word.status_report
        for word in known.words
        if word.status_report.what is ReportKind.HOURS and _holds(word, known)
    ]
    return [
        AnnouncedDates(_own_id(saying), format_day_span(*saying.days, language), saying.hours_text or closed)
        for saying in sorted(words, key=lambda saying: saying.days)
        if saying.hours_text != USUAL_HOURS
    ]


def list_replaced_dates(known: KeeperStation, act: Kept, language: Language) -> list[tuple[str, str]]:
    """List the announced days with other hours that an announcement of hours would replace, as days and hours."""
    closed, closed_today = language.translate(N_("closed all day")), _closed_today(known)
    found: list[tuple[str, str]] = []
    for word in known.words:
        saying, hours = word.status_report, word.status_report.hours_text or ""
        if (saying.what is not ReportKind.HOURS and saying.id != closed_today) or hours == USUAL_HOURS:
            continue
        days = [
            day
            for day in _list_held_days(word, known)
            if act.first and act.last and act.first <= day <= act.last
        ]
        if days and hours != act.hours_text:
            found.append((format_day_span(days[0], days[-1], language), hours or closed))
    return found


def _holds(word: NumberedReport, known: KeeperStation) -> bool:
    return bool(_list_held_days(word, known))


def _list_held_days(word: NumberedReport, known: KeeperStation) -> list[date]:
    """List the days of an announcement, today or later, that no later announcement covers."""
    first, last = word.status_report.days
    later = [
        other.status_report.days
        for other in known.words
        if other.status_report.what in (ReportKind.HOURS, ReportKind.CLOSED_DAY)
        and other.status_report.order > word.status_report.order
    ]
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day >= civil_date(known.now) and not any(a <= day <= b for a, b in later)]


def _closed_today(known: KeeperStation) -> str:
    """Return the id of the keepers' announcement in force that closes the station today; empty if there is none."""
    today = civil_date(known.now)
    for word in reversed(known.words):
        saying = word.status_report
        if (
            saying.what in (ReportKind.HOURS, ReportKind.CLOSED_DAY)
            and saying.days[0] <= today <= saying.days[1]
        ):
            closed = saying.what is ReportKind.CLOSED_DAY or not saying.hours_text
            return _own_id(saying) if closed and _is_shut(known) else ""
    return ""


def _own_id(saying: StatusReport) -> str:
    """Return the id by which keepers take an announcement back; none for an officer's, which is hers."""
    return saying.id if saying.voice is ReporterRole.KEEPER else ""


def _is_shut(known: KeeperStation) -> bool:
    """Return whether an announcement closes the station now and no later one has reopened it."""
    return any(
        spell.hours_text is None and spell.promised and spell.start <= known.now < spell.end
        for spell in known.live.spells
    )
