"""The kinds of places as a map draws and calls them, for a page to carry."""

from collections.abc import Callable, Mapping

from yihui.views.labels import KINDS


def map_kinds(text: Callable[[str], str]) -> Mapping[str, Mapping[str, str]]:
    """By code: one character, the colour that it stands on, and the kind's name in the reader's language."""
    from geo.station import Kind
    from maps.symbols import symbol

    drawn = {code: symbol(Kind(code)) for code in KINDS}
    return {
        code: {"character": one.character, "colour": one.colour, "name": text(KINDS[code])}
        for code, one in drawn.items()
    }
