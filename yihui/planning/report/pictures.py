"""The maps of a report on coverage, as PNG: coverage, day and night, access, gaps, proposals."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from maps.classes import NO_DATA_COLOUR, ColourClasses
from yihui.planning.report.areas import GAPS_LISTED, gaps_at_times, lasting_gaps
from yihui.planning.report.map_image import Flat, Key, Panel, Sheet, draw
from yihui.planning.report.phrases import (
    clock,
    distance_text,
    head,
    hour_text,
    of_now,
    source_text,
    who,
)
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from geo.siting.proposal import SiteProposal
    from yihui.planning.study.study import Study

N_ = str  # marks a text for the message catalogue

# Orange stands out from the scale's blues for every eye (Okabe and Ito's vermilion and orange).
GAP, AT_TIMES, SITE, PLACE = "#d55e00", "#f0e442", "#e69f00", "#005f94"
CELLS = ColourClasses((0.0, 0.05, 0.25, 0.5, 0.75, 1.0))
ACCESS = (0.0, 0.25, 0.5, 1.0, 2.0)  # times a power of ten
_GROUND, _COUNTY, _CITY, _INK = "#f3f5f7", "#ffffff", "#4b5660", "#161c22"
GAPS_SHOWN = 10
SITES_NUMBERED = 20
CITIES_APART = 3

Paint = Callable[["Axes", Flat], None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished map with the name of its file and the sentence that stands below it."""

    name: str
    caption: str
    png: bytes


def pictures(study: "Study", language: Language) -> Iterator[Picture]:
    """All maps of a report, each when it is asked for; proposals only where there are some.

    *Raises*: NoReport where no Chinese font is installed.
    """
    atlas = _Atlas(study, language)
    yield Picture(
        "coverage", language.render(N_("Share served, by county (city, district)")), atlas.coverage()
    )
    caption = of_now(
        study, N_("By day and by night, same classes"), N_("At {hour} and by night, same classes"), language
    )
    yield Picture("night", caption, atlas.night())
    yield Picture(
        "access",
        language.render(N_("Access: open places within reach, shared with all who reach them")),
        atlas.access(),
    )
    if study.gaps:
        yield Picture("gaps", language.render(N_("The weightiest gaps")), atlas.gaps())
    if study.proposals is not None and study.proposals.proposals:
        yield Picture("proposals", language.render(N_("Proposed sites")), atlas.proposals())


def access_classes(access: np.ndarray) -> ColourClasses:
    """Of the size of what there is: places per 10,000 residents are about one, per 10,000 orders hundreds."""
    some = access[access > 0]
    power = 10.0 ** round(np.log10(some.mean())) if len(some) else 1.0
    return ColourClasses((*(factor * power for factor in ACCESS), float("inf")))


class _Atlas:
    """What all maps of one study share."""

    def __init__(self, study: "Study", language: Language) -> None:
        self._study = study
        self._language = language
        self._flat = Flat(study.outlines)
        self._counties = self._flat.frame(study.outlines)
        self._cities = self._flat.frame(study.cities)

    def coverage(self) -> bytes:
        shares = self._of_counties("share")
        title = N_("{area}: {who} served, by county")
        what = N_("{at}: share of {who} within {radius} of an open place")
        return self._draw(
            title,
            what,
            _bands(ColourClasses(), self._say),
            [Panel("", self._filled(shares, ColourClasses()))],
        )

    def night(self) -> bytes:
        study = self._study
        panels = [
            Panel(self._clock(at), self._hexagons(cells, "share", CELLS))
            for at, cells in ((study.now.at, study.now.cells), (study.night.at, study.night.cells))
        ]
        by_day, otherwise = N_("{area}: by day and by night"), N_("{area}: at {hour} and by night")
        title = by_day if study.is_daytime else otherwise
        what = N_("share of {who} within {radius} of an open place")
        return self._draw(title, what, _bands(CELLS, self._say), panels)

    def access(self) -> bytes:
        classes = access_classes(self._study.now.access)
        paint = self._hexagons(self._study.now.cells, "access", classes)
        title, what = N_("{area}: access"), N_("{at}: open places per {head} (E2SFCA)")
        return self._draw(title, what, _amounts(classes, self._say), [Panel("", paint)])

    def gaps(self) -> bytes:
        title = N_("{area}: the weightiest gaps")
        what = N_("numbers: rank, by {who} × hours of the week without an open place")
        keys = (
            Key(GAP, self._say(N_("no open place at any hour"))),
            Key(AT_TIMES, self._say(N_("none at some hours"))),
            self._open_place(),
        )
        return self._draw(title, what, keys, [Panel("", self._with_gaps())])

    def proposals(self) -> bytes:
        found = self._study.proposals
        assert found is not None
        title, what = N_("{area}: proposed sites"), N_("numbers: the order in which they gain most")
        keys = (
            Key(SITE, self._say(N_("proposed site")), "o", _INK),
            self._open_place(),
        )
        return self._draw(title, what, keys, self._site_panels(found.proposals))

    def _site_panels(self, sites: "Sequence[SiteProposal]") -> list[Panel]:
        """One map of each city that has some, larger; where these are many, one of the whole area."""
        points = np.array([(site.lon, site.lat) for site in sites])
        paint = self._with_sites(points)
        cities = sorted({(site.district or "")[:4] for site in sites})
        if len(cities) > CITIES_APART:
            return [Panel("", paint)]
        names = dict(zip(self._study.cities["code"].str[:4], self._study.cities["name"], strict=True))
        return [
            Panel(
                names.get(city, "") if len(cities) > 1 else "",
                paint,
                np.array([(s.lon, s.lat) for s in sites if (s.district or "")[:4] == city]),
            )
            for city in cities
        ]

    # What is painted --------------------------------------------------------------------------------------

    def _filled(self, values: Sequence[float], classes: ColourClasses) -> Paint:
        def paint(axes: "Axes", flat: Flat) -> None:
            colours = [classes.colour(value) for value in values]
            self._counties.plot(ax=axes, color=colours, edgecolor=_COUNTY, linewidth=0.3, aspect=None)
            self._borders(axes)
            self._names(axes)

        return paint

    def _hexagons(self, cells: gpd.GeoDataFrame, column: str, classes: ColourClasses) -> Paint:
        def paint(axes: "Axes", flat: Flat) -> None:
            self._counties.plot(ax=axes, color=NO_DATA_COLOUR, edgecolor="none", aspect=None)
            colours = [classes.colour(value) for value in cells[column]]
            _polygons(axes, flat.frame(cells), colours)
            self._borders(axes)

        return paint

    def _with_gaps(self) -> Paint:
        lasting, at_times = lasting_gaps(self._study), gaps_at_times(self._study)

        def paint(axes: "Axes", flat: Flat) -> None:
            self._ground(axes)
            for gaps, colour in ((lasting[:GAPS_SHOWN], GAP), (at_times[:GAPS_LISTED], AT_TIMES)):
                shapes = gpd.GeoDataFrame(geometry=[gap.geometry for gap in gaps], crs="EPSG:4326")
                if gaps:
                    flat.frame(shapes).plot(
                        ax=axes, color=colour, edgecolor="#8a3c00", linewidth=0.3, alpha=0.75, aspect=None
                    )
            if lasting:
                centres = np.array([(gap.lon, gap.lat) for gap in lasting[:GAPS_SHOWN]])
                _numbers(axes, flat.points(centres), _INK, "white")

        return paint

    def _with_sites(self, lonlat: np.ndarray) -> Paint:
        def paint(axes: "Axes", flat: Flat) -> None:
            self._ground(axes)
            points = flat.points(lonlat)
            axes.scatter(
                points[:, 0], points[:, 1], s=40, c=SITE, edgecolors=_INK, linewidths=0.6, zorder=5
            )  # fmt: skip
            _numbers(axes, points[:SITES_NUMBERED], SITE, _INK)

        return paint

    def _ground(self, axes: "Axes") -> None:
        """Counties in grey, the places that are open as small dots."""
        self._counties.plot(ax=axes, color=_GROUND, edgecolor="#a9b2ba", linewidth=0.4, aspect=None)
        self._borders(axes)
        points = self._flat.points(_open_points(self._study))
        axes.scatter(points[:, 0], points[:, 1], s=1.6, c=PLACE, linewidths=0, zorder=3)
        self._names(axes)

    def _borders(self, axes: "Axes") -> None:
        self._cities.boundary.plot(ax=axes, color=_CITY, linewidth=0.6, aspect=None)

    def _names(self, axes: "Axes") -> None:
        """Of the cities, or of the counties where there is one city only."""
        from matplotlib.patheffects import withStroke

        named = self._cities if len(self._cities) > 1 else self._counties
        halo = [withStroke(linewidth=1.8, foreground="white")]
        for name, outline in zip(named["name"], named.geometry, strict=True):
            point = outline.representative_point()
            axes.text(
                point.x, point.y, name, fontsize=6, ha="center", va="center", color=_CITY,
                path_effects=halo, zorder=4, clip_on=True,
            )  # fmt: skip

    # What stands beside it --------------------------------------------------------------------------------

    def _draw(self, title: str, what: str, keys: tuple[Key, ...], panels: Sequence[Panel]) -> bytes:
        study = self._study
        params = {
            "area": study.area_name,
            "at": clock(study.order.at, self._language),
            "hour": hour_text(study),
            "who": who(study.demand.unit, self._language),
            "head": head(self._study.demand.unit, self._language),
            "radius": distance_text(study.reach.radius_m, self._language),
        }
        sheet = Sheet(
            title=self._say(title, **params),
            legend_title=self._say(what, **params),
            keys=keys,
            notes=self._notes(),
            panels=tuple(panels),
            sample=self._say(N_("sample")) if study.is_sample else "",
            north=self._say(N_("N")),
        )
        return draw(sheet, self._flat)

    def _open_place(self) -> Key:
        said = self._say(N_("open place, {at}"), at=clock(self._study.now.at, self._language))
        return Key(PLACE, said, "o", PLACE)

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
        return clock(at, self._language)

    def _say(self, template: str, **params: object) -> str:
        return self._language.render(template, **params)


def _bands(classes: ColourClasses, say: Callable[..., str]) -> tuple[Key, ...]:
    """Classes of shares with their breaks."""
    texts = [
        Key(colour, say(N_("{low}% to below {high}%"), low=f"{100 * low:g}", high=f"{100 * high:g}"))
        for colour, low, high in classes.bands()
    ]
    return _with_no_data(texts, say)


def _amounts(classes: ColourClasses, say: Callable[..., str]) -> tuple[Key, ...]:
    """Classes of amounts; the last one has no end."""
    *lower, (colour, least, _) = classes.bands()
    keys = [
        Key(c, say(N_("{low} to below {high}"), low=f"{low:g}", high=f"{high:g}")) for c, low, high in lower
    ]
    return _with_no_data([*keys, Key(colour, say(N_("{low} and more"), low=f"{least:g}"))], say)


def _with_no_data(keys: Sequence[Key], say: Callable[..., str]) -> tuple[Key, ...]:
    return (*keys, Key(NO_DATA_COLOUR, say(N_("no data"))))


def _numbers(axes: "Axes", points: np.ndarray, disc: str, ink: str) -> None:
    """1, 2, 3, … on discs."""
    for number, (x, y) in reversed(list(enumerate(points.tolist(), 1))):  # the first on top
        axes.text(
            x, y, str(number), fontsize=5.5, fontweight="bold", color=ink, ha="center", va="center", zorder=7, clip_on=True,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": disc, "edgecolor": ink, "linewidth": 0.5},
        )  # fmt: skip


def _open_points(study: "Study") -> np.ndarray:
    """Where the area's places are that are open and usable then. *Shape*: (n, 2)."""
    from geo.coverage.openness import compute_openness

    inside = {station.id for station in study.stations}
    is_open = compute_openness(study.index, [study.order.at], study.reach.filters)[:, 0]
    own = np.array([station.id in inside for station in study.index.stations], dtype=bool)
    points: np.ndarray = study.index.points[is_open & own]
    return points


def _polygons(axes: "Axes", frame: gpd.GeoDataFrame, colours: Sequence[str]) -> None:
    """Rings without holes, many at once; geopandas takes a second for every few thousand."""
    import shapely
    from matplotlib.collections import PolyCollection

    coordinates, owner = shapely.get_coordinates(frame.geometry.values, return_index=True)
    rings = np.split(coordinates, np.flatnonzero(np.diff(owner)) + 1)
    axes.add_collection(PolyCollection(rings, facecolors=colours, edgecolors="none", antialiaseds=False))
