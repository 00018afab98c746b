"""What a page draws of a study: its three figures, its week, its map; as an analysis of coverage is drawn."""

from typing import TYPE_CHECKING

from yihui.planning.answer import AnswerView
from yihui.planning.coverage.answer import list_key_figures
from yihui.planning.map.answer import proposal_pins
from yihui.planning.map.of_answer import build_answer_scope, chart_hours, draw_answer
from yihui.planning.map.run import MapGaps
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.planning.study.study import Study

_MOST_GAPS = 300  # of the heaviest


def build_study_view(study: "Study", language: Language) -> AnswerView:
    """Build the view of a study, whose gaps and proposed sites are on the map."""
    found, townships = study.found_gaps, study.townships.outlines if study.townships else None
    at, index, demand = study.order.at, study.index, study.demand
    scope = build_answer_scope(study.order, at, index, demand, study.reach, language, townships)
    drawn = MapGaps(found.gaps[:_MOST_GAPS], found.whereabouts[:_MOST_GAPS], found.instants, len(found.gaps))
    pins = [] if study.proposals is None else [*proposal_pins(study.proposals.proposals, language)]
    now, night, hours = study.now, study.night.figures.share, study.hours
    figures = list_key_figures(now.figures, demand.unit, now.tolerance, night, hours)
    return AnswerView(at, figures, chart_hours(hours), draw_answer(scope, hours, language, drawn, pins))
