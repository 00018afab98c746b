"""/keep: the keeper's page. It works without script.

A keeper opens it by a link with the key after #, which browsers never send and no log records.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from core.faults import FaultError
from core.text_marks import N_
from geo.registry.keys import KeeperKey
from yihui.cases.stations.calls import (
    preview_days,
    store_entry,
    store_photo,
    take_entry_back,
    take_photo_back,
)
from yihui.http.body import FormFields, UploadedFile, form_number, form_value, read_file_form, read_form
from yihui.http.keeper.confirmations import (
    ActConfirmation,
    confirm_act,
    confirm_change,
    confirm_photo,
    list_recent_changes,
)
from yihui.http.keeper.form import parse_keeper_acts, parse_special_dates
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
from yihui.http.keeper.view import build_keeper_view, list_replaced_dates
from yihui.http.looks import read_looks
from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.runtime.errors import ErrorLine, classify_fault, fault_line
from yihui.runtime.language import LANGUAGES, OTHER_LANGUAGE
from yihui.runtime.origins import is_same_origin
from yihui.services.events.events import store_accepted_events
from yihui.services.stations.keepers import (
    NEEDS_UNTIL,
    KeeperAct,
    KeeperStation,
    are_acts_processed,
    keeper_events,
    load_keeper_station,
)

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

    ``week`` is what hours that aren't stored yet would be, ``offers`` the words that say what they leave open of holidays, ``asks_until`` whether the page asks until when one gets
    in; ``replaced`` are announced days and hours that those of the form would replace, which it must confirm.
    ``is_act``: the form says how the station is now, and changes nothing of the register.
    """

    done: ActConfirmation | None = None
    problems: Sequence[ErrorLine] = ()
    sent: FormFields = field(default_factory=lambda: _NOTHING)
    status: int = 200
    week: Sequence[tuple[str, str]] = ()
    offers: Sequence[str] = ()
    asks_until: bool = False
    replaced: Sequence[tuple[str, str]] = ()
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
        known, act = load_keeper_station(self.site.wiring, found.station, _asked(request, "said")[:64])
        done = None if known is None else self._confirm(request, known, act)
        return self._station(request, found, known, FormFeedback(done))

    def _confirm(
        self, request: Request, known: KeeperStation, act: KeeperAct | None
    ) -> ActConfirmation | None:
        language = self.site.language(request)
        if "mended" in request.query_params:
            return confirm_change(self.site.wiring, known, _asked(request, "mended"), language)
        if "photo" in request.query_params:
            return confirm_photo(_asked(request, "photo"), language)
        return confirm_act(act, _asked(request, "undone"), known, language)

    def mend(self, request: Request, sent: FormFields) -> Response:
        """Change the register, or take a change back, and redirect; show the week of new hours, or what is wrong."""
        found, known = self._admit(request)
        if isinstance(found, Response) or known is None:
            return (
                found if isinstance(found, Response) else self._station(request, found, None, FormFeedback())
            )
        wiring, language = self.site.wiring, self.site.language(request)
        text = request.cookies.get(KEY_COOKIE, "")
        try:
            if form_value(sent, "act") == "revoke":
                return self._take_back(request, found, text, sent)
            entry = parse_entry(sent, known.station, wiring, language)
            if not is_confirmed(sent, entry):
                return self._station(
                    request,
                    found,
                    known,
                    FormFeedback(sent=sent, week=entry.week, offers=entry.offers),
                )
            number = store_entry(wiring, found, text, entry.form)
        except FaultError as error:
            return self._show_faults(request, found, known, error, sent)
        return _to_page(request, mended=str(number))

    def _take_back(self, request: Request, key: KeeperKey, text: str, sent: FormFields) -> Response:
        if photo := form_number(sent, "photo"):
            take_photo_back(self.site.wiring, key, text, photo)
            return _to_page(request, photo="")
        number = take_entry_back(self.site.wiring, key, text, form_number(sent, "change"))
        return _to_page(request, mended=str(number))

    def store_photo(self, request: Request, files: Mapping[str, UploadedFile]) -> Response:
        """Draw a photo anew, store it, and redirect to the page; show what is wrong with it."""
        found, known = self._admit(request)
        if isinstance(found, Response):
            return found
        try:
            picture = read_sent_photo(files)
            number = store_photo(self.site.wiring, found, request.cookies.get(KEY_COOKIE, ""), picture)
        except FaultError as error:
            return self._show_faults(request, found, known, error, {"act": ["photo"]})
        return _to_page(request, photo=str(number))

    def _admit(self, request: Request) -> tuple[KeeperKey | Response, KeeperStation | None]:
        """Return the key of a form from our own page with its station, or the page that refuses it."""
        if not is_same_origin(request):
            return self._door(request, AccessRefusal.FOREIGN), None
        found = authenticate_keeper(self.site, request)
        if isinstance(found, AccessRefusal):
            return self._door(request, found), None
        return found, load_keeper_station(self.site.wiring, found.station)[0]

    def _show_faults(
        self,
        request: Request,
        found: KeeperKey,
        known: KeeperStation | None,
        error: FaultError,
        sent: FormFields,
    ) -> Response:
        problems = [fault_line(one, self.site.language(request)) for one in error.faults]
        return self._station(request, found, known, FormFeedback(problems=problems, sent=sent, status=422))

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
        found, known = self._admit(request)
        if isinstance(found, Response):
            return FormResult(found)
        if known is None:
            return FormResult(self._station(request, found, None, FormFeedback()))
        language = self.site.language(request)
        try:
            acts = parse_keeper_acts(sent, known, found.id, language)
            if form_value(sent, "act") == "hours" and "replaces" not in sent:
                replaced = list_replaced_dates(known, acts[0], language)
                if replaced:
                    asked = FormFeedback(sent=sent, replaced=replaced, is_act=True)
                    return FormResult(self._station(request, found, known, asked))
            events = keeper_events(acts, known.station.id, found.id, known.now)
        except FaultError as error:
            problems = [
                fault_line(replace(one, terms={**_FREE, **one.terms}), language)
                for one in error.faults
                if one.code != NEEDS_UNTIL
            ]
            asks_until, status = any(one.field == "until" for one in error.faults), 422 if problems else 200
            said = FormFeedback(
                problems=problems, sent=sent, status=status, asks_until=asks_until, is_act=True
            )
            return FormResult(self._station(request, found, known, said))
        store_accepted_events(self.site.wiring, events)
        self.site.drain.wake()
        numbers = [event.id for event in events]
        undone = {"undone": which} if (which := form_value(sent, "which")) else {}
        entered = {"said": numbers[0]} if numbers else {}
        return FormResult(_to_page(request, **entered, **undone), numbers)

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
        known, _ = load_keeper_station(self.site.wiring, found.station)
        sent = {name: [value] for name, value in request.query_params.items() if value.strip()}
        if known is None:
            return self._station(request, found, None, FormFeedback())
        try:
            special, _name = parse_special_dates(sent, known, language)
        except FaultError as error:
            lines = [fault_line(fault, language) for fault in error.faults]
            return self._html(request, "keep/read_back.html", 200, stretches=(), problems=lines)
        stretches = preview_days(known.station, known.live, special, language)
        return self._html(request, "keep/read_back.html", 200, stretches=stretches, problems=())

    def _station(
        self, request: Request, key: KeeperKey, known: KeeperStation | None, said: FormFeedback
    ) -> Response:
        language = self.site.language(request)
        view = None if known is None else build_keeper_view(known, language)
        if _is_part(request) and view is not None:
            return self._html(request, "keep/live.html", 200, view=view, said=said)
        sent = {} if said.is_act else said.sent
        entry = None if known is None else build_entry_view(known.station, sent, language)
        recent = [] if known is None else list_recent_changes(self.site.wiring, known, key, language)
        return self._html(
            request, "keep.html", said.status, view=view, entry=entry, recent=recent, said=said, shut=""
        )

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


def _asked(request: Request, name: str) -> str:
    return request.query_params.get(name, "")


def _to_page(request: Request, **parts: str) -> Response:
    """Redirect (303) to the page, which can be reloaded without repeating the act."""
    query = urlencode({**parts, **_lang(request)})
    return RedirectResponse(f"/keep?{query}" if query else "/keep", 303, _HEADERS)
