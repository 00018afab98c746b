"""OGC API – Features: live stations, coverage and gaps for QGIS and ArcGIS."""
