"""/reports: the page's forms for reports and rests, and what became of a report. Works without script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from core.faults import InputFaults
from geo.status.live_status import clock
from yihui.http.errors import invalid_request
from yihui.http.form import Sent, one, sent_form
from yihui.http.guard.host import is_from_here
from yihui.http.pages import Pages
from yihui.http.reports.api import look_up, not_there
from yihui.http.reports.intake import NotTaken
from yihui.http.reports.rest_counting import RestTold
from yihui.http.reports.rests import rested
from yihui.http.site import Site
from yihui.runtime.errors import Line, fault_line
from yihui.runtime.language import LANGUAGES, Language
from yihui.services.reports import Report
from yihui.views.report_texts import found_words

N_ = str  # marks a text for the message catalogue

MAX_FORM_BYTES = 4 << 10
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


@dataclass(frozen=True, slots=True)
class Told:
    """What the page of one report says: finished words."""

    number: str
    station: str
    name: str
    found: str
    at: str
    words: Sequence[str]
    standing: Sequence[str]


def router(site: Site) -> APIRouter:
    made, page = APIRouter(include_in_schema=False), _Page(site, Pages())

    @made.get("/reports", response_class=HTMLResponse)
    def mine(request: Request) -> Response:
        """The reports that this phone has sent; only the phone knows which."""
        asked = request.query_params.get("number", "").strip()
        if asked:
            return RedirectResponse(f"/reports/{quote(asked, safe='')}{page.query(request)}", 303)
        return page.rendered(request, "report/mine.html", page.language(request))

    @made.get("/reports/{number}", response_class=HTMLResponse)
    def report(request: Request, number: str) -> Response:
        """What became of one report."""
        return page.followed(request, number)

    @made.post("/reports")
    async def said(request: Request) -> Response:
        sent = await sent_form(request, MAX_FORM_BYTES)
        return await site.writing.run(page.reported, request, sent)

    @made.post("/rests")
    async def rests(request: Request) -> Response:
        sent = await sent_form(request, MAX_FORM_BYTES)
        return await run_in_threadpool(page.rested, request, one(sent, "station"))

    return made


@dataclass(frozen=True, slots=True)
class _Page:
    site: Site
    pages: Pages

    def language(self, request: Request) -> Language:
        return self.site.language(request)

    def query(self, request: Request) -> str:
        """What keeps the language that was chosen, for links."""
        asked = request.query_params.get("lang", "")[:2].lower()
        return f"?lang={asked}" if asked in LANGUAGES else ""

    def rendered(
        self, request: Request, template: str, language: Language, status: int = 200, **values: object
    ) -> Response:
        html = self.pages.render(template, language, query=self.query(request), **values)
        return HTMLResponse(html, status, _HEADERS)

    def followed(self, request: Request, number: str) -> Response:
        language, asked = self.language(request), number.strip().lower()
        found = look_up(self.site, asked)
        if found is not None:
            saying, now = found.report.saying, self.site.wiring.now()
            told = Told(
                number=asked,
                station=saying.station,
                name=found.station.name if found.station else saying.station,
                found=found_words(saying, language),
                at=clock(saying.at, now),
                words=found.words(language),
                standing=found.standing(language),
            )
            return self.rendered(request, "report/one.html", language, told=told)
        if self.site.reports.waits(asked):
            return self.rendered(request, "report/waits.html", language, number=asked)
        missing = not_there(language, asked)
        return self._problems(request, missing.title, missing.errors, 404)

    def reported(self, request: Request, sent: Sent) -> Response:
        language = self.language(request)
        if not is_from_here(request):
            return self._foreign(request, language)
        try:
            report = Report.model_validate(_report_in(sent))
            number = self.site.reports.take(report, one(sent, "station"), _address(request))
        except ValidationError as error:
            problem = invalid_request([dict(e) for e in error.errors()], language)
            return self._refused(request, problem.errors, 422)
        except InputFaults as error:
            return self._refused(request, [fault_line(f, language) for f in error.faults], 422)
        except NotTaken as error:
            return self._refused(request, [fault_line(error.fault, language)], error.status)
        return RedirectResponse(f"/reports/{number}{self.query(request)}", 303)

    def rested(self, request: Request, station: str) -> Response:
        language = self.language(request)
        if not is_from_here(request):
            return self._foreign(request, language)
        try:
            counted = rested(self.site, request, station, RestTold())
        except NotTaken as error:
            return self._refused(request, [fault_line(error.fault, language)], error.status)
        return self.rendered(request, "report/rested.html", language, counted=counted, station=station)

    def _foreign(self, request: Request, language: Language) -> Response:
        line = Line(
            language.say(N_("a page of another site asked")),
            language.say(N_("open this site itself and send it from there")),
        )
        return self._refused(request, [line], 403)

    def _refused(self, request: Request, problems: Sequence[Line], status: int) -> Response:
        title = self.language(request).text(N_("This was not taken"))
        return self._problems(request, title, problems, status)

    def _problems(self, request: Request, title: str, problems: Sequence[Line], status: int) -> Response:
        language = self.language(request)
        return self.rendered(request, "report/refused.html", language, status, title=title, problems=problems)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _report_in(sent: Sent) -> Mapping[str, object]:
    """What a button says: what was found, and after a blank which facility."""
    found, _, facility = one(sent, "found").partition(" ")
    report: dict[str, object] = {"observation": found}
    if facility:
        report["facility"] = facility
    if key := one(sent, "idempotency_key"):
        report["idempotency_key"] = key
    return report
