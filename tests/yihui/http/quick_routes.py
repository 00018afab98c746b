"""Routes without what costs time and tests nothing: the same parameter compiled anew for each app of a test.

An app has four hundred routes, and a run builds hundreds of apps. What reads a parameter holds no state.
"""

from typing import Any

from fastapi._compat import v2
from pydantic import TypeAdapter

_FIELDS: Any = v2
_MOST = 5_000
_compiled: dict[tuple[Any, ...], TypeAdapter[Any]] = {}


def install() -> None:
    """All apps of this process share what reads the same parameter."""
    _FIELDS.TypeAdapter = _compile_once


def _compile_once(annotated: Any, *, config: Any = None) -> TypeAdapter[Any]:
    """The key holds the type itself: two classes of one name are two."""
    key = (annotated.__origin__, repr(annotated.__metadata__), repr(config))
    if key not in _compiled:
        if len(_compiled) >= _MOST:
            _compiled.clear()
        _compiled[key] = TypeAdapter(annotated, config=config)
    return _compiled[key]
