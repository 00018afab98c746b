"""Folium layers that the page's scripts draw: their data stand in the page as JSON, never as code or template."""

from collections.abc import Mapping

from folium import MacroElement
from folium.map import Layer
from folium.template import Template

from maps.page import Page


class Drawn(Layer):
    """What ``yihui.<key>(map, data)`` draws, to be switched on and off by its name."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yihui.{{ this.key }}({{ this._parent.get_name() }}, yihui.read('{{ this.key }}'));"
        "{% endmacro %}"
    )

    def __init__(self, page: Page, key: str, title: str, data: Mapping[str, object]) -> None:
        super().__init__(name=key, overlay=True)  # its title never enters a template
        self._name = self.key = key
        self.title = title
        page.hold(key, data)


class Places(MacroElement):
    """All places; what is switched on and off are their kinds."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = yihui.places({{ this._parent.get_name() }}, yihui.read('places'));"
        "{% endmacro %}"
    )

    def __init__(self, page: Page, data: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "places"
        page.hold("places", data)


class KindOfPlace(Layer):
    """One kind of place."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = {{ this.places.get_name() }}.kind({{ this.index }});"
        "{% endmacro %}"
    )

    def __init__(self, title: str, places: Places, index: int) -> None:
        super().__init__(name=f"kind {index}", overlay=True)
        self._name = "kind"
        self.title = title
        self.places = places
        self.index = index


class Part(MacroElement):
    """What ``yihui.<key>(map, data)`` puts around the map; the page holds its data."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "yihui.{{ this.key }}({{ this._parent.get_name() }}, yihui.read('{{ this.key }}'));"
        "{% endmacro %}"
    )

    def __init__(self, key: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = self.key = key
