"""The texts on maps in the reader's language."""

from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring
from yihui.views.labels import (
    ACCESS_LABELS,
    ENTRY_LABELS,
    FACILITY_LABELS,
    OPENING_STATE_LABELS,
    STATION_KIND_LABELS,
)

if TYPE_CHECKING:
    from maps import Labels


def map_labels(wiring: Wiring) -> "Labels":
    """Build the labels of a map in the reader's language."""
    from maps import CodeLabels, Labels

    words = CodeLabels(
        STATION_KIND_LABELS, OPENING_STATE_LABELS, ENTRY_LABELS, ACCESS_LABELS, FACILITY_LABELS
    )
    return Labels(words=words).translate(wiring.language.translate, wiring.language.code)
