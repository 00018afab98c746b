"""/keep : the keeper's page. Opened by a link whose key stands behind #, which no log sees; works without script."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from core.faults import InputFaults
from events import Event, accept
from geo.registry import KeeperKey
from geo.registry.keeper_notices import find_word
from yihui.http.form import Sent, one, sent_form
from yihui.http.guard.host import is_from_here
from yihui.http.keeper.confirmation import Done, done_of, refused, waiting
from yihui.http.keeper.form import acts_in, read_back, special_in
from yihui.http.keeper.sign_in import Shut, forget, holder, let_in
from yihui.http.keeper.view import Known, known_of, view_of
from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.runtime.errors import Line, fault_line
from yihui.runtime.language import LANGUAGES, Language
from yihui.services.keepers import KEEPERS, keeper_events
from yihui.services.processed_events import are_handled
from yihui.views.hours_by_day import days_in_words

N_ = str  # marks a text for the message catalogue

MAX_FORM_BYTES = 16 << 10
_LONGEST_WAIT_S, _LOOK_EVERY_S = 3.0, 0.02
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    # Not “no-referrer”: a browser would send a form's origin as “null” then, and we could not tell it from others'.
    "Referrer-Policy": "same-origin",
}
_OTHER = {"zh": "en", "en": "zh"}
_STATUS = {Shut.NO_KEY: 200, Shut.WRONG: 403, Shut.REVOKED: 403, Shut.TOO_MANY: 429, Shut.FOREIGN: 403}
_NOTHING: Sent = {}


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with the page: what was done, or what was wrong with the form and the form itself."""

    done: Done | None = None
    problems: Sequence[Line] = ()
    sent: Sent = field(default_factory=lambda: _NOTHING)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a form, and the numbers of what it said that was accepted."""

    answer: Response
    numbers: Sequence[str] = ()


def router(site: Site) -> APIRouter:
    made, pages = APIRouter(prefix="/keep", include_in_schema=False), Pages()
    page = _Page(site, pages)

    @made.get("", response_class=HTMLResponse)
    def keep(request: Request) -> Response:
        """The page of the station whose key is in the cookie; without one the form for it."""
        return page.shown(request)

    @made.get("/hours", response_class=HTMLResponse)
    def hours(request: Request) -> Response:
        """What is understood of special dates while they are written."""
        return page.read_back(request)

    @made.get("/key")
    @made.get("/leave")
    @made.get("/say")
    def back(request: Request) -> Response:
        """Where a form was sent to, looked at again."""
        return _to_page(request)

    @made.post("/key")
    async def key(request: Request) -> Response:
        sent = await sent_form(request, MAX_FORM_BYTES)
        return await run_in_threadpool(page.opened, request, one(sent, "key"))

    @made.post("/leave")
    def leave(request: Request) -> Response:
        return page.left(request)

    @made.post("/say")
    async def say(request: Request) -> Response:
        sent = await sent_form(request, MAX_FORM_BYTES)
        told = await site.writing.run(page.told, request, sent)
        await page.handled(told.numbers)
        return told.answer

    return made


@dataclass(frozen=True, slots=True)
class _Page:
    site: Site
    pages: Pages

    def shown(self, request: Request) -> Response:
        found = holder(self.site, request)
        if isinstance(found, Shut):
            return self._door(request, found, is_read=not _is_part(request))
        language = self.site.language(request)
        number = request.query_params.get("said", "")[:64]
        known, done = self._known(found, number, language)
        return self._station(request, known, Said(done))

    def opened(self, request: Request, key: str) -> Response:
        """Keep a key that fits; the page is asked for anew, so that no reload sends it again."""
        if not is_from_here(request):
            return self._door(request, Shut.FOREIGN)
        found = holder(self.site, request, key)
        if isinstance(found, Shut):
            return self._door(request, Shut.WRONG if found is Shut.NO_KEY else found)
        response = _to_page(request)
        let_in(response, request, key)
        return response

    def left(self, request: Request) -> Response:
        response = _to_page(request)
        if is_from_here(request):
            forget(response, request)
        return response

    def told(self, request: Request, sent: Sent) -> Told:
        """Let a form's acts take effect, and show what holds then; or the form again with what is wrong."""
        if not is_from_here(request):
            return Told(self._door(request, Shut.FOREIGN))
        found = holder(self.site, request)
        if isinstance(found, Shut):
            return Told(self._door(request, found))
        language = self.site.language(request)
        known, _ = self._known(found, "", language)
        if known is None:
            return Told(self._station(request, None, Said()))
        try:
            acts = acts_in(sent, known, language)
            events = keeper_events(acts, known.station.id, found.id, known.now)
        except InputFaults as error:
            problems = [fault_line(fault, language) for fault in error.faults]
            return Told(self._station(request, known, Said(problems=problems, sent=sent, status=422)))
        self._accept(events)
        numbers = [event.id for event in events]
        return Told(_to_page(request, said=numbers[0] if numbers else ""), numbers)

    async def handled(self, numbers: Sequence[str]) -> None:
        """Wait, without a thread, until these have taken effect: the next page shall show what holds then."""
        try:
            async with asyncio.timeout(_LONGEST_WAIT_S):
                while numbers and not await run_in_threadpool(self._are_handled, numbers):
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:  # the next page says that it still waits
            return

    def read_back(self, request: Request) -> Response:
        """One paragraph: the days and what riders will be told, or what is wrong."""
        found = holder(self.site, request)
        if isinstance(found, Shut):
            return self._door(request, found, is_read=False)
        language = self.site.language(request)
        known, _ = self._known(found, "", language)
        sent = {name: [value] for name, value in request.query_params.items() if value.strip()}
        if known is None:
            return self._station(request, None, Said())
        try:
            special, _name = special_in(sent, known, language)
        except InputFaults as error:
            lines = [fault_line(fault, language) for fault in error.faults]
            return self._html(request, "keep/read_back.html", 200, stretches=(), problems=lines)
        stretches = [
            (days_in_words(stretch.first, stretch.last, language), stretch.words)
            for stretch in read_back(special, known, language)
        ]
        return self._html(request, "keep/read_back.html", 200, stretches=stretches, problems=())

    def _known(self, key: KeeperKey, number: str, language: Language) -> tuple[Known | None, Done | None]:
        now = self.site.wiring.now()
        with self.site.wiring.database.read() as connection:
            known = known_of(connection, key.station, now)
            if known is None or not number or not number.isprintable():
                return known, None
            word = find_word(connection, key.station, KEEPERS, number)
            was_handled = are_handled(connection, KEEPERS, [number])
        if word is not None:
            return known, done_of(word, known, language)
        return known, refused(language) if was_handled else waiting(language)

    def _accept(self, events: Sequence[Event]) -> None:
        wiring = self.site.wiring
        with wiring.database.write() as connection:
            accept(connection, events, wiring.now())
        self.site.drain.wake()

    def _are_handled(self, numbers: Sequence[str]) -> bool:
        with self.site.wiring.database.read() as connection:
            return are_handled(connection, KEEPERS, numbers)

    def _station(self, request: Request, known: Known | None, said: Said) -> Response:
        language = self.site.language(request)
        view = None if known is None else view_of(known, language)
        if _is_part(request) and view is not None:
            return self._html(request, "keep/live.html", 200, view=view)
        return self._html(request, "keep.html", said.status, view=view, said=said, shut="")

    def _door(self, request: Request, why: Shut, *, is_read: bool = True) -> Response:
        """The form for the key, and why it is needed; a key that doesn't open is forgotten once somebody reads so."""
        response = self._html(request, "keep.html", _STATUS[why], view=None, said=Said(), shut=why.value)
        if is_read and why in (Shut.WRONG, Shut.REVOKED, Shut.TOO_MANY):
            forget(response, request)
        return response

    def _html(self, request: Request, template: str, status: int, **values: object) -> Response:
        language = self.site.language(request)
        query = _lang(request)
        html = self.pages.render(
            template,
            language,
            query="?lang=" + query["lang"] if query else "",
            other_language=f"/keep?lang={_OTHER[language.code]}",
            **values,
        )
        return HTMLResponse(html, status, _HEADERS)


def _lang(request: Request) -> Mapping[str, str]:
    """The language, where it was chosen on the page."""
    asked = request.query_params.get("lang", "")
    return {"lang": asked} if asked in LANGUAGES else {}


def _is_part(request: Request) -> bool:
    """Whether the page's script asks for what holds now, rather than somebody for the page."""
    return request.query_params.get("part") == "now"


def _to_page(request: Request, said: str = "") -> Response:
    """See other: the page itself, which can be loaded again without doing anything twice."""
    parts = {**({"said": said} if said else {}), **_lang(request)}
    query = "&".join(f"{name}={value}" for name, value in parts.items())
    return RedirectResponse(f"/keep?{query}" if query else "/keep", 303, _HEADERS)
