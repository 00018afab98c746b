"""Field types of rule files: texts, names, codes, durations, figures."""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, core_schema

PARAMETER_PREFIX = "param."
"""What the path of a parameter begins with."""
_REFERENCE = r"^param\.[a-z][a-z0-9_]*$"

NonEmptyText = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
MemberMessage = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^{}]*$")]
"""What is said to a member; without braces, since edges fill in templates."""
UnitName = Annotated[str, StringConstraints(min_length=1, max_length=32)]
SlugName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
"""The name of a parameter or of a part of a benefit."""
TerritoryCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{9}-[0-9]{5})$")]
DistrictCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
_DURATION = (
    r"P([0-9]{1,3}Y([0-9]{1,3}M)?([0-9]{1,3}W)?([0-9]{1,4}D)?|[0-9]{1,3}M([0-9]{1,3}W)?([0-9]{1,4}D)?"
    r"|[0-9]{1,3}W([0-9]{1,4}D)?|[0-9]{1,4}D)|param\.[a-z][a-z0-9_]*"
)
Duration = Annotated[
    str,
    StringConstraints(pattern=rf"^({_DURATION})$"),
]
"""A duration such as P30D, or the path of the parameter that holds it."""
ExpiryTerm = Annotated[str, StringConstraints(pattern=rf"^({_DURATION}|end_of_year|end_of_next_year)$")]
"""How long a grant lasts: a duration, its parameter, or the end of the grant's year or of the next year."""


class StrictFileModel(BaseModel):
    """A part of a rule file: unknown keys are refused, nothing is converted, and it is immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class WholeOrParameter:
    """A whole number within bounds, or the parameter that holds it (``param.amount``)."""

    def __init__(self, least: int, most: int) -> None:
        self.schema = core_schema.int_schema(strict=True, ge=least, le=most)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        as_it_is = core_schema.plain_serializer_function_ser_schema(lambda value: value)
        return core_schema.no_info_wrap_validator_function(
            _number_or_reference, self.schema, serialization=as_it_is
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(self.schema), {"type": "string", "pattern": _REFERENCE}]}


class OneOrMore:
    """Accept one mapping or a list of them; the value is always a tuple."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            lambda value: (value,) if isinstance(value, dict) else value, handler(source)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        listed = handler(schema)
        return {"anyOf": [listed["items"], listed]}


Figure = int | str
"""A whole number, or the path of the parameter that holds it."""
FenFigure = Annotated[Figure, WholeOrParameter(0, 10**12)]
CountFigure = Annotated[Figure, WholeOrParameter(1, 10**9)]
TimesFigure = Annotated[Figure, WholeOrParameter(1, 10_000)]


def is_parameter_reference(value: object) -> bool:
    """Return whether a value of a rule file names a parameter."""
    return isinstance(value, str) and value.startswith(PARAMETER_PREFIX)


def _number_or_reference(value: object, number: core_schema.ValidatorFunctionWrapHandler) -> object:
    return value if is_parameter_reference(value) else number(value)
