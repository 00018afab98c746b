"""Build the GIS layers of a study: stations, coverage by city, county and cell, gaps, proposals."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.text_marks import N_
from yihui.planning.export.styles import (
    LASTING_GAP,
    TEMPORARY_GAP,
    gaps_style,
    proposals_style,
    shares_style,
    stations_style,
)
from yihui.planning.gaps.phrases import gap_name, week_hours_text
from yihui.planning.report.phrases import busiest_hours_text
from yihui.planning.siting.text import site_label
from yihui.runtime.language import Language

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.formats.export_layers import StyledLayer
    from geo.siting.proposal import SitingProposals
    from yihui.planning.study.study import Study


CITY_DIGITS, COUNTY_DIGITS = 4, 6  # digits of the codes of each level
_FEN_PER_YUAN = 100
_FIGURES = (
    *("places", "usable", "demand", "served", "share", "night_served", "night_share", "median_m", "p90_m"),
    "access",
)


def build_study_layers(study: "Study", language: Language) -> "Iterator[StyledLayer]":
    """Yield the layers from bottom to top: a GIS draws the last layer on top. *CRS*: WGS84."""
    from geo.formats.export_layers import StyledLayer

    say = language.translate
    if CITY_DIGITS in study.areas:
        frame = _areas(study, CITY_DIGITS, study.cities)
        yield StyledLayer("coverage_city", say(N_("Coverage by city")), frame, shares_style(language, "name"))
    if COUNTY_DIGITS in study.areas:
        frame = _areas(study, COUNTY_DIGITS, study.outlines)
        yield StyledLayer(
            "coverage_county", say(N_("Coverage by county")), frame, shares_style(language, "name")
        )
    yield StyledLayer("cells", say(N_("Coverage by cell")), _cells(study), shares_style(language))
    if study.gaps:
        yield StyledLayer("gaps", say(N_("Gaps")), _gaps(study, language), gaps_style(language))
    stations = _stations(study, language)
    kinds = sorted(set(stations["kind"]))
    yield StyledLayer("stations", say(N_("Stations")), stations, stations_style(language, kinds))
    if study.proposals is not None and study.proposals.proposals:
        frame = _proposals(study.proposals, language)
        yield StyledLayer("proposals", say(N_("Proposed sites")), frame, proposals_style(language))


def _stations(study: "Study", language: Language) -> "gpd.GeoDataFrame":
    from geo.geodataframes import states_at, stations_frame

    frame = stations_frame(study.stations, states_at(study.stations, study.order.at, study.index))
    told = study.uses.by_station()
    uses = [told.get(one.id) for one in study.stations]
    frame["rests"] = _counts(use.count if use else None for use in uses)
    frame["rest_hours"] = [busiest_hours_text(use, language) if use else None for use in uses]
    return frame


def _areas(study: "Study", digits: int, outlines: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    table = study.areas[digits][list(_FIGURES)]
    figures = table.reindex(outlines["code"].str[:digits]).set_index(outlines.index)
    kept = outlines[["code", "name", "city", "province", "geometry"]]
    rests = study.uses.count_by_area(digits)
    told = kept.join(figures).rename(columns={"access": "per_10k"}).assign(unit=study.demand.unit)
    told["rests"] = _counts(rests.get(code[:digits]) for code in told["code"])
    return _finite(told)


def _cells(study: "Study") -> "gpd.GeoDataFrame":
    night = study.night.cells["share"].reindex(study.now.cells.index)
    cells = study.now.cells.drop(columns="points").rename(columns={"access": "per_10k"})
    return _finite(cells.assign(night_share=night, unit=study.demand.unit).reset_index())


def _gaps(study: "Study", language: Language) -> "gpd.GeoDataFrame":
    """Build the layer of gaps. Only gaps that the study has located get a name."""
    from geo.geodataframes import gaps_to_frame

    where, names = study.gap_places, dict(zip(study.outlines["code"], study.outlines["name"], strict=True))
    frame = gaps_to_frame(study.gaps).reset_index()
    frame["sort"] = [LASTING_GAP if gap.is_lasting else TEMPORARY_GAP for gap in study.gaps]
    frame["name"] = [gap_name(language, where[gap.id]) if gap.id in where else "" for gap in study.gaps]
    frame["hours_text"] = [week_hours_text(language, gap.unmet) for gap in study.gaps]
    frame["district_name"] = frame["district"].map(names)
    frame["area_km2"] = frame["area_m2"] / 1e6
    return frame.drop(columns=["area_m2", "cells"]).assign(unit=study.demand.unit)


def _proposals(found: "SitingProposals", language: Language) -> "gpd.GeoDataFrame":
    import geopandas as gpd

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
    return _finite(frame.astype({"cost_yuan": float, "stability": float}))


def _counts(counts: "Iterable[int | None]") -> "pd.api.extensions.ExtensionArray":
    """Build a column of integers. None marks a count that may not be published, which is not 0."""
    import pandas as pd

    return pd.array(list(counts), dtype="Int64")


def _finite(frame: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    """Replace infinity by NaN, because a GIS would draw it as a number.

    An infinite distance means that no place lies within 100 km.
    """
    numbers: pd.Index[str] = frame.select_dtypes("float").columns
    frame[numbers] = frame[numbers].replace([np.inf, -np.inf], np.nan)
    return frame
