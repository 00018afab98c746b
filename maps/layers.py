"""Folium layers drawn by the page's scripts; their data are in the page as JSON, never code or template."""

from collections.abc import Mapping

from folium import MacroElement
from folium.map import Layer
from folium.template import Template

from maps.page import MapPage


class ScriptedLayer(Layer):
    """A layer drawn by ``yihui.<key>(map, data)``; the reader switches it on and off by its title."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yihui.{{ this.key }}({{ this._parent.get_name() }}, yihui.read('{{ this.key }}'));"
        "{% endmacro %}"
    )

    def __init__(self, page: MapPage, key: str, title: str, data: Mapping[str, object]) -> None:
        super().__init__(name=key, overlay=True)  # the title never enters a template
        self._name = self.key = key
        self.title = title
        page.add_data(key, data)


class PlaceKindLayer(Layer):
    """The places of one kind, as a layer."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = {{ this.places.get_name() }}.kind({{ this.index }});"
        "{% endmacro %}"
    )

    def __init__(self, title: str, places: "ScriptedElement", index: int) -> None:
        super().__init__(name=f"kind {index}", overlay=True)
        self._name = "kind"
        self.title = title
        self.places = places
        self.index = index


class ScriptedElement(MacroElement):
    """What ``yihui.<key>(map, data)`` draws around the map, or all places; the page holds its data."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yihui.{{ this.key }}({{ this._parent.get_name() }}, yihui.read('{{ this.key }}'));"
        "{% endmacro %}"
    )

    def __init__(self, page: MapPage, key: str, data: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = self.key = key
        page.add_data(key, data)
