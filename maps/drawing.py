"""Render a `MapView` as HTML: places, districts coloured by coverage, gaps, proposals, an hour slider."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import numpy as np
from markupsafe import Markup, escape

from core.civil_time import CIVIL_TIME
from geo.crs import from_wgs84
from geo.datum import UNSHIFTED_DATUMS
from geo.hours import STATES_BY_CODE
from geo.station import Kind, Station
from maps.classes import NO_DATA_COLOUR, ColourClasses
from maps.labels import Labels
from maps.outlines import area_data, area_name_points
from maps.packing import OUTLINE_SCALE, encode_outline, pack_bits
from maps.page import Assets, MapPage, render_markup
from maps.places import MAX_MARKERS, count_kinds, ground_data, place_data
from maps.symbols import symbol_for_kind
from maps.tiles import leaflet_template, street_data, subdomains
from maps.view import HOURS_PER_WEEK, MapView, WeekFigures

PANEL_TEMPLATE = """<aside class="panel"><details open><summary>{{ title }}{% if sampled %}<span class="mark">{{ words.sample }}</span>{% endif %}</summary>
<p class="at">{{ at }}</p>
{% if view.levels %}<h2>{{ coverage }}</h2>
<ul>{% for colour, text in bands %}<li><svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill="{{ colour }}"/></svg>{{ text }}</li>{% endfor %}
{% if view.ground %}<li><svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill="#2c7fb8" fill-opacity="0.45"/></svg>{{ words.ground_key }}</li>{% endif %}</ul>{% endif %}
{% if view.gaps or view.proposals %}<ul class="marks">
{% if view.gaps %}<li><svg class="swatch gap-key" aria-hidden="true"><rect width="100%" height="100%" fill="url(#hatching)"/></svg><span><b>{{ words.gaps }}</b> {{ gap_key }}{% if heaviest %} <i>{{ heaviest }}</i>{% endif %}</span><span class="count">{{ view.gaps|length }}</span></li>{% endif %}
{% if view.proposals %}<li><span class="pin-key">1</span><span><b>{{ words.proposals }}</b> {{ words.proposal_key }}</span><span class="count">{{ view.proposals|length }}</span></li>{% endif %}</ul>{% endif %}
<h2>{{ words.places }}</h2>
<ul>{% for symbol, name, count in kinds %}<li><span class="spot" style="--kind: {{ symbol.colour }}">{{ symbol.character }}</span>{{ name }}<span class="count">{{ count }}</span></li>{% endfor %}</ul>
{% for note in notes %}<p class="small">{{ note }}</p>{% endfor %}
{% if view.astray %}<details class="astray"><summary>{{ astray }}</summary><ul>{% for one in view.astray %}<li>{{ one.name }} <span class="small">{{ one.id }}{% if one.is_placed %} · {{ "%.4f"|format(one.lon) }}, {{ "%.4f"|format(one.lat) }}{% endif %}</span></li>{% endfor %}</ul></details>{% endif %}
<h2>{{ words.sources }}</h2>
<p class="small">{% for source in sources %}{{ source }}<br>{% endfor %}{{ datum }}</p>
{% if online %}<p class="small online">{{ online }}</p>{% endif %}
<p class="small">{{ words.review }}</p>
</details></aside>
<svg class="north" viewBox="0 0 24 34" role="img" aria-label="{{ words.north }}"><path d="M12 10 4 33l8-5 8 5z"/><text x="12" y="9">N</text></svg>"""


def render_panel(view: MapView, kinds: Mapping[Kind, int], labels: Labels) -> Markup:
    """Render the boxes as HTML, with every text escaped."""
    shifted, at = view.tiles.datum not in UNSHIFTED_DATUMS, view.at.astimezone(CIVIL_TIME)
    names = labels.words.kinds
    return render_markup(
        PANEL_TEMPLATE,
        view=view,
        words=labels,
        title=labels.title,
        sampled=any(station.sample for station in view.stations),
        at=labels.at.format(at=f"{labels.format_day(at)} {at:%H:%M}{view.holiday}"),
        coverage=_title_of_shares(view, labels),
        gap_key=_gap_key(view, labels),
        heaviest=_heaviest(view, labels),
        bands=_bands(view.classes, labels),
        kinds=[(symbol_for_kind(kind), names.get(kind, kind), f"{count:,}") for kind, count in kinds.items()],
        astray=labels.astray.format(count=f"{len(view.astray):,}"),
        notes=_notes(view, sum(kinds.values()), labels),
        sources=_sources(view),
        datum=labels.shifted if shifted else labels.datum,
        online=labels.online.format(hosts=", ".join(view.tiles.hosts)) if view.tiles.hosts else "",
    )


def _title_of_shares(view: MapView, labels: Labels) -> str:
    served = {"ground": labels.ground, "people": labels.people}.get(view.served, view.served)
    return labels.coverage.format(served=served, reach=view.reach)


def _gap_key(view: MapView, labels: Labels) -> str:
    day = labels.format_day(view.at.astimezone(CIVIL_TIME))
    return (labels.night_gap_key if view.gaps_by_night else labels.gap_key).format(reach=view.reach, day=day)


def _heaviest(view: MapView, labels: Labels) -> str:
    if view.gaps_found <= len(view.gaps):
        return ""
    return labels.heaviest.format(shown=f"{len(view.gaps):,}", all=f"{view.gaps_found:,}")


def _sources(view: MapView) -> list[str]:
    """Return the view's sources, then those that stations name and that are not among them."""
    named = sorted({station.source for station in view.stations if station.source})
    return [*view.sources, *(one for one in named if not any(one in given for given in view.sources))]


def _notes(view: MapView, placed: int, labels: Labels) -> list[str]:
    notes = []
    if view.week or view.states:
        notes = [labels.dot] if placed > MAX_MARKERS else [labels.badge, labels.closed_place]
    if not_placed := len(view.stations) - placed:
        notes.append(labels.not_placed.format(count=f"{not_placed:,}"))
    if any(station.sample for station in view.stations):
        notes.append(labels.sample_note)
    return notes


def _bands(classes: ColourClasses, labels: Labels) -> list[tuple[str, str]]:
    bands = classes.bands()
    texts = [labels.band] * (len(bands) - 1) + [labels.last_band]
    named = [
        (colour, text.format(low=f"{100 * low:g}", high=f"{100 * high:g}"))
        for text, (colour, low, high) in zip(texts, bands, strict=True)
    ]
    return [*named, (NO_DATA_COLOUR, labels.no_data)]


def gap_data(view: MapView) -> dict[str, object]:
    """Return the outlines and facts of the gaps, and the hours of the week at which each is a gap."""
    always = np.ones(HOURS_PER_WEEK, dtype=bool)
    is_timed = view.week is not None and any(gap.hours is not None for gap in view.gaps)
    hours = np.array([always if gap.hours is None else gap.hours for gap in view.gaps])
    return {
        "scale": OUTLINE_SCALE,
        "rows": [
            {"name": one.name, "facts": one.facts, "outline": encode_outline(one.geometry, view.tiles.datum)}
            for one in view.gaps
        ],
        "hours": pack_bits(hours) if is_timed else None,
    }


def proposal_data(view: MapView) -> dict[str, object]:
    """Return the points, ranks and facts of the proposed sites."""
    points = from_wgs84([(pin.lon, pin.lat) for pin in view.proposals], view.tiles.datum).round(6).tolist()
    return {
        "rows": [
            {"rank": pin.rank, "name": pin.name, "lon": lon, "lat": lat, "facts": pin.facts}
            for pin, (lon, lat) in zip(view.proposals, points, strict=True)
        ]
    }


REACH_COLOUR = "#2c7fb8"  # as reach.js has it
CHINA_CORNERS = ((74.0, 18.0), (134.0, 53.0))
_NAMES_FROM = {"far_from": 7, "near_from": 10, "inner_from": 12}  # zooms
_BUTTONS = ("zoom_in", "zoom_out", "layers", "close")

DrawnLayer = tuple[str, str, Mapping[str, object]]


def coverage_map(view: MapView, labels: Labels, assets: Assets) -> str:
    """Render one HTML page with its scripts, styles and data inside; it opens without a network.

    *Shape*: the text of the page. Texts from the data are displayed, never executed.
    *Raises*: ValueError if a level has another CRS or a share is outside 0..1.
    """
    _check_levels(view)
    placed = [station for station in view.stations if station.is_placed]
    kinds, layers = count_kinds(placed), [*_layers(view, labels)]
    switches: list[tuple[object, ...]] = [(escape(title), key) for key, title, _ in layers]
    named = (escape(labels.words.kinds.get(kind, kind)) for kind in kinds)
    switches += [(name, "kind", index) for index, name in enumerate(named)]
    data: dict[str, Mapping[str, object]] = {
        "start": {"hour": initial_hour_of_week(view)},
        "places": place_data(view, placed, kinds, labels),
        **{key: part for key, _, part in layers},
        **({"week": _week(view, view.week, labels)} if view.week else {}),
        "frame": {**_frame(view, placed, labels), "layers": switches},
    }
    body = render_panel(view, kinds, labels)
    return MapPage(labels.title, labels.language, assets, view.tiles, body, data).render()


def map_data(view: MapView, labels: Labels) -> dict[str, object]:
    """Return what the desk draws over its own ground (web/src/desk/answer_map.ts), as JSON: each part by the name of the
    function of maps/js that draws it.

    ``areas`` (shapes with shares by the hour), ``reach``, ``gaps`` and ``proposals`` are there if the view has some;
    ``places`` are the stations with their states by the hour, and their ``ids`` in the same order; ``week`` belongs to the
    slider, ``start`` is the hour at first, ``bounds`` are the corners. What somebody picks on the map or beside it is
    ``yihui.picked``: "area CODE", "gap N", "pin N", "place N" with N from 0 in the order of these lists. ``legend`` is
    what a still picture says of its marks: the kind of the mark, its colour, its text.
    """
    _check_levels(view)
    placed = [station for station in view.stations if station.is_placed]
    places = place_data(view, placed, count_kinds(placed), labels)
    return {
        "legend": [*_legend(view, placed, labels)],
        "start": {"hour": initial_hour_of_week(view)},
        **{key: data for key, _, data in _layers(view, labels) if key != "names"},
        "places": {**places, "ids": [station.id for station in placed]},
        "week": _week(view, view.week, labels) if view.week else None,
        "bounds": _bounds(view, placed),
    }


def _legend(view: MapView, placed: Sequence[Station], labels: Labels) -> Iterator[tuple[str, str, str]]:
    if view.levels:
        yield "title", "", view.share_is or _title_of_shares(view, labels)
        yield from (("area", colour, text) for colour, text in _bands(view.classes, labels))
    if view.ground:
        yield "reach", REACH_COLOUR, labels.within_reach
    if view.gaps:
        yield "gap", "", view.gaps_are or f"{labels.gaps}: {_gap_key(view, labels)}"
    if view.proposals:
        yield "pin", "", labels.proposals
    if placed and (view.week or view.states):
        yield from (("place", one, labels.words.states.get(one, one)) for one in STATES_BY_CODE)


def _check_levels(view: MapView) -> None:
    for level in view.levels:
        if level.crs is None or level.crs.to_epsg() != 4326:
            raise ValueError(f"districts must be in EPSG:4326, not {level.crs}")


def initial_hour_of_week(view: MapView) -> int:
    """Return the hour of the week (0..167) that the map shows first; 0 if the view has no week."""
    if view.week is None:
        return 0
    at = view.at.astimezone(CIVIL_TIME)
    return 24 * at.weekday() + at.hour


def _layers(view: MapView, labels: Labels) -> Iterator[DrawnLayer]:
    """Yield the layers of a view, the bottom one first: the function that draws it, its title, its data."""
    if view.tiles.templates:
        layers = [
            {"template": leaflet_template(one), "subdomains": subdomains(one)} for one in view.tiles.templates
        ]
        yield "tiles", labels.base_map, {"layers": layers}
    elif view.streets:
        yield "streets", labels.streets, street_data(view.streets)
    if view.levels:
        yield "areas", labels.districts, area_data(view, labels)
        yield "names", labels.names, {**_NAMES_FROM, **area_name_points(view)}
    if view.ground:
        placed = [station for station in view.stations if station.is_placed]
        yield "reach", labels.within_reach, ground_data(view, placed)
    if view.gaps:
        yield "gaps", labels.gaps, gap_data(view)
    if view.proposals:
        yield "proposals", labels.proposals, proposal_data(view)


def _week(view: MapView, week: WeekFigures, labels: Labels) -> Mapping[str, object]:
    return {
        "dates": [labels.format_day(week.monday + timedelta(days=day)) for day in range(7)],
        "weekdays": labels.weekdays.split(),
        "at": labels.at,
        "most": labels.most.replace("{share}", view.share_is or labels.share),
        "percent": labels.percent,
        "words": {"hour": labels.hour, "hour_back": labels.hour_back, "hour_on": labels.hour_on},
    }


def _frame(view: MapView, placed: Sequence[Station], labels: Labels) -> dict[str, object]:
    return {
        "bounds": _bounds(view, placed),
        "attribution": _attribution(view),
        "words": {"map": labels.title, **{one: getattr(labels, one) for one in _BUTTONS}},
    }


def _attribution(view: MapView) -> str:
    """Return the text in the corner of the map: whose the ground is."""
    if view.tiles.hosts:
        return view.tiles.hosts[0].split("//")[1]
    return view.streets.attribution if view.streets else ""


def _bounds(view: MapView, placed: Sequence[Station]) -> list[list[float]]:
    """Return the south-west and north-east corners as [lat, lon], Leaflet's order."""
    boxes = [level.total_bounds for level in view.levels if len(level)]
    corners = [
        *(corner for box in boxes for corner in (box[:2], box[2:])),
        *([] if boxes else [(s.lon or 0.0, s.lat or 0.0) for s in placed]),
    ]
    points = from_wgs84(np.array(corners or CHINA_CORNERS, dtype=float), view.tiles.datum)
    return [points.min(axis=0)[::-1].tolist(), points.max(axis=0)[::-1].tolist()]
