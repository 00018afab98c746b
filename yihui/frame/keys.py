"""The keys of things in the paths of routes."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Path


def with_key(route: Callable[..., Any], key: type[int] | type[str]) -> Callable[..., Any]:
    """Return a route whose parameter ``thing`` has the type and the bounds of a noun's keys."""
    bounds = Path(ge=1, lt=2**63, examples=[1]) if key is int else Path(min_length=1, max_length=150)
    route.__annotations__["thing"] = Annotated[key, bounds]
    return route
