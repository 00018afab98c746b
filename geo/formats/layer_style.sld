<?xml version="1.0" encoding="UTF-8"?>
<StyledLayerDescriptor xmlns="http://www.opengis.net/sld" xmlns:ogc="http://www.opengis.net/ogc" xmlns:se="http://www.opengis.net/se" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="1.1.0" xsi:schemaLocation="http://www.opengis.net/sld http://schemas.opengis.net/sld/1.1.0/StyledLayerDescriptor.xsd">
  <NamedLayer>
    <se:Name>{{ layer }}</se:Name>
    <UserStyle>
      <se:Name>{{ style.name }}</se:Name>
      <se:FeatureTypeStyle>
{% for one in style.all_classes %}
        <se:Rule>
          <se:Name>{{ one.label }}</se:Name>
          <se:Description>
            <se:Title>{{ one.label }}</se:Title>
          </se:Description>
{% if one is sameas style.rest %}
          <se:ElseFilter/>
{% elif one.limits %}
{% set below = "PropertyIsLessThanOrEqualTo" if one is sameas style.classes[-1] else "PropertyIsLessThan" %}
          <ogc:Filter>
            <ogc:And>
              <ogc:PropertyIsGreaterThanOrEqualTo>
                <ogc:PropertyName>{{ style.by }}</ogc:PropertyName>
                <ogc:Literal>{{ "%g" % one.limits[0] }}</ogc:Literal>
              </ogc:PropertyIsGreaterThanOrEqualTo>
              <ogc:{{ below }}>
                <ogc:PropertyName>{{ style.by }}</ogc:PropertyName>
                <ogc:Literal>{{ "%g" % one.limits[1] }}</ogc:Literal>
              </ogc:{{ below }}>
            </ogc:And>
          </ogc:Filter>
{% elif style.by %}
          <ogc:Filter>
            <ogc:PropertyIsEqualTo>
              <ogc:PropertyName>{{ style.by }}</ogc:PropertyName>
              <ogc:Literal>{{ one.value }}</ogc:Literal>
            </ogc:PropertyIsEqualTo>
          </ogc:Filter>
{% endif %}
{% if style.is_of_points %}
          <se:PointSymbolizer>
            <se:Graphic>
              <se:Mark>
                <se:WellKnownName>circle</se:WellKnownName>
                <se:Fill>
                  <se:SvgParameter name="fill">{{ one.colour }}</se:SvgParameter>
                  <se:SvgParameter name="fill-opacity">1</se:SvgParameter>
                </se:Fill>
                <se:Stroke>
                  <se:SvgParameter name="stroke">#ffffff</se:SvgParameter>
                  <se:SvgParameter name="stroke-width">0.71</se:SvgParameter>
                </se:Stroke>
              </se:Mark>
              <se:Size>{{ "%.1f" % (style.size_mm / 0.28) }}</se:Size>{# a pixel is 0.28 mm wide: OGC 05-077r4, 10.2 #}

            </se:Graphic>
          </se:PointSymbolizer>
{% else %}
          <se:PolygonSymbolizer>
            <se:Fill>
              <se:SvgParameter name="fill">{{ one.colour }}</se:SvgParameter>
              <se:SvgParameter name="fill-opacity">{{ "%g" % style.opacity }}</se:SvgParameter>
            </se:Fill>
            <se:Stroke>
              <se:SvgParameter name="stroke">#5a5a5a</se:SvgParameter>
              <se:SvgParameter name="stroke-width">0.71</se:SvgParameter>
            </se:Stroke>
          </se:PolygonSymbolizer>
{% endif %}
        </se:Rule>
{% endfor %}
      </se:FeatureTypeStyle>
    </UserStyle>
  </NamedLayer>
</StyledLayerDescriptor>
