"""The map of a scenario's report: today and with the changes, side by side, at the hour that was asked about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.text_marks import N_
from geo.formats.outlines import OUTLINES_SOURCE
from geo.station import Station
from maps.classes import ColourClasses
from yihui.planning.report.map_image import LegendKey, MapLayout, MapPanel, MapProjection, render_map_png
from yihui.planning.scenario.data import ScenarioFigures
from yihui.planning.text import date_time_text, demand_unit_label, distance_text
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from yihui.planning.run import StudyArea

_CLASSES = ColourClasses((0.0, 1.0, 3.0, 6.0, 9.0, 10.0))  # tenths of a cell's demand, as they are stored
_GROUND, _COUNTY_LINE, _CITY, _INK = "#f3f5f7", "#a9b2ba", "#4b5660", "#161c22"
_PLACE, _CHANGED = "#005f94", "#e69f00"
_NEWER = N_("The scenario was changed after this comparison: the stations are those of now. Compare again.")
_OVERLAP = 1.08  # circles reach into the corners of their hexagons


@dataclass(frozen=True, slots=True)
class ScenarioPlaces:
    """The area and its stations on both sides. ``acts`` says what a scenario did to a station, by its id.

    ``is_newer``: the scenario was changed after the comparison, so that its stations are not those of the figures.
    """

    ground: "StudyArea"
    today: Sequence[Station]
    scenario: Sequence[Station]
    acts: Mapping[str, str]
    is_newer: bool = False


def render_scenario_map(figures: ScenarioFigures, places: ScenarioPlaces, language: Language) -> bytes:
    """Render the map as PNG; the same input gives the same bytes. *Raises*: ReportUnavailable without a Chinese font."""
    ground = places.ground
    flat = MapProjection(ground.outlines)
    at = datetime.fromisoformat(figures["at"])
    say = language.render
    closed = [one for one in places.today if places.acts.get(one.id) == "closed"]
    painter = _Painter(ground, figures, at.hour, closed, places.acts)
    params = {
        "at": date_time_text(at, language),
        "who": demand_unit_label(figures["unit"], language),
        "radius": distance_text(figures["radius_m"], language),
    }
    sheet = MapLayout(
        title=say(N_("{area}: today and in the scenario"), area=figures["area_name"]),
        legend_title=say(N_("{at}: share of {who} within {radius} of an open place"), **params),
        keys=_keys(say, bool(closed), bool(figures["outline"])),
        notes=(
            *([say(_NEWER)] if places.is_newer else []),
            say(N_("Outlines: {source}"), source=language.translate(OUTLINES_SOURCE)),
            say(
                N_("Lambert azimuthal equal-area, centre {lon}°E {lat}°N, WGS84"),
                lon=f"{flat.lon:g}",
                lat=f"{flat.lat:g}",
            ),
            say(N_("Map-review number (审图号): none yet. Publishing this map needs one.")),
        ),
        panels=(
            MapPanel(say(N_("today")), painter.paint(figures["cells"]["today"], places.today, False)),
            MapPanel(
                say(N_("with the changes")),
                painter.paint(figures["cells"]["scenario"], places.scenario, True),
            ),
        ),
        sample=say(N_("sample")) if figures["is_sample"] else "",
        north=say(N_("N")),
    )
    return render_map_png(sheet, flat)


def _keys(say: Callable[..., str], has_closed: bool, has_outline: bool) -> tuple[LegendKey, ...]:
    keys = []
    for colour, low, high in _CLASSES.bands():
        if low == 0:
            text = say(N_("none of them"))
        elif high == 10:
            text = say(N_("{low}% and more"), low=f"{10 * low:g}")
        elif low == 1:
            text = say(N_("below {high}%"), high=f"{10 * high:g}")
        else:
            text = say(N_("{low}% to below {high}%"), low=f"{10 * low:g}", high=f"{10 * high:g}")
        keys.append(LegendKey(colour, text))
    keys.append(LegendKey(_PLACE, say(N_("station")), "o", _PLACE))
    keys.append(LegendKey(_CHANGED, say(N_("added, moved or open longer")), "D", _INK))
    if has_closed:
        keys.append(LegendKey(_INK, say(N_("closed in the scenario")), "X", _INK))
    if has_outline:
        keys.append(LegendKey("#ffffff", say(N_("drawn area")), "s", _INK))
    return tuple(keys)


@dataclass(frozen=True, slots=True)
class _Painter:
    """Paints one side of the map: the cells by tenths at an hour, borders, and stations on top."""

    ground: "StudyArea"
    figures: ScenarioFigures
    hour: int
    closed: Sequence[Station]
    acts: Mapping[str, str]

    def paint(
        self, digits_by_hour: Sequence[str], stations: Sequence[Station], is_changed: bool
    ) -> "Callable[[Axes, MapProjection], None]":
        """Return the function that paints a panel."""
        colours = [_CLASSES.colour(float(digits[self.hour])) for digits in digits_by_hour]

        def on(axes: "Axes", flat: MapProjection) -> None:
            counties = flat.project_frame(self.ground.outlines)
            counties.plot(ax=axes, color=_GROUND, edgecolor="none", aspect=None)
            self._cells(axes, flat, colours)
            counties.boundary.plot(ax=axes, color=_COUNTY_LINE, linewidth=0.4, aspect=None)
            flat.project_frame(self.ground.cities).boundary.plot(
                ax=axes, color=_CITY, linewidth=0.7, aspect=None
            )
            if self.figures["outline"]:
                drawn = flat.project_points(np.array([*self.figures["outline"], self.figures["outline"][0]]))
                axes.plot(drawn[:, 0], drawn[:, 1], color=_INK, linewidth=0.9, zorder=4)
            changed = [one for one in stations if is_changed and one.id in self.acts]
            same = [one for one in stations if not (is_changed and one.id in self.acts)]
            _mark(axes, flat, same, _PLACE, "o", 5.0)
            _mark(axes, flat, changed, _CHANGED, "D", 18.0)
            if is_changed:
                _mark(axes, flat, self.closed, _INK, "X", 22.0)

        return on

    def _cells(self, axes: "Axes", flat: MapProjection, colours: Sequence[str]) -> None:
        from matplotlib.collections import EllipseCollection

        cells = self.figures["cells"]
        if not cells["points"]:
            return
        middles = flat.project_points(np.array(cells["points"]))
        size = np.full(len(middles), 2 * _OVERLAP * cells["radius_m"])
        axes.add_collection(
            EllipseCollection(
                size,
                size,
                np.zeros(len(middles)),
                units="xy",
                offsets=middles,
                offset_transform=axes.transData,
                facecolors=colours,
                edgecolors="none",
            )
        )


def _mark(
    axes: "Axes", flat: MapProjection, stations: Sequence[Station], colour: str, mark: str, size: float
) -> None:
    """Draw a mark at each placed station. *Units*: ``size`` in square points."""
    there = np.array([(one.lon, one.lat) for one in stations if one.is_placed], dtype=np.float64)
    if len(there):
        points = flat.project_points(there)
        edge = "white" if mark == "o" else _INK
        axes.scatter(
            points[:, 0],
            points[:, 1],
            s=size,
            c=colour,
            marker=mark,
            linewidths=0.3,
            edgecolors=edge,
            zorder=6,
        )
