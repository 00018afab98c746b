"""The page around a map: folium's figure without its links to other people's servers."""

import json
from collections.abc import Iterable, Mapping

from branca.element import Element, Figure
from folium import Map
from folium.template import Template
from jinja2 import Environment
from markupsafe import Markup

from maps.assets import Assets
from maps.tiles import Tiles

LEAST_ZOOM, MOST_ZOOM = 4, 18


class Page(Figure):
    """An HTML page that holds its scripts, styles and data.

    Texts of a register go in by `hold` and ``body`` only. What a folium element renders is read as a Jinja
    template once more by branca: a station named ``{{ 7 * 7 }}`` would be run, here, not in the browser.
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

    def __init__(self, title: str, language: str, assets: Assets, tiles: Tiles) -> None:
        super().__init__(title=title)
        self.language = language
        self.assets = assets
        self.policy = _policy(tiles.hosts)
        self.body = Markup()
        self.data: dict[str, str] = {}

    def hold(self, key: str, data: Mapping[str, object]) -> None:
        """Keep data for ``yihui.read(key)``."""
        self.data[key] = literal(data)


def _policy(hosts: Iterable[str]) -> str:
    """Nothing may be fetched, whatever a text says, but pictures of the hosts that `Tiles` let through."""
    images = " ".join(("data:", *hosts))
    return f"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src {images}"


def bare_map(page: Page) -> Map:
    """A Leaflet map without tiles that fills the page and brings none of folium's links."""
    drawn = Map(tiles=None, zoom_control=False, zoom_snap=0.25)
    drawn.options |= {
        "zoom": LEAST_ZOOM,
        "minZoom": LEAST_ZOOM,
        "maxZoom": MOST_ZOOM,
    }  # set later, they are ways that the view goes
    drawn.default_js, drawn.default_css = [], []  # of this one map: the class keeps its own
    drawn.add_to(page)
    return drawn


def render(page: Page) -> str:
    """The page as text, the same for the same content: folium's random names are replaced."""
    number([page], 0)
    return str(page.render())


def number(elements: Iterable[Element], start: int) -> int:
    """Give folium's elements names that only depend on their order."""
    for element in elements:
        element._id = f"{start:04x}"
        start = number(element._children.values(), start + 1)
    return start


def literal(content: object) -> str:
    """JSON that can stand inside a script element, Chinese as it is."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def markup(template: str, **values: object) -> Markup:
    """HTML from a template, every value escaped."""
    return Markup(Environment(autoescape=True).from_string(template).render(**values))
