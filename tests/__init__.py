"""A package, so that none of a library's own `tests` (pygeoapi ships one) is found in its place."""
