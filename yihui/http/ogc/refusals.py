"""Problems that /ogc answers with when it refuses a request."""

from collections.abc import Sequence

from core.faults import Fault
from core.text_marks import N_
from yihui.http.ogc.collections import COLLECTIONS
from yihui.http.ogc.documents import PygeoapiRefusal
from yihui.runtime.errors import EXIT_ENVIRONMENT, EXIT_FINDINGS, ErrorLine, Problem, fault_line
from yihui.runtime.language import Language

EXCEPTION_CODES = {
    400: "InvalidParameterValue",
    404: "NotFound",
}  # HTTP status → code of the standard's exceptions


def missing_extra_problem(language: Language) -> Problem:
    line = ErrorLine(
        language.render(N_("OGC API – Features needs the extra “ogc”, which is not installed here")),
        language.render(N_("install it: pip install 'yihui[ogc]', then start the site again")),
    )
    return Problem(language.render(N_("there is no OGC API here")), 404, EXIT_ENVIRONMENT, (line,))


def unknown_collection_problem(name: str, language: Language) -> Problem:
    fault = Fault(
        N_("there is no collection {value}"),
        N_("there are: {known}"),
        field="collection",
        value=name[:100],
        params={"known": language.format_list(COLLECTIONS)},
    )
    return Problem(
        language.render(N_("there is no such collection")), 404, EXIT_FINDINGS, (fault_line(fault, language),)
    )


def invalid_parameters_problem(faults: Sequence[Fault], language: Language) -> Problem:
    title = language.render(N_("the request was not accepted; faults: {count}"), count=len(faults))
    return Problem(title, 400, EXIT_FINDINGS, tuple(fault_line(fault, language) for fault in faults))


def pygeoapi_refusal_problem(refusal: PygeoapiRefusal, language: Language) -> Problem:
    if refusal.status == 404:
        line = ErrorLine(
            language.render(N_("there is no such feature now")),
            language.render(N_("look for it among the items")),
        )
        return Problem(language.render(N_("there is no such feature")), 404, EXIT_FINDINGS, (line,))
    title = language.render(N_("the request was refused"))
    return Problem(title, refusal.status, EXIT_FINDINGS, (ErrorLine(refusal.description, ""),))
