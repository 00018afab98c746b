"""Figures of rules: their sources, named parameters, and caps that no rule may exceed."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, PlainValidator, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.facts import FACT_CATALOGUE, Fact, FactKind
from rules.model.period import Span
from rules.yaml.wording import PARAMETER_PREFIX, NonEmptyText, SlugName, StrictFileModel, UnitName


class Basis(StrictFileModel):
    """Source of a figure: a document with its clause, a report, or an example of ours."""

    kind: Literal["document", "reported", "example"]
    document: NonEmptyText | None = None
    clause: NonEmptyText | None = None
    source: NonEmptyText | None = None
    note: NonEmptyText | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.kind == "document" and not (self.document and self.clause):
            raise PydanticCustomError(
                "basis", N_("a basis of kind document names document: and clause:, this is {value}")
            )
        if self.kind == "reported" and not self.source:
            raise PydanticCustomError(
                "basis", N_("a basis of kind reported names its source:, this is {value}")
            )
        return self


def format_basis_source(basis: Basis) -> str:
    """Return the document and clause of a basis, or where it was reported."""
    words = (basis.document, basis.clause, basis.source, basis.note)
    return " ".join(word for word in words if word)


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


class CapAmount(StrictFileModel):
    """Amount that a cap allows from a day on, with its source."""

    since: date = Field(alias="from")
    amount_fen: Annotated[int, Field(ge=1, le=10**12)]
    basis: Basis


class CapDefinition(StrictFileModel):
    """A cap for each grant, or for the total that a member is granted in a calendar year.

    Each amount holds until the next one begins.
    """

    cap: SlugName
    title: NonEmptyText
    per: Literal["grant", "member_and_year"]
    amounts: Annotated[tuple[CapAmount, ...], Field(min_length=1)]
    note: NonEmptyText | None = None

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        days = [amount.since for amount in self.amounts]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise PydanticCustomError("cap", N_("the amounts stand in the order of their from: dates"))
        return self

    def lowest_amount(self, span: Span) -> CapAmount | None:
        """Return the lowest amount in force during a span; None if the cap begins after its first day."""
        first = self.amount_on(span.since)
        if first is None:
            return None
        later = [a for a in self.amounts if a.since > span.since and span.holds(a.since)]
        return min([first, *later], key=lambda amount: amount.amount_fen)

    def amount_on(self, day: date) -> CapAmount | None:
        """Return the amount in force on a day; None before the first one."""
        return next((amount for amount in reversed(self.amounts) if amount.since <= day), None)
