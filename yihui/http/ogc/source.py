"""The source from which a provider gets its features."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from yihui.http.ogc.collections import Collection

if TYPE_CHECKING:
    from yihui.http.ogc.layer import FeatureLayer


@dataclass(frozen=True, slots=True)
class LayerSource:
    """Access to a collection's features: a function from instant to layer, and the clock."""

    collection: Collection
    layer: "Callable[[datetime], FeatureLayer]"
    now: Callable[[], datetime]

    def __deepcopy__(self, _: object) -> "LayerSource":
        return self  # pygeoapi deep-copies its configuration for its templates; the source is shared
