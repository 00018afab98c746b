"""OGC API – Features: stations, coverage and gaps live for QGIS and ArcGIS, by pygeoapi's API and a provider of ours."""
