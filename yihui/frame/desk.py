"""A noun at the desk: its list, the page of a thing, and the form of each act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from core.faults import Fault, FaultError
from yihui.frame.acts import Act, Door, Key
from yihui.frame.api import with_key
from yihui.frame.cells import cell_text, shorten_days
from yihui.frame.content import Papers, Table
from yihui.frame.desk_list import NounList
from yihui.frame.doing import ActRequest, digest_wish, do_act, find_done, give_file, preview_act, reveal_act
from yihui.frame.feedback import SENT_FORM_FAULTS, FormFeedback
from yihui.frame.fields import FieldKind, FormField, TypedFile, fields_of
from yihui.frame.files import (
    MAX_FILE_FORM_BYTES,
    XLSX,
    delete_files,
    download_response,
    draw_pictures,
    picture_response,
    saved_response,
    show_pictures,
    store_files,
    store_pictures,
)
from yihui.frame.forms import FormView
from yihui.frame.html import CellRenderer
from yihui.frame.looking import NamedPage, NamedSections, show_thing
from yihui.frame.names import NO_NAMES
from yihui.frame.noun import Noun, load_nouns
from yihui.frame.pages import OfficerPages, OfficerVisit, build_link, require_confirmation
from yihui.frame.papers import PAPER_ROUTES, load_paper
from yihui.frame.plain import render_tables
from yihui.frame.typed import name_fields, parse_values, read_typed, typed_values
from yihui.frame.typed_names import begin_form, choose_begun, resolve_names
from yihui.frame.types import MAX_SENT_BYTES
from yihui.frame.waiting import find_next
from yihui.http.body import (
    FormFields,
    UploadedFile,
    content_media_type,
    form_number,
    form_value,
    read_file_form,
    read_form,
)
from yihui.runtime.errors import ErrorLine

if TYPE_CHECKING:
    from members.attachments import Attachment

MAX_FORM_BYTES, MAX_FILE_BYTES = 256 << 10, 4 << 20
_WITH_FILES = {
    FieldKind.LIST: MAX_FILE_BYTES,
    FieldKind.PICTURE: MAX_FILE_FORM_BYTES,
    FieldKind.FILE: MAX_SENT_BYTES + MAX_FORM_BYTES,
}
_NOTHING_TYPED: Mapping[str, str] = {}


def _file_limit(form: type[BaseModel]) -> int:
    """Return how long a form may be with the files that its fields take; 0: it takes none."""
    return max((_WITH_FILES.get(one.kind, 0) for one in fields_of(form)), default=0)


def list_body_limits() -> dict[str, int]:
    """Return by the beginning of its path how long the form of an act with files may be."""
    found: dict[str, int] = {}
    for noun in load_nouns().values():
        for act in noun.acts:
            if Door.DESK in act.doors and (most := _file_limit(act.form)):
                path = f"/desk/{noun.path}/{act.name if act.makes else ''}"
                found[path] = max(most, found.get(path, 0))
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def add_noun(made: APIRouter, pages: OfficerPages, noun: Noun) -> None:
    """Add a noun's pages to the desk's router."""
    desk = NounPages(pages, noun)
    NounList(pages, noun).add_routes(made)
    for act in noun.acts:
        if Door.DESK in act.doors:
            desk.add_act(made, act)
    if noun.show is not None:
        desk.add_thing(made)
    if noun.papers is not None:
        desk.add_papers(made)


@dataclass(frozen=True, slots=True)
class NounPages:
    """The pages of one noun."""

    pages: OfficerPages
    noun: Noun

    @property
    def path(self) -> str:
        return f"/desk/{self.noun.path}"

    def add_thing(self, made: APIRouter) -> None:
        def show(request: Request, thing: Key) -> Response:
            return self._thing(self.pages.open(request, self.noun.right, self.noun.place), thing, request)

        made.get(f"/{self.noun.path}/{{thing}}")(with_key(show, self.noun.key))

    def add_papers(self, made: APIRouter) -> None:
        wiring = self.pages.site.wiring

        def load(request: Request, thing: Key, paper: int) -> "Attachment":
            return load_paper(
                wiring, self.pages.open(request, self.noun.right).actor, self.noun, thing, paper
            )

        def show_page(request: Request, thing: Key, paper: int, page: int) -> Response:
            from yihui.services.attachments.attachments import read_page

            return picture_response(read_page(wiring, load(request, thing, paper), page))

        def download(request: Request, thing: Key, paper: int) -> Response:
            from yihui.services.attachments.attachments import read_whole

            found = load(request, thing, paper)
            return download_response(found, read_whole(wiring, found))

        pages, whole = (f"/{self.noun.path}/{{thing}}{end}" for end in PAPER_ROUTES)
        made.get(pages)(with_key(show_page, self.noun.key))
        made.get(whole)(with_key(download, self.noun.key))

    def add_act(self, made: APIRouter, act: Act[Any, Any]) -> None:
        path = f"/{self.noun.path}/{act.name}" if act.makes else f"/{self.noun.path}/{{thing}}/{act.name}"

        def show_form(request: Request, thing: Key) -> Response:
            return self.show_act(self.pages.open(request, act.right, self.noun.place), act, thing)

        async def submit(request: Request, thing: Key) -> Response:
            return await self._submit(request, act, thing)

        def show_new(request: Request) -> Response:
            visit = self.pages.open(request, act.right, self.noun.place)
            return self.show_act(visit, act, None, begun=request.query_params)

        async def make(request: Request) -> Response:
            return await self._submit(request, act, None)

        if act.makes:
            made.get(path)(show_new)
            made.post(path)(make)
        else:
            if not act.page:
                made.get(path)(with_key(show_form, self.noun.key))
            made.post(path)(with_key(submit, self.noun.key))

    def _thing(self, visit: OfficerVisit, key: Key, request: Request) -> Response:
        path, wiring = self.path_of(key), self.pages.site.wiring
        found = show_thing(wiring, visit.actor, self.noun, key, visit.language)
        if found.page.job:
            self.pages.site.job_runner.wake()
            return RedirectResponse(f"/desk/jobs/{found.page.job}", 303, {"Cache-Control": "no-store"})
        leading = [
            act for noun in load_nouns().values() for act in noun.acts if act.leads_to == self.noun.path
        ]
        done = visit.done(request, {act.name: act.done for act in (*self.noun.acts, *leading)})
        acts = map(self.noun.find_act, found.page.acts)
        return self.pages.render(
            visit,
            "frame/thing.html",
            noun=self.noun,
            sheet=found.page,
            shown=CellRenderer(visit.language, found.names, visit.day),
            acts=[
                (act, self._view(visit, act, begin_form(self.pages, visit, act, found.thing), found))
                for act in acts
                if Door.DESK in act.doors
            ],
            version=self.noun.version(found.thing),
            key=key,
            path=path,
            done=done,
            following=find_next(wiring, visit.actor, self.noun, path, visit.language) if done else None,
        )

    def path_of(self, key: Key | None) -> str:
        return self.path if key is None else f"{self.path}/{quote(str(key), safe='')}"

    def _view(
        self,
        visit: OfficerVisit,
        act: Act[Any, Any],
        values: Mapping[str, str],
        found: NamedPage | None = None,
        errors: Sequence[ErrorLine] = (),
    ) -> FormView:
        fields = fields_of(act.form)
        if found is not None and act.name in found.page.asked:
            known = {one.name: one for one in fields}
            asked = found.page.asked[act.name]
            fields = tuple(known[one] if isinstance(one, str) else one for one in asked)
        if act.offered is not None and found is not None:
            offered, names = act.offered(found.thing), found.names
            shown = {
                name: {
                    value: shorten_days(cell_text(cell, visit.language, names), visit.language, visit.day)
                    for value, cell in choices.items()
                }
                for name, choices in offered.items()
            }
            fields = tuple(
                _as_choice(one, shown[one.name])
                if one.name in shown and (shown[one.name] or one.kind is FieldKind.CHOICES)
                else one
                for one in fields
            )
        return FormView(fields, visit.language, values, errors, act.name)

    def show_act(
        self,
        visit: OfficerVisit,
        act: Act[Any, Any],
        key: Key | None,
        feedback: FormFeedback | None = None,
        preview: NamedSections | None = None,
        begun: Mapping[str, str] = _NOTHING_TYPED,
        papers: Sequence[Papers] = (),
    ) -> Response:
        """Show the form of an act: as it begins, or again with what was typed, and what is wrong with it or it shows.

        ``begun`` is what an address already says of a new thing; ``papers`` are documents that came with the form.
        """
        found = None
        if key is not None:
            found = show_thing(self.pages.site.wiring, visit.actor, self.noun, key, visit.language)
        if feedback is None:
            values = {
                **begin_form(self.pages, visit, act, found.thing if found else None),
                **choose_begun(self.pages, visit, act, begun),
            }
        else:
            values = typed_values(act.form, feedback.sent)
        errors = () if feedback is None else tuple(feedback.problems)
        known = found.names if found else NO_NAMES
        return self.pages.render(
            visit,
            "frame/act.html",
            feedback or FormFeedback(),
            noun=self.noun,
            act=act,
            sheet=found.page if found else None,
            shown=CellRenderer(visit.language, preview.names.beside(known) if preview else known, visit.day),
            form=self._view(visit, act, values, found, errors),
            preview=preview,
            papers=[*papers, *(one for one in found.page if isinstance(one, Papers))] if found else papers,
            version=self._find_seen_version(feedback, found.thing) if found else None,
            path=self.path_of(key),
        )

    def _find_seen_version(self, feedback: FormFeedback | None, thing: object) -> int:
        """Return the version that the officer saw: a form that comes back keeps its own, however new the thing is."""
        seen = form_number(feedback.sent, "version") if feedback is not None else None
        return seen or self.noun.version(thing)

    async def _submit(self, request: Request, act: Act[Any, Any], key: Key | None) -> Response:
        visit = await self.pages.open_form(request, act.right, self.noun.place)
        most = _file_limit(act.form)
        if most and content_media_type(request.headers) == "multipart/form-data":
            sent, files = await read_file_form(request, most)
        else:
            sent, files = await read_form(request, MAX_FORM_BYTES), {}
        if files:
            await run_in_threadpool(self.pages.check_key, visit, sent)
        wiring = self.pages.site.wiring
        drawn = await run_in_threadpool(draw_pictures, wiring, visit.actor, act, sent, files)
        return await self.pages.site.write_queue.run(self._do, visit, act, key, sent, files, drawn)

    def _do(
        self,
        visit: OfficerVisit,
        act: Act[Any, Any],
        key: Key | None,
        sent: FormFields,
        files: Mapping[str, UploadedFile],
        drawn: Mapping[str, object],
    ) -> Response:
        """Do an act, or show what it would do; show a refused form again with what was typed."""
        wiring, once = self.pages.site.wiring, self.pages.check_key(visit, sent)
        try:
            files, sent = store_files(wiring, visit.actor, act, sent, files, drawn)
            form = parse_values(act.form, {**self._read(visit, act, sent, files), **drawn}, wiring.now())
            sent_digest, _, shown = form_value(sent, "previewed").partition(".")
            wanted = ActRequest(key, self._read_version(act, sent), once, previewed=shown)
            seen = digest_wish(act, wanted, form) if act.preview is not None else ""
            if form_value(sent, "step") in ("preview", "workbook") or sent_digest != seen:
                found = preview_act(wiring, visit.actor, act, wanted, form, visit.language)
                if form_value(sent, "step") == "workbook":
                    tables = [one for one in found.sections if isinstance(one, Table)]
                    made = render_tables(tables, visit.language, found.names.with_ids)
                    return saved_response(made, f"{self.noun.path}-{act.name}.xlsx".replace("/", "-"), XLSX)
                papers, sent = (
                    list(show_pictures(act, sent, drawn, visit.language)),
                    {**sent, "previewed": [f"{seen}.{found.digest}"]},
                )
                return self.show_act(
                    visit, act, key, FormFeedback(sent=sent, form=act.name), found, papers=papers
                )
            if act.ticked:
                require_confirmation(sent)
            if act.reveal is not None:
                found = reveal_act(wiring, visit.actor, act, wanted, form)
                return self.show_act(visit, act, key, FormFeedback(sent={}, form=act.name), found)
            if act.file is not None:
                file = give_file(wiring, visit.actor, act, wanted, form)
                return saved_response(file.content, file.name, file.media_type)
            done = do_act(wiring, visit.actor, act, wanted, form)
        except FaultError as error:
            if error.code == "upload.gone" and (earlier := find_done(wiring, visit.actor, act, once)):
                return self._lead_on(act, earlier)
            error = type(error)(name_fields(act.form, error.faults))
            if act.preview is None:
                sent = {**sent, **store_pictures(wiring, visit.actor, files, drawn)}
            refused = {f"{fault.field}_upload" for fault in error.faults}
            sent = {name: value for name, value in sent.items() if name not in refused}
            return self.pages.show_again(
                visit, error, sent, act.name, lambda again, feedback: self.show_act(again, act, key, feedback)
            )
        delete_files(wiring, act, sent)
        return self._lead_on(act, done)

    def _lead_on(self, act: Act[Any, Any], done: Key) -> Response:
        page = (
            f"/desk/{act.leads_to}/{quote(str(done), safe='')}"
            if act.leads_to
            else self.path_of(done or None)
        )
        return RedirectResponse(build_link(page, done=act.name), 303, {"Cache-Control": "no-store"})

    def _read_version(self, act: Act[Any, Any], sent: FormFields) -> int | None:
        """Return the version that a form was made from. *Raises*: FaultError if it is missing where it is needed."""
        seen = form_number(sent, "version") or None
        if act.needs_version and seen is None:
            raise FaultError(SENT_FORM_FAULTS.build("missing", field="version", terms={"field": "version"}))
        return seen if act.needs_version else None

    def _read(
        self, visit: OfficerVisit, act: Act[Any, Any], sent: FormFields, files: Mapping[str, UploadedFile]
    ) -> dict[str, object]:
        """Return what was typed, with codes in place of the names of organisations. *Raises*: FaultError."""
        typed = {name: TypedFile(file.name, file.content) for name, file in files.items()}
        values = read_typed(act.form, sent, typed)
        if faults := resolve_names(self.pages, visit, fields_of(act.form), values):
            raise FaultError([*faults, *_find_more(act.form, values, {fault.field for fault in faults})])
        return values


def _find_more(form: type[BaseModel], values: Mapping[str, object], known: set[str | None]) -> list[Fault]:
    """Return what is wrong with a form besides some fields that are known to be wrong."""
    try:
        parse_values(form, values)
    except FaultError as error:
        return [fault for fault in error.faults if fault.field not in known]
    return []


def _as_choice(one: FormField, choices: Mapping[str, str]) -> FormField:
    """Return a field that chooses among what a thing offers: nothing is a choice where its form begins with nothing."""
    kind = one.kind if one.kind is FieldKind.CHOICES else FieldKind.CHOICE
    return replace(one, kind=kind, choices=choices, required=one.required or one.default is not None)
