"""What a keeper's form says: the acts that it comes to, or what is wrong with it, all at once."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from core.civil_time import civil_date, start_of
from core.faults import Fault, InputFaults
from geo.calendars import workday_table
from geo.hours import USUAL, Spell, read
from geo.messages import Answer
from geo.registry.keeper_notices import Word
from geo.status.live import Live
from geo.status.notice_withdrawal import restated
from geo.status.statements import What
from yihui.http.form import Sent, one
from yihui.http.keeper.view import Known, shown_to_riders
from yihui.runtime.language import Language
from yihui.services.date_presets import presets
from yihui.services.keepers import Kept
from yihui.services.special_dates import NotUnderstood, Special, special
from yihui.views.checklist import checklist
from yihui.views.hours_by_day import Stretch, by_day
from yihui.views.labels import FACILITIES

N_ = str  # marks a text for the message catalogue

_YES, _NO = "yes", "no"


def acts_in(sent: Sent, known: Known, language: Language) -> list[Kept]:
    """The acts that a form comes to, in their order; none where there is nothing to do any more.

    *Raises*: InputFaults.
    """
    read_act = _READERS.get(one(sent, "act"))
    if read_act is None:
        raise InputFaults([_no_act(one(sent, "act"))])
    return read_act(sent, known, language)


def _closed_today(sent: Sent, known: Known, language: Language) -> list[Kept]:
    return [Kept(act="closed_today", reason=one(sent, "reason") or None)]


def _hours(sent: Sent, known: Known, language: Language) -> list[Kept]:
    found, note = special_in(sent, known, language)
    return [
        Kept(
            act="hours", first=found.first, last=found.last, hours_text=found.hours_text, reason=note or None
        )
    ]


def _facility(sent: Sent, known: Known, language: Language) -> list[Kept]:
    code = one(sent, "facility")
    if code not in FACILITIES:
        raise InputFaults([_no_facility(code)])
    return [Kept(act="broken" if one(sent, "act") == "broken" else "repaired", facility=code)]


def _crowded(sent: Sent, known: Known, language: Language) -> list[Kept]:
    return [Kept(act="crowded")]


def _fine(sent: Sent, known: Known, language: Language) -> list[Kept]:
    """All is well at the door; what is broken stays so, which the plain word would settle as well."""
    return [Kept(act="fine"), *_still_broken(known)]


def _still_broken(known: Known) -> list[Kept]:
    return [Kept(act="broken", facility=code) for code in sorted(known.live.broken & FACILITIES.keys())]


def _inspected(sent: Sent, known: Known, language: Language) -> list[Kept]:
    """The standard's lines make the inspection; what else is promised and isn't there is broken."""
    items = checklist(known.station, known.live.broken & FACILITIES.keys(), language)
    answers = {item.code: _YES if "all" in sent else one(sent, f"is_{item.code}") for item in items}
    unsaid = [item.words for item in items if answers[item.code] not in (_YES, _NO)]
    if unsaid:
        raise InputFaults([_unsaid(words) for words in unsaid])
    missing = [item.code for item in items if item.of_standard and answers[item.code] == _NO]
    others = [item.code for item in items if not item.of_standard and answers[item.code] == _NO]
    found = Kept(act="inspected", meets_standard=not missing, missing=missing)
    return [found, *(Kept(act="broken", facility=code) for code in others)]


def _answered(sent: Sent, known: Known, language: Language) -> list[Kept]:
    """One answer to all who reported the same."""
    numbers, answer = sent.get("report", []), one(sent, "answer")
    there = {report.number for report in known.reports}
    strange = [number for number in numbers if number not in there]
    if strange or not numbers or answer not in set(Answer):
        raise InputFaults([_no_report(number) for number in strange] or [_no_report("")])
    note = one(sent, "note") or None
    return [Kept(act="answered", report=number, answer=Answer(answer), note=note) for number in numbers]


def _usual(sent: Sent, known: Known, language: Language) -> list[Kept]:
    """The usual hours after all on the days of an announcement that are still to come."""
    word = _word(sent, known, (What.HOURS, What.CLOSED_DAY))
    first, last = word.saying.days
    first = max(first, civil_date(known.now))
    return [Kept(act="hours", first=first, last=last, hours_text=USUAL)]


def _undone(sent: Sent, known: Known, language: Language) -> list[Kept]:
    """What makes good again what was just said."""
    word = _word(sent, known, tuple(_UNDOING))
    return _UNDOING[word.saying.what](word, known)


def can_be_undone(word: Word) -> bool:
    """Whether something can be said that brings back what was before; a general word settles too much for that."""
    return word.saying.what in _UNDOING and not word.saying.says_all_is_well


def _before(word: Word, known: Known) -> list[Kept]:
    sayings = [one.saying for one in known.words]
    return [
        Kept(
            act="hours",
            first=days.first,
            last=days.last,
            hours_text=days.hours_text,
            reason=days.note or None,
        )
        for days in restated(sayings, word.saying, civil_date(known.now))
    ]


def _repaired_again(word: Word, known: Known) -> list[Kept]:
    return [Kept(act="repaired", facility=code) for code in sorted(word.saying.facilities)]


def _broken_again(word: Word, known: Known) -> list[Kept]:
    return [Kept(act="broken", facility=code) for code in sorted(word.saying.facilities)]


def _not_crowded(word: Word, known: Known) -> list[Kept]:
    return [Kept(act="fine"), *_still_broken(known)]


_UNDOING: Mapping[What, Callable[[Word, Known], list[Kept]]] = MappingProxyType(
    {
        What.CLOSED_DAY: _before,
        What.HOURS: _before,
        What.BROKEN: _repaired_again,
        What.FINE: _broken_again,
        What.CROWDED: _not_crowded,
    }
)

_READERS: Mapping[str, Callable[[Sent, Known, Language], list[Kept]]] = MappingProxyType(
    {
        "closed_today": _closed_today,
        "hours": _hours,
        "broken": _facility,
        "repaired": _facility,
        "crowded": _crowded,
        "fine": _fine,
        "inspected": _inspected,
        "answered": _answered,
        "usual": _usual,
        "undo": _undone,
    }
)


def _word(sent: Sent, known: Known, kinds: tuple[What, ...]) -> Word:
    which = one(sent, "which")
    found = [word for word in known.words if word.saying.id == which and word.saying.is_official]
    if not found or found[0].saying.what not in kinds:
        raise InputFaults([_over()])
    return found[0]


# --- special dates


def special_in(sent: Sent, known: Known, language: Language) -> tuple[Special, str]:
    """The days and hours that a form names, and what the days are called. *Raises*: InputFaults."""
    today = civil_date(known.now)
    chosen = {preset.code: preset for preset in presets(today)}.get(one(sent, "days"))
    first = chosen.first if chosen else _date(one(sent, "first"))
    last = chosen.last if chosen else _date(one(sent, "last"))
    closed = one(sent, "how") == "closed"
    text = one(sent, "hours")
    try:
        found = special("closed" if closed and not text else text, today, first, last)
    except NotUnderstood as error:
        raise InputFaults([_told(error.fault, language)]) from error
    if closed:
        found = Special(found.first, found.last, "")
    _check_workdays(found, known)
    named = (
        chosen is not None
        and (found.first, found.last) == (chosen.first, chosen.last)
        and chosen.code != "tomorrow"
    )
    return found, shown_to_riders(chosen.name) if named and chosen else ""


def read_back(found: Special, known: Known, language: Language) -> list[Stretch]:
    """What riders will be told of these days."""
    end = start_of(found.last + timedelta(days=1))
    spell = Spell(start_of(found.first), end, found.hours_text or None, "x")
    live = Live(spells=(*known.live.spells, spell))
    return by_day(known.station, live, found.first, found.last, language)


def _check_workdays(found: Special, known: Known) -> None:
    """Hours that name work-days mean nothing in a year whose days off nobody has published yet."""
    phrase, table = read(found.hours_text), workday_table(known.station.calendar)
    for year in range(found.first.year, found.last.year + 1):
        if phrase.needs_workdays and found.hours_text != USUAL and not table.covers(year):
            raise InputFaults([_no_table(found.hours_text, year)])


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _told(fault: Fault, language: Language) -> Fault:
    """The reader's own reason in the reader's language."""
    why = fault.params.get("why")
    return (
        fault
        if why is None
        else Fault(
            fault.message,
            fault.remedy,
            field=fault.field,
            value=fault.value,
            params={"why": language.text(why)},
        )
    )


# --- what is refused


def _no_act(act: str) -> Fault:
    return Fault(
        N_("this page knows nothing of the kind “{value}”"), N_("open the page anew"), field="act", value=act
    )


def _no_facility(code: str) -> Fault:
    return Fault(
        N_("there is no facility “{value}”"), N_("choose one from the page"), field="facility", value=code
    )


def _unsaid(words: str) -> Fault:
    return Fault(
        N_("“{value}”: neither yes nor no was chosen"), N_("choose one of the two"), field="is", value=words
    )


def _no_report(number: str) -> Fault:
    return Fault(
        N_("no report {value} waits here for this answer"),
        N_("open the page anew; it may have been answered already"),
        field="report",
        value=number,
    )


def _over() -> Fault:
    return Fault(
        N_("this holds no more"),
        N_("nothing is left to do; the page above shows what holds now"),
        field="which",
    )


def _no_table(text: str, year: int) -> Fault:
    return Fault(
        N_("“{value}” depends on the days off of {year}, which are not published yet"),
        N_("write the hours without 工作日 or 节假日, day by day if they differ"),
        field="hours",
        value=text,
        params={"year": str(year)},
    )
