"""The coverage map: places of the register over districts coloured by the share of their ground that has one near."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
from folium import LayerControl, Map

from geo.station import Kind, Station
from maps.assets import Assets
from maps.labels import Labels, word
from maps.layers import Districts, KindOfPlace, Names, Panel, Stations
from maps.outlines import district_data, names_of
from maps.page import Page, bare_map, render
from maps.panel import panel
from maps.places import kinds_of, place_data
from maps.view import CoverageView

CHINA = ((18.0, 74.0), (53.0, 134.0))  # (lat, lon) as Leaflet wants them


def coverage_map(view: CoverageView, labels: Labels, assets: Assets) -> str:
    """One HTML page with its scripts, styles and data inside: it opens with the network unplugged.

    *Shape*: the text of the page; every text of the register is shown, never run.
    *Raises*: ValueError where ``districts`` has another CRS or ``covered_share`` is outside 0..1.
    """
    if view.districts.crs is None or view.districts.crs.to_epsg() != 4326:
        raise ValueError(f"districts must be in EPSG:4326, not {view.districts.crs}")
    page = Page(labels.title, labels.language, assets)
    drawn = bare_map(page)
    placed = [station for station in view.stations if station.is_placed]
    Districts(labels.districts, district_data(view, labels)).add_to(drawn)
    Names(labels.names, *names_of(view.districts)).add_to(drawn)
    kinds = kinds_of(placed)
    _add_places(drawn, kinds, place_data(placed, kinds, view.states, labels), labels)
    LayerControl(collapsed=True).add_to(drawn)
    Panel(panel(view, kinds, labels), _bounds(view.districts, placed)).add_to(drawn)
    return render(page)


def _add_places(drawn: Map, kinds: Mapping[Kind, int], data: Mapping[str, object], labels: Labels) -> None:
    stations = Stations(data)
    stations.add_to(drawn)
    for index, kind in enumerate(kinds):
        KindOfPlace(word(labels.words.kinds, kind), stations, index).add_to(drawn)


def _bounds(districts: gpd.GeoDataFrame, placed: Sequence[Station]) -> list[list[float]]:
    """South-west and north-east as (lat, lon): Leaflet's order, used here only."""
    if len(districts):
        west, south, east, north = districts.total_bounds
        return [[float(south), float(west)], [float(north), float(east)]]
    if placed:
        lons, lats = [s.lon or 0.0 for s in placed], [s.lat or 0.0 for s in placed]
        return [[min(lats), min(lons)], [max(lats), max(lons)]]
    return [list(corner) for corner in CHINA]
