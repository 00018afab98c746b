"""What riders report and what keepers answer, in words."""

from collections.abc import Mapping
from types import MappingProxyType

from geo.messages import Answer
from geo.status.statements import Saying, What
from yihui.runtime.language import Language
from yihui.views.labels import FACILITIES, label

N_ = str  # marks a text for the message catalogue

FOUND: Mapping[What, str] = MappingProxyType(
    {
        What.FINE: N_("all was well"),
        What.CLOSED: N_("it was closed"),
        What.LOCKED: N_("the door was locked"),
        What.CROWDED: N_("it was crowded"),
        What.BROKEN: N_("{facility} was broken"),
        What.WRONG_PLACE: N_("it is not where the map shows it"),
    }
)
ANSWERS: Mapping[Answer, str] = MappingProxyType(
    {
        Answer.OPEN_NOW: N_("One gets in now"),
        Answer.FIXED: N_("It is mended"),
        Answer.ON_IT: N_("We see to it"),
        Answer.CANNOT_FIND: N_("We can't find that"),
        Answer.THANKS: N_("Thank you"),
    }
)


def found_words(saying: Saying, language: Language) -> str:
    """What one rider found."""
    facility = language.listed(label(FACILITIES, code, language) for code in sorted(saying.facilities))
    template = FOUND.get(saying.what, saying.what.value)
    if saying.what is What.FINE and facility:
        template = N_("{facility} works again")
    return language.say(template, facility=facility)
