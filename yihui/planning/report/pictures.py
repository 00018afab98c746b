"""The maps of a coverage report as PNG: coverage, day and night, access, gaps, proposals."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, isnan
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from core.text_marks import N_
from geo.coverage.cells import cell_outlines, cells_from_names, neighbouring_cells
from geo.formats.export_layers import StyledLayer
from geo.formats.styles import LayerStyle
from maps.classes import NO_DATA_COLOUR, ColourClasses
from yihui.planning.report.map_image import (
    LegendKey,
    MapLayout,
    MapPainter,
    MapPanel,
    MapProjection,
    render_map_png,
)
from yihui.planning.report.map_labels import (
    LabelBoxes,
    draw_ranks,
    draw_temporary_ranks,
    label_size,
    metres_a_point,
    write_label,
)
from yihui.planning.report.streets import (
    COVERAGE_OPACITY,
    GROUND_ORDER,
    blend,
    draw_street_names,
    draw_streets,
)
from yihui.planning.report.text import study_reach_text
from yihui.planning.study.layers import (
    LASTING_GAP,
    access_style,
    build_area_layer,
    build_cell_layer,
    build_gap_layer,
    build_proposal_layer,
    gap_ranks_style,
    shares_style,
)
from yihui.planning.study.run import list_usable
from yihui.planning.text import (
    access_denominator_text,
    date_time_text,
    demand_unit_label,
    night_text,
    render_day_or_hour,
    source_text,
    study_hour_text,
)
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from yihui.planning.report.streets import ReportStreets
    from yihui.planning.study.study import Study


CELL_CLASSES = ColourClasses((0.0, 0.05, 0.25, 0.5, 0.75, 1.0))
PLACE_COLOUR = "#005f94"
_PAPER, _GROUND, _COUNTY, _COUNTY_LINE, _CITY = "#ffffff", "#f3f5f7", "#ffffff", "#a9b2ba", "#4b5660"
_NAME_PT, _SITE_PT = 6.0, 5.5
MAX_NUMBERED_SITES = 20
MAX_CITY_PANELS = 3
_MANY_AREAS = 1_000
_AROUND = 3  # neighbours of a cell that lies between others, at least one more
STREETS_CREDIT = N_("© OpenStreetMap contributors")


@dataclass(frozen=True, slots=True)
class MapPicture:
    """A finished map: the name of its file, its caption, and the PNG."""

    name: str
    caption: str
    png: bytes

    @property
    def src(self) -> str:
        """The PNG as a data URL."""
        return f"data:image/png;base64,{b64encode(self.png).decode()}"


def render_map_pictures(
    study: "Study", language: Language, streets: "ReportStreets | None" = None
) -> Iterator[MapPicture]:
    """Yield the maps of a report, each rendered on demand. Proposals are drawn only if there are some.

    The streets lie under what a map shows; its areas are then translucent.

    *Raises*: ReportUnavailable if no Chinese font is installed.
    """
    atlas = _Atlas(study, language, streets)
    by_county, by_cell = N_("Share served, by county (city, district)"), N_("Share served, by hexagon")
    caption = language.render(by_county if len(study.outlines) > 1 else by_cell)
    yield MapPicture("coverage", caption, atlas.coverage())
    caption = render_day_or_hour(
        study, N_("By day and by night, same classes"), N_("At {hour} and by night, same classes"), language
    )
    yield MapPicture("night", caption, atlas.night())
    yield MapPicture(
        "access",
        language.render(N_("Access: open places within reach, shared with all who reach them")),
        atlas.access(),
    )
    if study.gaps:
        yield MapPicture("gaps", language.render(N_("Gaps by rank")), atlas.gaps())
    if study.proposals is not None and study.proposals.proposals:
        yield MapPicture("proposals", language.render(N_("Proposed sites")), atlas.proposals())


class _Atlas:
    """The projection, outlines, open places and texts that all maps of one study share."""

    def __init__(self, study: "Study", language: Language, streets: "ReportStreets | None" = None) -> None:
        self._study = study
        self._language = language
        self._streets = streets
        self._flat = MapProjection(study.outlines)
        self._counties, self._cities = (one.to_crs(self._flat.crs) for one in (study.outlines, study.cities))
        usable = set(list_usable(study.index, study.order.at, study.reach))
        places = [(one.lon, one.lat) for one in study.stations if one.id in usable]
        points = gpd.GeoSeries(shapely.points(np.array(places).reshape(-1, 2)), crs="EPSG:4326")
        self._places = points.to_crs(self._flat.crs).get_coordinates().to_numpy()

    @cached_property
    def _cells(self) -> StyledLayer:
        """The hexagons, in classes that suit their shares: most are 0 or 1."""
        cells = build_cell_layer(self._study, self._language)
        frame = cells.frame if self._study.demand.even_ground is None else fill_holes(cells.frame)
        return replace(cells, frame=frame, style=shares_style(self._language, CELL_CLASSES))

    def coverage(self) -> bytes:
        """Colour the counties, or the hexagons where one county alone would be one colour."""
        what = N_("{at}: share of {who} within {radius} of an open place")
        is_alone = len(self._counties) == 1
        title = N_("{area}: {who} served") if is_alone else N_("{area}: {who} served, by county")
        layer = self._cells if is_alone else build_area_layer(self._study, self._language, 6)
        return self._draw(title, what, layer)

    def night(self) -> bytes:
        study, cells = self._study, self._cells
        at_night = replace(cells, style=shares_style(self._language, CELL_CLASSES, "night_share"))
        panels = [
            MapPanel(title, self._painter(layer))
            for title, layer in (
                (date_time_text(study.now.at, self._language), cells),
                (night_text(study.night.at, self._language), at_night),
            )
        ]
        by_day, otherwise = N_("{area}: by day and by night"), N_("{area}: at {hour} and by night")
        title = by_day if study.is_daytime else otherwise
        what = N_("share of {who} within {radius} of an open place")
        return self._draw(title, what, cells, panels)

    def access(self) -> bytes:
        style = access_style(self._language, self._study.access)
        title, what = N_("{area}: access"), N_("{at}: open places per {head} within {radius} (2SFCA)")
        return self._draw(title, what, replace(self._cells, style=style))

    def gaps(self) -> bytes:
        title = N_("{area}: gaps by rank")
        what = N_(
            "no open place at any hour: colour and number tell the rank, by {who} × hours of the week; italic: the rank at some hours"
        )
        layer = build_gap_layer(self._study, self._language)
        is_lasting = layer.frame["sort"] == LASTING_GAP
        ranked = layer.frame.assign(rank=layer.frame["rank"].where(is_lasting)).sort_values(
            "rank", kind="stable", na_position="first"
        )
        style = gap_ranks_style(self._language, int(is_lasting.sum()))
        return self._draw(title, what, replace(layer, frame=ranked, style=style))

    def proposals(self) -> bytes:
        title, what = N_("{area}: proposed sites"), N_("numbers: the order in which they gain most")
        assert self._study.proposals is not None
        layer = build_proposal_layer(self._study.proposals, self._language)
        return self._draw(title, what, layer, self._site_panels(layer))

    def _site_panels(self, layer: StyledLayer) -> list[MapPanel]:
        """Return one enlarged map for each city with sites, or one map of the area if there are many cities."""
        paint = self._painter(layer)
        points = layer.frame.to_crs(self._flat.crs).get_coordinates().to_numpy()
        city_of = layer.frame["district"].fillna("").str[:4].to_numpy()
        cities = sorted(set(city_of))
        if len(cities) > MAX_CITY_PANELS:
            return [MapPanel("", paint)]
        names = dict(zip(self._study.cities["code"].str[:4], self._study.cities["name"], strict=True))
        return [
            MapPanel(names.get(city, "") if len(cities) > 1 else "", paint, points[city_of == city])
            for city in cities
        ]

    # Map content -------------------------------------------------------------------------------------------

    def _painter(self, layer: StyledLayer) -> MapPainter:
        """Draw a layer above the streets; gaps and sites with the places that are open, and their numbers."""
        frame, is_of_cells = layer.frame.to_crs(self._flat.crs), layer.name == "cells"
        has_places = layer.name in ("gaps", "proposals")

        def paint(axes: "Axes", flat: MapProjection) -> None:
            boxes, metre = LabelBoxes(), metres_a_point(axes)
            ground = _GROUND if has_places else self._seen(NO_DATA_COLOUR)
            self._counties.plot(ax=axes, color=ground, edgecolor="none", aspect=None, zorder=GROUND_ORDER)
            if self._streets is not None:
                draw_streets(axes, flat, self._counties, self._streets, self._say(STREETS_CREDIT))
            if layer.style.is_of_points:
                _draw_sites(axes, frame.get_coordinates().to_numpy(), layer.style, boxes, metre)
            else:
                self._fill(axes, frame, find_colours(layer), is_of_cells)
            if has_places:
                self._counties.boundary.plot(ax=axes, color=_COUNTY_LINE, linewidth=0.4, aspect=None)
                axes.scatter(
                    self._places[:, 0], self._places[:, 1], s=1.6, c=PLACE_COLOUR, linewidths=0, zorder=3
                )
            self._cities.boundary.plot(ax=axes, color=_CITY, linewidth=0.6, aspect=None)
            if not is_of_cells:
                self._draw_names(axes, boxes, metre)
            if layer.name == "gaps":
                is_lasting = frame["rank"].notna()
                draw_ranks(axes, frame.geometry[is_lasting], boxes, metre)
                draw_temporary_ranks(axes, frame.geometry[~is_lasting], boxes, metre)
            if self._streets is not None:
                places = self._places if has_places else self._places[:0]
                draw_street_names(axes, flat, self._counties, self._streets, boxes, places)

        return paint

    def _fill(self, axes: "Axes", frame: gpd.GeoDataFrame, colours: Sequence[str], is_of_cells: bool) -> None:
        """Fill areas; above streets they are translucent, with paper below the streets, as the legend shows it."""
        if is_of_cells and self._streets is None:
            draw_cells(axes, frame, colours)
            return
        if is_of_cells:
            frame, colours = _merge_cells(frame, colours)
        line = {"edgecolor": _COUNTY, "linewidth": 0.3 if len(frame) <= _MANY_AREAS else 0.1}
        if is_of_cells:
            line = {"edgecolor": "none", "antialiased": False}
        if self._streets is not None:
            frame.plot(ax=axes, color=_PAPER, **line, aspect=None, zorder=2 * GROUND_ORDER)
        opacity = None if self._streets is None else COVERAGE_OPACITY
        frame.plot(ax=axes, color=colours, **line, aspect=None, alpha=opacity)

    def _seen(self, colour: str) -> str:
        """Return a colour as it looks above the ground: thinner where streets lie below it."""
        return colour if self._streets is None else blend(colour, _PAPER)

    def _draw_names(self, axes: "Axes", boxes: LabelBoxes, metre: float) -> None:
        """Label the cities, or the counties if there is only one city; a name moves aside for what is there."""
        named = self._cities if len(self._cities) > 1 else self._counties
        for name, outline in zip(named["name"], named.geometry, strict=True):
            point = outline.representative_point()
            spot = boxes.place_beside((point.x, point.y), label_size(name, _NAME_PT, metre))
            if spot is not None:
                write_label(axes, spot, name, _NAME_PT, _CITY, order=9, halo=1.8)

    # Title, legend and notes -------------------------------------------------------------------------------

    def _draw(
        self, title: str, what: str, layer: StyledLayer, panels: Sequence[MapPanel] | None = None
    ) -> bytes:
        study, of_points = self._study, layer.style.is_of_points
        keys = [
            LegendKey(one.colour, one.label, "o")
            if of_points
            else LegendKey(self._seen(one.colour), one.label)
            for one in layer.style.all_classes
        ]
        if layer.name in ("gaps", "proposals"):
            at = date_time_text(study.now.at, self._language)
            keys.append(LegendKey(PLACE_COLOUR, self._say(N_("open place, {at}"), at=at), "o"))
        params = {
            "area": study.area_name,
            "at": date_time_text(study.order.at, self._language),
            "hour": study_hour_text(study),
            "who": demand_unit_label(study.demand.unit, self._language),
            "head": access_denominator_text(self._study.demand.unit, self._language),
            "radius": study_reach_text(study, self._language),
        }
        sheet = MapLayout(
            title=self._say(title, **params),
            legend_title=self._say(what, **params),
            keys=tuple(keys),
            notes=self._notes(),
            panels=tuple(panels or [MapPanel("", self._painter(layer))]),
            sample=self._say(N_("sample")) if study.is_sample else "",
            north=self._say(N_("N")),
        )
        return render_map_png(sheet, self._flat)

    def _notes(self) -> tuple[str, ...]:
        projection = N_("Lambert azimuthal equal-area, centre {lon}°E {lat}°N, WGS84")
        review = N_("Map-review number (审图号): none yet. Publishing this map needs one.")
        return (
            *(source_text(source, self._language) for source in self._study.sources),
            self._say(projection, lon=f"{self._flat.lon:g}", lat=f"{self._flat.lat:g}"),
            self._say(review),
        )

    def _say(self, template: str, **params: object) -> str:
        return self._language.render(template, **params)


def find_colours(layer: StyledLayer) -> list[str]:
    """Return the colour of each area of a layer by its number. *Raises*: ValueError for one outside all classes."""
    style, limits = layer.style, [one.limits for one in layer.style.classes if one.limits is not None]
    assert style.rest is not None
    breaks = (*(low for low, _ in limits), max((high for _, high in limits), default=inf))
    classes = ColourClasses(breaks, tuple(one.colour for one in style.classes))
    values = layer.frame[style.by].to_numpy(dtype=float)
    return [style.rest.colour if isnan(value) else classes.colour(value) for value in values.tolist()]


def fill_holes(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the cells that lie between others and that no sample point hit, with the mean of those around them."""
    known, rows_around = cells_from_names(cells["cell"].tolist()).tolist(), defaultdict(list)
    for row, cell in enumerate(known):
        for other in neighbouring_cells(cell):
            rows_around[other].append(row)
    holes = {one: rows for one in rows_around.keys() - set(known) if len(rows := rows_around[one]) > _AROUND}
    means = pd.DataFrame([cells.iloc[rows].mean(numeric_only=True) for rows in holes.values()])
    more = gpd.GeoDataFrame(means, geometry=cell_outlines(holes), crs=cells.crs)
    return gpd.GeoDataFrame(pd.concat([cells, more], ignore_index=True)) if holes else cells


def draw_cells(axes: "Axes", cells: gpd.GeoDataFrame, colours: Sequence[str]) -> None:
    """Fill cells one by one: each takes the pixels that it touches, so that of classes the last drawn would grow.

    geopandas needs a second for every few thousand.
    """
    from matplotlib.collections import PolyCollection

    corners, cell = shapely.get_coordinates(cells.geometry.values, return_index=True)
    rings = np.split(corners, np.flatnonzero(np.diff(cell)) + 1)
    axes.add_collection(PolyCollection(rings, facecolors=colours, edgecolors="none", antialiaseds=False))


def _merge_cells(cells: gpd.GeoDataFrame, colours: Sequence[str]) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the cells of each colour as one shape: pixels that translucent neighbours share would be darker.

    Corners are rounded to metres first, so that neighbours share them exactly, as `shapely.coverage_union_all` needs.
    """
    shades, whole = sorted(set(colours)), shapely.transform(cells.geometry.values, np.round)
    shapes = [shapely.coverage_union_all(whole[np.array(colours) == shade]) for shade in shades]
    return gpd.GeoDataFrame(geometry=shapes, crs=cells.crs), shades


def _draw_sites(axes: "Axes", points: np.ndarray, style: LayerStyle, boxes: LabelBoxes, metre: float) -> None:
    """Draw sites and number the first ones."""
    colour = style.classes[0].colour
    axes.scatter(points[:, 0], points[:, 1], s=40, c=colour, edgecolors="white", linewidths=0.6, zorder=5)
    for number, spot in reversed(list(enumerate(map(tuple, points.tolist()), 1))):  # the first on top
        text = str(number) if number <= MAX_NUMBERED_SITES else ""
        boxes.reserve(spot, label_size(text, _SITE_PT, metre, padding_em=0.8))
        if text:
            write_label(axes, spot, text, _SITE_PT, "white", disc=colour)
