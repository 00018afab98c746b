"""/desk/rules/versions/{hash}/…: the rule as a document (施行办法), to print on A4 and as PDF, and its cases."""

from functools import lru_cache
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from yihui.access.roles import Right
from yihui.frame.files import saved_response
from yihui.frame.pages import OfficerVisit
from yihui.http.desk.hand_pages import HandPages
from yihui.runtime.errors import fault_line

if TYPE_CHECKING:
    from yihui.services.rules.examples import MeasuresSource


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/rules/versions/{hash_}/document")
    def document(request: Request, hash_: str) -> Response:
        visit = pages.open(request, Right.READ_RULES)
        return _render(pages, visit, _load(pages, hash_), is_file=False)

    @made.get("/rules/versions/{hash_}/document.pdf")
    def pdf(request: Request, hash_: str) -> Response:
        """Return the same page as PDF. *Raises*: ReportUnavailable if WeasyPrint is missing."""
        visit = pages.open(request, Right.READ_RULES)
        source = _load(pages, hash_)
        page = bytes(_render(pages, visit, source, is_file=True).body).decode()
        name = f"{source.entry.rule.replace('@', '-')}-{source.entry.hash[:12]}.pdf"
        return saved_response(_pdf(page, source.entry.hash), name, "application/pdf")

    @made.get("/rules/versions/{hash_}/cases")
    def cases(request: Request, hash_: str) -> Response:
        from yihui.services.rules.cases import check_version_cases
        from yihui.views.rule_cases import case_row
        from yihui.views.rule_life import VERSION_STATES

        visit = pages.open(request, Right.READ_RULES)
        done = check_version_cases(pages.site.wiring, hash_)
        return pages.render(
            visit,
            "rule_cases.html",
            done_cases=done,
            entry=done.entry,
            failed=[case_row(one, visit.language) for one in done.failed],
            passed=[case_row(one, visit.language) for one in done.passed],
            faults=[fault_line(fault, visit.language) for fault in done.faults],
            states=VERSION_STATES,
        )


@lru_cache(maxsize=32)
def _pdf(page: str, hash_: str) -> bytes:
    """Return a page as PDF, which takes a quarter of a second; the same page is often fetched several times.

    The page's text is the key: it follows from the version, the language, the day and the names of the time.
    """
    from yihui.views.pdf import render_report_pdf

    return render_report_pdf(page, hash_.encode())


def _load(pages: HandPages, hash_: str) -> "MeasuresSource":
    from yihui.services.rules.examples import load_measures_source

    return load_measures_source(pages.site.wiring, hash_)


def _render(pages: HandPages, visit: OfficerVisit, source: "MeasuresSource", *, is_file: bool) -> Response:
    from yihui.views.rule_life import VERSION_STATES
    from yihui.views.rule_measures import build_measures

    measures = build_measures(
        source.rule, source.examples, source.owner_name, visit.language, pages.record_names()
    )
    return pages.render(
        visit,
        "rule_measures.html",
        measures=measures,
        is_file=is_file,
        entry=source.entry,
        owner=source.owner_name,
        state=VERSION_STATES[source.entry.state],
    )
