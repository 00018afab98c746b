"""The engine for users of GeoPandas: a GeoDataFrame in, a GeoDataFrame out, with its index, columns and CRS.

A frame of stations has the headers and the words that the import of a register reads, in Chinese or English (名称 or
name, 类型 or kind, 开放时间 or hours_text). Demand is points or polygons; a column says how much. A row without a
geometry, with an empty one or with NaN coordinates is unplaced. Rows that can't be used are refused together, each by
its index, column, value and remedy. Every result can be drawn with its own `explore`.
"""

from geo.frames.access import access
from geo.frames.coverage import coverage, gaps
from geo.frames.nearest import nearest
from geo.frames.sites import sites

__all__ = ["access", "coverage", "gaps", "nearest", "sites"]


def __dir__() -> list[str]:
    return __all__
