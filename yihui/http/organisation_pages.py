"""/organisations/{code}: an organisation's page (职工之家). It works without script, and in other apps' frames.

The public part is served everywhere, the members' part by the private site to those who are logged in.
"""

from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from core.faults import FaultError
from yihui.http.guard.headers import DEFAULT_HEADERS
from yihui.http.looks import read_looks
from yihui.http.pages import Pages, read_requested_language
from yihui.http.rider.cards import StationCard, card_news, station_card
from yihui.http.route_rights import CurrentReach
from yihui.http.site import Site
from yihui.runtime.language import OTHER_LANGUAGE, Language
from yihui.services.access.reach import Reach

MAX_STATIONS = 12
_COUNTY_DIGITS = 6
PageCode = Annotated[str, Path(pattern=r"^[0-9]{6}([0-9]{3})?(-[0-9]{5})?$")]
_CSS = "text/css; charset=utf-8"
_MEMBERS_HEADERS = MappingProxyType({"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"})


def public_router(site: Site) -> APIRouter:
    """Build the routes that everybody may call."""
    made, pages = APIRouter(include_in_schema=False), Pages.build(site.wiring.settings)

    @made.get("/organisations/{code}", response_class=HTMLResponse)
    def page(request: Request, code: PageCode) -> Response:
        """Show the public part of an organisation's page; with ``embed`` for a frame of another app."""
        is_embedded = "embed" in request.query_params
        headers = _embedded_headers(site.wiring.settings.frame_ancestors) if is_embedded else {}
        return HTMLResponse(_render(site, pages, request, code), headers=headers)

    @made.get("/organisations/{code}/theme.css")
    def theme(code: PageCode) -> Response:
        """Return the organisation's colours as a stylesheet: inline styles are forbidden by our policy."""
        from yihui.cases.organisations.public_page import load_page_colours

        colour, accent = load_page_colours(site.wiring, code)
        found = [f"--brand: {colour};"] if colour else []
        found += [f"--organisation-accent: {accent};"] if accent else []
        return Response(f":root {{ {' '.join(found)} }}\n", media_type=_CSS)

    @made.get("/organisations/{code}/logo.png")
    def logo(code: PageCode) -> Response:
        """Return the logo: a checked PNG picture."""
        from yihui.cases.organisations.public_page import load_page_logo

        return Response(load_page_logo(site.wiring, code).content, media_type="image/png")

    @made.get("/organisations/{code}/join.svg")
    def join_code(request: Request, code: PageCode) -> Response:
        """Return the code by which people join, as this site's address."""
        from members.organisation_pages.faults import PAGE_FAULTS
        from yihui.cases.organisations.links import load_join_path, render_address_svg

        path = load_join_path(site.wiring, code)
        if path is None:
            raise FaultError(PAGE_FAULTS.build("no_picture", field="code", value=code))
        address = str(request.base_url).rstrip("/") + path
        return Response(render_address_svg(address), media_type="image/svg+xml")

    return made


def router(site: Site) -> APIRouter:
    """Build the members' part."""
    made, pages = APIRouter(include_in_schema=False), Pages.build(site.wiring.settings)

    @made.get("/organisations/{code}/members", response_class=HTMLResponse)
    def members_page(request: Request, code: PageCode, reach: CurrentReach) -> Response:
        """Show an organisation's page with its members' part."""
        html = _render(site, pages, request, code, reach)
        return HTMLResponse(html, headers=dict(_MEMBERS_HEADERS))

    return made


def _embedded_headers(ancestors: tuple[str, ...]) -> dict[str, str]:
    """Return the headers of a page that the apps of these origins may show in a frame."""
    policy = DEFAULT_HEADERS["content-security-policy"]
    allowed = " ".join(ancestors) or "'none'"
    return {
        "Content-Security-Policy": policy.replace("frame-ancestors 'none'", f"frame-ancestors {allowed}"),
        "Cross-Origin-Resource-Policy": "cross-origin" if ancestors else "same-origin",
    }


def _render(site: Site, pages: Pages, request: Request, code: str, reach: Reach | None = None) -> str:
    """Return the page; with a reach its members' part."""
    from yihui.cases.organisations.public_page import load_organisation_page, render_page_texts

    language, for_members = site.language(request), reach is not None
    found = load_organisation_page(site.wiring, code, for_members=for_members, reach=reach)
    asked = read_requested_language(request)
    is_embedded = "embed" in request.query_params and not for_members
    parameters = (["embed"] if is_embedded else []) + ([f"lang={asked}"] if asked else [])
    other = OTHER_LANGUAGE[language.code]
    return pages.render(
        "organisation.html",
        language,
        **read_looks(request),
        query=f"?lang={asked}" if asked else "",
        page_query=f"?{'&'.join(parameters)}" if parameters else "",
        other_query=f"?{'embed&' if is_embedded else ''}lang={other}",
        other=other,
        is_embedded=is_embedded,
        serves_members=site.serves_officers,
        page=found,
        texts=render_page_texts(found, language),
        stations=_station_cards(site, found.content.stations, code, language) if found.state.current else (),
        district=code if len(code) == _COUNTY_DIGITS and not code.endswith("00") else None,
    )


def _station_cards(
    site: Site, chosen: tuple[str, ...], code: str, language: Language
) -> list[tuple[StationCard, list[str]]]:
    """Return the stations that the officers chose, or else the first open ones of the county, as they stand now."""
    from geo.nearest.filters import Filters
    from geo.nearest.listing import ListingQuery

    snapshot = site.snapshots.current()
    listing = site.listing_cache.get(snapshot)
    at = site.wiring.now().replace(second=0, microsecond=0)
    if chosen:
        listed = [one for station in chosen if (one := listing.find(station, at)) is not None]
    elif len(code) == _COUNTY_DIGITS and not code.endswith("00"):
        listed = list(listing.open_first(ListingQuery(Filters(), at, MAX_STATIONS, code)).first)
    else:
        listed = []
    cards = []
    for one in listed:
        card = station_card(one.station, one.opening, at, language)
        live = snapshot.live.get(one.station.id)
        cards.append((card, card_news(live.statuses_at(at) if live else (), card, at, language)))
    return cards
