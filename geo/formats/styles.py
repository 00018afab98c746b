"""How a GIS draws a layer, and its style files: QML for QGIS, SLD for other GIS; each is filled from one template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

_NO_ALIASES: Mapping[str, str] = {}


class LayerShape(StrEnum):
    """The geometry that a style draws."""

    POINT = "point"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class StyleClass:
    """The features of one colour (#rrggbb): those whose column equals ``value`` or lies within ``limits``.

    The upper limit is excluded, but in the last class of a style.
    """

    label: str
    colour: str
    value: str = ""
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class LayerStyle:
    """How a layer is drawn: by the classes of the column ``by``, or all in the colour of the only class if there is none.

    ``rest`` are the features of no class, ``aliases`` the column names shown to people, and ``caption`` is the column
    whose values label the features, empty for none. *Units*: ``size_mm`` of points, ``opacity`` of areas 0..1.
    """

    name: str
    shape: LayerShape
    classes: tuple[StyleClass, ...]
    by: str = ""
    rest: StyleClass | None = None
    aliases: Mapping[str, str] = field(default_factory=lambda: _NO_ALIASES)
    caption: str = ""
    size_mm: float = 2.2
    opacity: float = 0.75

    @property
    def is_of_points(self) -> bool:
        """Whether it draws points."""
        return self.shape is LayerShape.POINT

    @property
    def all_classes(self) -> tuple[StyleClass, ...]:
        """The classes, and at the end the rest."""
        return self.classes if self.rest is None else (*self.classes, self.rest)


def render_qml(style: LayerStyle, columns: Sequence[str]) -> str:
    """Render the style as QML of QGIS 3.26 and later, with the aliases of the columns that have one.

    Where the classes have limits, a feature without a value is not drawn. *Source*: the elements that QGIS's
    `QgsRenderer::save` writes (renderer-v2, symbols, fieldConfiguration).
    """
    renderer, drawn = "singleSymbol", style.classes
    if style.by:
        has_limits = style.classes[0].limits is not None
        renderer = "graduatedSymbol" if has_limits else "categorizedSymbol"
        drawn = style.classes if has_limits else style.all_classes
    return _load_template("layer_style.qml").render(
        style=style, columns=list(columns), renderer=renderer, drawn=drawn
    )


def render_sld(style: LayerStyle, layer: str) -> str:
    """Render the style as SLD 1.1.0 with Symbology Encoding 1.1.0 for the layer with the name ``layer``.

    *Source*: OGC 05-078r4 and 05-077r4.
    """
    return _load_template("layer_style.sld").render(style=style, layer=layer)


@cache
def _load_template(name: str) -> Template:
    """Return a template of this folder; what is filled in is escaped for XML."""
    around = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    around.filters["rgba"] = _rgba
    return around.from_string(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"
