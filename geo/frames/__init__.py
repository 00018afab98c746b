"""The engine for users of GeoPandas: a GeoDataFrame in, a GeoDataFrame out, with its index, columns and CRS.

A frame of stations has the headers and the words that the import of a register reads, in Chinese or English: 名称 or
name; 类型 or kind, such as 户外劳动者驿站 (outdoor_station), 母婴室 or 妈妈小屋 (mother_room), 职工书屋 (library); 开放时间 or
hours_text, such as 周一至周五 9:00-18:00 or 24小时. Two columns for one of these may stand there where they say the same
in all rows. What is read once serves many calls: pass
`geo.frames.stations.index_stations` of the stations, `geo.frames.demand.read_demand` of the demand. Demand is points
or polygons; a column says how much. A row without a geometry, with an empty one, or a point of NaN is unplaced; beside
one, whole numbers become floats, as in pandas. Every result can be drawn with its own `explore`.

An argument that can't be used is a ValueError. Rows that can't be used are refused together by a FrameError, each with
its index, column, value and remedy; its faults know the rows, so that they can be left out:

>>> import geopandas as gpd
>>> from geo.frames.demand import FrameError
>>> from geo.frames.stations import index_stations
>>> place = gpd.points_from_xy([117.01, 117.02], [36.61, 36.61], crs=4326)
>>> stations = gpd.GeoDataFrame({"名称": ["甲站", "乙馆"], "类型": ["驿站", "餐馆"]}, geometry=place)
>>> try:
...     found = index_stations(stations)
... except FrameError as error:
...     bad = [fault.row for fault in error.faults]
...     found = index_stations(stations.drop(stations.index[bad]))
>>> bad, len(found.index)
([1], 1)
"""

from geo.frames.access import access
from geo.frames.coverage import coverage, gaps
from geo.frames.nearest import nearest
from geo.frames.sites import sites

__all__ = ["access", "coverage", "gaps", "nearest", "sites"]


def __dir__() -> list[str]:
    return __all__
