"""Render a study as a map on one page that works without a network."""

from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring
from yihui.planning.map.labels import map_labels
from yihui.planning.map.levels import MapScope, build_map_levels, load_wider_outlines
from yihui.planning.map.marks import night_gap_patches, site_facts
from yihui.planning.map.run import MOST_GAPS, choose_map_classes, served_label, station_states_at
from yihui.planning.map.week import build_map_week
from yihui.planning.report.phrases import source_text
from yihui.planning.siting.text import site_label
from yihui.planning.study.study import Study
from yihui.runtime.assets import load_map_assets
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from maps import BaseMapTiles, MapView, Pin


def render_study_map(wiring: Wiring, study: Study, tiles: "BaseMapTiles | None" = None) -> str:
    """Return the map page with all its assets inline; an online base map is used only where ``tiles`` are
    given.
    """
    from maps import coverage_map

    return coverage_map(build_map_view(wiring, study, tiles), map_labels(wiring), load_map_assets())


def build_map_view(wiring: Wiring, study: Study, tiles: "BaseMapTiles | None" = None) -> "MapView":
    """Build the content of a study's map: its week, its levels, its night gaps, its proposals."""
    from maps import BaseMapTiles, MapView

    order = study.order
    sight = MapScope(
        outlines=study.outlines,
        wider=load_wider_outlines(wiring, order.area),
        index=study.index,
        demand=study.demand,
        reach=study.reach,
        at=order.at,
    )
    levels = build_map_levels(sight, study.now.served)
    week = build_map_week(sight, study.hours, levels)
    gaps = night_gap_patches(wiring.language, sight)
    return MapView(
        stations=study.stations,
        levels=levels,
        at=order.at,
        radius_m=order.radius_m,
        states=station_states_at(study.index, order.at),
        week=week,
        served=served_label(study.demand.unit, wiring.language),
        gaps=gaps[:MOST_GAPS],
        gaps_found=len(gaps),
        gaps_by_night=True,
        proposals=_pins(study, wiring.language),
        sources=[source_text(source, wiring.language) for source in study.sources],
        tiles=tiles or BaseMapTiles(),
        classes=choose_map_classes(levels, week),
    )


def _pins(study: Study, language: Language) -> "tuple[Pin, ...]":
    from maps import Pin

    if study.proposals is None:
        return ()
    return tuple(
        Pin(
            rank=one.rank,
            name=one.name or site_label(one, language),
            lon=one.lon,
            lat=one.lat,
            facts=site_facts(
                language,
                place=site_label(one, language) if one.name else "",
                district=one.district_name,
                served=(one.gained, one.cumulative),
                cost_fen=one.cost_fen,
                stability=one.stability,
            ),
        )
        for one in study.proposals.proposals
    )
