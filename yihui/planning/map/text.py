"""The texts on maps."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

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
