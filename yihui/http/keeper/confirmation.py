"""What a keeper is told after an act: what was said, what riders are told of it, and how to undo it."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.civil_time import civil_date
from geo.registry.keeper_notices import Word
from geo.status.statements import What
from yihui.http.keeper.form import can_be_undone
from yihui.http.keeper.view import Known
from yihui.runtime.language import Language
from yihui.views.hours_by_day import by_day, days_in_words
from yihui.views.labels import FACILITIES, facility_list

N_ = str  # marks a text for the message catalogue

_SAID = {
    What.CROWDED: N_("You said: crowded. Riders read it for 45 minutes."),
    What.LOCKED: N_("You said: the door is locked."),
    What.FINE: N_("You said: all is well, one gets in."),
    What.INSPECTED: N_("The inspection is noted; the station counts as verified today."),
    What.CLOSED_DAY: N_("You said: closed today. Riders are not sent here until tomorrow."),
}


@dataclass(frozen=True, slots=True)
class Done:
    """``days`` are what riders are told of special dates; ``undo`` names the word, empty where nothing undoes it.

    ``waits``: it is accepted and not in force yet; the page looks again by itself where it can.
    """

    words: str
    days: Sequence[str] = ()
    undo: str = ""
    waits: bool = False


def done_of(word: Word, known: Known, language: Language) -> Done:
    """What the keeper reads after one act."""
    undo = word.saying.id if can_be_undone(word) else ""
    return Done(_words(word, language), _days(word, known, language), undo)


def waiting(language: Language) -> Done:
    """What the keeper reads where an act was accepted and has not been looked at in time."""
    told = N_("Accepted. It is not in force yet: look again in a moment.")
    return Done(language.say(told), waits=True)


def refused(language: Language) -> Done:
    """What the keeper reads where an act was accepted and then turned away: the key ended, or the station left."""
    return Done(
        language.say(N_("This did not take effect. Open the page anew; if it happens again, ask the union."))
    )


def _words(word: Word, language: Language) -> str:
    saying = word.saying
    facilities = facility_list(sorted(saying.facilities & FACILITIES.keys()), language)
    if saying.what is What.BROKEN:
        return language.say(
            N_("You said: {facility} is broken. It counts as not there until you say otherwise."),
            facility=facilities,
        )
    if saying.what is What.FINE and saying.facilities:
        return language.say(N_("You said: {facility} works again."), facility=facilities)
    if saying.what is What.HOURS:
        return language.say(
            N_("You set {days}. Riders are told:"), days=days_in_words(*saying.days, language)
        )
    return language.text(_SAID.get(saying.what, N_("Your answer is with the rider.")))


def _days(word: Word, known: Known, language: Language) -> list[str]:
    if word.saying.what is not What.HOURS:
        return []
    first, last = word.saying.days
    stretches = by_day(known.station, known.live, max(first, civil_date(known.now)), last, language)
    return [
        language.say(N_("{days}: {hours}"), days=days_in_words(s.first, s.last, language), hours=s.words)
        for s in stretches
    ]
