"""Figures as data for JSON, which has neither infinity nor NaN."""

from collections.abc import Callable, Mapping
from functools import wraps
from math import isfinite
from typing import ParamSpec

P = ParamSpec("P")


def finite_json(build: Callable[P, Mapping[str, object]]) -> Callable[P, dict[str, object]]:
    """Let a function return its figures with null in place of what is infinite or undefined."""

    @wraps(build)
    def built(*args: P.args, **kwargs: P.kwargs) -> dict[str, object]:
        return {name: _finite(value) for name, value in build(*args, **kwargs).items()}

    return built


def select_fields(value: object, *names: str) -> dict[str, object]:
    """Return some fields of an object by their names."""
    return {name: getattr(value, name) for name in names}


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value
