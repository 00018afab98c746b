"""An export in words: the metadata in its files, and a line for each layer."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.planning.text import date_time_text, distance_text, rest_months_text, source_text
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.formats.export_layers import StyledLayer
    from yihui.planning.study.study import Study


def export_metadata(study: "Study", language: Language, now: datetime) -> dict[str, str]:
    """Return the metadata that is stored in the files."""
    say = language.render
    sources = language.join_clauses(source_text(source, language) for source in study.sources)
    told = {
        say(N_("area")): study.area_name,
        say(N_("as at")): date_time_text(study.order.at, language),
        say(N_("made on")): date_time_text(now, language),
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


def plan_export_lines(layers: "Sequence[StyledLayer]", language: Language) -> list[str]:
    """Return one terminal line for each layer."""
    text = N_("{title} ({layer}): {count} features")
    return [language.render(text, title=one.title, layer=one.name, count=len(one.frame)) for one in layers]
