"""What a rule file may say: the YAML format, checked whole, and its content hash."""

import json
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from rules.facts import EVENTS

N_ = str  # marks a text for the message catalogue

Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Saying = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^{}]*$")]
"""What is said to a member; without braces, since edges fill in templates."""
Unit = Annotated[str, StringConstraints(min_length=1, max_length=32)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Code = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{9}-[0-9]{5})$")]
Duration = Annotated[
    str,
    StringConstraints(
        pattern=r"^P([0-9]{1,3}Y([0-9]{1,3}M)?([0-9]{1,3}W)?([0-9]{1,4}D)?|[0-9]{1,3}M([0-9]{1,3}W)?([0-9]{1,4}D)?"
        r"|[0-9]{1,3}W([0-9]{1,4}D)?|[0-9]{1,4}D)$"
    ),
]
Fen = Annotated[int, Field(ge=0, le=10**12)]
Every = Literal["once", "calendar_year", "quarter", "month", "programme_period", "rule_lifetime"]
BenefitKind = Literal["cash", "voucher", "item", "points", "place", "service"]


class Document(BaseModel):
    """A part of a rule file: unknown keys are refused, nothing is converted, nothing changes later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class Basis(Document):
    """Where a figure comes from: a document with its clause, a report, or an example of ours."""

    kind: Literal["document", "reported", "example"]
    document: Text | None = None
    clause: Text | None = None
    source: Text | None = None
    note: Text | None = None

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


class Span(Document):
    """Civil dates, both included; without ``until`` it goes on."""

    since: date = Field(alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.until and self.until < self.since:
            raise PydanticCustomError("span", N_("until: comes before from: in {value}"))
        return self

    def holds(self, day: date) -> bool:
        """Whether a day lies within."""
        return self.since <= day and (self.until is None or day <= self.until)

    def encloses(self, other: "Span") -> bool:
        """Whether every day of the other lies within."""
        ends_in_time = self.until is None or (other.until is not None and other.until <= self.until)
        return self.since <= other.since and ends_in_time

    def overlaps(self, other: "Span") -> bool:
        """Whether two spans share a day."""
        return (other.until is None or self.since <= other.until) and (
            self.until is None or other.since <= self.until
        )


class Requirement(Document):
    """One condition, and what to say and to do when it doesn't hold."""

    that: Text
    otherwise: Saying = Field(alias="else")
    remedy: Saying | None = None


class Row(Document):
    """One row of a table of amounts."""

    when: Text
    amount_fen: Fen


class Table(Document):
    """Amounts by case: the first row that holds decides; where none holds the benefit is refused."""

    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=200)]
    otherwise: Saying = Field(alias="else")
    remedy: Saying | None = None


class Benefit(Document):
    """What is given. ``amount_fen`` is its worth in money, which counts against budget and caps."""

    kind: BenefitKind
    title: Text | None = None
    amount_fen: Fen = 0
    table: Table | None = None
    quantity: Annotated[int, Field(ge=1, le=10**9)] = 1
    unit: Unit | None = None

    @model_validator(mode="after")
    def _has_one_amount(self) -> Self:
        if self.table and self.amount_fen:
            raise PydanticCustomError("amount", N_("either amount_fen: or table:, not both: {value}"))
        if self.kind in ("cash", "voucher") and not self.table and not self.amount_fen:
            raise PydanticCustomError(
                "amount", N_("cash and vouchers have an amount_fen: above 0, or a table:, this is {value}")
            )
        if self.kind in ("cash", "voucher") and self.table and 0 in self.amounts_fen():
            raise PydanticCustomError(
                "amount", N_("a row of cash or vouchers has an amount_fen: above 0; leave it out to refuse")
            )
        return self

    def amounts_fen(self) -> tuple[int, ...]:
        """All amounts that may be given."""
        return tuple(row.amount_fen for row in self.table.rows) if self.table else (self.amount_fen,)


class Limit(Document):
    """How often: ``times`` for each combination of ``per`` (``member`` or facts) in each period."""

    times: Annotated[int, Field(ge=1, le=10_000)]
    per: Annotated[tuple[Text, ...], Field(min_length=1, max_length=10)] = ("member",)
    every: Every

    @model_validator(mode="after")
    def _once_is_once(self) -> Self:
        if self.every == "once" and self.times != 1:
            raise PydanticCustomError("limit", N_("every: once goes with times: 1, this is {value}"))
        return self


class Allocation(Document):
    """Who gets it where there is not enough: everyone, or who comes first within a quota per period."""

    mode: Literal["everyone", "first_come"] = "everyone"
    quota: Annotated[int, Field(ge=1, le=10**9)] | None = None
    every: Every = "programme_period"

    @model_validator(mode="after")
    def _quota_goes_with_first_come(self) -> Self:
        if (self.mode == "first_come") != (self.quota is not None):
            raise PydanticCustomError(
                "quota", N_("quota: goes with mode: first_come, and only with it, this is {value}")
            )
        return self


class RuleDefinition(Document):
    """One dated version of a rule."""

    id: Name
    title: Text
    basis: Annotated[tuple[Basis, ...], Field(min_length=1)]
    owner: Code
    in_force: Span
    programme: Span | None = None
    on: Text
    among: Text | None = None
    require: tuple[Requirement, ...] = ()
    benefit: Benefit
    limit: Limit | None = None
    allocate: Allocation = Allocation()
    budget: Name | None = None
    expires: Duration | None = None
    caps: tuple[Name, ...] = ()

    @property
    def programme_span(self) -> Span:
        """The span that ``programme_period`` means: all versions of one programme share it."""
        return self.programme or self.in_force


class CapAmount(Document):
    """What a cap allows within a span, and where that was read."""

    since: date = Field(alias="from")
    amount_fen: Annotated[int, Field(ge=1, le=10**12)]
    basis: Basis


class CapDefinition(Document):
    """A ceiling: for each grant, or for all that a member is granted in a calendar year.

    Each amount holds until the next one begins.
    """

    cap: Name
    title: Text
    per: Literal["grant", "member_and_year"]
    amounts: Annotated[tuple[CapAmount, ...], Field(min_length=1)]
    note: Text | None = None

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        days = [amount.since for amount in self.amounts]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise PydanticCustomError("cap", N_("the amounts stand in the order of their from: dates"))
        return self

    def at(self, day: date) -> CapAmount | None:
        """What is allowed on a day; None before the first amount."""
        return next((amount for amount in reversed(self.amounts) if amount.since <= day), None)


def content_hash(definition: Document) -> str:
    """SHA-256 of the canonical form.

    What has its default is left out, so that a key added to the format later changes no hash of today.
    """
    content = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def json_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of a rule file, so that editors complete and check it."""
    schema = RuleDefinition.model_json_schema(by_alias=True)
    schema["properties"]["on"]["enum"] = list(EVENTS)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
