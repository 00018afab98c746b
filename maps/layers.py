"""Folium layers that are drawn by layers.js: data as literals, texts never as markup."""

from collections.abc import Mapping, Sequence

from folium import MacroElement
from folium.map import Layer
from folium.template import Template
from markupsafe import escape

from maps.page import literal


class Texts:
    """A table of strings; what repeats stands in the page once. 0 means nothing."""

    def __init__(self) -> None:
        self.all: list[str] = [""]
        self._places: dict[str, int] = {"": 0}

    def place(self, text: str) -> int:
        """Where the text stands in the table."""
        if text not in self._places:
            self._places[text] = len(self.all)
            self.all.append(text)
        return self._places[text]


class Stations(MacroElement):
    """All places in one cluster, given as layers.js wants them."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yihui.stations({{ this._parent.get_name() }}, {{ this.data }});"
        "{% endmacro %}"
    )

    def __init__(self, data: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "stations"
        self.data = literal(data)


class KindOfPlace(Layer):
    """One kind of place, to be switched on and off."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = {{ this.stations.get_name() }}.kind({{ this.index }});"
        "{% endmacro %}"
    )

    def __init__(self, name: str, stations: Stations, index: int) -> None:
        super().__init__(name=str(escape(name)), overlay=True)
        self._name = "kind"
        self.stations = stations
        self.index = index


class Districts(Layer):
    """Outlines filled with the colours of their classes; a click shows their figures."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yihui.districts({{ this.data }});"
        "{% endmacro %}"
    )

    def __init__(self, name: str, data: Mapping[str, object]) -> None:
        super().__init__(name=str(escape(name)), overlay=True)
        self._name = "districts"
        self.data = literal(data)


class Names(Layer):
    """Names of places: (lat, lon, name), those for far views and those for near ones."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yihui.names({{ this._parent.get_name() }}, {{ this.data }});"
        "{% endmacro %}"
    )

    def __init__(self, name: str, far: Sequence[object], near: Sequence[object]) -> None:
        super().__init__(name=str(escape(name)), overlay=True)
        self._name = "names"
        self.data = literal({"far": far, "far_from": 7, "near": near, "near_from": 10})


class Panel(MacroElement):
    """A box over the map, whose first view shows the bounds beside it. ``content`` is finished HTML."""

    _template = Template(
        "{% macro html(this, kwargs) %}{{ this.content }}{% endmacro %}"
        "{% macro script(this, kwargs) %}"
        'yihui.panel({{ this._parent.get_name() }}, document.querySelector(".panel"), {{ this.bounds }});'
        "{% endmacro %}"
    )

    def __init__(self, content: str, bounds: Sequence[Sequence[float]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "panel"
        self.content = content
        self.bounds = literal(bounds)
