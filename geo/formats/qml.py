"""Render a layer style as QML, the format of QGIS 3.26 and later."""

from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree as ET

from geo.formats.styles import CategorisedColours, GraduatedColours, LayerShape, LayerStyle

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION = "3.34.0"
_EDGE = "90,90,90,255"
_EDGE_MM = "0.2"


def render_qml(style: LayerStyle, columns: Sequence[str]) -> str:
    """Render the style as QML, with the aliases of the columns that have one.

    *Source*: the elements that QGIS's `QgsRenderer::save` writes (renderer-v2, symbols, fieldConfiguration).
    """
    root = ET.Element(
        "qgis", {"version": _VERSION, "styleCategories": "Symbology|Labeling|Fields", "labelsEnabled": "0"}
    )
    root.append(_renderer(style))
    if style.caption:
        root.set("labelsEnabled", "1")
        root.append(_labelling(style.caption))
    root.append(_aliases(style.aliases, columns))
    ET.indent(root)
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _renderer(style: LayerStyle) -> ET.Element:
    by = style.by
    if isinstance(by, CategorisedColours):
        return _categorised(style, by)
    if isinstance(by, GraduatedColours):
        return _graduated(style, by)
    renderer = _empty("singleSymbol")
    renderer.append(_symbols(style, [by.colour]))
    return renderer


def _categorised(style: LayerStyle, by: CategorisedColours) -> ET.Element:
    renderer = _empty("categorizedSymbol", attr=by.field)
    categories = ET.SubElement(renderer, "categories")
    for number, one in enumerate((*by.categories, by.other)):
        is_other = number == len(by.categories)
        said = {"symbol": str(number), "value": "" if is_other else one.value, "label": one.label}
        ET.SubElement(categories, "category", {**said, "render": "true", "type": "string"})
    renderer.append(_symbols(style, [one.colour for one in (*by.categories, by.other)]))
    return renderer


def _graduated(style: LayerStyle, by: GraduatedColours) -> ET.Element:
    """Return a renderer with colour classes; QGIS leaves a gap where a feature has no value."""
    renderer = _empty("graduatedSymbol", attr=by.field, graduatedMethod="GraduatedColor")
    ranges = ET.SubElement(renderer, "ranges")
    for number, each in enumerate(by.ranges):
        bounds = {"lower": f"{each.low:.15f}", "upper": f"{each.high:.15f}"}
        ET.SubElement(
            ranges, "range", {"symbol": str(number), **bounds, "label": each.label, "render": "true"}
        )
    renderer.append(_symbols(style, [each.colour for each in by.ranges]))
    return renderer


def _empty(kind: str, **more: str) -> ET.Element:
    plain = {"forceraster": "0", "symbollevels": "0", "enableorderby": "0", "referencescale": "-1"}
    return ET.Element("renderer-v2", {"type": kind, **plain, **more})


def _symbols(style: LayerStyle, colours: Iterable[str]) -> ET.Element:
    symbols = ET.Element("symbols")
    is_point = style.shape is LayerShape.POINT
    alpha = "1" if is_point else f"{style.opacity:g}"
    for number, colour in enumerate(colours):
        symbol = ET.SubElement(
            symbols,
            "symbol",
            {
                "type": "marker" if is_point else "fill",
                "name": str(number),
                "alpha": alpha,
                "clip_to_extent": "1",
                "force_rhr": "0",
            },
        )
        kind = "SimpleMarker" if is_point else "SimpleFill"
        layer = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "pass": "0", "locked": "0"})
        layer.append(_options(_marker(style, colour) if is_point else _fill(colour)))
    return symbols


def _marker(style: LayerStyle, colour: str) -> dict[str, str]:
    return {
        "color": _rgba(colour),
        "name": "circle",
        "outline_color": "255,255,255,255",
        "outline_style": "solid",
        "outline_width": _EDGE_MM,
        "outline_width_unit": "MM",
        "size": f"{style.size_mm:g}",
        "size_unit": "MM",
    }


def _fill(colour: str) -> dict[str, str]:
    return {
        "color": _rgba(colour),
        "joinstyle": "round",
        "outline_color": _EDGE,
        "outline_style": "solid",
        "outline_width": _EDGE_MM,
        "outline_width_unit": "MM",
        "style": "solid",
    }


def _options(values: Mapping[str, str]) -> ET.Element:
    options = ET.Element("Option", {"type": "Map"})
    for name, value in values.items():
        ET.SubElement(options, "Option", {"name": name, "type": "QString", "value": value})
    return options


def _labelling(caption: str) -> ET.Element:
    labelling = ET.Element("labeling", {"type": "simple"})
    settings = ET.SubElement(labelling, "settings", {"calloutType": "simple"})
    text = {"fieldName": caption, "isExpression": "0", "fontSize": "9", "textColor": "40,40,40,255"}
    style = ET.SubElement(settings, "text-style", text)
    ET.SubElement(
        style,
        "text-buffer",
        {"bufferDraw": "1", "bufferSize": "0.8", "bufferColor": "255,255,255,255", "bufferSizeUnits": "MM"},
    )
    return labelling


def _aliases(aliases: Mapping[str, str], columns: Sequence[str]) -> ET.Element:
    said = ET.Element("aliases")
    for position, column in enumerate(columns):
        if column in aliases:
            ET.SubElement(said, "alias", {"index": str(position), "field": column, "name": aliases[column]})
    return said


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"
