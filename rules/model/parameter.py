"""Named figures of a rule: displayed, varied in a simulation, set by a lower level."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import PlainValidator, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.facts import FACT_CATALOGUE, Fact, FactKind
from rules.model.basis import Basis
from rules.yaml.wording import PARAMETER_PREFIX, NonEmptyText, StrictFileModel, UnitName

ParameterValue = int | str | bool | date
_FEN = "fen"


def _scalar(value: object) -> object:
    if type(value) in (int, bool, date) or (isinstance(value, str) and 0 < len(value) <= 200):
        return value
    raise PydanticCustomError(
        "parameter", N_("a parameter is a whole number, a text, yes or no, or a date, not {value}")
    )


_SCALAR = PlainValidator(_scalar, json_schema_input_type=int | str | bool)


class Parameter(StrictFileModel):
    """A named figure; ``least`` and ``most`` bound the values that a lower level may set.

    ``value`` is a whole number, a text, yes or no, a date, a period (``calendar_year``) or a duration.
    """

    title: NonEmptyText
    value: Annotated[ParameterValue, _SCALAR]
    unit: UnitName | None = None
    least: int | None = None
    most: int | None = None
    basis: tuple[Basis, ...] = ()

    @model_validator(mode="after")
    def _lies_within(self) -> Self:
        if (self.least is not None or self.most is not None) and type(self.value) is not int:
            raise PydanticCustomError(
                "parameter", N_("least: and most: go with a whole number, this is {value}")
            )
        if not self.allows(self.value):
            raise PydanticCustomError(
                "parameter", N_("the value: lies outside of least: and most: in {value}")
            )
        return self

    @property
    def kind(self) -> FactKind:
        """The kind of fact that an expression reads it as."""
        match self.value:
            case bool():
                return "boolean"
            case int():
                return "fen" if self.unit == _FEN else "integer"
            case date():
                return "date"
        return "text"

    def allows(self, value: ParameterValue) -> bool:
        """Return whether it may be set to a value: of the same type, within least and most."""
        if type(value) is not type(self.value):
            return False
        if type(value) is not int:
            return True
        return (self.least is None or self.least <= value) and (self.most is None or value <= self.most)


def parameter_facts(parameters: Mapping[str, Parameter]) -> dict[str, Fact]:
    """Return the parameters as facts that an expression may read, by path (``param.amount``)."""
    return {f"{PARAMETER_PREFIX}{name}": _fact(name, parameter) for name, parameter in parameters.items()}


def _fact(name: str, parameter: Parameter) -> Fact:
    unit = parameter.unit if parameter.unit in _UNITS else None
    return Fact(f"{PARAMETER_PREFIX}{name}", parameter.kind, parameter.title, "parameter", unit)


_UNITS = frozenset(fact.unit for fact in FACT_CATALOGUE.values() if fact.unit)
"""Units that facts have; others are shown and not compared."""
