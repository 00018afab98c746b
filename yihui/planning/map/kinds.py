"""The kinds of stations with their map symbols and names, for a page's legend."""

from collections.abc import Callable, Mapping

from yihui.views.labels import STATION_KIND_LABELS


def map_kind_legend(text: Callable[[str], str]) -> Mapping[str, Mapping[str, str]]:
    """Return by code: one character, its background colour, and the kind's name in the reader's language."""
    from geo.station import Kind
    from maps.symbols import symbol_for_kind

    drawn = {code: symbol_for_kind(Kind(code)) for code in STATION_KIND_LABELS}
    return {
        code: {"character": one.character, "colour": one.colour, "name": text(STATION_KIND_LABELS[code])}
        for code, one in drawn.items()
    }
