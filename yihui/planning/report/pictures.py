"""The maps of a coverage report as PNG, drawn as every still map is: coverage, the night, access, gaps, proposals."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from core.text_marks import N_
from geo.coverage.tables import fill_holes
from geo.formats.export_layers import StyledLayer
from geo.station import OpeningState
from maps import AreaMark, MapView, Pin, map_data
from maps.classes import ColourClasses
from maps.picture import MapPlane, Still
from yihui.planning.map.answer import proposal_pins
from yihui.planning.map.text import map_labels
from yihui.planning.report.run import Backdrop, draw_backdrops
from yihui.planning.report.text import study_reach_text
from yihui.planning.study.layers import access_style, build_area_layer, build_cell_layer, shares_style
from yihui.planning.study.run import list_usable
from yihui.planning.study.study import Study
from yihui.planning.text import (
    access_denominator_text,
    day_text,
    demand_unit_label,
    night_text,
    sample_mark,
    source_text,
)
from yihui.runtime.language import Language
from yihui.views.pdf import find_chinese_font
from yihui.views.still_map import render_png

CELL_CLASSES = ColourClasses((0.0, 0.05, 0.25, 0.5, 0.75, 1.0))
# By the first rank of each class, from Okabe and Ito's vermilion to a light tint of it: the first ranks are the darkest.
_RANK_COLOURS = {1: "#a63603", 11: "#d55e00", 51: "#f08a3c", 201: "#f7b583", 1_001: "#fbdcc4"}
_AT_TIMES_COLOUR = "#f0e442"
_ROUND = 6  # digits of degrees, by which neighbours share their corners
_MARGIN = 0.02  # degrees around proposed sites
Legend = Sequence[tuple[str, str, str]]


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
    study: Study, language: Language, below: Sequence[Backdrop] = ()
) -> Iterator[MapPicture]:
    """Yield the maps of a report, each rendered on demand. Proposals are drawn only if there are some.

    ``below`` lies under what a map shows, such as streets.
    *Raises*: ReportUnavailable if no Chinese font is installed.
    """
    atlas = _Atlas(study, language, below)
    by_county, by_cell = N_("Share served, by county (city, district)"), N_("Share served, by hexagon")
    drawn = [
        ("coverage", by_county if len(study.outlines) > 1 else by_cell, atlas.coverage),
        ("night", N_("By night, mean of 22:00–6:00: share served, by hexagon"), atlas.night),
        ("access", N_("Access: open places within reach, shared with all who reach them"), atlas.access),
    ]
    if study.gaps:
        drawn.append(("gaps", N_("Gaps by rank"), atlas.gaps))
    if study.proposals is not None and study.proposals.proposals:
        drawn.append(("proposals", N_("Proposed sites"), atlas.proposals))
    yield from (MapPicture(name, language.translate(caption), draw()) for name, caption, draw in drawn)


class _Atlas:
    """The outlines, open places, streets and texts that all maps of one study share."""

    def __init__(self, study: Study, language: Language, below: Sequence[Backdrop]) -> None:
        self._study, self._language, self._below = study, language, below
        self._font = find_chinese_font()
        usable = set(list_usable(study.index, study.order.at, study.reach))
        self._open = [one for one in study.stations if one.id in usable]
        borders = study.cities if len(study.cities) > 1 else study.outlines
        self._borders = borders[["code", "name", "geometry"]].assign(covered_share=np.nan, open=np.nan)

    @cached_property
    def _cells(self) -> StyledLayer:
        """The hexagons, in classes that suit their shares: most are 0 or 1."""
        cells = build_cell_layer(self._study, self._language)
        frame = cells.frame if self._study.demand.even_ground is None else fill_holes(cells.frame)
        return replace(cells, frame=frame, style=shares_style(self._language, CELL_CLASSES))

    def coverage(self) -> bytes:
        """Colour the counties, or the hexagons where one county alone would be one colour."""
        what = N_("{at}: share of {who} within {radius} of an open place")
        is_alone = len(self._study.outlines) == 1
        title = N_("{area}: {who} served") if is_alone else N_("{area}: {who} served, by county")
        layer = self._cells if is_alone else build_area_layer(self._study, self._language, 6)
        return self._draw(title, what, layer)

    def night(self) -> bytes:
        style = shares_style(self._language, CELL_CLASSES, "night_share")
        title = N_("{area}: {who} served by night")
        what = N_("{night}: share of {who} within {radius} of an open place")
        return self._draw(title, what, replace(self._cells, style=style))

    def access(self) -> bytes:
        style = access_style(self._language, self._study.access)
        title, what = N_("{area}: access"), N_("{at}: open places per {head} within {radius} (2SFCA)")
        return self._draw(title, what, replace(self._cells, style=style))

    def gaps(self) -> bytes:
        """Colour the lasting gaps by their rank and number them, as their table does; those at some hours have one colour."""
        study, parts = self._study, []
        lasting, at_times = (
            [gap.geometry for gap in gaps] for gaps in (study.lasting_gaps, study.temporary_gaps)
        )
        firsts = [first for first in _RANK_COLOURS if first <= len(lasting)]
        for first, end in zip(firsts, [*(first - 1 for first in firsts[1:]), len(lasting)], strict=False):
            told = self._say(N_("rank {first} to {last}"), first=first, last=end)
            parts.append((lasting[first - 1 : end], _RANK_COLOURS[first], told))
        if at_times:
            parts.append((at_times, _AT_TIMES_COLOUR, self._say(N_("none at some hours"))))
        shapes = [shapely.union_all(part) for part, *_ in parts]
        level = _build_level(shapes, [(number + 0.5) / len(parts) for number in range(len(parts))])
        title = N_("{area}: gaps by rank")
        what = N_("no open place at any hour: colour and number tell the rank, by {who} × hours of the week")
        view = MapView(self._open, [self._borders, level], study.now.at, "",
                       gaps=[AreaMark("", gap) for gap in lasting], classes=ColourClasses.even([one[1] for one in parts]))  # fmt: skip
        legend = [("area", colour, text) for _, colour, text in parts]
        return self._paint(title, what, view, legend)

    def proposals(self) -> bytes:
        """Number the proposed sites, on a map of the ground around them."""
        assert self._study.proposals is not None
        pins: list[Pin] = [*proposal_pins(self._study.proposals.proposals, self._language)]
        title, what = N_("{area}: proposed sites"), N_("numbers: the order in which they gain most")
        levels = [self._borders, self._borders.iloc[:0]]
        view = MapView(self._open, levels, self._study.now.at, "", proposals=pins)
        legend = [("pin", "", self._say(N_("proposed sites")))]
        return self._paint(title, what, view, legend, np.array([(pin.lat, pin.lon) for pin in pins]))

    def _draw(self, title: str, what: str, layer: StyledLayer) -> bytes:
        """Draw the areas of a layer in the colours of its style; hexagons of one colour as one shape."""
        colours = [one.colour for one in layer.style.classes]
        level = classify_areas(layer)
        if layer.name == "cells":
            whole = shapely.transform(level.geometry.to_numpy(), lambda points: np.round(points, _ROUND))
            share = level["covered_share"].to_numpy()
            found = np.unique(share)  # not known is one of them
            parts = [np.isnan(share) if np.isnan(one) else share == one for one in found]
            level = _build_level([shapely.coverage_union_all(whole[part]) for part in parts], found.tolist())
        legend = [("area", one.colour, one.label) for one in layer.style.all_classes]
        classes, at = ColourClasses.even(colours), self._study.now.at
        return self._paint(title, what, MapView((), [self._borders, level], at, "", classes=classes), legend)

    def _paint(
        self, title: str, what: str, view: MapView, legend: Legend, around: np.ndarray | None = None
    ) -> bytes:
        study, at = self._study, day_text(self._study.now.at, self._language)
        view = replace(view, states=dict.fromkeys((one.id for one in view.stations), OpeningState.OPEN))
        data = map_data(view, map_labels(self._language))
        if view.stations:
            legend = [*legend, ("place", "open", self._say(N_("open place, {at}"), at=at))]
        params = {
            "area": study.area_name,
            "at": at,
            "night": night_text(study.night.at, self._language),
            "who": demand_unit_label(study.demand.unit, self._language),
            "head": access_denominator_text(study.demand.unit, self._language),
            "radius": study_reach_text(study, self._language),
        }
        data["legend"] = [("title", "", self._say(what, **params)), *legend]
        if around is not None:
            low, high = around.min(axis=0) - _MARGIN, around.max(axis=0) + _MARGIN
            data["bounds"] = [low.tolist(), high.tolist()]
        heading = self._say(title, **params) + sample_mark(study.is_sample, self._language)
        plane = MapPlane(data["bounds"])  # type: ignore[arg-type]
        drawn_in = N_("Lambert azimuthal equal-area, centre {lon}°E {lat}°N, WGS84")
        notes = (
            self._language.join_clauses(source_text(one, self._language) for one in study.sources),
            self._say(drawn_in, lon=f"{plane.lon:g}", lat=f"{plane.lat:g}"),
            self._say(N_("Map-review number (审图号): none yet. Publishing this map needs one.")),
        )
        below = partial(draw_backdrops, self._below) if self._below else None
        return render_png(Still(data, heading, notes, below, has_ranks=bool(view.gaps)), self._font)

    def _say(self, template: str, **params: object) -> str:
        return self._language.render(template, **params)


def classify_areas(layer: StyledLayer) -> gpd.GeoDataFrame:
    """Return the areas of a layer with the number of their class as a share of all classes; NaN for what is not known.

    *Raises*: ValueError for a value outside all classes.
    """
    limits = [one.limits for one in layer.style.classes if one.limits is not None]
    values = layer.frame[layer.style.by].to_numpy(dtype=float)
    if (values < limits[0][0]).any() or (values > limits[-1][1]).any():
        raise ValueError(f"a value is outside {limits[0][0]}..{limits[-1][1]}")
    number = np.searchsorted([high for _, high in limits[:-1]], values, side="right")
    share = np.where(np.isnan(values), np.nan, (number + 0.5) / len(limits))
    codes, names = (layer.frame.get(one, pd.Series("", layer.frame.index)) for one in ("code", "name"))
    return layer.frame[["geometry"]].assign(code=codes, name=names, covered_share=share, open=np.nan)


def _build_level(shapes: Sequence[shapely.Geometry], shares: Sequence[float] | float) -> gpd.GeoDataFrame:
    """Return shapes without names as a level below the counties."""
    codes = [f"9{row:011d}" for row in range(1, len(shapes) + 1)]
    columns = {"code": codes, "name": "", "covered_share": shares, "open": np.nan}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326")
