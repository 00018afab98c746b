"""A package, so that none of a library's own `tests` is found in its place."""
