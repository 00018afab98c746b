"""Coverage: which demand has a usable, open place within reach, by district, cell and hour.

The names are imported from their own modules, because most of these load scipy or geopandas, which the functions for
single cells do not need.
"""
