"""The file with the names of a street extract: read from OpenStreetMap's PBF, written once, searched by many."""
