"""Where a provider finds its features."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from yihui.http.ogc.collections import Collection

if TYPE_CHECKING:
    from yihui.http.ogc.layer import Layer


@dataclass(frozen=True, slots=True)
class Source:
    """The features of a collection: the layer as at an instant, and what is now."""

    collection: Collection
    layer: "Callable[[datetime], Layer]"
    now: Callable[[], datetime]

    def __deepcopy__(self, _: object) -> "Source":
        return self  # pygeoapi copies its configuration for its templates; there is one register
