-- The riders' map: what tilemaker takes from an OpenStreetMap extract into vector tiles.
--
-- Tags: https://wiki.openstreetmap.org/wiki/Map_features. Layers and zooms: profile.json beside this file.
-- Boundaries and names of countries and provinces are left out: the site's own outlines, which have a map-review
-- number, show them. `max_name_chars` below is geo/place_names/text.py's MAX_NAME_CHARS.

local max_name_chars = 100

node_keys = { "place", "railway", "amenity", "tourism", "leisure", "shop", "natural" }

function init_function() end
function exit_function() end

local function set(...)
  local made = {}
  for _, value in ipairs({ ... }) do made[value] = true end
  return made
end

-- Values of highway: the kind that is drawn, and the first zoom.
local roads = {
  motorway = { "motorway", 6 }, trunk = { "trunk", 7 }, primary = { "primary", 8 }, secondary = { "secondary", 10 },
  tertiary = { "tertiary", 11 }, unclassified = { "minor", 12 }, residential = { "minor", 12 }, road = { "minor", 12 },
  living_street = { "minor", 13 }, pedestrian = { "walk", 13 }, busway = { "service", 13 }, service = { "service", 13 },
  track = { "service", 13 }, footway = { "path", 14 }, path = { "path", 14 }, cycleway = { "path", 13 },
  steps = { "path", 14 },
}
for _, class in ipairs({ "motorway", "trunk", "primary", "secondary", "tertiary" }) do
  roads[class .. "_link"] = { roads[class][1], math.max(roads[class][2], 11) }
end
local name_zooms = { motorway = 10, trunk = 11, primary = 11, secondary = 12, tertiary = 13 }

local last_zoom = 14 -- of profile.json; a feature whose MinZoom is higher can come into every tile
local least_named_water_m2 = 500 -- fountains have names that nobody looks for

local water = { natural = set("water"), landuse = set("reservoir", "basin"), waterway = set("riverbank", "dock") }
local green = {
  leisure = set("park", "garden", "golf_course", "nature_reserve", "pitch"),
  landuse = set("forest", "grass", "meadow", "recreation_ground", "cemetery", "village_green", "orchard"),
  natural = set("wood", "scrub", "grassland", "heath"),
}
local grounds = { amenity = set("school", "university", "college", "hospital"), place = set("square") }

-- Places by the first zoom of their names; cities and districts are named by the site's outlines.
local places = { town = 9, township = 10, suburb = 11, quarter = 13, neighbourhood = 13, village = 12, hamlet = 13 }

-- Landmarks by which riders find their way: tag, values (any where nil), kind, first zoom. The first row that fits decides.
local spots = {
  { "railway", set("station", "halt"), "station", 11 },
  { "railway", set("subway_entrance"), "exit", 14 },
  { "amenity", set("bus_station", "ferry_terminal"), "station", 13 },
  { "amenity", set("hospital"), "hospital", 13 },
  { "amenity", set("university", "college"), "school", 13 },
  { "amenity", set("school"), "school", 14 },
  { "amenity", set("townhall", "police", "library", "theatre", "marketplace", "clinic", "post_office"), "office", 14 },
  { "shop", set("mall", "department_store", "supermarket", "wholesale"), "shop", 14 },
  { "tourism", set("attraction", "museum", "zoo", "theme_park", "hotel"), "sight", 14 },
  { "leisure", set("park", "stadium", "sports_centre"), "park", 13 },
  { "place", set("square"), "park", 14 },
  { "natural", set("peak"), "peak", 13 },
}

-- Characters of UTF-8 that could turn a text round or hide in it: soft hyphens, direction marks and zero widths
-- (U+061C, U+200B–U+200F, U+202A–U+202E, U+2060–U+206F), the byte order mark, variation selectors, tags. They go;
-- control characters, line separators and all spaces of Unicode become one space.
local marks = {
  "\194\173", "\216\156", "\226\128[\139-\143]", "\226\128[\170-\174]", "\226\129[\160-\175]", "\239\187\191",
  "\239\184[\128-\143]", "\243\160[\128-\191][\128-\191]",
}
local spaces = {
  "%c", "\194[\128-\160]", "\225\154\128", "\226\128[\128-\138\168\169\175]", "\226\129\159", "\227\128\128", "%s+",
}

-- The name to show, Chinese first; nil without one, or where it is too long for a name.
local function name_of(object)
  for _, key in ipairs({ "name:zh-Hans", "name:zh", "name" }) do
    local name = object:Find(key)
    if #name <= 4 * max_name_chars then
      for _, mark in ipairs(marks) do name = name:gsub(mark, "") end
      for _, space in ipairs(spaces) do name = name:gsub(space, " ") end
      name = name:gsub(";.*", ""):gsub("^ ", ""):gsub(" $", "")
      local _, chars = name:gsub("[^\128-\191]", "")
      if chars > 0 and chars <= max_name_chars then return name end
    end
  end
  return nil
end

local function is_one_of(object, table)
  for key, values in pairs(table) do
    if values[object:Find(key)] then return true end
  end
  return false
end

-- Areas come in as they grow to some pixels: about 4 × 4 of a tile's 256.
local function zoom_of_area(area_m2)
  local side_m = 40075017 / 64
  for zoom = 0, last_zoom do
    if area_m2 >= (side_m / 2 ^ zoom) ^ 2 then return zoom end
  end
  return last_zoom
end

local function add_spot(object, name, is_area)
  for _, row in ipairs(spots) do
    local value = object:Find(row[1])
    if value ~= "" and row[2][value] then
      if is_area then object:LayerAsCentroid("spot") else object:Layer("spot", false) end
      object:MinZoom(row[4])
      object:Attribute("kind", row[3])
      object:Attribute("name", name)
      return
    end
  end
end

function node_function(node)
  local name = name_of(node)
  if not name then return end
  local place = node:Find("place")
  if places[place] then
    node:Layer("place", false)
    node:MinZoom(places[place])
    node:Attribute("kind", place)
    node:Attribute("name", name)
  else
    add_spot(node, name, false)
  end
end

local function add_area(way, layer, least)
  way:Layer(layer, true)
  way:MinZoom(math.max(least, zoom_of_area(way:Area())))
end

local function add_road(way, row, name)
  local class, zoom = row[1], row[2]
  way:Layer("road", false)
  way:MinZoom(zoom)
  way:Attribute("kind", class)
  if way:Find("tunnel") == "yes" then way:AttributeBoolean("tunnel", true) end
  if name and not way:Find("highway"):find("_link") then
    way:Layer("road_name", false)
    way:MinZoom(name_zooms[class] or 14)
    way:Attribute("kind", class)
    way:Attribute("name", name)
  end
end

function way_function(way)
  local name = name_of(way)
  local highway, waterway, railway = way:Find("highway"), way:Find("waterway"), way:Find("railway")
  if way:IsClosed() then
    if is_one_of(way, water) then
      add_area(way, "water", 6)
      if name and way:Area() >= least_named_water_m2 then
        way:LayerAsCentroid("water_name")
        way:MinZoom(math.min(last_zoom, math.max(9, zoom_of_area(way:Area()) + 2)))
        way:Attribute("name", name)
      end
    elseif is_one_of(way, green) then
      add_area(way, "green", 8)
    elseif is_one_of(way, grounds) then
      add_area(way, "ground", 12)
    end
    if way:Find("building") ~= "" and way:Find("building") ~= "no" then way:Layer("building", true) end
    if name then add_spot(way, name, true) end
  end
  if roads[highway] and not (way:IsClosed() and way:Find("area") == "yes") then
    add_road(way, roads[highway], name)
  elseif railway == "rail" and way:Find("service") == "" then
    way:Layer("road", false)
    way:MinZoom(9)
    way:Attribute("kind", "rail")
  elseif waterway == "river" or waterway == "canal" or waterway == "stream" then
    way:Layer("waterway", false)
    way:MinZoom(waterway == "stream" and 13 or waterway == "canal" and 11 or 8)
    if name then
      way:Layer("road_name", false)
      way:MinZoom(waterway == "stream" and 14 or 12)
      way:Attribute("kind", "water")
      way:Attribute("name", name)
    end
  end
end
