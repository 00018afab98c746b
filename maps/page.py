"""The page around a map: folium's map in one HTML file with its scripts, styles and data inside."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from branca.element import Element, Figure
from folium import MacroElement, Map
from folium.template import Template
from jinja2 import Environment
from markupsafe import Markup

from maps.tiles import BaseMapTiles

_URL = re.compile(r"""url\(\s*["']?(?!data:|#)([^"')]+)["']?\s*\)""")
_MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}
MIN_ZOOM, MAX_ZOOM = 4, 18
# One transparent pixel replaces an image that the page never shows.
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


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


_PAGE = """<!DOCTYPE html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="{{ policy|safe }}">
<title>{{ title }}</title>
{{ figure.header }}
{% for text in assets.styles %}<style>{{ text|safe }}</style>
{% endfor %}{% for text in assets.scripts %}<script>{{ text|safe }}</script>
{% endfor %}</head>
<body>
{{ figure.html }}
{{ body }}
{% for key, part in data.items() %}<script type="application/json" id="data-{{ key }}">{{ part|safe }}</script>
{% endfor %}<script>{{ figure.script }}</script>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class MapPage:
    """What a page holds: ``body`` stands beside the map, ``data`` are read by ``yihui.read(key)``.

    Texts of a register are in both, never in a template or a script.
    """

    title: str
    language: str
    assets: Assets
    tiles: BaseMapTiles
    body: Markup
    data: Mapping[str, Mapping[str, object]]

    def render(self) -> str:
        """Render the page as text. The same content gives the same text."""
        parts = {key: format_script_json(part) for key, part in self.data.items()}
        return render_markup(
            _PAGE,
            title=self.title,
            language=self.language,
            assets=self.assets,
            policy=_policy(self.tiles.hosts),
            figure=_render_map(),
            body=self.body,
            data=parts,
        )


class _Opening(MacroElement):
    """Draws the data of a page on folium's map."""

    _template = Template(
        "{% macro script(this, kwargs) %}yihui.open({{ this._parent.get_name() }});{% endmacro %}"
    )


def _render_map() -> dict[str, Markup]:
    """Return the parts of folium's figure of a map without tiles and without links; no text of a register is in it."""
    figure, drawn = Figure(), Map(tiles=None, zoom_control=False, zoom_snap=0.25)
    # set here, because folium passes min_zoom and max_zoom to its tile layer only
    drawn.options |= {"zoom": MIN_ZOOM, "minZoom": MIN_ZOOM, "maxZoom": MAX_ZOOM}
    drawn.default_js, drawn.default_css = [], []  # of this map; the class's own stay as they are
    drawn.add_to(figure)
    _Opening().add_to(drawn)  # type: ignore[no-untyped-call]
    _number_elements([figure], 0)  # in place of random names: the same content gives the same text
    drawn.render()  # type: ignore[no-untyped-call]
    return {name: Markup(getattr(figure, name).render()) for name in ("header", "html", "script")}


def _number_elements(elements: Iterable[Element], start: int) -> int:
    """Give folium's elements names that depend only on their order. Return the next free number."""
    for element in elements:
        element._id = f"{start:04x}"
        start = _number_elements(element._children.values(), start + 1)
    return start


def _policy(hosts: Iterable[str]) -> str:
    """Return the Content-Security-Policy.

    The browser may fetch nothing but images from the hosts that `BaseMapTiles` accepted.
    """
    images = " ".join(("data:", *hosts))
    return f"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src {images}"


def format_script_json(content: object) -> str:
    """Format JSON that is safe inside a script element; Chinese characters are not escaped."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def render_markup(template: str, **values: object) -> Markup:
    """Render HTML from a template, with every value escaped."""
    return Markup(Environment(autoescape=True).from_string(template).render(**values))
