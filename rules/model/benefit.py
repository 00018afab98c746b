"""What is given: kind, amount, where it is redeemed."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rules.yaml.wording import Count, Document, Name, Saying, Text, Unit, Whole, Worth

N_ = str  # marks a text for the message catalogue

StationKind = Literal[
    "outdoor_station",
    "mother_room",
    "cultural_palace",
    "service_centre",
    "library",
    "startup_park",
    "sanatorium",
    "exhibition_hall",
    "innovation_studio",
    "childcare",
]
StationAccess = Literal["public", "members", "employer"]
"""The register's own words, held equal by a test: a voucher for a misspelt place could be used nowhere."""
BenefitKind = Literal["cash", "voucher", "item", "points", "place", "service"]
Rounding = Literal["down", "up", "half_up", "half_even"]
_PAID: tuple[BenefitKind, ...] = ("cash", "voucher")


class Formula(Document):
    """An amount in fen by expression: exact rational arithmetic, rounded to ``to_fen``, then held
    between floor and ceiling."""

    expression: Text
    floor_fen: Worth = 0
    ceiling_fen: Worth | None = None
    round: Rounding = "down"
    to_fen: Annotated[int | str, Whole(1, 10**9)] = 1


class Row(Document):
    """One row of a table of amounts."""

    when: Text
    amount_fen: Worth | None = None
    amount: Formula | None = None

    @model_validator(mode="after")
    def _has_one_amount(self) -> Self:
        if (self.amount_fen is None) == (self.amount is None):
            raise PydanticCustomError(
                "amount", N_("a row has one of amount_fen: and amount:, this is {value}")
            )
        return self


class Table(Document):
    """Amounts by case: the first row that holds decides; where none holds the benefit is refused.

    The rows stand here, or in a decision table of their own (GoRules JDM, ``file``).
    """

    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=200)] | None = None
    file: Annotated[str, Field(pattern=r"^([a-z0-9_-]+/)*[a-z0-9_-]+\.json$", max_length=200)] | None = None
    otherwise: Saying = Field(alias="else")
    remedy: Saying | None = None

    @model_validator(mode="after")
    def _has_rows(self) -> Self:
        if (self.rows is None) == (self.file is None):
            raise PydanticCustomError("table", N_("a table has one of rows: and file:, this is {value}"))
        return self


class RedeemAt(Document):
    """Where it can be redeemed: filters in the words of the station register; all must hold."""

    kinds: tuple[StationKind, ...] = ()
    facilities: tuple[Text, ...] = ()
    access: tuple[StationAccess, ...] = ()
    districts: tuple[Text, ...] = ()
    stations: tuple[Text, ...] = ()


class Benefit(Document):
    """One part of what is given. ``amount_fen`` is its worth in money, which counts against budget and caps."""

    name: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*|[1-9][0-9]?)$", max_length=40)] | None = None
    kind: BenefitKind
    title: Text | None = None
    amount_fen: Worth = 0
    amount: Formula | None = None
    table: Table | None = None
    quantity: Count = 1
    unit: Unit | None = None
    uses: Annotated[int | str, Whole(1, 10_000)] = 1
    redeem_at: RedeemAt | None = None
    budget: Name | None = None
    """Its own budget; without one it is paid out of the rule's."""

    @model_validator(mode="after")
    def _has_one_amount(self) -> Self:
        stated = [self.amount_fen != 0, self.amount is not None, self.table is not None]
        if sum(stated) > 1:
            raise PydanticCustomError(
                "amount", N_("only one of amount_fen:, amount: and table: can stand here: {value}")
            )
        if self.kind not in _PAID:
            return self
        if not any(stated):
            raise PydanticCustomError(
                "amount",
                N_("cash and vouchers have an amount_fen: above 0, amount: or table:, this is {value}"),
            )
        if self.table and any(row.amount_fen == 0 for row in self.table.rows or ()):
            raise PydanticCustomError(
                "amount", N_("a row of cash or vouchers has an amount_fen: above 0; leave it out to refuse")
            )
        return self

    @model_validator(mode="after")
    def _only_vouchers_are_used_often(self) -> Self:
        if self.uses != 1 and self.kind != "voucher":
            raise PydanticCustomError("uses", N_("only a voucher has uses:, this is {value}"))
        return self
