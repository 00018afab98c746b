<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.34.0" styleCategories="Symbology|Labeling|Fields" labelsEnabled="{{ 1 if style.caption else 0 }}">
  <renderer-v2 type="{{ renderer }}" {% if style.by %}attr="{{ style.by }}" {% endif %}{% if renderer == "graduatedSymbol" %}graduatedMethod="GraduatedColor" {% endif %}forceraster="0" symbollevels="0" enableorderby="0" referencescale="-1">
{% if renderer == "categorizedSymbol" %}
    <categories>
{% for one in drawn %}
      <category symbol="{{ loop.index0 }}" value="{{ one.value }}" label="{{ one.label }}" render="true" type="string"/>
{% endfor %}
    </categories>
{% elif renderer == "graduatedSymbol" %}
    <ranges>
{% for one in drawn %}
      <range symbol="{{ loop.index0 }}" lower="{{ '%.15f' % one.limits[0] }}" upper="{{ '%.15f' % one.limits[1] }}" label="{{ one.label }}" render="true"/>
{% endfor %}
    </ranges>
{% endif %}
    <symbols>
{% for one in drawn %}
{% if style.is_of_points %}
      <symbol type="marker" name="{{ loop.index0 }}" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleMarker" enabled="1" pass="0" locked="0">
          <Option type="Map">
            <Option name="color" type="QString" value="{{ one.colour | rgba }}"/>
            <Option name="name" type="QString" value="circle"/>
            <Option name="outline_color" type="QString" value="255,255,255,255"/>
            <Option name="outline_style" type="QString" value="solid"/>
            <Option name="outline_width" type="QString" value="0.2"/>
            <Option name="outline_width_unit" type="QString" value="MM"/>
            <Option name="size" type="QString" value="{{ "%g" % style.size_mm }}"/>
            <Option name="size_unit" type="QString" value="MM"/>
          </Option>
        </layer>
      </symbol>
{% else %}
      <symbol type="fill" name="{{ loop.index0 }}" alpha="{{ "%g" % style.opacity }}" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleFill" enabled="1" pass="0" locked="0">
          <Option type="Map">
            <Option name="color" type="QString" value="{{ one.colour | rgba }}"/>
            <Option name="joinstyle" type="QString" value="round"/>
            <Option name="outline_color" type="QString" value="90,90,90,255"/>
            <Option name="outline_style" type="QString" value="solid"/>
            <Option name="outline_width" type="QString" value="0.2"/>
            <Option name="outline_width_unit" type="QString" value="MM"/>
            <Option name="style" type="QString" value="solid"/>
          </Option>
        </layer>
      </symbol>
{% endif %}
{% endfor %}
    </symbols>
  </renderer-v2>
{% if style.caption %}
  <labeling type="simple">
    <settings calloutType="simple">
      <text-style fieldName="{{ style.caption }}" isExpression="0" fontSize="9" textColor="40,40,40,255">
        <text-buffer bufferDraw="1" bufferSize="0.8" bufferColor="255,255,255,255" bufferSizeUnits="MM"/>
      </text-style>
    </settings>
  </labeling>
{% endif %}
  <aliases>
{% for column in columns if column in style.aliases %}
    <alias index="{{ columns.index(column) }}" field="{{ column }}" name="{{ style.aliases[column] }}"/>
{% endfor %}
  </aliases>
</qgis>
