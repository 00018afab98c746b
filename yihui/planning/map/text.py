"""The texts on maps, and the message on a map that was drawn."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.views.labels import (
    ACCESS_LABELS,
    ENTRY_LABELS,
    FACILITY_LABELS,
    OPENING_STATE_LABELS,
    STATION_KIND_LABELS,
)

if TYPE_CHECKING:
    from maps import Labels
    from yihui.planning.map.run import CoverageMap


def map_kind_legend(text: Callable[[str], str]) -> Mapping[str, Mapping[str, str]]:
    """Return by code: one character, its background colour, and the kind's name in the reader's language."""
    from geo.station import Kind
    from maps.symbols import symbol_for_kind

    drawn = {code: symbol_for_kind(Kind(code)) for code in STATION_KIND_LABELS}
    return {
        code: {"character": one.character, "colour": one.colour, "name": text(STATION_KIND_LABELS[code])}
        for code, one in drawn.items()
    }


def map_labels(language: Language) -> "Labels":
    """Build the labels of a map in the reader's language."""
    from maps import CodeLabels, Labels

    words = CodeLabels(
        STATION_KIND_LABELS, OPENING_STATE_LABELS, ENTRY_LABELS, ACCESS_LABELS, FACILITY_LABELS
    )
    return Labels(words=words).translate(language.translate, language.code)


def drawn_map_text(found: "CoverageMap", file: Path, language: Language) -> str:
    """Describe the file of a map: its counts, and whether it needs a network."""
    placed = sum(station.is_placed for station in found.stations)
    hosts = found.tiles.hosts if found.tiles else ()
    text = language.render(
        _ONLINE if hosts else _OFFLINE,
        file=file,
        hosts=", ".join(hosts),
        districts=len(found.scope.outlines),
        places=placed,
        unplaced=len(found.stations) - placed,
    )
    return language.join_clauses([text, *_street_texts(found, language)])


def map_street_lines(found: "CoverageMap", language: Language) -> Iterator[str]:
    """Yield the shares by street and by the straight line, then what no way leads to; nothing without streets."""
    from yihui.planning.street_text import share_lines  # loads scipy, which no riders' page needs

    shares, terms = found.shares, found.scope.terms
    if shares is not None and terms is not None:
        yield from share_lines(terms, *shares, language)


def _street_texts(found: "CoverageMap", language: Language) -> Iterator[str]:
    """Yield how deep the streets go; or that the base map which the user has named is drawn in their place."""
    if found.streets is not None:
        size = f"{found.streets.size_bytes / _BYTES_PER_MB:.1f}"
        told = N_("streets are in it down to zoom {zoom} ({size} MB)")
        yield language.render(told, zoom=found.streets.zooms[1], size=size)
    elif found.has_replaced_streets:
        yield language.translate(N_("the online base map of --tiles is drawn in place of the streets"))


_BYTES_PER_MB = 1_000_000
_ONLINE = N_(
    "{file} (districts: {districts}; places: {places}; without coordinates, not drawn: {unplaced}) asks {hosts} for its base map, and holds the key where one was given"
)
_OFFLINE = N_(
    "{file} (districts: {districts}; places: {places}; without coordinates, not drawn: {unplaced}) opens without a network"
)
