"""/keep: the keeper's page. It works without script.

A keeper opens it by a link with the key after #, which browsers never send and no log records.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from geo.registry import KeeperKey
from geo.registry.reports import NumberedReport
from geo.status.statements import ReportKind
from yihui.cases.stations.calls import describe_change, store_entry, store_photo
from yihui.http.body import FormFields, UploadedFile, form_value, read_file_form, read_form
from yihui.http.keeper.form import (
    can_undo,
    parse_keeper_acts,
    parse_special_dates,
    preview_special_hours,
)
from yihui.http.keeper.mending import (
    MAX_PHOTO_FORM_BYTES,
    build_entry_view,
    is_confirmed,
    parse_entry,
    read_sent_photo,
)
from yihui.http.keeper.sign_in import (
    KEY_COOKIE,
    AccessRefusal,
    authenticate_keeper,
    delete_key_cookie,
    set_key_cookie,
)
from yihui.http.keeper.view import build_keeper_view
from yihui.http.looks import read_looks
from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.runtime.errors import ErrorLine, classify_fault, fault_line
from yihui.runtime.language import LANGUAGES, OTHER_LANGUAGE, Language
from yihui.runtime.origins import is_same_origin
from yihui.services.events.events import store_accepted_events
from yihui.services.stations.keepers import (
    NEEDS_UNTIL,
    KeeperStation,
    are_acts_processed,
    keeper_events,
    load_keeper_station,
)
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


MAX_FORM_BYTES = 16 << 10
_MAX_WAIT_S, _POLL_INTERVAL_S = 3.0, 0.02
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    # Not “no-referrer”: a browser would then send “null” as a form's origin, which the check refuses.
    "Referrer-Policy": "same-origin",
}
_NOTHING: FormFields = {}
_FREE = {"field": N_("What you wrote")}  # an act has one field that is typed freely


@dataclass(frozen=True, slots=True)
class FormFeedback:
    """Feedback above the page: the confirmation of an act, or the faults of a form and the form itself.

    ``week`` is what hours that aren't stored yet would be, ``asks_until`` whether the page asks until when one gets
    in. ``is_act``: the form says how the station is now, and changes nothing of the register.
    """

    done: ActConfirmation | None = None
    problems: Sequence[ErrorLine] = ()
    sent: FormFields = field(default_factory=lambda: _NOTHING)
    status: int = 200
    week: Sequence[tuple[str, str]] = ()
    asks_until: bool = False
    is_act: bool = False


@dataclass(frozen=True, slots=True)
class FormResult:
    """The response to a form, and the ids of the events accepted from it."""

    answer: Response
    numbers: Sequence[str] = ()


def router(site: Site) -> APIRouter:
    made, pages = APIRouter(prefix="/keep", include_in_schema=False), Pages.build(site.wiring.settings)
    page = _Page(site, pages)

    @made.get("", response_class=HTMLResponse)
    def keep(request: Request) -> Response:
        """Show the page of the station whose key is in the cookie, or else the form for the key."""
        return page.render_page(request)

    @made.get("/hours", response_class=HTMLResponse)
    def hours(request: Request) -> Response:
        """Show how riders will read the special dates that the keeper is typing."""
        return page.preview_hours(request)

    @made.get("/key")
    @made.get("/leave")
    @made.get("/mend")
    @made.get("/photo")
    @made.get("/say")
    def back(request: Request) -> Response:
        """Redirect to the page when the browser reloads the address of a form."""
        return _to_page(request)

    @made.post("/key")
    async def key(request: Request) -> Response:
        sent = await read_form(request, MAX_FORM_BYTES)
        return await run_in_threadpool(page.sign_in, request, form_value(sent, "key"))

    @made.post("/leave")
    def leave(request: Request) -> Response:
        return page.sign_out(request)

    @made.post("/mend")
    async def mend(request: Request) -> Response:
        """Change the register, or show back the hours that were typed."""
        sent = await read_form(request, MAX_FORM_BYTES)
        return await site.write_queue.run(page.mend, request, sent)

    @made.post("/photo")
    async def photo(request: Request) -> Response:
        """Store a photo that waits for an officer's look."""
        _, files = await read_file_form(request, MAX_PHOTO_FORM_BYTES)
        return await run_in_threadpool(page.store_photo, request, files)

    @made.post("/say")
    async def say(request: Request) -> Response:
        sent = await read_form(request, MAX_FORM_BYTES)
        told = await site.write_queue.run(page.submit_acts, request, sent)
        await page.wait_until_processed(told.numbers)
        return told.answer

    return made


@dataclass(frozen=True, slots=True)
class _Page:
    site: Site
    pages: Pages

    def render_page(self, request: Request) -> Response:
        found = authenticate_keeper(self.site, request)
        if isinstance(found, AccessRefusal):
            return self._door(request, found, is_read=not _is_part(request))
        language = self.site.language(request)
        number = request.query_params.get("said", "")[:64]
        known, done = self._known(found, number, language)
        if known is not None and "mended" in request.query_params:
            done = self._confirm_mended(known, request.query_params["mended"], language)
        return self._station(request, known, FormFeedback(done))

    def mend(self, request: Request, sent: FormFields) -> Response:
        """Change the register and redirect to the page; show the week of new hours, or what is wrong."""
        if not is_same_origin(request):
            return self._door(request, AccessRefusal.FOREIGN)
        found = authenticate_keeper(self.site, request)
        if isinstance(found, AccessRefusal):
            return self._door(request, found)
        language = self.site.language(request)
        known, _ = self._known(found, "", language)
        if known is None:
            return self._station(request, None, FormFeedback())
        try:
            entry = parse_entry(sent, known.station, self.site.wiring, language)
            if not is_confirmed(sent, entry):
                return self._station(request, known, FormFeedback(sent=sent, week=entry.week))
            number = store_entry(self.site.wiring, found, request.cookies.get(KEY_COOKIE, ""), entry.form)
        except FaultError as error:
            problems = [fault_line(one, language) for one in error.faults]
            return self._station(request, known, FormFeedback(problems=problems, sent=sent, status=422))
        return _to_page(request, mended=str(number))

    def store_photo(self, request: Request, files: Mapping[str, UploadedFile]) -> Response:
        """Draw a photo anew, store it, and redirect to the page; show what is wrong with it."""
        if not is_same_origin(request):
            return self._door(request, AccessRefusal.FOREIGN)
        found = authenticate_keeper(self.site, request)
        if isinstance(found, AccessRefusal):
            return self._door(request, found)
        language = self.site.language(request)
        try:
            store_photo(self.site.wiring, found, request.cookies.get(KEY_COOKIE, ""), read_sent_photo(files))
        except FaultError as error:
            problems = [fault_line(one, language) for one in error.faults]
            known, _ = self._known(found, "", language)
            said = FormFeedback(problems=problems, sent={"act": ["photo"]}, status=422)
            return self._station(request, known, said)
        return _to_page(request, mended="photo")

    def _confirm_mended(
        self, known: KeeperStation, number: str, language: Language
    ) -> ActConfirmation | None:
        if number == "photo":
            told = N_("Thank you. The union looks at the photo first; then riders see it.")
            return ActConfirmation(language.translate(told))
        lines = describe_change(self.site.wiring, known.station.id, number, language)
        if lines is not None:
            return ActConfirmation(language.translate(N_("Stored. Riders read it from now on:")), lines)
        same = N_("It said so already; nothing was changed.")
        return ActConfirmation(language.translate(same)) if number == "0" else None

    def sign_in(self, request: Request, key: str) -> Response:
        """Store a valid key in the cookie and redirect, so that a reload does not send the key again."""
        if not is_same_origin(request):
            return self._door(request, AccessRefusal.FOREIGN)
        found = authenticate_keeper(self.site, request, key)
        if isinstance(found, AccessRefusal):
            return self._door(request, AccessRefusal.WRONG if found is AccessRefusal.NO_KEY else found)
        response = _to_page(request)
        set_key_cookie(response, request, key)
        return response

    def sign_out(self, request: Request) -> Response:
        response = _to_page(request)
        if is_same_origin(request):
            delete_key_cookie(response, request)
        return response

    def submit_acts(self, request: Request, sent: FormFields) -> FormResult:
        """Accept a form's acts and redirect to the page; if the form has faults, show it again with them."""
        if not is_same_origin(request):
            return FormResult(self._door(request, AccessRefusal.FOREIGN))
        found = authenticate_keeper(self.site, request)
        if isinstance(found, AccessRefusal):
            return FormResult(self._door(request, found))
        language = self.site.language(request)
        known, _ = self._known(found, "", language)
        if known is None:
            return FormResult(self._station(request, None, FormFeedback()))
        try:
            acts = parse_keeper_acts(sent, known, language)
            events = keeper_events(acts, known.station.id, found.id, known.now)
        except FaultError as error:
            if error.code == NEEDS_UNTIL:
                return FormResult(
                    self._station(request, known, FormFeedback(sent=sent, asks_until=True, is_act=True))
                )
            problems = [
                fault_line(replace(one, terms={**_FREE, **one.terms}), language) for one in error.faults
            ]
            said = FormFeedback(problems=problems, sent=sent, status=422, is_act=True)
            return FormResult(self._station(request, known, said))
        store_accepted_events(self.site.wiring, events)
        self.site.drain.wake()
        numbers = [event.id for event in events]
        return FormResult(_to_page(request, said=numbers[0] if numbers else ""), numbers)

    async def wait_until_processed(self, numbers: Sequence[str]) -> None:
        """Wait until the events are processed, without holding a thread; the next page shows their effect."""
        wiring = self.site.wiring
        try:
            async with asyncio.timeout(_MAX_WAIT_S):
                while numbers and not await run_in_threadpool(are_acts_processed, wiring, numbers):
                    await asyncio.sleep(_POLL_INTERVAL_S)
        except TimeoutError:  # the next page says that the act is still pending
            return

    def preview_hours(self, request: Request) -> Response:
        """Return one paragraph: the days and hours as riders will read them, or the faults of the text."""
        found = authenticate_keeper(self.site, request)
        if isinstance(found, AccessRefusal):
            return self._door(request, found, is_read=False)
        language = self.site.language(request)
        known, _ = self._known(found, "", language)
        sent = {name: [value] for name, value in request.query_params.items() if value.strip()}
        if known is None:
            return self._station(request, None, FormFeedback())
        try:
            special, _name = parse_special_dates(sent, known, language)
        except FaultError as error:
            lines = [fault_line(fault, language) for fault in error.faults]
            return self._html(request, "keep/read_back.html", 200, stretches=(), problems=lines)
        stretches = [
            (format_day_span(stretch.first, stretch.last, language), stretch.words)
            for stretch in preview_special_hours(special, known, language)
        ]
        return self._html(request, "keep/read_back.html", 200, stretches=stretches, problems=())

    def _known(
        self, key: KeeperKey, number: str, language: Language
    ) -> tuple[KeeperStation | None, ActConfirmation | None]:
        known, act = load_keeper_station(self.site.wiring, key.station, number)
        if known is None or act is None:
            return known, None
        if act.report is not None:
            return known, build_confirmation(act.report, known, language)
        return known, refused_confirmation(language) if act.is_processed else pending_confirmation(language)

    def _station(self, request: Request, known: KeeperStation | None, said: FormFeedback) -> Response:
        language = self.site.language(request)
        view = None if known is None else build_keeper_view(known, language)
        if _is_part(request) and view is not None:
            return self._html(request, "keep/live.html", 200, view=view)
        sent = {} if said.is_act else said.sent
        entry = None if known is None else build_entry_view(known.station, sent, language)
        return self._html(request, "keep.html", said.status, view=view, entry=entry, said=said, shut="")

    def _door(self, request: Request, why: AccessRefusal, *, is_read: bool = True) -> Response:
        """Render the sign-in form with the reason for refusal.

        ``is_read``: the keeper sees this page, so a cookie with an invalid key is deleted.
        """
        status = 200 if why is AccessRefusal.NO_KEY else classify_fault(f"keeper_access.{why}").status
        response = self._html(request, "keep.html", status, view=None, said=FormFeedback(), shut=why.value)
        if is_read and why in (AccessRefusal.WRONG, AccessRefusal.REVOKED, AccessRefusal.TOO_MANY):
            delete_key_cookie(response, request)
        return response

    def _html(self, request: Request, template: str, status: int, **values: object) -> Response:
        language = self.site.language(request)
        query = _lang(request)
        html = self.pages.render(
            template,
            language,
            query="?lang=" + query["lang"] if query else "",
            other_language=f"/keep?lang={OTHER_LANGUAGE[language.code]}",
            **read_looks(request, "/keep"),
            **values,
        )
        return HTMLResponse(html, status, _HEADERS)


def _lang(request: Request) -> Mapping[str, str]:
    """Return the language query parameter if the keeper chose a language on the page."""
    asked = request.query_params.get("lang", "")
    return {"lang": asked} if asked in LANGUAGES else {}


def _is_part(request: Request) -> bool:
    """Return whether the page's script asks for the live part only."""
    return request.query_params.get("part") == "now"


def _to_page(request: Request, said: str = "", mended: str = "") -> Response:
    """Redirect (303) to the page, which can be reloaded without repeating the act."""
    parts = {**({"said": said} if said else {}), **({"mended": mended} if mended else {}), **_lang(request)}
    query = "&".join(f"{name}={value}" for name, value in parts.items())
    return RedirectResponse(f"/keep?{query}" if query else "/keep", 303, _HEADERS)
