"""Benefit of a rule: kind, amount, and where it can be redeemed."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.text_marks import N_
from rules.yaml.wording import (
    CountFigure,
    DistrictCode,
    FenFigure,
    MemberMessage,
    NonEmptyText,
    SlugName,
    StrictFileModel,
    UnitName,
    WholeOrParameter,
)

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
StationFacility = Literal[
    "toilet",
    "water",
    "hot_water",
    "charging",
    "microwave",
    "aircon",
    "seats",
    "nap",
    "ebike_charging",
    "ebike_parking",
    "battery_swap",
    "parking",
    "wifi",
    "medicine",
    "rain_gear",
    "sewing",
    "shower",
    "books",
    "mother_comfort",
    "mother_standard",
    "fridge",
    "sink",
    "changing_table",
    "lock",
    "gym",
    "pool",
    "chess",
    "reading",
    "hall",
    "courses",
]
"""The register's own words, held equal by a test: a voucher for a misspelt place could be used nowhere."""
BenefitKind = Literal["cash", "voucher", "item", "points", "place", "service"]
Rounding = Literal["down", "up", "half_up", "half_even"]
_MONEY_UNITS = frozenset({"fen", "元", "yuan"})
_PAID: tuple[BenefitKind, ...] = ("cash", "voucher")


class Formula(StrictFileModel):
    """An amount in fen by expression.

    Exact rational arithmetic, rounded to ``to_fen``, then held between floor and ceiling.
    """

    expression: NonEmptyText
    floor_fen: FenFigure = 0
    ceiling_fen: FenFigure | None = None
    round: Rounding = "down"
    to_fen: Annotated[int | str, WholeOrParameter(1, 10**9)] = 1


class Row(StrictFileModel):
    """One row of a table of amounts."""

    when: NonEmptyText
    amount_fen: FenFigure | None = None
    amount: Formula | None = None

    @model_validator(mode="after")
    def _has_one_amount(self) -> Self:
        if (self.amount_fen is None) == (self.amount is None):
            raise PydanticCustomError(
                "amount", N_("a row has one of amount_fen: and amount:, this is {value}")
            )
        return self


class Table(StrictFileModel):
    """Amounts by case: the first row whose condition holds decides; if none holds, the benefit is refused.

    The rows stand here, or in a decision table of their own (GoRules JDM, ``file``).
    """

    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=200)] | None = None
    file: Annotated[str, Field(pattern=r"^([a-z0-9_-]+/)*[a-z0-9_-]+\.json$", max_length=200)] | None = None
    otherwise: MemberMessage = Field(alias="else")
    remedy: MemberMessage | None = None

    @model_validator(mode="after")
    def _has_rows(self) -> Self:
        if (self.rows is None) == (self.file is None):
            raise PydanticCustomError("table", N_("a table has one of rows: and file:, this is {value}"))
        return self


TOP_UP_PART = "top_up_"
"""How the names of the parts begin that lower levels add; the rest is the level's code."""


class RedeemAt(StrictFileModel):
    """Where the voucher can be redeemed: filters with values of the station register; all must hold."""

    kinds: tuple[StationKind, ...] = ()
    facilities: tuple[StationFacility, ...] = ()
    access: tuple[StationAccess, ...] = ()
    districts: tuple[DistrictCode, ...] = ()
    stations: tuple[NonEmptyText, ...] = ()


class Benefit(StrictFileModel):
    """One part of the benefit. ``amount_fen`` is its worth in money, which counts against budget and caps."""

    name: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*|[1-9][0-9]?)$", max_length=40)] | None = None
    kind: BenefitKind
    title: NonEmptyText | None = None
    amount_fen: FenFigure = 0
    amount: Formula | None = None
    table: Table | None = None
    quantity: CountFigure = 1
    unit: UnitName | None = None
    uses: Annotated[int | str, WholeOrParameter(1, 10_000)] = 1
    redeem_at: RedeemAt | None = None
    budget: SlugName | None = None
    """Its own budget; without one it is paid out of the rule's."""
    partial: bool = False
    """Whether what is left of the budget is granted where the whole amount isn't left."""

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
    def _goes_with_its_kind(self) -> Self:
        """Refuse fields that don't fit the kind; the ledger can't count money and other things together."""
        if self.partial and (self.kind not in _PAID or self.uses != 1):
            raise PydanticCustomError(
                "partial", N_("only cash, or a voucher that is used once, can be partial:, this is {value}")
            )
        if self.unit is not None and self.unit.strip().casefold() in _MONEY_UNITS:
            raise PydanticCustomError(
                "unit", N_("money is stated by amount_fen:, a unit: counts other things, this is {value}")
            )
        if self.kind == "points" and (self.amount_fen != 0 or self.amount or self.table):
            raise PydanticCustomError(
                "points", N_("points are counted by quantity: and have no worth in money, this is {value}")
            )
        if self.uses != 1 and self.kind != "voucher":
            raise PydanticCustomError("uses", N_("only a voucher has uses:, this is {value}"))
        return self
