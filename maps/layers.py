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


class PlacesElement(MacroElement):
    """All places of the map; the reader switches their kinds on and off."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yihui.places({{ this._parent.get_name() }}, yihui.read('places'));"
        "{% endmacro %}"
    )

    def __init__(self, page: MapPage, data: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "places"
        page.add_data("places", data)


class PlaceKindLayer(Layer):
    """The places of one kind, as a layer."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = {{ this.places.get_name() }}.kind({{ this.index }});"
        "{% endmacro %}"
    )

    def __init__(self, title: str, places: PlacesElement, index: int) -> None:
        super().__init__(name=f"kind {index}", overlay=True)
        self._name = "kind"
        self.title = title
        self.places = places
        self.index = index


class ScriptedElement(MacroElement):
    """An element that ``yihui.<key>(map, data)`` draws around the map; the page holds its data."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "yihui.{{ this.key }}({{ this._parent.get_name() }}, yihui.read('{{ this.key }}'));"
        "{% endmacro %}"
    )

    def __init__(self, key: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = self.key = key
