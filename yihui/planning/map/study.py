"""A study as a map: everything in it on one page that opens without a network."""

from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring
from yihui.planning.map.labels import map_labels
from yihui.planning.map.levels import Sight, levels_of, outlines_above
from yihui.planning.map.marks import night_gaps, site_facts
from yihui.planning.map.run import MOST_GAPS, fitting_classes, served_word, states_at
from yihui.planning.map.week import week_on_map
from yihui.planning.report.phrases import source_text
from yihui.planning.siting.text import place_text
from yihui.planning.study.study import Study
from yihui.runtime.assets import map_assets
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from maps import MapView, Pin, Tiles


def study_map(wiring: Wiring, study: Study, tiles: "Tiles | None" = None) -> str:
    """The page with everything inside it; an online base map only where ``tiles`` are given."""
    from maps import coverage_map

    return coverage_map(map_view(wiring, study, tiles), map_labels(wiring), map_assets())


def map_view(wiring: Wiring, study: Study, tiles: "Tiles | None" = None) -> "MapView":
    """What a study's map shows: its week, its levels, where nights are without a place, its proposals."""
    from maps import MapView, Tiles

    order = study.order
    sight = Sight(
        outlines=study.outlines,
        wider=outlines_above(wiring, order.area),
        index=study.index,
        demand=study.demand,
        reach=study.reach,
        at=order.at,
    )
    levels = levels_of(sight, study.now.served)
    week = week_on_map(sight, study.hours, levels)
    gaps = night_gaps(wiring.language, sight)
    return MapView(
        stations=study.stations,
        levels=levels,
        at=order.at,
        radius_m=order.radius_m,
        states=states_at(study.index, order.at),
        week=week,
        served=served_word(study.demand.unit, wiring.language),
        gaps=gaps[:MOST_GAPS],
        gaps_found=len(gaps),
        gaps_by_night=True,
        proposals=_pins(study, wiring.language),
        sources=[source_text(source, wiring.language) for source in study.sources],
        tiles=tiles or Tiles(),
        classes=fitting_classes(levels, week),
    )


def _pins(study: Study, language: Language) -> "tuple[Pin, ...]":
    from maps import Pin

    if study.proposals is None:
        return ()
    return tuple(
        Pin(
            rank=one.rank,
            name=one.name or place_text(one, language),
            lon=one.lon,
            lat=one.lat,
            facts=site_facts(
                language,
                place=place_text(one, language) if one.name else "",
                district=one.district_name,
                served=(one.gained, one.cumulative),
                cost_fen=one.cost_fen,
                stability=one.stability,
            ),
        )
        for one in study.proposals.proposals
    )
