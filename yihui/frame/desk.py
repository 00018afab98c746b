"""A noun at the desk: its list, the page of a thing, and the form of each act."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from core.faults import FaultError
from yihui.frame.acts import Act, Door
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.fields import fields_of, parse_values, read_typed
from yihui.frame.forms import FormView
from yihui.frame.html import CellRenderer, PageOfRows
from yihui.frame.listing import MOST_ROWS, PAGE_ROWS, RowSlice, Slice
from yihui.frame.looking import NamedRows, find_rows, show_thing
from yihui.frame.names import NO_NAMES
from yihui.frame.noun import Noun
from yihui.frame.plain import table_rows, workbook_cells
from yihui.http.body import FormFields, form_number, form_value, read_form
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.desk.pages import OfficerPages, build_link, require_confirmation
from yihui.http.desk.visit import OfficerVisit
from yihui.http.errors import problem_for_error
from yihui.http.form_acts import FormFeedback
from yihui.runtime.errors import ErrorLine, fault_line

MAX_FORM_BYTES = 256 << 10
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Number = Annotated[int, Path(ge=1, lt=2**63)]
_Page = Annotated[int, Query(ge=1, le=2**31)]
_NOTHING_FOUND: RowSlice[Any] = RowSlice((), 0)


def add_noun(made: APIRouter, pages: OfficerPages, noun: Noun) -> None:
    """Add a noun's pages to the desk's router."""
    desk = NounPages(pages, noun)
    desk.add_list(made)
    for act in noun.acts:
        if Door.DESK in act.doors:
            desk.add_act(made, act)
    desk.add_thing(made)


@dataclass(frozen=True, slots=True)
class NounPages:
    """The pages of one noun."""

    pages: OfficerPages
    noun: Noun

    @property
    def path(self) -> str:
        return f"/desk/{self.noun.path}"

    def add_list(self, made: APIRouter) -> None:
        path = f"/{self.noun.path}"

        @made.get(path)
        def show_list(request: Request, page: _Page = 1) -> Response:
            return self._list(request, page)

        @made.get(f"{path}.csv")
        def list_csv(request: Request) -> Response:
            from yihui.views.csv_text import render_csv

            visit, found = self._find_file(request)
            rows = table_rows(self.noun.listing.columns, found.found.rows, visit.language, found.names)
            return self._file("csv", "text/csv; charset=utf-8", render_csv(rows))

        @made.get(f"{path}.xlsx")
        def list_workbook(request: Request) -> Response:
            from yihui.views.workbook import Worksheet, render_workbook

            visit, found = self._find_file(request)
            columns = self.noun.listing.columns
            heads = [visit.language.translate(column.title) for column in columns]
            rows = [workbook_cells(columns, row, visit.language, found.names) for row in found.found.rows]
            sheet = Worksheet(visit.language.translate(self.noun.title), rows, heads)
            return self._file("xlsx", _XLSX, render_workbook([sheet]))

    def add_thing(self, made: APIRouter) -> None:
        @made.get(f"/{self.noun.path}/{{number}}")
        def show(request: Request, number: Number) -> Response:
            return self._thing(self.pages.open(request, self.noun.right), number, request)

    def add_act(self, made: APIRouter, act: Act[Any, Any]) -> None:
        path = f"/{self.noun.path}/{act.name}" if act.makes else f"/{self.noun.path}/{{number}}/{act.name}"

        if act.makes:

            @made.get(path)
            def show_new(request: Request) -> Response:
                return self._act(self.pages.open(request, act.right), act, None)

            @made.post(path)
            async def make(request: Request) -> Response:
                return await self._submit(request, act, None)

        else:

            @made.get(path)
            def show_form(request: Request, number: Number) -> Response:
                return self._act(self.pages.open(request, act.right), act, number)

            @made.post(path)
            async def change(request: Request, number: Number) -> Response:
                return await self._submit(request, act, number)

    def _filter(self, request: Request) -> tuple[dict[str, str], dict[str, object]]:
        """Return the filters of an address as they were typed, and their values."""
        typed = {name: [value] for name, value in request.query_params.items() if value.strip()}
        model = self.noun.listing.filter
        query = {one.name: typed[one.name][-1] for one in fields_of(model) if one.name in typed}
        return query, read_typed(model, typed)

    def _list(self, request: Request, page: int) -> Response:
        noun, listing = self.noun, self.noun.listing
        visit = self.pages.open(request, listing.right)
        query, values = self._filter(request)
        found, status = NamedRows(found=_NOTHING_FOUND, names=NO_NAMES), 200
        errors: tuple[ErrorLine, ...] = ()
        try:
            asked = parse_values(listing.filter, values)
            part = Slice((page - 1) * PAGE_ROWS)
            found = find_rows(self.pages.site.wiring, visit.actor, listing, asked, part)
        except FaultError as error:
            errors = tuple(fault_line(fault, visit.language) for fault in error.faults)
            status = problem_for_error(error, visit.language).status
        return self.pages.render(
            visit,
            "frame/list.html",
            FormFeedback(errors, status=status),
            noun=noun,
            listing=listing,
            filters=FormView(
                fields_of(listing.filter), visit.language, query, errors, "filter", are_filters=True
            ),
            found=found.found,
            shown=CellRenderer(visit.language, found.names),
            page=PageOfRows(self.path, query, page, found.found.total),
            makes=[act for act in noun.acts if act.makes and visit.holds(act.right)],
            is_filtered=bool(query),
        )

    def _find_file(self, request: Request) -> tuple[OfficerVisit, NamedRows]:
        listing = self.noun.listing
        visit = self.pages.open(request, listing.right)
        asked = parse_values(listing.filter, self._filter(request)[1])
        return visit, find_rows(self.pages.site.wiring, visit.actor, listing, asked, Slice(0, MOST_ROWS))

    def _file(self, ending: str, kind: str, content: str | bytes) -> Response:
        name = self.noun.path.replace("/", "-")
        headers = {
            "Content-Disposition": f'attachment; filename="{name}.{ending}"',
            "Cache-Control": "no-store",
        }
        return Response(content, media_type=kind, headers=headers)

    def _thing(self, visit: OfficerVisit, number: int, request: Request) -> Response:
        found = show_thing(self.pages.site.wiring, visit.actor, self.noun, number, visit.language)
        done = {act.name: act.done for act in self.noun.acts}
        offered = [
            (act, FormView(fields_of(act.form), visit.language, self._begin(act, found.thing), (), act.name))
            for act in self.noun.acts
            if act.name in found.sheet.acts and Door.DESK in act.doors and visit.holds(act.right)
        ]
        return self.pages.render(
            visit,
            "frame/thing.html",
            noun=self.noun,
            sheet=found.sheet,
            shown=CellRenderer(visit.language, found.names),
            acts=offered,
            version=self.noun.kind.version(found.thing),
            path=f"{self.path}/{number}",
            done=visit.done(request, done),
        )

    def _begin(self, act: Act[Any, Any], thing: object) -> Mapping[str, str]:
        begun = {one.name: one.begin(one.default) for one in fields_of(act.form) if not one.required}
        if act.begin is None:
            return begun
        known = act.begin(thing)
        return begun | {
            one.name: one.begin(known[one.name]) for one in fields_of(act.form) if one.name in known
        }

    def _act(
        self,
        visit: OfficerVisit,
        act: Act[Any, Any],
        number: int | None,
        feedback: FormFeedback | None = None,
    ) -> Response:
        """Show the form of an act: as it begins, or again with what was typed and what is wrong with it."""
        found = None
        if number is not None:
            found = show_thing(self.pages.site.wiring, visit.actor, self.noun, number, visit.language)
        errors: tuple[ErrorLine, ...] = ()
        if feedback is None:
            values = self._begin(act, found.thing if found else None)
        else:
            values = {name: form_value(feedback.sent, name) for name in feedback.sent}
            errors = tuple(feedback.problems)
        return self.pages.render(
            visit,
            "frame/act.html",
            feedback or FormFeedback(),
            noun=self.noun,
            act=act,
            sheet=found.sheet if found else None,
            shown=CellRenderer(visit.language, found.names if found else NO_NAMES),
            form=FormView(fields_of(act.form), visit.language, values, errors, act.name),
            version=self.noun.kind.version(found.thing) if found else None,
            path=self.path if number is None else f"{self.path}/{number}",
        )

    async def _submit(self, request: Request, act: Act[Any, Any], number: int | None) -> Response:
        visit = await self.pages.open_form(request, act.right)
        sent = await read_form(request, MAX_FORM_BYTES)
        return await self.pages.site.write_queue.run(self._do, visit, act, number, sent)

    def _do(self, visit: OfficerVisit, act: Act[Any, Any], number: int | None, sent: FormFields) -> Response:
        key = self.pages.check_key(visit, sent)
        try:
            if act.ticked:
                require_confirmation(sent)
            form = parse_values(act.form, read_typed(act.form, sent))
            wanted = ActRequest(number, form_number(sent, "version") or None, key)
            if number is not None and wanted.seen is None:
                raise FaultError(FORM_FAULTS.build("missing", field="version", terms={"field": "version"}))
            done = do_act(self.pages.site.wiring, visit.actor, act, wanted, form)
        except FaultError as error:
            return self.pages.show_again(
                visit, error, sent, act.name, lambda again, feedback: self._act(again, act, number, feedback)
            )
        page = build_link(f"{self.path}/{done}", done=act.name)
        return RedirectResponse(page, 303, {"Cache-Control": "no-store"})
