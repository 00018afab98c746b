"""/desk/choices: what a field offers while an officer types the name of an organisation, a station or an area.

A form states in a hidden field, such as ``named_organisation``, which of its fields hold such a name;
its act reads them with the code in place of the name. Without a script, a name that only one has is enough, and
the refusal of any other lists those that match.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import escape

from core.faults import Fault, FaultError
from yihui.http.body import FormFields
from yihui.http.desk.visit import OfficerVisit

if TYPE_CHECKING:
    from yihui.http.desk.pages import OfficerPages
    from yihui.services.desk.choices import NamedChoice

ORGANISATION_FIELDS, STATION_FIELDS, AREA_FIELDS = "named_organisation", "named_station", "named_area"
_BETWEEN = re.compile(r"[\n,，、;；]+")  # stations in one field
_HEADERS = {"Cache-Control": "no-store"}


def router(made: APIRouter, pages: "OfficerPages") -> None:
    wiring = pages.site.wiring

    @made.get("/choices/organisations")
    def organisations(request: Request, field: str = "q") -> Response:
        from yihui.services.desk.choices import find_organisation_choices

        visit = pages.open(request)
        return _options(find_organisation_choices(wiring, visit.actor, request.query_params.get(field, "")))

    @made.get("/choices/stations")
    def stations(request: Request, field: str = "q") -> Response:
        from yihui.services.desk.choices import find_station_choices

        visit = pages.open(request)
        text = request.query_params.get(field, "")
        return _options(find_station_choices(wiring, visit.actor, text, pages.station_texts()))

    @made.get("/choices/areas")
    def areas(request: Request, field: str = "q") -> Response:
        from yihui.services.desk.choices import find_area_choices

        pages.open(request)
        return _options(find_area_choices(pages.site.place_names(), request.query_params.get(field, "")))


def _options(found: "list[NamedChoice]") -> Response:
    return HTMLResponse(
        "".join(f'<option value="{escape(one.text)}"></option>' for one in found), headers=_HEADERS
    )


def resolve_named_fields(pages: "OfficerPages", visit: OfficerVisit, sent: FormFields) -> FormFields:
    """Return a form's fields with codes in place of names. *Raises*: FaultError with each name that isn't unique."""
    from yihui.services.desk.choices import resolve_area, resolve_organisation, resolve_station

    wiring, actor, found = pages.site.wiring, visit.actor, dict(sent)
    faults: list[Fault] = []

    def resolve_stations(value: str) -> str:
        texts = pages.station_texts()
        return "\n".join(resolve_station(wiring, actor, one, texts) for one in _split_stations(value))

    resolvers: Mapping[str, Callable[[str], str]] = {
        ORGANISATION_FIELDS: lambda value: resolve_organisation(wiring, actor, value),
        STATION_FIELDS: resolve_stations,
        AREA_FIELDS: lambda value: resolve_area(pages.site.place_names(), value),
    }
    for marker, resolve in resolvers.items():
        for name in sent.get(marker, ()):
            try:
                found |= {name: [resolve(value) for value in sent[name]]} if name in sent else {}
            except FaultError as error:
                faults += (fault.at(field=name) for fault in error.faults)
    if faults:
        raise FaultError(faults)
    return found


def _split_stations(value: str) -> Iterator[str]:
    """Yield each station of a field; only numbers may have mere blanks between them."""
    for part in filter(None, map(str.strip, _BETWEEN.split(value))):
        yield from part.split() if part.isascii() else [part]
