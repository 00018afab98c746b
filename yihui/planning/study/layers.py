"""A study as layers with their styles, for GIS files and printed maps, and what a page draws of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from core.text_marks import N_
from geo.formats.export_layers import (
    LayerShape,
    LayerStyle,
    StyleClass,
    StyledLayer,
    render_styled_geopackage,
    render_styled_geoparquet,
)
from geo.frames.coverage import gaps_to_frame
from geo.frames.stations import states_at, stations_frame
from geo.geodesy import Floats
from geo.siting.proposal import SitingProposals
from geo.station import Kind
from maps.classes import NO_DATA_COLOUR, ColourClasses
from maps.symbols import OTHER_SYMBOL, symbol_for_kind
from yihui.planning.answer import Answer, AnswerView, Column, Table, Unit, order_terms, sentence
from yihui.planning.coverage.answer import list_key_figures
from yihui.planning.gaps.text import gap_name, week_hours_text
from yihui.planning.map.answer import chart_hours, draw_answer, proposal_pins
from yihui.planning.map.areas import build_map_scope
from yihui.planning.map.run import MapGaps
from yihui.planning.siting.text import site_label
from yihui.planning.study.study import Study
from yihui.planning.text import (
    busiest_hours_text,
    day_text,
    distance_text,
    moment_text,
    rest_months_text,
    source_text,
)
from yihui.runtime.language import Language
from yihui.views.labels import STATION_KIND_LABELS
from yihui.views.station_fields import STATION_FIELD_LABELS

LASTING_GAP, TEMPORARY_GAP = "lasting", "at_times"
# Distinct for colour-blind readers, and in greyscale.
_LASTING_COLOUR, _AT_TIMES_COLOUR = "#7b3294", "#e08214"
_GAP_OPACITY = 0.6
_PROPOSED_COLOUR = "#c51b7d"
_PROPOSED_MM = 4.0
_FEN_PER_YUAN = 100
_FIGURES = (
    *("places", "usable", "demand", "served", "share", "night_served", "night_share", "median_m", "p90_m"),
    "access",
)
_ACCESS_BREAKS = (0.0, 0.25, 0.5, 1.0, 2.0)  # multiplied by a power of ten
# Labels by column; a column that is not listed keeps its own name.
COLUMN_LABELS: Mapping[str, str] = {
    **STATION_FIELD_LABELS,
    "state": N_("state by its hours"),
    "hours_text": N_("hours in words"),
    "code": N_("code"),
    "city": N_("city"),
    "province": N_("province"),
    "rests": N_("rests that riders told of, ten or more"),
    "rest_hours": N_("hours of the week with most rests"),
    "places": N_("places"),
    "usable": N_("places open and usable"),
    "demand": N_("demand"),
    "unit": N_("unit of the demand"),
    "served": N_("demand served"),
    "share": N_("share served"),
    "night_served": N_("demand served by night (mean of 22:00–6:00)"),
    "night_share": N_("share served by night (mean of 22:00–6:00)"),
    "median_m": N_("half have a place within, m"),
    "p90_m": N_("nine tenths have a place within, m"),
    "per_10k": N_("open places per 10,000 within the radius (2SFCA)"),
    "cell": N_("H3 cell"),
    "rank": N_("rank"),
    "sort": N_("sort"),
    "hours": N_("hours of the week without a place"),
    "demand_hours": N_("demand times hours"),
    "area_km2": N_("area in km²"),
    "lon": N_("longitude of its middle"),
    "lat": N_("latitude of its middle"),
    "gained": N_("demand newly served by it"),
    "cumulative": N_("with all before it"),
    "cost_yuan": N_("cost in yuan"),
    "stability": N_("share of disturbed runs that chose it"),
    "is_unstable": N_("chosen in fewer than 80 %"),
    "neighbour_m": N_("way to the nearest station, m"),
}
# The layers of areas by the digits of their codes: name and title.
_AREA_LAYERS = {
    4: ("coverage_city", N_("Coverage by city")),
    6: ("coverage_county", N_("Coverage by county")),
}
_OTHER_KINDS = N_("other kinds")
_NO_DATA = N_("no data")
_GAPS = {
    LASTING_GAP: (N_("no place at any hour of the week"), _LASTING_COLOUR),
    TEMPORARY_GAP: (N_("no place at some hours"), _AT_TIMES_COLOUR),
}


def stations_style(language: Language, kinds: Sequence[str]) -> LayerStyle:
    """Return a style that colours stations by kind; its legend has only ``kinds``."""
    shown = tuple(
        StyleClass(language.translate(label), symbol_for_kind(Kind(kind)).colour, kind)
        for kind, label in STATION_KIND_LABELS.items()
        if kind in kinds
    )
    rest = StyleClass(language.translate(_OTHER_KINDS), OTHER_SYMBOL.colour)
    name = language.translate(N_("by kind"))
    return LayerStyle(name, LayerShape.POINT, shown, "kind", rest, column_labels(language))


def shares_style(
    language: Language, classes: ColourClasses, by: str = "share", caption: str = ""
) -> LayerStyle:
    """Return a style that colours areas by a share."""
    texts = (N_("{low} % to under {high} %"), N_("{low} % to {high} %"))
    return _areas_style(
        language, N_("share served"), by, _style_classes(language, classes, texts, 100), caption
    )


def access_style(language: Language, access: Floats) -> LayerStyle:
    """Return a style that colours areas by open places per head, in classes that fit the size of the values.

    Places per 10,000 residents are about one, places per 10,000 orders are hundreds.
    """
    some = access[access > 0]
    power = 10.0 ** round(np.log10(some.mean())) if len(some) else 1.0
    classes = ColourClasses((*(factor * power for factor in _ACCESS_BREAKS), float("inf")))
    texts = (N_("{low} to under {high}"), N_("{low} and more"))
    return _areas_style(language, N_("Access"), "per_10k", _style_classes(language, classes, texts))


def _style_classes(
    language: Language, classes: ColourClasses, texts: tuple[str, str], factor: float = 1.0
) -> list[StyleClass]:
    """Return the classes of values times a factor, with a text for all and one for the last."""
    *colours, last = classes.bands()
    several, one = (partial(language.render, text) for text in texts)
    return [
        StyleClass(say(low=f"{factor * low:g}", high=f"{factor * high:g}"), colour, limits=(low, high))
        for say, (colour, low, high) in (*((several, band) for band in colours), (one, last))
    ]


def _areas_style(
    language: Language, name: str, by: str, shown: Sequence[StyleClass], caption: str = ""
) -> LayerStyle:
    rest = StyleClass(language.translate(_NO_DATA), NO_DATA_COLOUR)
    labels = column_labels(language)
    return LayerStyle(language.translate(name), LayerShape.AREA, tuple(shown), by, rest, labels, caption)


def column_labels(language: Language) -> dict[str, str]:
    """Return the label of every column in the reader's language."""
    return {column: language.translate(label) for column, label in COLUMN_LABELS.items()}


def build_study_layers(study: Study, language: Language) -> Iterator[StyledLayer]:
    """Yield the layers from bottom to top: a GIS draws the last layer on top. *CRS*: WGS84."""
    if 4 in study.areas:
        yield build_area_layer(study, language, 4)
    yield build_area_layer(study, language, 6)
    yield build_cell_layer(study, language)
    if study.gaps:
        yield build_gap_layer(study, language)
    stations = _stations(study, language)
    style = stations_style(language, sorted(set(stations["kind"])))
    yield StyledLayer("stations", language.translate(N_("Stations")), stations, style)
    if study.proposals is not None and study.proposals.proposals:
        yield build_proposal_layer(study.proposals, language)


def _stations(study: Study, language: Language) -> gpd.GeoDataFrame:
    frame = stations_frame(study.stations, states_at(study.stations, study.order.at, study.index))
    told = {use.station: use for use in study.uses.places}
    uses = [told.get(one.id) for one in study.stations]
    frame["rests"] = _counts(use.count if use else None for use in uses)
    frame["rest_hours"] = [busiest_hours_text(use, language) if use else None for use in uses]
    return frame


def build_area_layer(study: Study, language: Language, digits: int) -> StyledLayer:
    """Build the layer of the cities (4 digits of their codes) or of the counties (6)."""
    name, title = _AREA_LAYERS[digits]
    outlines = study.cities if digits == 4 else study.outlines
    table = study.areas[digits][list(_FIGURES)]
    figures = table.reindex(outlines["code"].str[:digits]).set_index(outlines.index)
    kept = outlines[["code", "name", "city", "province", "geometry"]]
    rests = study.uses.count_by_area(digits)
    told = kept.join(figures).rename(columns={"access": "per_10k"}).assign(unit=study.demand.unit)
    told["rests"] = _counts(rests.get(code[:digits]) for code in told["code"])
    style = shares_style(language, ColourClasses(), caption="name")
    return StyledLayer(name, language.translate(title), _finite(told), style)


def build_cell_layer(study: Study, language: Language) -> StyledLayer:
    """Build the layer of the H3 cells, in the classes of the counties."""
    night = study.night.cells["share"].reindex(study.now.cells.index)
    cells = study.now.cells.drop(columns="points").rename(columns={"access": "per_10k"})
    frame = _finite(cells.assign(night_share=night, unit=study.demand.unit).reset_index())
    title = language.translate(N_("Coverage by cell"))
    return StyledLayer("cells", title, frame, shares_style(language, ColourClasses()))


def build_gap_layer(study: Study, language: Language) -> StyledLayer:
    """Build the layer of gaps. Only gaps that the study has located get a name."""
    where = study.found_gaps.whereabouts_by_id
    names = dict(zip(study.outlines["code"], study.outlines["name"], strict=True))
    frame = gaps_to_frame(study.gaps).reset_index()
    frame["sort"] = [LASTING_GAP if gap.is_lasting else TEMPORARY_GAP for gap in study.gaps]
    frame["rank"] = frame.groupby("sort").cumcount() + 1  # as in the tables of both sorts
    frame["name"] = [gap_name(language, where[gap.id]) if gap.id in where else "" for gap in study.gaps]
    frame["hours_text"] = [week_hours_text(language, gap.unmet) for gap in study.gaps]
    # of townships, their county
    frame["district"] = [gap.district and gap.district[:6] for gap in study.gaps]
    frame["district_name"] = frame["district"].map(names)
    frame["area_km2"] = frame["area_m2"] / 1e6
    frame = frame.drop(columns=["area_m2", "cells"]).assign(unit=study.demand.unit)
    shown = [StyleClass(language.translate(label), colour, sort) for sort, (label, colour) in _GAPS.items()]
    style = replace(_areas_style(language, N_("gaps by hours"), "sort", shown), opacity=_GAP_OPACITY)
    return StyledLayer("gaps", language.translate(N_("Gaps")), frame, style)


def build_proposal_layer(found: SitingProposals, language: Language) -> StyledLayer:
    """Build the layer of the proposed sites, all drawn alike, each labelled with its rank."""
    sites = found.proposals
    columns: dict[str, list[object]] = {
        "rank": [site.rank for site in sites],
        "name": [site_label(site, language) for site in sites],
        "district": [site.district for site in sites],
        "district_name": [site.district_name for site in sites],
        "gained": [site.gained for site in sites],
        "cumulative": [site.cumulative for site in sites],
        "cost_yuan": [None if site.cost_fen is None else site.cost_fen / _FEN_PER_YUAN for site in sites],
        "stability": [site.stability for site in sites],
        "is_unstable": [site.is_unstable for site in sites],
        "neighbour_m": [site.neighbour_m for site in sites],
    }
    points = gpd.points_from_xy([site.lon for site in sites], [site.lat for site in sites])
    frame = gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:4326").assign(unit=found.unit)
    frame = _finite(frame.astype({"cost_yuan": float, "stability": float}))
    label, labels = language.translate(N_("proposed sites")), column_labels(language)
    drawn = (StyleClass(label, _PROPOSED_COLOUR),)
    style = LayerStyle(label, LayerShape.POINT, drawn, aliases=labels, caption="rank", size_mm=_PROPOSED_MM)
    return StyledLayer("proposals", language.translate(N_("Proposed sites")), frame, style)


def _counts(counts: Iterable[int | None]) -> pd.api.extensions.ExtensionArray:
    """Build a column of integers. None marks a count that may not be published, which is not 0."""
    return pd.array(list(counts), dtype="Int64")


def _finite(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Replace infinity by NaN, because a GIS would draw it as a number. An infinite distance means that no place lies within 100 km."""
    numbers: pd.Index[str] = frame.select_dtypes("float").columns
    frame[numbers] = frame[numbers].replace([np.inf, -np.inf], np.nan)
    return frame


def render_layer_files(
    layers: Sequence[StyledLayer], about: Mapping[str, str], gpkg: Path | None, folder: Path | None
) -> Iterator[tuple[Path, bytes]]:
    """Yield the files of the layers, each with its path: one GeoPackage, and a GeoParquet file each."""
    if gpkg is not None:
        yield gpkg, render_styled_geopackage(layers, about)
    if folder is not None:
        for name, content in render_styled_geoparquet(layers, about).items():
            yield folder / name, content


def export_metadata(study: Study, language: Language, now: datetime) -> dict[str, str]:
    """Return the metadata that is stored in the files."""
    say = language.render
    sources = language.join_clauses(source_text(source, language) for source in study.sources)
    told = {
        say(N_("area")): study.area_name,
        say(N_("as at")): moment_text(study.order.at, language),
        say(N_("made on")): day_text(now, language),
        say(N_("served means")): say(
            N_("a place that is open then and usable by everybody, within {distance}"),
            distance=distance_text(study.reach.radius_m, language),
        ),
        say(N_("sources")): sources,
        say(N_("coordinates")): "WGS84 (EPSG:4326)",
        say(N_("note")): say(N_("Publishing a map made of this needs a map-review number (审图号).")),
    }
    if study.uses.months:
        told[say(N_("rests"))] = rest_months_text(study.uses.months, language)
    if study.is_sample:
        told[say(N_("sample"))] = say(N_("Stations are generated samples, not real ones."))
    return told


def build_layers_answer(
    study: Study, language: Language, now: datetime
) -> tuple[Answer, tuple[StyledLayer, ...], dict[str, str]]:
    """Build the answer that names the layers, the layers, and their metadata."""
    layers, about = tuple(build_study_layers(study, language)), export_metadata(study, language, now)
    columns = (
        Column("layer", N_("code")),
        Column("title", N_("name")),
        Column("features", N_("features"), Unit.COUNT),
    )
    rows = [(one.name, one.title, len(one.frame)) for one in layers]
    told = [sentence("", "{name}: {text}", name=name, text=text) for name, text in about.items()]
    table = Table("layers", N_("Layers for GIS programs"), columns, rows)
    asked = {**order_terms(study.order, study.area_name), "about": about}
    answer = Answer(
        asked, told, [table], is_sample=study.is_sample, view=lambda: build_study_view(study, language)
    )
    return answer, layers, about


_MOST_GAPS = 300  # of the heaviest


def build_study_view(study: Study, language: Language) -> AnswerView:
    """Build the view of a study, whose gaps and proposed sites are on the map."""
    found, townships = study.found_gaps, study.townships.outlines if study.townships else None
    at, index, demand = study.order.at, study.index, study.demand
    scope = build_map_scope(study.order, at, index, demand, study.reach, language, townships)
    drawn = MapGaps(found.gaps[:_MOST_GAPS], found.whereabouts[:_MOST_GAPS], found.instants, len(found.gaps))
    pins = [] if study.proposals is None else [*proposal_pins(study.proposals.proposals, language)]
    now, night, hours = study.now, study.night.figures.share, study.hours
    figures = list_key_figures(now.figures, demand.unit, now.tolerance, at, night, hours)
    return AnswerView(at, figures, chart_hours(hours), draw_answer(scope, hours, language, drawn, pins))
