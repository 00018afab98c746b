"""Parse a keeper's form: its acts, or all its faults at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from core.civil_time import civil_date, parse_civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.hours import USUAL_HOURS
from geo.messages import Answer
from geo.registry.reports import NumberedReport
from geo.status.live_status import LiveState
from geo.status.notices import ANNOUNCED, list_replacement_notices
from geo.status.statements import ReporterRole, ReportKind, StatusReport, list_fitting_answers
from yihui.http.body import FormFields, form_value
from yihui.http.keeper.view import translate_for_riders
from yihui.runtime.language import Language
from yihui.services.events.special_dates import SpecialDays, parse_special_days
from yihui.services.members.date_presets import list_date_presets
from yihui.services.stations.keepers import KeeperStation, Kept
from yihui.views.checklist import build_checklist
from yihui.views.labels import FACILITY_LABELS

RECENT = timedelta(days=1)  # within which a keeper takes back what she said and changed
_YES, _NO = "yes", "no"
KEEPER_FORM_FAULTS = FaultTable(
    "keeper_form",
    {
        "no_act": (N_("this page can't do what was sent"), N_("open the page anew")),
        "no_facility": (N_("there is no such facility"), N_("choose one from the page")),
        "unsaid": (N_("“{value}”: neither yes nor no was chosen"), N_("choose one of the two")),
        "not_all": (
            N_("a line says no, or something is known to be missing or broken"),
            N_("choose yes or no for each line"),
        ),
        "no_report": (
            N_("no report {value} waits here for this answer"),
            N_("open the page anew; it may have been answered already"),
        ),
        "over": (
            N_("this holds no more"),
            N_("nothing is left to do; the page above shows what holds now"),
        ),
    },
)


def parse_keeper_acts(sent: FormFields, known: KeeperStation, key: str, language: Language) -> list[Kept]:
    """Parse a form, sent under a key, into the keeper's acts, in order; empty if nothing is left to do.

    *Raises*: FaultError.
    """
    if form_value(sent, "act") == "undo":
        return _undone(sent, known, key)
    read_act = _PARSERS.get(form_value(sent, "act"))
    if read_act is None:
        raise FaultError(KEEPER_FORM_FAULTS.build("no_act", field="act"))
    return read_act(sent, known, language)


def _closed_today(sent: FormFields, known: KeeperStation, language: Language) -> list[Kept]:
    return [Kept(act="closed_today", reason=form_value(sent, "reason") or None)]


def _hours(sent: FormFields, known: KeeperStation, language: Language) -> list[Kept]:
    found, note = parse_special_dates(sent, known, language)
    return [
        Kept(
            act="hours", first=found.first, last=found.last, hours_text=found.hours_text, reason=note or None
        )
    ]


def _facility(sent: FormFields, known: KeeperStation, language: Language) -> list[Kept]:
    code = form_value(sent, "facility")
    if code not in FACILITY_LABELS:
        raise FaultError(KEEPER_FORM_FAULTS.build("no_facility", field="facility"))
    return [Kept(act="broken" if form_value(sent, "act") == "broken" else "repaired", facility=code)]


def _crowded(sent: FormFields, known: KeeperStation, language: Language) -> list[Kept]:
    return [Kept(act="crowded")]


def _let_in(sent: FormFields, known: KeeperStation, language: Language) -> list[Kept]:
    return [*known.open_today(form_value(sent, "until")), Kept(act="let_in")]


def _inspected(sent: FormFields, known: KeeperStation, language: Language) -> list[Kept]:
    """Build the inspection from the standard's items; report each other missing facility as broken."""
    items = build_checklist(known.station, known.live, language)
    is_denied = any(form_value(sent, f"is_{item.code}") == _NO or not item.is_there for item in items)
    if "all" in sent and is_denied:
        raise FaultError(KEEPER_FORM_FAULTS.build("not_all", field="all"))
    answers = {item.code: _YES if "all" in sent else form_value(sent, f"is_{item.code}") for item in items}
    unsaid = [item.words for item in items if answers[item.code] not in (_YES, _NO)]
    if unsaid:
        raise FaultError([KEEPER_FORM_FAULTS.build("unsaid", field="is", value=words) for words in unsaid])
    missing = [item.code for item in items if item.of_standard and answers[item.code] == _NO]
    others = [item.code for item in items if not item.of_standard and answers[item.code] == _NO]
    found = Kept(act="inspected", meets_standard=not missing, missing=missing)
    return [found, *(Kept(act="broken", facility=code) for code in others)]


def _answered(sent: FormFields, known: KeeperStation, language: Language) -> list[Kept]:
    """Give the same answer to every report of a group."""
    numbers, answer = sent.get("report", []), form_value(sent, "answer")
    fitting = {report.number: list_fitting_answers(report.status_report.what) for report in known.reports}
    strange = [number for number in numbers if answer not in fitting.get(number, ())]
    if strange or not numbers:
        raise FaultError(
            [
                KEEPER_FORM_FAULTS.build("no_report", field="report", value=number)
                for number in strange or [""]
            ]
        )
    note = form_value(sent, "note") or None
    hours = known.open_today(form_value(sent, "until")) if answer == Answer.OPEN_NOW else []
    answers = [Kept(act="answered", report=number, answer=Answer(answer), note=note) for number in numbers]
    return [*hours, *answers]


def _usual(sent: FormFields, known: KeeperStation, language: Language) -> list[Kept]:
    """Restore the usual hours for the remaining days of an announcement."""
    word = _word(sent, known, (ReportKind.HOURS, ReportKind.CLOSED_DAY))
    first, last = word.status_report.days
    first = max(first, civil_date(known.now))
    return [Kept(act="hours", first=first, last=last, hours_text=USUAL_HOURS)]


def _undone(sent: FormFields, known: KeeperStation, key: str) -> list[Kept]:
    """Return the acts by which a keeper undoes a word of her own key, or days that any keeper announced."""
    word = _word(sent, known, tuple(_UNDOING))
    if not may_undo(word, known, key):
        raise _over()
    undo = _UNDOING[word.status_report.what]
    return [act for one in (word, *_list_mornings(word, known)) for act in undo(one, known)]


def _list_mornings(word: NumberedReport, known: KeeperStation) -> list[NumberedReport]:
    """List the hours of the next morning that were set together with those of a day."""
    said, found = word.status_report, list[NumberedReport]()
    for one in known.words:
        other = one.status_report
        is_together = (other.what, other.at, other.who) == (ReportKind.HOURS, said.at, said.who)
        if is_together and other.what is said.what and other.days[0] == said.days[1] + timedelta(days=1):
            found.append(one)
    return found


def may_undo(word: NumberedReport, known: KeeperStation, key: str) -> bool:
    """Return whether a keeper may undo a word: days that any keeper announced, else what her own list of a day offers."""
    return word.status_report.what in ANNOUNCED or word in list_undoable(known, key)


def list_undoable(known: KeeperStation, key: str) -> list[NumberedReport]:
    """List what was announced under a key within a day and an act can undo, the newest first.

    Nothing later changed it, and each stands for what was said together with it.
    """
    own = [
        word
        for word in known.words
        if (word.status_report.voice, word.status_report.who) == (ReporterRole.KEEPER, key)
        and word.status_report.at >= known.now - RECENT
        and _can_undo(word, known)
    ]
    mornings = {one.number for word in own for one in _list_mornings(word, known)}
    return [word for word in reversed(own) if word.number not in mornings and _holds(word, known)]


def _holds(word: NumberedReport, known: KeeperStation) -> bool:
    """Return whether what was announced still holds, and was not taken back or said anew."""
    said = word.status_report
    if said.what in ANNOUNCED:
        return said.hours_text != USUAL_HOURS and bool(_restore_earlier_hours(word, known))
    later = [
        one.status_report
        for one in known.words
        if one.status_report.is_official and one.status_report.order > said.order
    ]
    if said.facilities:
        return not any(
            one.is_all_clear or one.what is ReportKind.INSPECTED or one.facilities & said.facilities
            for one in later
        )
    return any(one.state is LiveState.CROWDED and one.since == said.at for one in known.live.statuses)


def _can_undo(word: NumberedReport, known: KeeperStation) -> bool:
    """Return whether an act can restore the state before this announcement.

    A general “fine” can't be undone: it settles too many things at once. Nor can a repair that ended riders' reports
    alone, which would become an official fault, nor “broken” of what somebody had said to be so before: that it works
    again would answer them.
    """
    said = word.status_report
    if said.what is ReportKind.FINE:
        broken = _list_broken_before(said, [one for one in known.words if one.status_report.is_official])
        return bool(said.facilities) and said.facilities <= broken
    if said.what is ReportKind.BROKEN:
        return not said.facilities & _list_broken_before(said, known.words)
    return said.what in _UNDOING


def _list_broken_before(said: StatusReport, words: Sequence[NumberedReport]) -> frozenset[str]:
    """Return the facilities that these words say are broken or missing before another word, and no official has mended since."""
    broken = frozenset[str]()
    for one in (word.status_report for word in words):
        if one.order >= said.order:
            continue
        if one.what is ReportKind.BROKEN:
            broken |= one.facilities
        elif one.is_official and (one.is_all_clear or one.what is ReportKind.INSPECTED):
            broken = one.facilities
        elif one.is_official:
            broken -= one.facilities
    return broken


def _restore_earlier_hours(word: NumberedReport, known: KeeperStation) -> list[Kept]:
    sayings = [one.status_report for one in known.words]
    return [
        Kept(
            act="hours",
            first=days.first,
            last=days.last,
            hours_text=days.hours_text,
            reason=days.note or None,
        )
        for days in list_replacement_notices(sayings, word.status_report, civil_date(known.now))
    ]


def _repaired_again(word: NumberedReport, known: KeeperStation) -> list[Kept]:
    return [Kept(act="repaired", facility=code) for code in sorted(word.status_report.facilities)]


def _broken_again(word: NumberedReport, known: KeeperStation) -> list[Kept]:
    return [Kept(act="broken", facility=code) for code in sorted(word.status_report.facilities)]


def _not_crowded(word: NumberedReport, known: KeeperStation) -> list[Kept]:
    return [Kept(act="uncrowded")]


_UNDOING: Mapping[ReportKind, Callable[[NumberedReport, KeeperStation], list[Kept]]] = {
    ReportKind.CLOSED_DAY: _restore_earlier_hours,
    ReportKind.HOURS: _restore_earlier_hours,
    ReportKind.BROKEN: _repaired_again,
    ReportKind.FINE: _broken_again,
    ReportKind.CROWDED: _not_crowded,
}

_PARSERS: Mapping[str, Callable[[FormFields, KeeperStation, Language], list[Kept]]] = {
    "closed_today": _closed_today,
    "hours": _hours,
    "broken": _facility,
    "repaired": _facility,
    "crowded": _crowded,
    "let_in": _let_in,
    "inspected": _inspected,
    "answered": _answered,
    "usual": _usual,
}


def _word(sent: FormFields, known: KeeperStation, kinds: tuple[ReportKind, ...]) -> NumberedReport:
    which = form_value(sent, "which")
    found = [
        word
        for word in known.words
        if word.status_report.id == which and word.status_report.voice is ReporterRole.KEEPER
    ]
    if not found or found[0].status_report.what not in kinds:
        raise _over()
    return found[0]


def _over() -> FaultError:
    return FaultError(KEEPER_FORM_FAULTS.build("over", field="which"))


# --- special dates


def parse_special_dates(
    sent: FormFields, known: KeeperStation, language: Language
) -> tuple[SpecialDays, str]:
    """Parse the days and hours of a form, and the name of the days. *Raises*: FaultError."""
    today = civil_date(known.now)
    chosen = {preset.code: preset for preset in list_date_presets(today)}.get(form_value(sent, "days"))
    first = chosen.first if chosen else parse_civil_date(form_value(sent, "first"))
    last = chosen.last if chosen else parse_civil_date(form_value(sent, "last"))
    is_closed = form_value(sent, "how") == "closed"
    text, calendar = form_value(sent, "hours"), known.station.calendar
    try:
        found = parse_special_days(text, today, calendar, first, last, is_closed=is_closed)
    except FaultError as error:
        if first or last or error.short_code == "no_days":
            raise
        raise error.at(field="hours") from error  # the days stand there too
    named = (
        chosen is not None
        and (found.first, found.last) == (chosen.first, chosen.last)
        and chosen.code != "tomorrow"
    )
    return found, translate_for_riders(chosen.name) if named and chosen else ""
