"""The page around a map: folium's figure without its links to other people's servers."""

import json
from collections.abc import Iterable

from branca.element import Element, Figure
from folium import Map
from folium.template import Template
from jinja2 import Environment
from markupsafe import Markup

from maps.assets import Assets

# Nothing may be fetched, whatever a text of the register says.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


class Page(Figure):
    """An HTML page that holds its scripts and styles and fetches nothing."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{ this.language }}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        "<title>{{ this.title|e }}</title>\n"
        "{{ this.header.render(**kwargs) }}\n"
        "{% for text in this.assets.styles %}<style>{{ text }}</style>\n{% endfor %}"
        "{% for text in this.assets.scripts %}<script>{{ text }}</script>\n{% endfor %}"
        "</head>\n<body>\n{{ this.html.render(**kwargs) }}\n"
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str, language: str, assets: Assets) -> None:
        super().__init__(title=title)
        self.language = language
        self.assets = assets


def bare_map(page: Page) -> Map:
    """A Leaflet map without tiles that fills the page and brings none of folium's links."""
    drawn = Map(tiles=None, zoom_control="topright", zoom_snap=0.25)
    drawn.default_js, drawn.default_css = [], []  # of this one map: the class keeps its own
    drawn.add_to(page)
    return drawn


def render(page: Page) -> str:
    """The page as text, the same for the same content: folium's random names are replaced."""
    _number([page], 0)
    return str(page.render())


def _number(elements: Iterable[Element], start: int) -> int:
    for element in elements:
        element._id = f"{start:04x}"
        start = _number(element._children.values(), start + 1)
    return start


def literal(content: object) -> str:
    """A JavaScript literal that can stand inside a script element, Chinese as it is."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def markup(template: str, **values: object) -> Markup:
    """HTML from a template, every value escaped."""
    return Markup(Environment(autoescape=True).from_string(template).render(**values))
