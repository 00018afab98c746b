"""The maps of a coverage report as PNG: coverage, day and night, access, gaps, proposals."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from core.text_marks import N_
from maps.classes import NO_DATA_COLOUR, ColourClasses
from yihui.planning.report.cell_layers import draw_cells, draw_translucent_cells
from yihui.planning.report.gap_layers import (
    TEMPORARY_GAP_COLOUR,
    draw_gaps,
    draw_ranks,
    draw_temporary_ranks,
    rank_legend_keys,
)
from yihui.planning.report.map_image import LegendKey, MapLayout, MapPanel, MapProjection, render_map_png
from yihui.planning.report.map_labels import LabelBoxes, label_size, metres_a_point
from yihui.planning.report.street_layers import (
    BLANK_COLOUR,
    COVERAGE_OPACITY,
    GROUND_ORDER,
    LATER_GROUND_ORDER,
    blend,
    blend_keys,
    draw_streets,
)
from yihui.planning.report.street_names import draw_street_names
from yihui.planning.report.text import study_reach_text
from yihui.planning.text import (
    access_denominator_text,
    date_time_text,
    demand_unit_label,
    render_day_or_hour,
    source_text,
    study_hour_text,
)
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from geo.siting.proposal import SiteProposal
    from yihui.planning.report.streets import ReportStreets
    from yihui.planning.study.study import Study


# Okabe and Ito's orange: colour-blind readers can distinguish it from the scale's blues, too.
SITE_COLOUR, PLACE_COLOUR = "#e69f00", "#005f94"
CELL_CLASSES = ColourClasses((0.0, 0.05, 0.25, 0.5, 0.75, 1.0))
ACCESS_BREAKS = (0.0, 0.25, 0.5, 1.0, 2.0)  # multiplied by a power of ten
_GROUND, _COUNTY, _COUNTY_LINE, _CITY, _INK = "#f3f5f7", "#ffffff", "#a9b2ba", "#4b5660", "#161c22"
_NAME_PT, _SITE_PT = 6.0, 5.5
MAX_NUMBERED_SITES = 20
MAX_CITY_PANELS = 3
STREETS_CREDIT = N_("© OpenStreetMap contributors")

MapPainter = Callable[["Axes", MapProjection], None]


@dataclass(frozen=True, slots=True)
class MapPicture:
    """A finished map: the name of its file, its caption, and the PNG."""

    name: str
    caption: str
    png: bytes


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


def choose_access_classes(access: np.ndarray) -> ColourClasses:
    """Return classes that fit the size of the values.

    Places per 10,000 residents are about one, places per 10,000 orders are hundreds.
    """
    some = access[access > 0]
    power = 10.0 ** round(np.log10(some.mean())) if len(some) else 1.0
    return ColourClasses((*(factor * power for factor in ACCESS_BREAKS), float("inf")))


class _Atlas:
    """The projection, outlines and texts that all maps of one study share."""

    def __init__(self, study: "Study", language: Language, streets: "ReportStreets | None" = None) -> None:
        self._study = study
        self._language = language
        self._streets = streets
        self._opacity = None if streets is None else COVERAGE_OPACITY
        self._flat = MapProjection(study.outlines)
        self._counties = self._flat.project_frame(study.outlines)
        self._cities = self._flat.project_frame(study.cities)

    def coverage(self) -> bytes:
        """Fill the counties, or the hexagons where one county alone would be one colour."""
        what = N_("{at}: share of {who} within {radius} of an open place")
        if len(self._counties) == 1:
            panel = MapPanel("", self._hexagons(self._study.now.cells, "share", CELL_CLASSES))
            return self._draw(
                N_("{area}: {who} served"), what, self._seen(_bands(CELL_CLASSES, self._say)), [panel]
            )
        shares = self._of_counties("share")
        title = N_("{area}: {who} served, by county")
        return self._draw(
            title,
            what,
            self._seen(_bands(ColourClasses(), self._say)),
            [MapPanel("", self._filled(shares, ColourClasses()))],
        )

    def night(self) -> bytes:
        study = self._study
        panels = [
            MapPanel(self._clock(at), self._hexagons(cells, "share", CELL_CLASSES))
            for at, cells in ((study.now.at, study.now.cells), (study.night.at, study.night.cells))
        ]
        by_day, otherwise = N_("{area}: by day and by night"), N_("{area}: at {hour} and by night")
        title = by_day if study.is_daytime else otherwise
        what = N_("share of {who} within {radius} of an open place")
        return self._draw(title, what, self._seen(_bands(CELL_CLASSES, self._say)), panels)

    def access(self) -> bytes:
        classes = choose_access_classes(self._study.now.access)
        paint = self._hexagons(self._study.now.cells, "access", classes)
        title, what = N_("{area}: access"), N_("{at}: open places per {head} within {radius} (2SFCA)")
        return self._draw(title, what, self._seen(_amounts(classes, self._say)), [MapPanel("", paint)])

    def gaps(self) -> bytes:
        title = N_("{area}: gaps by rank")
        what = N_(
            "no open place at any hour: colour and number tell the rank, by {who} × hours of the week; italic: the rank at some hours"
        )
        keys = (
            *rank_legend_keys(len(self._study.lasting_gaps), self._language),
            LegendKey(TEMPORARY_GAP_COLOUR, self._say(N_("none at some hours"))),
            self._open_place(),
        )
        return self._draw(title, what, self._seen(keys, _GROUND), [MapPanel("", self._with_gaps())])

    def proposals(self) -> bytes:
        found = self._study.proposals
        assert found is not None
        title, what = N_("{area}: proposed sites"), N_("numbers: the order in which they gain most")
        keys = (
            LegendKey(SITE_COLOUR, self._say(N_("proposed site")), "o", _INK),
            self._open_place(),
        )
        return self._draw(title, what, keys, self._site_panels(found.proposals))

    def _site_panels(self, sites: "Sequence[SiteProposal]") -> list[MapPanel]:
        """Return one enlarged map for each city with sites, or one map of the area if there are many cities."""
        points = np.array([(site.lon, site.lat) for site in sites])
        paint = self._with_sites(points)
        cities = sorted({(site.district or "")[:4] for site in sites})
        if len(cities) > MAX_CITY_PANELS:
            return [MapPanel("", paint)]
        names = dict(zip(self._study.cities["code"].str[:4], self._study.cities["name"], strict=True))
        return [
            MapPanel(
                names.get(city, "") if len(cities) > 1 else "",
                paint,
                np.array([(s.lon, s.lat) for s in sites if (s.district or "")[:4] == city]),
            )
            for city in cities
        ]

    # Map content -------------------------------------------------------------------------------------------

    def _draw_streets(self, axes: "Axes", flat: MapProjection) -> None:
        if self._streets is not None:
            draw_streets(axes, flat, self._counties, self._streets, self._say(STREETS_CREDIT))

    def _draw_street_names(
        self, axes: "Axes", flat: MapProjection, boxes: LabelBoxes, *, has_places: bool = False
    ) -> None:
        """Name the streets where the boxes of all other labels, and the places if they are drawn, leave room."""
        if self._streets is not None:
            points = _open_points(self._study) if has_places else np.empty((0, 2))
            places = self._flat.project_points(points)
            draw_street_names(axes, flat, self._counties, self._streets, boxes, places)

    def _seen(self, keys: Sequence[LegendKey], ground: str = BLANK_COLOUR) -> tuple[LegendKey, ...]:
        """Return the legend's colours as they look above the ground: thinner where streets lie below them."""
        return tuple(keys) if self._streets is None else blend_keys(keys, ground)

    def _filled(self, values: Sequence[float], classes: ColourClasses) -> MapPainter:
        def paint(axes: "Axes", flat: MapProjection) -> None:
            colours = [classes.colour(value) for value in values]
            self._draw_streets(axes, flat)
            self._counties.plot(
                ax=axes, color=colours, edgecolor=_COUNTY, linewidth=0.3, aspect=None, alpha=self._opacity
            )
            self._borders(axes)
            boxes = LabelBoxes()
            self._names(axes, boxes)
            self._draw_street_names(axes, flat, boxes)

        return paint

    def _hexagons(self, cells: gpd.GeoDataFrame, column: str, classes: ColourClasses) -> MapPainter:
        def paint(axes: "Axes", flat: MapProjection) -> None:
            empty = NO_DATA_COLOUR if self._streets is None else blend(NO_DATA_COLOUR)
            self._counties.plot(ax=axes, color=empty, edgecolor="none", aspect=None, zorder=GROUND_ORDER)
            colours = [classes.colour(value) for value in cells[column]]
            hexagons = flat.project_frame(cells)
            if self._streets is None:
                draw_cells(axes, hexagons, colours)
            else:  # each hexagon has paper below its streets, as the legend shows it
                draw_cells(axes, hexagons, [BLANK_COLOUR] * len(hexagons), LATER_GROUND_ORDER)
                self._draw_streets(axes, flat)
                draw_translucent_cells(axes, hexagons, colours, COVERAGE_OPACITY)
            self._borders(axes)
            self._draw_street_names(axes, flat, LabelBoxes())

        return paint

    def _with_gaps(self) -> MapPainter:
        lasting, at_times = self._study.lasting_gaps, self._study.temporary_gaps

        def paint(axes: "Axes", flat: MapProjection) -> None:
            self._counties.plot(ax=axes, color=_GROUND, edgecolor="none", aspect=None, zorder=GROUND_ORDER)
            self._draw_streets(axes, flat)
            draw_gaps(axes, flat, lasting, at_times, self._opacity)
            self._counties.boundary.plot(ax=axes, color=_COUNTY_LINE, linewidth=0.4, aspect=None)
            self._borders(axes)
            self._places(axes)
            boxes, metre = LabelBoxes(), metres_a_point(axes)
            self._names(axes, boxes)
            draw_ranks(axes, flat, lasting, boxes, metre)
            draw_temporary_ranks(axes, flat, at_times, boxes, metre)
            self._draw_street_names(axes, flat, boxes, has_places=True)

        return paint

    def _with_sites(self, lonlat: np.ndarray) -> MapPainter:
        def paint(axes: "Axes", flat: MapProjection) -> None:
            boxes, metre = LabelBoxes(), metres_a_point(axes)
            points = flat.project_points(lonlat)
            for number, spot in enumerate(points.tolist(), 1):
                text = str(number) if number <= MAX_NUMBERED_SITES else ""
                boxes.reserve((spot[0], spot[1]), label_size(text, _SITE_PT, metre, padding_em=0.8))
            self._ground(axes, flat, boxes)
            axes.scatter(
                points[:, 0], points[:, 1], s=40, c=SITE_COLOUR, edgecolors=_INK, linewidths=0.6, zorder=5
            )  # fmt: skip
            _numbers(axes, points[:MAX_NUMBERED_SITES], SITE_COLOUR, _INK)

        return paint

    def _ground(self, axes: "Axes", flat: MapProjection, boxes: LabelBoxes) -> None:
        """Draw counties in grey, open places as small dots, and the names that the boxes leave room for."""
        self._counties.plot(
            ax=axes, color=_GROUND, edgecolor=_COUNTY_LINE, linewidth=0.4, aspect=None, zorder=GROUND_ORDER
        )
        self._draw_streets(axes, flat)
        self._borders(axes)
        self._places(axes)
        self._names(axes, boxes)
        self._draw_street_names(axes, flat, boxes, has_places=True)

    def _places(self, axes: "Axes") -> None:
        points = self._flat.project_points(_open_points(self._study))
        axes.scatter(points[:, 0], points[:, 1], s=1.6, c=PLACE_COLOUR, linewidths=0, zorder=3)

    def _borders(self, axes: "Axes") -> None:
        self._cities.boundary.plot(ax=axes, color=_CITY, linewidth=0.6, aspect=None)

    def _names(self, axes: "Axes", boxes: LabelBoxes) -> None:
        """Label the cities, or the counties if there is only one city; a name moves aside for what is there."""
        from matplotlib.patheffects import withStroke

        named = self._cities if len(self._cities) > 1 else self._counties
        halo, metre = [withStroke(linewidth=1.8, foreground="white")], metres_a_point(axes)
        for name, outline in zip(named["name"], named.geometry, strict=True):
            point = outline.representative_point()
            spot = boxes.place_beside((point.x, point.y), label_size(name, _NAME_PT, metre))
            if spot is not None:
                axes.text(
                    *spot, name, fontsize=_NAME_PT, ha="center", va="center", color=_CITY,
                    path_effects=halo, zorder=9, clip_on=True,
                )  # fmt: skip

    # Title, legend and notes -------------------------------------------------------------------------------

    def _draw(self, title: str, what: str, keys: tuple[LegendKey, ...], panels: Sequence[MapPanel]) -> bytes:
        study = self._study
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
            keys=keys,
            notes=self._notes(),
            panels=tuple(panels),
            sample=self._say(N_("sample")) if study.is_sample else "",
            north=self._say(N_("N")),
        )
        return render_map_png(sheet, self._flat)

    def _open_place(self) -> LegendKey:
        said = self._say(N_("open place, {at}"), at=date_time_text(self._study.now.at, self._language))
        return LegendKey(PLACE_COLOUR, said, "o", PLACE_COLOUR)

    def _notes(self) -> tuple[str, ...]:
        projection = N_("Lambert azimuthal equal-area, centre {lon}°E {lat}°N, WGS84")
        review = N_("Map-review number (审图号): none yet. Publishing this map needs one.")
        return (
            *(source_text(source, self._language) for source in self._study.sources),
            self._say(projection, lon=f"{self._flat.lon:g}", lat=f"{self._flat.lat:g}"),
            self._say(review),
        )

    def _of_counties(self, column: str) -> list[float]:
        return [float(value) for value in self._study.areas[6][column].reindex(self._counties["code"])]

    def _clock(self, at: datetime) -> str:
        return date_time_text(at, self._language)

    def _say(self, template: str, **params: object) -> str:
        return self._language.render(template, **params)


def _bands(classes: ColourClasses, say: Callable[..., str]) -> tuple[LegendKey, ...]:
    """Return legend keys for classes of shares, with their breaks."""
    texts = [
        LegendKey(colour, say(N_("{low}% to below {high}%"), low=f"{100 * low:g}", high=f"{100 * high:g}"))
        for colour, low, high in classes.bands()
    ]
    return _with_no_data(texts, say)


def _amounts(classes: ColourClasses, say: Callable[..., str]) -> tuple[LegendKey, ...]:
    """Return legend keys for classes of amounts; the last class is open-ended."""
    *lower, (colour, least, _) = classes.bands()
    keys = [
        LegendKey(c, say(N_("{low} to below {high}"), low=f"{low:g}", high=f"{high:g}"))
        for c, low, high in lower
    ]
    return _with_no_data([*keys, LegendKey(colour, say(N_("{low} and more"), low=f"{least:g}"))], say)


def _with_no_data(keys: Sequence[LegendKey], say: Callable[..., str]) -> tuple[LegendKey, ...]:
    return (*keys, LegendKey(NO_DATA_COLOUR, say(N_("no data"))))


def _numbers(axes: "Axes", points: np.ndarray, disc: str, ink: str) -> None:
    """Draw 1, 2, 3, … on discs."""
    for number, (x, y) in reversed(list(enumerate(points.tolist(), 1))):  # the first on top
        axes.text(
            x, y, str(number), fontsize=5.5, fontweight="bold", color=ink, ha="center", va="center", zorder=7, clip_on=True,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": disc, "edgecolor": ink, "linewidth": 0.5},
        )  # fmt: skip


def _open_points(study: "Study") -> np.ndarray:
    """Return the points of the area's places that are open and usable at the study's moment.

    *Shape*: (n, 2).
    """
    from geo.coverage.hours import compute_openness

    inside = {station.id for station in study.stations}
    is_open = compute_openness(study.index, [study.order.at], study.reach.filters)[:, 0]
    own = np.array([station.id in inside for station in study.index.stations], dtype=bool)
    points: np.ndarray = study.index.points[is_open & own]
    return points
