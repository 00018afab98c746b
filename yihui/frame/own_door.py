"""A noun on the member's page: cards of hers, the page of a thing, and each act with a summary before it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.faults import FaultError
from members.attachments import AttachmentOwner, upload_owner
from yihui.access.acting import Acting
from yihui.access.actor import Actor
from yihui.frame.acts import Act, Key
from yihui.frame.doing import ActRequest, digest_wish, do_act, find_done, preview_act, try_act
from yihui.frame.feedback import SENT_FORM_FAULTS, FormFeedback, require_own_page
from yihui.frame.fields import FieldKind, FormField, fields_of
from yihui.frame.files import MAX_FILE_FORM_BYTES
from yihui.frame.listing import PAGE_ROWS, Slice
from yihui.frame.looking import NamedPage, NamedSections, find_rows, show_thing
from yihui.frame.names import NO_NAMES
from yihui.frame.noun import Noun, find_result, load_own_nouns
from yihui.frame.own_papers import NO_KEY, change_papers, list_waiting, read_key, read_paper
from yihui.frame.own_view import OwnCells, build_path
from yihui.frame.typed import parse_values, read_fields
from yihui.http.body import FormFields, content_media_type, form_number, form_value, read_file_form, read_form
from yihui.http.site import Site
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.services.attachments.attachments import SentFile

AnyAct = Act[Any, Any]
ANSWERS = "answers"  # the field of a form into which what its thing asks for is typed
_UNSTORED = {"Cache-Control": "no-store"}
_OF_BUTTONS = ("act", "form_key", "title", "previewed")  # what is sent besides the fields


class MemberVisit(Protocol):
    """A member at her page; what she sent counts from ``arrived_at``."""

    @property
    def request(self) -> Request: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def language(self) -> Language: ...
    @property
    def today(self) -> date: ...
    @property
    def arrived_at(self) -> datetime: ...
    def done(self, texts: Mapping[str, str]) -> str | None: ...
    def page(self, template: str, feedback: FormFeedback = ..., **context: Any) -> Response: ...


class MemberShell(Protocol):
    """What is around the pages: who visits, and what a refused form says."""

    @property
    def site(self) -> Site: ...
    def open(self, request: Request, arrived_at: datetime | None = None) -> MemberVisit: ...
    def open_fresh(self, request: Request, arrived_at: datetime | None = None) -> MemberVisit: ...
    def check_key(self, actor: Actor, sent: FormFields) -> str: ...
    def refuse(self, request: Request, error: FaultError, form: str, sent: FormFields) -> FormFeedback: ...


def list_own_body_limits() -> dict[str, int]:
    """Return by the beginning of its path how long a form may be that takes files."""
    return {
        f"{build_path(noun.path)}/{act.name if act.makes else ''}": MAX_FILE_FORM_BYTES
        for noun in load_own_nouns().values()
        for act in noun.acts
        if act.papers
    }


def add_own_noun(made: APIRouter, pages: MemberShell, noun: Noun) -> None:
    """Add a noun's pages to the router of the member's page; where its pages are by hand, its acts alone."""
    own = OwnPages(pages, noun)
    if not noun.is_by_hand:
        made.get(f"/{noun.path}")(own.show_her if noun.is_her_page else own.show_list)
    for act in noun.acts:
        own.add_act(made, act)
    if noun.show is not None and not (noun.is_by_hand or noun.is_her_page):
        made.get(f"/{noun.path}/{{thing}}")(own.show)


@dataclass(frozen=True, eq=False)  # without slots or a hash of its fields, as its methods are routes
class OwnPages:
    """The pages of one noun."""

    pages: MemberShell
    noun: Noun

    def show_list(self, request: Request, page: Annotated[int, Query(ge=1, le=1_000)] = 1) -> Response:
        visit, parts = self.pages.open(request), []
        for noun in (self.noun, *(load_own_nouns()[path] for path in self.noun.beside)):
            part = Slice((page - 1) * PAGE_ROWS) if noun is self.noun else Slice()
            found = find_rows(self.pages.site.wiring, visit.actor, noun, noun.listing.filter(), part)
            cells = OwnCells(visit.language, found.names, visit.today)
            cards = [cells.card(noun.listing.columns, row) for row in found.found.rows]
            if cards or noun is self.noun:
                parts.append((noun, cards, found.found.total > part.offset + part.limit))
        makes = [(act.title, build_path(self.noun.path, act=act.name)) for act in self.noun.acts if act.makes]
        return visit.page(
            "noun_list.html", noun=self.noun, parts=parts, makes=makes, page=page, done=self._done(visit)
        )

    def show(self, request: Request, thing: str) -> Response:
        visit = self.pages.open(request)
        return self._show(visit, self._find(visit, self._key(request)), thing)

    def show_her(self, request: Request) -> Response:
        visit = self.pages.open(request)
        return self._show(visit, self._find(visit, visit.actor.id))

    def _show(self, visit: MemberVisit, found: NamedPage, thing: str | None = None) -> Response:
        return visit.page(
            "noun_thing.html",
            noun=self.noun,
            sheet=found.page,
            shown=OwnCells(visit.language, found.names, visit.today),
            acts=[(act, needs_form(act) or act.is_grave) for act in map(self.noun.find_act, found.page.acts)],
            version=self.noun.version(found.thing),
            path=build_path(self.noun.path, thing),
            done=self._done(visit),
        )

    def add_act(self, made: APIRouter, act: AnyAct) -> None:
        enter = self.pages.open_fresh if act.is_fresh else self.pages.open

        def show_form(request: Request) -> Response:
            visit, key = enter(request), self._key(request)
            return self._show_act(visit, act, key, self._look(visit, key))

        async def submit(request: Request) -> Response:
            site, key = self.pages.site, self._key(request)
            require_own_page(request)
            visit = await run_in_threadpool(enter, request, site.wiring.now())
            content = b""
            if act.papers and content_media_type(request.headers) == "multipart/form-data":
                sent, files = await read_file_form(request, MAX_FILE_FORM_BYTES)
                content = files["file"].content if "file" in files else b""
            else:
                sent = await read_form(request)
            file = await run_in_threadpool(self._prepare, visit, act, key, sent, content)
            if isinstance(file, Response):
                return file
            return await site.write_queue.run(self._do, visit, act, key, sent, file)

        path = f"/{self.noun.path}/{act.name}" if act.makes else f"/{self.noun.path}/{{thing}}/{act.name}"
        made.get(path)(show_form)
        made.post(path)(submit)

    def _key(self, request: Request) -> Key | None:
        """Return the key of the thing that an address names; None if it names none."""
        assert self.noun.kind is not None, self.noun.path
        named = request.path_params.get("thing")
        return None if named is None else read_key(self.noun.kind, named)

    def _find(self, visit: MemberVisit, key: Key | None) -> NamedPage:
        return show_thing(self.pages.site.wiring, visit.actor, self.noun, key or "", visit.language)

    def _look(self, visit: MemberVisit, key: Key | None) -> NamedPage | None:
        return None if key is None else self._find(visit, key)

    def _done(self, visit: MemberVisit) -> str | None:
        acts = (act for noun in load_own_nouns().values() for act in noun.acts)
        leading = {act.name: act.done for act in acts if act.leads_to == self.noun.path}
        return visit.done({**leading, **self.noun.done_texts})

    def _show_act(
        self,
        visit: MemberVisit,
        act: AnyAct,
        key: Key | None,
        found: NamedPage | None,
        feedback: FormFeedback | None = None,
        preview: NamedSections | None = None,
    ) -> Response:
        """Show the form of an act, or, with a ``preview``, the summary of what was typed into it.

        What the thing's state doesn't allow has no form but that in which something was typed already, and what
        stands as a button on a page by hand only that which was refused.
        """
        back = _find_page(self.noun, key if found else None)
        is_by_hand = self.noun.is_by_hand
        is_button = (is_by_hand or bool(fields_of(act.form))) and not needs_form(act)
        if feedback is None and (is_button or (found is not None and act.name not in found.page.acts)):
            return RedirectResponse(back, 303, _UNSTORED)
        fields = _list_fields(act, found, visit.language)
        typed = feedback.sent if feedback else _begin(act, fields, found, visit.request.query_params)
        names = preview.names if preview else found.names if found else NO_NAMES
        cells = OwnCells(visit.language, names, visit.today)
        seen = form_number(typed, "version")
        return visit.page(
            "noun_act.html",
            feedback or FormFeedback(),
            noun=self.noun,
            act=act,
            sheet=found.page if found else None,
            shown=cells,
            fields=fields,
            typed=typed,
            summary=cells.summary(fields, typed) if preview else (),
            preview=preview,
            version=(seen or self.noun.version(found.thing)) if found and act.needs_version else None,
            path=build_path(self.noun.path, key, act.name),
            back=back,
            is_by_hand=is_by_hand,
            needs_form=needs_form(act),
            keeps_draft=needs_form(act) and not (act.is_secret and found and act.is_secret(found.thing)),
            **list_waiting(self.pages.site.wiring, _owner(visit, act, key)),
        )

    def _prepare(
        self, visit: MemberVisit, act: AnyAct, key: Key | None, sent: FormFields, content: bytes
    ) -> "SentFile | Response | None":
        """Check the form's key, and draw the file that came with it before the turn of the act comes."""
        self.pages.check_key(visit.actor, sent)
        if act.accepts_event:
            self.pages.site.gate.check()
        if not act.papers:
            return None
        if key is not None:
            self._find(visit, key)  # a file is stored for what is hers alone
        try:
            return read_paper(self.pages.site.wiring, visit.actor, visit.language, sent, content)
        except FaultError as error:
            return self._show_again(visit, act, key, error, _drop_buttons(sent))

    def _do(
        self, visit: MemberVisit, act: AnyAct, key: Key | None, sent: FormFields, file: "SentFile | None"
    ) -> Response:
        """Do an act whose summary was seen; else show that. A refused form comes back with what was typed."""
        site, typed = self.pages.site, _drop_buttons(sent)
        wiring, actor, acting = site.wiring, visit.actor, Acting(visit.actor, visit.today)
        try:
            is_done = bool(act.papers) and change_papers(wiring, acting, _owner(visit, act, key), sent, file)
            if is_done or form_value(sent, "act") == "change":
                again = FormFeedback(sent=typed, form=act.name)
                return self._show_act(visit, act, key, self._look(visit, key), again)
            found = self._look(visit, key) if act.asks is not None else None
            form = parse_values(act.form, _read(act, _list_fields(act, found, visit.language), sent))
            seen = form_number(sent, "version") if act.needs_version else None
            if seen == 0:
                raise FaultError(
                    SENT_FORM_FAULTS.build("missing", field="version", terms={"field": "version"})
                )
            wanted = ActRequest(key, seen, self.pages.check_key(actor, sent), visit.arrived_at)
            digest = digest_wish(act, wanted, form)
            if needs_form(act) and form_value(sent, "previewed") != digest:
                try_act(wiring, actor, act, wanted, form)
                preview = NamedSections((), NO_NAMES)
                if act.preview is not None:
                    preview = preview_act(wiring, actor, act, wanted, form, visit.language)
                feedback = FormFeedback(sent={**typed, "previewed": [digest]}, form=act.name)
                return self._show_act(visit, act, key, self._look(visit, key), feedback, preview)
            is_event = act.accepts_event and find_done(wiring, actor, act, wanted.once) is None
            done = do_act(wiring, actor, act, wanted, form)
        except FaultError as error:
            return self._show_again(visit, act, key, error, typed)
        if is_event:
            site.gate.add_accepted(1)
            site.drain.wake()
        return RedirectResponse(f"{self._find_result(act, done)}?done={act.name}", 303, _UNSTORED)

    def _show_again(
        self, visit: MemberVisit, act: AnyAct, key: Key | None, error: FaultError, typed: FormFields
    ) -> Response:
        """Show a refused form with what was typed, though its thing be gone meanwhile.

        *Raises*: FaultError if the member may not send it at all.
        """
        found = None
        try:
            found = self._look(visit, key)
        except FaultError as gone:
            if not (
                needs_form(act) and _list_fields(act, None, visit.language)
            ):  # nothing that could be shown
                raise
            error = gone
        fields = _list_fields(act, found, visit.language)
        titles = {one.name: one.prompt.title for one in fields}
        named = [
            replace(one, terms={**one.terms, "field": titles[one.field]}) if one.field in titles else one
            for one in error.faults
        ]
        if any(
            one.field == "version" for one in error.faults
        ):  # the page that says so shows what is there now
            typed = {name: values for name, values in typed.items() if name != "version"}
        feedback = self.pages.refuse(visit.request, type(error)(named), act.name, typed)
        if feedback.status in (401, 403, 500):
            raise error
        return self._show_act(visit, act, key, found, feedback)

    def _find_result(self, act: AnyAct, done: Key) -> str:
        """Return the page of what an act made or changed; where a page by hand shows it, that one."""
        noun = find_result(act) if act.leads_to else self.noun
        has_page = noun.show is not None and not (noun.is_her_page or (noun.is_by_hand and act.makes))
        return _find_page(noun, done if has_page else None)


def _find_page(noun: Noun, key: Key | None) -> str:
    """Return the page of a thing, or, of a noun by hand that stands on the page above it, that one."""
    return noun.tabs[0][0] if noun.is_by_hand and noun.tabs else build_path(noun.path, key)


def needs_form(act: AnyAct) -> bool:
    """Return whether something is typed for an act; else its button does it."""
    return bool(
        act.papers or act.asks or any(one.kind is not FieldKind.HIDDEN for one in fields_of(act.form))
    )


def _list_fields(act: AnyAct, found: NamedPage | None, language: Language) -> Sequence[FormField]:
    """Return the fields of an act's form, or those that its thing asks for."""
    if act.asks is None:
        return fields_of(act.form)
    return act.asks(found.thing if found else None, language)


def _begin(
    act: AnyAct, fields: Sequence[FormField], found: NamedPage | None, named: Mapping[str, str]
) -> FormFields:
    """Return what stands in a form at first: what is known of the thing, or what the address says of a new one."""
    known = dict(act.begin(found.thing)) if act.begin is not None and found is not None else {}
    said = named if act.makes else {}
    begun = {one.name: said.get(one.name) or one.begin(known.get(one.name, one.default)) for one in fields}
    return {name: [value] for name, value in begun.items() if value}


def _read(act: AnyAct, fields: Sequence[FormField], sent: FormFields) -> Mapping[str, object]:
    """Return what was typed; several choices of what its thing asks for as they were ticked."""
    if act.asks is None:
        return read_fields(fields, sent)
    several = {
        one.name: sent[one.name] for one in fields if one.kind is FieldKind.CHOICES and one.name in sent
    }
    return {ANSWERS: {**read_fields(fields, sent), **several}}


def _drop_buttons(sent: FormFields) -> FormFields:
    return {name: values for name, values in sent.items() if name not in _OF_BUTTONS}


def _owner(visit: MemberVisit, act: AnyAct, key: Key | None) -> AttachmentOwner | None:
    """Return whose the files are that wait for a form; None if it takes none."""
    return (
        upload_owner(visit.actor.id, act.papers, NO_KEY if key is None else str(key)) if act.papers else None
    )
