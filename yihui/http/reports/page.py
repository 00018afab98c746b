"""/reports: the page's forms for reports and rests, and the outcome of a report. It works without script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from store import StoreError
from yihui.frame.cells import shorten_days
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.errors import invalid_request_problem
from yihui.http.guard.allowances import client_address
from yihui.http.looks import read_looks
from yihui.http.pages import Pages
from yihui.http.reports.api import find_report_by_number, normalize_report_number, unknown_report_problem
from yihui.http.reports.intake import SubmissionRefused
from yihui.http.reports.rest_counting import RestReport
from yihui.http.reports.rests import record_rest
from yihui.http.rider.cards import format_clock
from yihui.http.site import Site
from yihui.runtime.errors import ErrorLine, problem_of_faults
from yihui.runtime.language import LANGUAGES, Language
from yihui.runtime.origins import is_same_origin
from yihui.services.stations.reports import Report
from yihui.views.report_texts import observation_text
from yihui.views.reports import report_live_notes, report_sentences

MAX_FORM_BYTES = 4 << 10
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class ReportStatusView:
    """The page of one report, as finished texts."""

    number: str
    station: str
    name: str
    found: str
    at: str
    words: Sequence[str]
    standing: Sequence[str]


def router(site: Site) -> APIRouter:
    made, page = APIRouter(include_in_schema=False), _Page(site, Pages.build(site.wiring.settings))

    @made.get("/reports", response_class=HTMLResponse)
    def mine(request: Request) -> Response:
        """Show the page of the reports that this phone has sent; only the phone stores their numbers."""
        asked = request.query_params.get("number", "").strip()
        if asked:
            return RedirectResponse(f"/reports/{quote(asked, safe='')}{page.language_query(request)}", 303)
        return page.render(request, "report/mine.html", page.language(request), typed="")

    @made.get("/reports/{number}", response_class=HTMLResponse)
    def report(request: Request, number: str) -> Response:
        """Show the state of one report."""
        return page.show_report(request, number)

    @made.post("/reports")
    async def said(request: Request) -> Response:
        sent = await read_form(request, MAX_FORM_BYTES)
        return await site.write_queue.run(page.submit_report, request, sent)

    @made.post("/rests")
    async def rests(request: Request) -> Response:
        sent = await read_form(request, MAX_FORM_BYTES)
        return await run_in_threadpool(page.submit_rest, request, form_value(sent, "station"))

    return made


@dataclass(frozen=True, slots=True)
class _Page:
    site: Site
    pages: Pages

    def language(self, request: Request) -> Language:
        return self.site.language(request)

    def language_query(self, request: Request) -> str:
        """Return the query string that keeps the chosen language in links."""
        asked = request.query_params.get("lang", "")[:2].lower()
        return f"?lang={asked}" if asked in LANGUAGES else ""

    def render(
        self, request: Request, template: str, language: Language, status: int = 200, **values: object
    ) -> Response:
        html = self.pages.render(
            template, language, query=self.language_query(request), **read_looks(request), **values
        )
        return HTMLResponse(html, status, _HEADERS)

    def show_report(self, request: Request, number: str) -> Response:
        language, asked = self.language(request), normalize_report_number(number)
        found = find_report_by_number(self.site, asked)
        if found is not None:
            saying, now = found.report.status_report, self.site.wiring.now()
            say = partial(shorten_days, language=language, today=civil_date(now))
            told = ReportStatusView(
                number=asked,
                station=saying.station,
                name=found.station.name if found.station else saying.station,
                found=observation_text(saying, language),
                at=format_clock(saying.at, now, language),
                words=[say(words) for words in report_sentences(found, language)],
                standing=[say(note) for note in report_live_notes(found, language)],
            )
            return self.render(request, "report/one.html", language, told=told)
        if self.site.report_service.was_accepted_recently(asked):
            return self.render(request, "report/waits.html", language, number=asked)
        missing = unknown_report_problem(language, number)
        return self._problems(request, missing.title, missing.errors, 404, typed=number)

    def submit_report(self, request: Request, sent: FormFields) -> Response:
        language = self.language(request)
        if not is_same_origin(request):
            return self._foreign(request, language)
        try:
            report = Report.model_validate(_parse_report(sent))
            accepted = self.site.report_service.accept_report(
                report, form_value(sent, "station"), client_address(request.scope)
            )
        except ValidationError as error:
            problem = invalid_request_problem([dict(e) for e in error.errors()], language, {})
            return self._refused(request, problem.errors, 422)
        except StoreError:
            raise
        except FaultError as error:
            return self._faulty(request, error)
        return RedirectResponse(f"/reports/{accepted.number}{self.language_query(request)}", 303)

    def submit_rest(self, request: Request, station: str) -> Response:
        language = self.language(request)
        if not is_same_origin(request):
            return self._foreign(request, language)
        try:
            counted = record_rest(self.site, request, station, RestReport())
        except SubmissionRefused as error:
            return self._faulty(request, error)
        return self.render(request, "report/rested.html", language, counted=counted, station=station)

    def _faulty(self, request: Request, error: FaultError) -> Response:
        problem = problem_of_faults(error.faults, self.language(request))
        return self._refused(request, problem.errors, problem.status)

    def _foreign(self, request: Request, language: Language) -> Response:
        line = ErrorLine(
            language.render(N_("a page of another site asked")),
            language.render(N_("open this site itself and send it from there")),
        )
        return self._refused(request, [line], 403)

    def _refused(self, request: Request, problems: Sequence[ErrorLine], status: int) -> Response:
        title = self.language(request).translate(N_("This was not taken"))
        return self._problems(request, title, problems, status)

    def _problems(
        self, request: Request, title: str, problems: Sequence[ErrorLine], status: int, typed: str = ""
    ) -> Response:
        """Show what is wrong; ``typed``: the number that the rider asked for, to be typed again."""
        shown = {"title": title, "problems": problems, "typed": typed}
        return self.render(request, "report/refused.html", self.language(request), status, **shown)


def _parse_report(sent: FormFields) -> Mapping[str, object]:
    """Parse a button's value: the observation, and after a space the facility."""
    found, _, facility = form_value(sent, "found").partition(" ")
    report: dict[str, object] = {"observation": found}
    if facility:
        report["facility"] = facility
    if key := form_value(sent, "idempotency_key"):
        report["idempotency_key"] = key
    return report
