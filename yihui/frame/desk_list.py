"""The list of a noun at the desk: its filters, its pages, and the whole of it as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from core.faults import Fault, FaultError
from yihui.frame.feedback import FormFeedback
from yihui.frame.fields import FieldKind, FormField, fields_of
from yihui.frame.files import XLSX, saved_response
from yihui.frame.forms import FormView
from yihui.frame.html import CellRenderer, PageOfRows
from yihui.frame.listing import MOST_ROWS, PAGE_ROWS, Listing, RowSlice, Slice
from yihui.frame.looking import NamedRows, find_rows
from yihui.frame.names import NO_NAMES
from yihui.frame.noun import Noun, load_nouns
from yihui.frame.pages import OfficerPages, OfficerVisit
from yihui.frame.plain import render_list
from yihui.frame.typed import parse_values, read_typed
from yihui.frame.typed_names import resolve_names
from yihui.http.errors import problem_for_error
from yihui.runtime.errors import ErrorLine, fault_line

_Page = Annotated[int, Query(ge=1, le=2**31)]
_NOTHING_FOUND: RowSlice[Any] = RowSlice((), 0)


@dataclass(frozen=True, slots=True)
class NounList:
    """The list of one noun."""

    pages: OfficerPages
    noun: Noun

    def add_routes(self, made: APIRouter) -> None:
        path = f"/{self.noun.path}"

        @made.get(path)
        def show_list(request: Request, page: _Page = 1) -> Response:
            return self._list(request, page)

        def add_file(ending: str, media_type: str) -> None:
            @made.get(f"{path}.{ending}")
            def list_file(request: Request) -> Response:
                visit = self.pages.open(request, self.noun.right, self.noun.place)
                asked, part = self.read_filter(visit, request), Slice(0, MOST_ROWS)
                found = find_rows(self.pages.site.wiring, visit.actor, self.noun, asked, part, is_file=True)
                content = render_list(self.noun, found, ending, visit.language)
                return saved_response(content, f"{self.noun.path.replace('/', '-')}.{ending}", media_type)

        add_file("csv", "text/csv; charset=utf-8")
        add_file("xlsx", XLSX)

    def _filter(
        self, visit: OfficerVisit, request: Request
    ) -> tuple[dict[str, str], dict[str, object], list[Fault]]:
        """Return the filters of an address as they were typed, their values, and names that can't be resolved."""
        typed = {name: [value] for name, value in request.query_params.items() if value.strip()}
        model = self.noun.listing.filter
        query = {one.name: typed[one.name][-1] for one in fields_of(model) if one.name in typed}
        values = read_typed(model, typed)
        return query, values, resolve_names(self.pages, visit, fields_of(model), values)

    def _list(self, request: Request, page: int) -> Response:
        noun, listing = self.noun, self.noun.listing
        visit = self.pages.open(request, noun.right, noun.place)
        query, values, faults = self._filter(visit, request)
        found, status = NamedRows(found=_NOTHING_FOUND, names=NO_NAMES), 200
        errors: tuple[ErrorLine, ...] = ()
        try:
            if faults:
                raise FaultError(faults)
            asked = parse_values(listing.filter, values)
            part = Slice((page - 1) * PAGE_ROWS)
            found = find_rows(self.pages.site.wiring, visit.actor, noun, asked, part)
        except FaultError as error:
            errors = tuple(fault_line(fault, visit.language) for fault in error.faults)
            status = problem_for_error(error, visit.language).status
        shown = PageOfRows(f"/desk/{self.noun.path}", query, page, found.found.total)
        if page > shown.last:
            return RedirectResponse(shown.link(shown.last), 303, {"Cache-Control": "no-store"})
        whole = bool(noun.place)
        makes = [one for one in noun.acts if one.makes and visit.may(one.right, is_whole=one.is_whole or whole)]  # fmt: skip
        return self.pages.render(
            visit,
            "frame/list.html",
            FormFeedback(errors, status=status),
            noun=noun,
            tabs=list_tabs(visit, noun.tabs),
            listing=listing,
            filters=FormView(
                _list_fields(listing), visit.language, query, errors, "filter", are_filters=True
            ),
            kept=[
                (one.name, query[one.name])
                for one in fields_of(listing.filter)
                if one.kind is FieldKind.MEMBER and one.name in query
            ],
            found=found.found,
            elsewhere=found.elsewhere,
            shown=CellRenderer(visit.language, found.names, visit.day),
            page=shown,
            makes=makes,
            is_filtered=bool(query),
            is_refused=bool(errors),
            done=visit.done(request, {act.name: act.done for act in noun.acts}),
        )

    def read_filter(self, visit: OfficerVisit, request: Request) -> Any:
        """Read the list's filter from an address. *Raises*: FaultError for values that it can't hold."""
        _, values, faults = self._filter(visit, request)
        if faults:
            raise FaultError(faults)
        return parse_values(self.noun.listing.filter, values)


def list_tabs(visit: OfficerVisit, tabs: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """Return the pages beside a list, as path and title, without those of nouns that the officer may not open."""
    nouns = load_nouns()
    found = [(nouns.get(path.removeprefix("/desk/")), (path, title)) for path, title in tabs]
    return [tab for noun, tab in found if noun is None or visit.may(noun.right, is_whole=bool(noun.place))]


def _list_fields(listing: Listing[Any, Any]) -> list[FormField]:
    """Return the filters that a page asks for: a member is chosen on her own page, as no address holds her name."""
    return [one for one in fields_of(listing.filter) if one.kind is not FieldKind.MEMBER]
