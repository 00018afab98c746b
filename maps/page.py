"""The page around a map, its layers and assets: folium's figure without its links to external servers."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from branca.element import Element, Figure
from folium import MacroElement, Map
from folium.map import Layer
from folium.template import Template
from jinja2 import Environment
from markupsafe import Markup

from maps.tiles import BaseMapTiles

_URL = re.compile(r"""url\(\s*["']?(?!data:|#)([^"')]+)["']?\s*\)""")
_MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}
# One transparent pixel replaces an image that the page never shows.
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
MIN_ZOOM, MAX_ZOOM = 4, 18
_CALL = Template(
    "{% macro script(this, kwargs) %}"
    "var {{ this.get_name() }} = yihui.{{ this.key }}({{ this._parent.get_name() }}, yihui.read('{{ this.key }}'));"
    "{% endmacro %}"
)


@dataclass(frozen=True, slots=True)
class Assets:
    """Texts of scripts and styles, in the order in which a page loads them.

    *Raises*: ValueError if a text would close its own element or fetch something.
    """

    scripts: tuple[str, ...]
    styles: tuple[str, ...]

    def __post_init__(self) -> None:
        for text in self.scripts:
            _check_absent(text, "</script")
        for text in self.styles:
            _check_absent(text, "</style")
            _check_absent(text, "@import")
            if found := _URL.search(text):
                raise ValueError(f"style fetches {found[1]!r}: embed it with embed_images first")


def embed_images(style: str, images: Mapping[str, bytes]) -> str:
    """Return the style with each ``url(…)`` replaced by the image as a data URL.

    An image that is not in ``images`` is replaced by one transparent pixel.
    *Shape*: ``images`` maps a file name (``layers.png``) to its bytes.
    """

    def embedded(found: re.Match[str]) -> str:
        name = found[1].rsplit("/", 1)[-1]
        return f"url({_data_url(name, images[name]) if name in images else _NOTHING})"

    return _URL.sub(embedded, style)


def _data_url(name: str, content: bytes) -> str:
    media_type = _MEDIA_TYPES[name.rsplit(".", 1)[-1].lower()]
    return f"data:{media_type};base64,{b64encode(content).decode()}"


def _check_absent(text: str, forbidden: str) -> None:
    if forbidden in text.lower():
        raise ValueError(f"text holds {forbidden!r} and can't stand inside a page: {text[:60]!r}…")


class MapPage(Figure):
    """An HTML page that embeds its scripts, styles and data.

    Add texts of a register only through `add_data` and ``body``. Branca renders the output of a folium
    element as a Jinja template a second time: a station named ``{{ 7 * 7 }}`` would be
    evaluated here, in Python.
    """

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{ this.language }}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta http-equiv="Content-Security-Policy" content="{{ this.policy }}">\n'
        "<title>{{ this.title|e }}</title>\n"
        "{{ this.header.render(**kwargs) }}\n"
        "{% for text in this.assets.styles %}<style>{{ text }}</style>\n{% endfor %}"
        "{% for text in this.assets.scripts %}<script>{{ text }}</script>\n{% endfor %}"
        "</head>\n<body>\n{{ this.html.render(**kwargs) }}\n{{ this.body }}\n"
        "{% for key, text in this.data.items() %}"
        '<script type="application/json" id="data-{{ key }}">{{ text }}</script>\n'
        "{% endfor %}"
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str, language: str, assets: Assets, tiles: BaseMapTiles) -> None:
        super().__init__(title=title)
        self.language = language
        self.assets = assets
        self.policy = _policy(tiles.hosts)
        self.body = Markup()
        self.data: dict[str, str] = {}

    def add_data(self, key: str, data: Mapping[str, object]) -> None:
        """Store data in the page for ``yihui.read(key)``."""
        self.data[key] = format_script_json(data)


def _policy(hosts: Iterable[str]) -> str:
    """Return the Content-Security-Policy.

    The browser may fetch nothing but images from the hosts that `BaseMapTiles` accepted.
    """
    images = " ".join(("data:", *hosts))
    return f"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src {images}"


def bare_map(page: MapPage) -> Map:
    """Add a Leaflet map without tiles and without folium's links; it fills the page."""
    drawn = Map(tiles=None, zoom_control=False, zoom_snap=0.25)
    # set here, because folium passes min_zoom and max_zoom to its tile layer only
    drawn.options |= {"zoom": MIN_ZOOM, "minZoom": MIN_ZOOM, "maxZoom": MAX_ZOOM}
    drawn.default_js, drawn.default_css = [], []  # set on this instance; the class attributes stay unchanged
    drawn.add_to(page)
    return drawn


def render_page(page: MapPage) -> str:
    """Render the page as text.

    The same content gives the same text, because folium's random names are replaced.
    """
    number_elements([page], 0)
    return str(page.render())


def number_elements(elements: Iterable[Element], start: int) -> int:
    """Give folium's elements names that depend only on their order. Return the next free number."""
    for element in elements:
        element._id = f"{start:04x}"
        start = number_elements(element._children.values(), start + 1)
    return start


def format_script_json(content: object) -> str:
    """Format JSON that is safe inside a script element; Chinese characters are not escaped."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def render_markup(template: str, **values: object) -> Markup:
    """Render HTML from a template, with every value escaped."""
    return Markup(Environment(autoescape=True).from_string(template).render(**values))


class ScriptedLayer(Layer):
    """A layer drawn by ``yihui.<key>(map, data)``; the reader switches it on and off by its title."""

    _template = _CALL

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
    """A part of the map that ``yihui.<key>(map, data)`` builds and no reader switches off; the page holds its data."""

    _template = _CALL

    def __init__(self, page: MapPage, key: str, data: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = self.key = key
        page.add_data(key, data)
