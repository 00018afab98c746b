"""FastAPI in this process without what costs time and tests nothing.

An app of 400 routes has a validator for each parameter and each answer, and tests build hundreds of such apps. A
validator is built when it is first used, and the apps of a process share those of the same parameter: what reads one
holds no state.
"""

from functools import cached_property
from typing import Any

from fastapi._compat import v2
from pydantic import TypeAdapter

_FIELDS: Any = v2
_MOST = 5_000
_build_now: Any = v2.ModelField.__post_init__
_compiled: dict[tuple[Any, ...], TypeAdapter[Any]] = {}


def install() -> None:
    """All apps that this process builds from now on are built this way."""
    late = cached_property(_build_adapter)
    late.__set_name__(_FIELDS.ModelField, "_type_adapter")
    _FIELDS.ModelField._type_adapter = late
    _FIELDS.ModelField.__post_init__ = lambda self: None
    _FIELDS.TypeAdapter = _compile_once


def _build_adapter(field: v2.ModelField) -> Any:
    _build_now(field)
    return field.__dict__["_type_adapter"]


def _compile_once(annotated: Any, *, config: Any = None) -> TypeAdapter[Any]:
    """The key holds the type itself: two classes of one name are two."""
    key = (annotated.__origin__, repr(annotated.__metadata__), repr(config))
    if key not in _compiled:
        if len(_compiled) >= _MOST:
            _compiled.clear()
        _compiled[key] = TypeAdapter(annotated, config=config)
    return _compiled[key]
