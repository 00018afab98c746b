"""The map of a view: places over districts coloured by what is served, gaps, proposals, an hour of the week."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import numpy as np
from folium import Map
from markupsafe import escape

from core.civil_time import CIVIL_TIME
from geo.crs import from_wgs84
from geo.station import Station
from maps.assets import Assets
from maps.labels import Labels, word
from maps.layers import Drawn, KindOfPlace, Part, Places
from maps.mark_data import gap_data, proposal_data
from maps.outlines import area_data, names_of
from maps.page import Page, bare_map, number, render
from maps.panel import panel
from maps.places import kinds_of, place_data
from maps.tiles import for_leaflet, subdomains
from maps.view import MapView, Week

CHINA = ((74.0, 18.0), (134.0, 53.0))
FAR_NAMES_ZOOM, NEAR_NAMES_ZOOM = 7, 10

Titled = Drawn | KindOfPlace


def coverage_map(view: MapView, labels: Labels, assets: Assets) -> str:
    """One HTML page with its scripts, styles and data inside: it opens with the network unplugged.

    *Shape*: the text of the page; every text of the data is shown, never run.
    *Raises*: ValueError where a level has another CRS or a share is outside 0..1.
    """
    for level in view.levels:
        if level.crs is None or level.crs.to_epsg() != 4326:
            raise ValueError(f"districts must be in EPSG:4326, not {level.crs}")
    page = Page(labels.title, labels.language, assets, view.tiles)
    placed = [station for station in view.stations if station.is_placed]
    page.body = panel(view, kinds_of(placed), labels)
    drawn = bare_map(page)
    page.hold("start", {"hour": hour_of(view)})
    Part("start").add_to(drawn)
    titled: list[Titled] = [*_layers(page, view, labels), *_places(page, drawn, view, placed, labels)]
    for layer in titled:
        layer.add_to(drawn)
    if view.week:
        page.hold("week", _week(view.week, hour_of(view), labels))
        Part("week").add_to(drawn)
    Part("frame").add_to(drawn)  # last: it looks how much room the others leave
    number([page], 0)
    switches = [[str(escape(layer.title)), layer.get_name()] for layer in titled]
    page.hold("frame", _frame(view, placed, labels) | {"layers": switches})
    return render(page)


def hour_of(view: MapView) -> int:
    """The hour of the week that is shown first; 0 where there is but one."""
    if view.week is None:
        return 0
    at = view.at.astimezone(CIVIL_TIME)
    return 24 * at.weekday() + at.hour


def _layers(page: Page, view: MapView, labels: Labels) -> Iterator[Drawn]:
    """From below."""
    if view.tiles.templates:
        layers = [
            {"template": for_leaflet(one), "subdomains": subdomains(one)} for one in view.tiles.templates
        ]
        yield Drawn(page, "tiles", labels.base_map, {"layers": layers})
    if view.levels:
        yield Drawn(page, "areas", labels.districts, area_data(view, labels))
        far, near = names_of(view)
        data = {"far": far, "near": near, "far_from": FAR_NAMES_ZOOM, "near_from": NEAR_NAMES_ZOOM}
        yield Drawn(page, "names", labels.names, data)
    if view.gaps:
        yield Drawn(page, "gaps", labels.gaps, gap_data(view))
    if view.proposals:
        yield Drawn(page, "proposals", labels.proposals, proposal_data(view))


def _places(
    page: Page, drawn: Map, view: MapView, placed: Sequence[Station], labels: Labels
) -> list[KindOfPlace]:
    kinds = kinds_of(placed)
    places = Places(page, place_data(view, placed, kinds, labels))
    places.add_to(drawn)
    named = [word(labels.words.kinds, kind) for kind in kinds]
    return [KindOfPlace(name, places, index) for index, name in enumerate(named)]


def _week(week: Week, hour: int, labels: Labels) -> Mapping[str, object]:
    return {
        "hour": hour,
        "dates": [(week.monday + timedelta(days=day)).isoformat() for day in range(7)],
        "weekdays": labels.weekdays.split(),
        "at": labels.at,
        "most": labels.most,
    }


def _frame(view: MapView, placed: Sequence[Station], labels: Labels) -> dict[str, object]:
    return {
        "bounds": _bounds(view, placed),
        "attribution": ", ".join(host.split("//")[1] for host in view.tiles.hosts[:1]),
        "words": {
            "zoom_in": labels.zoom_in,
            "zoom_out": labels.zoom_out,
            "layers": labels.layers,
            "close": labels.close,
            "map": labels.title,
        },
    }


def _bounds(view: MapView, placed: Sequence[Station]) -> list[list[float]]:
    """South-west and north-east as [lat, lon]: Leaflet's order."""
    boxes = [level.total_bounds for level in view.levels if len(level)]
    corners = [
        *(corner for box in boxes for corner in (box[:2], box[2:])),
        *([] if boxes else [(s.lon or 0.0, s.lat or 0.0) for s in placed]),
    ]
    points = from_wgs84(np.array(corners or CHINA, dtype=float), view.tiles.datum)
    return [points.min(axis=0)[::-1].tolist(), points.max(axis=0)[::-1].tolist()]
