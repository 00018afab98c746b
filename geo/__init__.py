"""Places: stations, nearest search, opening hours, coverage, gaps and siting.

Each name is imported from its own module, so that a command that needs no heavy module starts quickly.
"""
