"""Styles and column labels of exported layers; the colours are those of Yihui's own maps."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.planning.report.phrases import format_share
from yihui.runtime.language import Language
from yihui.views.labels import STATION_KIND_LABELS

if TYPE_CHECKING:
    from geo.formats.styles import LayerStyle, StyleCategory


LASTING_GAP, TEMPORARY_GAP = "lasting", "at_times"
_LASTING_COLOUR, _AT_TIMES_COLOUR = (
    "#7b3294",
    "#e08214",
)  # distinct for colour-blind readers, and in greyscale
_PROPOSED_COLOUR = "#c51b7d"
_PROPOSED_MM = 4.0

# Labels by column; a column that is not listed keeps its own name.
COLUMN_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "id": N_("identity"),
        "name": N_("name"),
        "kind": N_("kind"),
        "state": N_("state by its hours"),
        "address": N_("address"),
        "district": N_("district code"),
        "district_name": N_("district"),
        "hours_text": N_("hours in words"),
        "calendar": N_("calendar"),
        "entry": N_("how to get in"),
        "access": N_("who may enter"),
        "employer": N_("whose staff it is for"),
        "facilities": N_("facilities"),
        "area_m2": N_("area in m²"),
        "status": N_("status"),
        "verified_on": N_("last verified"),
        "source": N_("source"),
        "sample": N_("sample"),
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
        "night_served": N_("demand served at night (23:00)"),
        "night_share": N_("share served at night (23:00)"),
        "median_m": N_("half have a place within, m"),
        "p90_m": N_("nine tenths have a place within, m"),
        "per_10k": N_("open places per 10,000, by E2SFCA"),
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
)
_OTHER_KINDS = N_("other kinds")
_NO_DATA = N_("no data")
_GAPS = {
    LASTING_GAP: (N_("no place at any hour of the week"), _LASTING_COLOUR),
    TEMPORARY_GAP: (N_("no place at some hours"), _AT_TIMES_COLOUR),
}


def stations_style(language: Language, kinds: Sequence[str]) -> "LayerStyle":
    """Return a style that colours stations by kind; its legend has only ``kinds``."""
    from geo.formats.styles import CategorisedColours, LayerShape, LayerStyle, StyleCategory
    from geo.station import Kind
    from maps.symbols import OTHER_SYMBOL, symbol_for_kind

    shown = [
        StyleCategory(kind, language.translate(label), symbol_for_kind(Kind(kind)).colour)
        for kind, label in STATION_KIND_LABELS.items()
        if kind in kinds
    ]
    rest = StyleCategory("", language.translate(_OTHER_KINDS), OTHER_SYMBOL.colour)
    by = CategorisedColours("kind", tuple(shown), rest)
    return LayerStyle(language.translate(N_("by kind")), LayerShape.POINT, by, column_labels(language))


def shares_style(language: Language, caption: str = "") -> "LayerStyle":
    """Return a style that colours areas by the share served, in the classes of our maps."""
    from geo.formats.styles import GraduatedColours, LayerShape, LayerStyle, StyleRange
    from maps.classes import ColourClasses

    bands = ColourClasses().bands()
    ranges = tuple(
        StyleRange(low, high, f"{format_share(low)} – {format_share(high)}", colour)
        for colour, low, high in bands
    )
    by = GraduatedColours("share", ranges, _no_data(language))
    return LayerStyle(
        language.translate(N_("share served")), LayerShape.AREA, by, column_labels(language), caption
    )


def gaps_style(language: Language) -> "LayerStyle":
    """Return a style that colours lasting and temporary gaps."""
    from geo.formats.styles import CategorisedColours, LayerShape, LayerStyle, StyleCategory

    shown = tuple(
        StyleCategory(sort, language.translate(label), colour) for sort, (label, colour) in _GAPS.items()
    )
    by = CategorisedColours("sort", shown, _no_data(language))
    return LayerStyle(
        language.translate(N_("gaps by hours")), LayerShape.AREA, by, column_labels(language), opacity=0.6
    )


def proposals_style(language: Language) -> "LayerStyle":
    """Return a style that draws all proposals alike and labels each with its rank."""
    from geo.formats.styles import LayerShape, LayerStyle, SingleColour

    label = language.translate(N_("proposed sites"))
    by = SingleColour(label, _PROPOSED_COLOUR)
    return LayerStyle(
        label, LayerShape.POINT, by, column_labels(language), caption="rank", size_mm=_PROPOSED_MM
    )


def _no_data(language: Language) -> "StyleCategory":
    from geo.formats.styles import StyleCategory
    from maps.classes import NO_DATA_COLOUR

    return StyleCategory("", language.translate(_NO_DATA), NO_DATA_COLOUR)


def column_labels(language: Language) -> dict[str, str]:
    """Return the label of every column in the reader's language."""
    return {column: language.translate(label) for column, label in COLUMN_LABELS.items()}
