"""Render a layer style as OGC Styled Layer Descriptor 1.1.0 with Symbology Encoding 1.1.0.

It is for other GIS than QGIS.
"""

from xml.etree import ElementTree as ET

from geo.formats.styles import CategorisedColours, GraduatedColours, LayerShape, LayerStyle, SingleColour

SLD, SE, OGC = "http://www.opengis.net/sld", "http://www.opengis.net/se", "http://www.opengis.net/ogc"
_SCHEMA = "http://schemas.opengis.net/sld/1.1.0/StyledLayerDescriptor.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_EDGE, _WHITE = "#5a5a5a", "#ffffff"
_MM_IN_PIXELS = 1 / 0.28  # a standardised pixel is 0.28 mm wide (OGC 05-077r4, 10.2)
_EDGE_MM = 0.2


def render_sld(style: LayerStyle, layer: str) -> str:
    """Render the style as SLD for the layer with the name ``layer``. *Source*: OGC 05-078r4 and 05-077r4."""
    for prefix, space in (("", SLD), ("se", SE), ("ogc", OGC), ("xsi", _XSI)):
        ET.register_namespace(prefix, space)
    root = ET.Element(
        f"{{{SLD}}}StyledLayerDescriptor",
        {"version": "1.1.0", f"{{{_XSI}}}schemaLocation": f"{SLD} {_SCHEMA}"},
    )
    named = ET.SubElement(root, f"{{{SLD}}}NamedLayer")
    _text(named, SE, "Name", layer)
    user = ET.SubElement(named, f"{{{SLD}}}UserStyle")
    _text(user, SE, "Name", style.name)
    rules = ET.SubElement(user, f"{{{SE}}}FeatureTypeStyle")
    _add_rules(rules, style)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_rules(rules: ET.Element, style: LayerStyle) -> None:
    by = style.by
    if isinstance(by, SingleColour):
        _symbolizer(_rule(rules, by.label), style, by.colour)
    elif isinstance(by, CategorisedColours):
        _by_category(rules, style, by)
    else:
        _by_class(rules, style, by)


def _by_category(rules: ET.Element, style: LayerStyle, by: CategorisedColours) -> None:
    for one in by.categories:
        rule = _rule(rules, one.label)
        _compare(ET.SubElement(rule, f"{{{OGC}}}Filter"), "PropertyIsEqualTo", by.field, one.value)
        _symbolizer(rule, style, one.colour)
    rest = _rule(rules, by.other.label)
    ET.SubElement(rest, f"{{{SE}}}ElseFilter")
    _symbolizer(rest, style, by.other.colour)


def _by_class(rules: ET.Element, style: LayerStyle, by: GraduatedColours) -> None:
    for each in by.ranges:
        rule = _rule(rules, each.label)
        both = ET.SubElement(ET.SubElement(rule, f"{{{OGC}}}Filter"), f"{{{OGC}}}And")
        below = "PropertyIsLessThanOrEqualTo" if each is by.ranges[-1] else "PropertyIsLessThan"
        _compare(both, "PropertyIsGreaterThanOrEqualTo", by.field, f"{each.low:g}")
        _compare(both, below, by.field, f"{each.high:g}")
        _symbolizer(rule, style, each.colour)
    rest = _rule(rules, by.missing.label)
    ET.SubElement(rest, f"{{{SE}}}ElseFilter")
    _symbolizer(rest, style, by.missing.colour)


def _rule(rules: ET.Element, label: str) -> ET.Element:
    rule = ET.SubElement(rules, f"{{{SE}}}Rule")
    _text(rule, SE, "Name", label)
    _text(ET.SubElement(rule, f"{{{SE}}}Description"), SE, "Title", label)
    return rule


def _compare(parent: ET.Element, how: str, field: str, value: str) -> None:
    comparison = ET.SubElement(parent, f"{{{OGC}}}{how}")
    _text(comparison, OGC, "PropertyName", field)
    _text(comparison, OGC, "Literal", value)


def _symbolizer(rule: ET.Element, style: LayerStyle, colour: str) -> None:
    if style.shape is LayerShape.AREA:
        area = ET.SubElement(rule, f"{{{SE}}}PolygonSymbolizer")
        _fill(area, colour, style.opacity)
        _stroke(area, _EDGE)
        return
    graphic = ET.SubElement(ET.SubElement(rule, f"{{{SE}}}PointSymbolizer"), f"{{{SE}}}Graphic")
    mark = ET.SubElement(graphic, f"{{{SE}}}Mark")
    _text(mark, SE, "WellKnownName", "circle")
    _fill(mark, colour, 1.0)
    _stroke(mark, _WHITE)
    _text(graphic, SE, "Size", f"{style.size_mm * _MM_IN_PIXELS:.1f}")


def _fill(parent: ET.Element, colour: str, opacity: float) -> None:
    fill = ET.SubElement(parent, f"{{{SE}}}Fill")
    _parameter(fill, "fill", colour)
    _parameter(fill, "fill-opacity", f"{opacity:g}")


def _stroke(parent: ET.Element, colour: str) -> None:
    stroke = ET.SubElement(parent, f"{{{SE}}}Stroke")
    _parameter(stroke, "stroke", colour)
    _parameter(stroke, "stroke-width", f"{_EDGE_MM * _MM_IN_PIXELS:.2f}")


def _parameter(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(parent, f"{{{SE}}}SvgParameter", {"name": name}).text = value


def _text(parent: ET.Element, space: str, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{space}}}{name}").text = text
