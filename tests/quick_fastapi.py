"""FastAPI in this process without what costs time and tests nothing: validators of routes that no request asks for.

An app of 400 routes has a validator for each parameter and each answer, and tests build hundreds of such apps. A
validator is built when it is first used.
"""

from functools import cached_property
from typing import Any

from fastapi._compat.v2 import ModelField

_build_now: Any = ModelField.__post_init__


def install() -> None:
    """All apps that this process builds from now on are built this way."""
    late = cached_property(_build_adapter)
    late.__set_name__(ModelField, "_type_adapter")
    ModelField._type_adapter = late  # type: ignore[assignment]
    ModelField.__post_init__ = lambda self: None  # type: ignore[method-assign]


def _build_adapter(field: ModelField) -> Any:
    _build_now(field)
    return field.__dict__["_type_adapter"]
