"""Confirmations that a keeper reads after an act: what was recorded, what riders read, how to undo it."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.civil_time import civil_date
from core.text_marks import N_
from geo.registry.reports import NumberedReport
from geo.status.statements import ReportKind
from yihui.http.keeper.form import can_undo
from yihui.runtime.language import Language
from yihui.services.stations.keepers import KeeperStation
from yihui.views.hours_by_day import format_day_span, render_hours_by_day
from yihui.views.labels import FACILITY_LABELS, format_facilities

_CONFIRMATIONS = {
    ReportKind.CROWDED: N_("You said: crowded. Riders read it for 45 minutes."),
    ReportKind.LOCKED: N_("You said: the door is locked."),
    ReportKind.FINE: N_("You said: all is well, one gets in."),
    ReportKind.INSPECTED: N_("The inspection is noted; the station counts as verified today."),
    ReportKind.CLOSED_DAY: N_("You said: closed today. Riders are not sent here until tomorrow."),
}


@dataclass(frozen=True, slots=True)
class ActConfirmation:
    """Confirmation of one act.

    ``days`` are the special dates as riders read them. ``undo`` is the id of the announcement that can be
    undone, empty if it can't. ``waits``: the act is accepted and not yet in force; the page's script
    reloads.
    """

    words: str
    days: Sequence[str] = ()
    undo: str = ""
    waits: bool = False


def build_confirmation(word: NumberedReport, known: KeeperStation, language: Language) -> ActConfirmation:
    """Return the confirmation of an act that has taken effect."""
    undo = word.status_report.id if can_undo(word) else ""
    return ActConfirmation(_words(word, language), _days(word, known, language), undo)


def pending_confirmation(language: Language) -> ActConfirmation:
    """Return the confirmation of an accepted act that no worker has processed in time."""
    told = N_("Accepted. It is not in force yet: look again in a moment.")
    return ActConfirmation(language.render(told), waits=True)


def refused_confirmation(language: Language) -> ActConfirmation:
    """Return the message for an act that was accepted and then refused.

    The key was revoked, or the station was removed from the register.
    """
    return ActConfirmation(
        language.render(
            N_("This did not take effect. Open the page anew; if it happens again, ask the union.")
        )
    )


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
        return language.render(
            N_("You set {days}. Riders are told:"), days=format_day_span(*saying.days, language)
        )
    return language.translate(_CONFIRMATIONS.get(saying.what, N_("Your answer is with the rider.")))


def _days(word: NumberedReport, known: KeeperStation, language: Language) -> list[str]:
    if word.status_report.what is not ReportKind.HOURS:
        return []
    first, last = word.status_report.days
    stretches = render_hours_by_day(
        known.station, known.live, max(first, civil_date(known.now)), last, language
    )
    return [
        language.render(N_("{days}: {hours}"), days=format_day_span(s.first, s.last, language), hours=s.words)
        for s in stretches
    ]
