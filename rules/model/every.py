"""Counting periods of limits and quotas."""

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from core.text_marks import N_
from rules.model.span import Span
from rules.yaml.wording import is_parameter_reference

PeriodName = Literal["once", "calendar_year", "quarter", "month", "programme_period", "rule_lifetime"]
PERIOD_NAMES: tuple[str, ...] = get_args(PeriodName)
_ROLLING = re.compile(r"rolling ([1-9][0-9]{0,3}) days")


class _Every:
    """A period name, ``rolling N days``, a span of its own, or the parameter that holds one of these."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        words = core_schema.literal_schema([*PERIOD_NAMES])
        written = core_schema.plain_serializer_function_ser_schema(_written)
        return core_schema.no_info_wrap_validator_function(_every, words, serialization=written)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        pattern = r"^(rolling [1-9][0-9]{0,3} days|param\.[a-z][a-z0-9_]*)$"
        span = handler(Span.__pydantic_core_schema__)
        return {"anyOf": [{"enum": [*PERIOD_NAMES]}, {"type": "string", "pattern": pattern}, span]}


CountingPeriod = Annotated[str | Span, _Every()]


def rolling_days(every: str | Span) -> int | None:
    """Return N of ``rolling N days``; None for every other period."""
    found = _ROLLING.fullmatch(every) if isinstance(every, str) else None
    return int(found[1]) if found else None


def is_counting_period(value: object) -> bool:
    """Return whether a parameter's value is valid as a period."""
    return isinstance(value, str) and (value in PERIOD_NAMES or rolling_days(value) is not None)


def _written(every: object) -> object:
    return every.model_dump(mode="json", by_alias=True) if isinstance(every, Span) else every


def _every(value: object, words: core_schema.ValidatorFunctionWrapHandler) -> object:
    if isinstance(value, dict):
        span = Span.model_validate(value)
        if span.until is None:
            raise PydanticCustomError("period", N_("a period of its own ends: {value}"))
        return span
    if is_parameter_reference(value) or is_counting_period(value):
        return value
    return words(value)
