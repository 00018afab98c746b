"""The words on maps in the reader's language."""

from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring
from yihui.views.labels import ACCESSES, ENTRIES, FACILITIES, KINDS, STATES

if TYPE_CHECKING:
    from maps import Labels


def map_labels(wiring: Wiring) -> "Labels":
    from maps import Labels, Words

    words = Words(KINDS, STATES, ENTRIES, ACCESSES, FACILITIES)
    return Labels(words=words).translated(wiring.language.text, wiring.language.code)
