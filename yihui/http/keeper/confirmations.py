"""What the keeper's page says after an act or a change: what holds now, and what takes it back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.text_marks import N_
from geo.registry.keys import KeeperKey
from geo.registry.reports import NumberedReport
from geo.status.statements import ReportKind, StatusReport
from yihui.cases.stations.calls import describe_change, list_own_changes
from yihui.http.body import form_number
from yihui.http.keeper.form import RECENT, list_undoable, may_undo
from yihui.http.rider.cards import format_clock
from yihui.runtime.language import Language
from yihui.services.stations.keepers import KeeperAct, KeeperStation
from yihui.views.hours_by_day import format_day_span, format_short_span, render_hours_by_day
from yihui.views.labels import FACILITY_LABELS, format_facilities
from yihui.views.report_texts import observation_text
from yihui.views.reports import render_answer
from yihui.views.station_fields import field_change_lines

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring

_CONFIRMATIONS = {
    ReportKind.CROWDED: N_("You said: crowded. Riders read it now, and for 45 minutes."),
    ReportKind.UNCROWDED: N_("You said: crowded no more."),
    ReportKind.LOCKED: N_("You said: the door is locked."),
    ReportKind.LET_IN: N_("You said: one gets in now. Whoever waits for this answer has it."),
    ReportKind.INSPECTED: N_("The inspection is noted; the station counts as verified today."),
    ReportKind.CLOSED_DAY: N_("You said: closed today. Riders are not sent here until tomorrow."),
}
_DATED = (ReportKind.HOURS, ReportKind.CLOSED_DAY)


@dataclass(frozen=True, slots=True)
class ActConfirmation:
    """Confirmation of one act or change.

    ``days`` are details in lines, ``answered`` the reports that it answers. ``undo`` are the fields of the form that
    takes it back, none if nothing can. ``waits``: the act is accepted and not yet in force; the page's script reloads.
    """

    words: str
    days: Sequence[str] = ()
    answered: Sequence[str] = ()
    undo: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False


def confirm_act(
    act: KeeperAct | None, undone: str, known: KeeperStation, language: Language
) -> ActConfirmation | None:
    """Return the confirmation of an act, or of what took back the announcement with the id ``undone``."""
    words = (word.status_report for word in known.words)
    taken_back = [word for word in words if word.id == undone and word.is_official]
    if act is not None and act.report is None:
        return _refuse(language) if act.is_processed else _wait(language)
    done = None if act is None or act.report is None else _confirm(act.report, known, language)
    if not taken_back:
        return done
    (said,) = taken_back
    what = _name(said, language)
    if said.what in _DATED:
        told = language.render(N_("Taken back: {what}. Riders read now:"), what=what)
        return ActConfirmation(told, _list_days(NumberedReport("", said), known, language))
    return ActConfirmation(
        language.render(N_("Taken back: {what}."), what=what), [done.words] if done is not None else ()
    )


def _name(said: StatusReport, language: Language) -> str:
    if said.what is ReportKind.CLOSED_DAY:
        return language.translate(N_("Closed today"))
    if said.what is ReportKind.HOURS:
        hours = said.hours_text or language.translate(N_("closed all day"))
        return f"{format_day_span(*said.days, language)} {hours}"
    return observation_text(said, language)


@dataclass(frozen=True, slots=True)
class RecentChange:
    """A change that can be taken back: when it was made, what it says, and the fields of the form that takes it back."""

    at: str
    words: str
    undo: Mapping[str, str]


def list_recent_changes(
    wiring: "Wiring", known: KeeperStation, key: KeeperKey, language: Language
) -> list[RecentChange]:
    """List what a keeper said and changed under her key in the last day and can take back now, the newest first."""
    changes, photos = list_own_changes(wiring, key, known.now - RECENT)
    found = [
        (word.status_report.at, _name(word.status_report, language), _undo(word))
        for word in list_undoable(known, key.id)
    ]
    for one in changes:
        lines = field_change_lines(json.loads(one.before), json.loads(one.after), language)
        found.append(
            (one.at, language.join_clauses(list(lines)), {"act": "revoke", "change": str(one.sequence)})
        )
    photo = language.translate(N_("Photo"))
    found += [(one.at, photo, {"act": "revoke", "photo": str(one.number)}) for one in photos]
    newest_first = sorted(found, key=itemgetter(0), reverse=True)
    return [
        RecentChange(format_clock(at, known.now, language), words, undo) for at, words, undo in newest_first
    ]


def confirm_change(
    wiring: "Wiring", known: KeeperStation, number: str, language: Language
) -> ActConfirmation | None:
    """Return the confirmation of a change of the register; 0 is one that changed nothing."""
    if number == "0":
        return ActConfirmation(language.translate(N_("It said so already; nothing was changed.")))
    stated = form_number({"mended": [number]}, "mended")
    found = describe_change(wiring, known.station.id, stated, language)
    if found is None:
        return None
    told = N_("Taken back. Riders read from now on:") if found.is_taking_back else N_("Stored. Riders read it from now on:")  # fmt: skip
    return ActConfirmation(
        language.translate(told),
        found.lines,
        [
            language.render(
                N_("“{report}” ({time}) is answered by this. Its reporter reads: {answer}"),
                report=observation_text(report.status_report, language),
                time=format_clock(report.status_report.at, known.now, language),
                answer=render_answer(answer, known.now, language),
            )
            for report, answer in found.answered
        ],
        {"act": "revoke", "change": number} if found.is_revocable else {},
    )


def confirm_photo(number: str, language: Language) -> ActConfirmation:
    """Return the confirmation of a photo that was stored, or, without its number, deleted again."""
    if not number:
        return ActConfirmation(language.translate(N_("Taken back: the photo was deleted.")))
    told = N_("Thank you. The union looks at the photo first; then riders see it.")
    return ActConfirmation(language.translate(told), undo={"act": "revoke", "photo": number})


def _wait(language: Language) -> ActConfirmation:
    """Return the confirmation of an accepted act that no worker has processed in time."""
    told = N_("Accepted. It is not in force yet: look again in a moment.")
    return ActConfirmation(language.translate(told), waits=True)


def _refuse(language: Language) -> ActConfirmation:
    """Return the message for an accepted act that was then refused: the key was revoked, or the station is gone."""
    told = N_("This did not take effect. Open the page anew; if it happens again, ask the union (12351).")
    return ActConfirmation(language.translate(told))


def _confirm(word: NumberedReport, known: KeeperStation, language: Language) -> ActConfirmation:
    said = word.status_report
    undo = _undo(word) if may_undo(word, known, said.who) else {}
    days = _list_days(word, known, language) if said.what is ReportKind.HOURS else ()
    return ActConfirmation(_words(word, language), days, undo=undo)


def _undo(word: NumberedReport) -> Mapping[str, str]:
    return {"act": "undo", "which": word.status_report.id}


def _words(word: NumberedReport, language: Language) -> str:
    saying = word.status_report
    facilities = format_facilities(sorted(saying.facilities & FACILITY_LABELS.keys()), language)
    if saying.what is ReportKind.BROKEN:
        return language.render(
            N_("You said: {facility} is broken. It counts as not there until you say otherwise."),
            facility=facilities,
        )
    if saying.what is ReportKind.FINE and saying.facilities:
        return language.render(N_("You said: {facility} works again."), facility=facilities)
    if saying.what is ReportKind.HOURS:
        return language.translate(N_("Your hours are stored. Riders are told:"))
    return language.translate(_CONFIRMATIONS.get(saying.what, N_("Your answer is with the rider.")))


def _list_days(word: NumberedReport, known: KeeperStation, language: Language) -> list[str]:
    """List the days of an announcement as riders read them now."""
    (first, last), today = word.status_report.days, civil_date(known.now)
    stretches = render_hours_by_day(known.station, known.live, max(first, today), last, language)
    told = [(format_short_span(one.first, one.last, language, today), one.words) for one in stretches]
    return [language.render(N_("{days}: {hours}"), days=days, hours=hours) for days, hours in told]
