"""Why /ogc would not answer, said as a problem."""

from collections.abc import Sequence

from core.faults import Fault
from yihui.http.ogc.collections import COLLECTIONS
from yihui.http.ogc.documents import Refused
from yihui.runtime.errors import EXIT_ENVIRONMENT, EXIT_FINDINGS, Line, Problem, fault_line
from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

CODES = {400: "InvalidParameterValue", 404: "NotFound"}  # of the standard's exceptions


def absent(language: Language) -> Problem:
    line = Line(
        language.say(N_("OGC API – Features needs the extra “ogc”, which is not installed here")),
        language.say(N_("install it: pip install 'yihui[ogc]', then start the site again")),
    )
    return Problem(language.say(N_("there is no OGC API here")), 404, EXIT_ENVIRONMENT, (line,))


def unknown_collection(name: str, language: Language) -> Problem:
    fault = Fault(
        N_("there is no collection {value}"),
        N_("there are: {known}"),
        field="collection",
        value=name[:100],
        params={"known": language.listed(COLLECTIONS)},
    )
    return Problem(
        language.say(N_("there is no such collection")), 404, EXIT_FINDINGS, (fault_line(fault, language),)
    )


def invalid(faults: Sequence[Fault], language: Language) -> Problem:
    title = language.say(N_("the request was not accepted; faults: {count}"), count=len(faults))
    return Problem(title, 400, EXIT_FINDINGS, tuple(fault_line(fault, language) for fault in faults))


def told(refusal: Refused, language: Language) -> Problem:
    if refusal.status == 404:
        line = Line(
            language.say(N_("there is no such feature now")), language.say(N_("look for it among the items"))
        )
        return Problem(language.say(N_("there is no such feature")), 404, EXIT_FINDINGS, (line,))
    title = language.say(N_("the request was refused"))
    return Problem(title, refusal.status, EXIT_FINDINGS, (Line(refusal.description, ""),))
