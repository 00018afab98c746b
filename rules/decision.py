"""What was decided for one member on one event, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rules.benefit import BenefitKind
from rules.facts import Value


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as its rule states it."""

    that: str
    otherwise: str
    remedy: str | None
    reads: tuple[str, ...]
    least: int | None = None  # what the one fact read must reach; ``otherwise`` says {missing}


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition that was looked at: the values read, and which of them weren't known.

    Where it doesn't hold and ``unknown`` is true, it isn't false: it couldn't be told. ``values`` are
    all that the rule read, shared by its conditions.
    """

    condition: Condition
    holds: bool
    unknown: bool
    values: Mapping[str, Value]

    @property
    def values_read(self) -> tuple[tuple[str, Value], ...]:
        """What this condition read."""
        return tuple((path, self.values[path]) for path in self.condition.reads)

    @property
    def that(self) -> str:
        """The condition."""
        return self.condition.that

    @property
    def else_text(self) -> str:
        """What the rule says when it doesn't hold."""
        condition = self.condition
        if condition.least is None:
            return condition.otherwise
        reached = self.values[condition.reads[0]]
        missing = condition.least - (reached if type(reached) is int else 0)
        return condition.otherwise.format(missing=missing)

    @property
    def remedy(self) -> str | None:
        """What the member can do."""
        return self.condition.remedy

    @property
    def not_known(self) -> tuple[str, ...]:
        """The paths that weren't known."""
        return tuple(path for path in self.condition.reads if self.values[path] is None)


@dataclass(frozen=True, slots=True)
class Due:
    """A benefit that is due. ``amount_fen`` is its worth; the member gets ``quantity`` ``unit``."""

    kind: BenefitKind
    title: str
    amount_fen: int
    quantity: int
    unit: str | None
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Slots:
    """The limit: ``times`` slots for this key in this period."""

    key: str
    period: str
    times: int


@dataclass(frozen=True, slots=True)
class Quota:
    """How many may be granted to all together in this period."""

    size: int
    period: str


@dataclass(frozen=True, slots=True)
class CapUse:
    """A cap that the grant falls under, with what it allows on this day; ``year`` where it is a yearly total."""

    cap: str
    title: str
    per: Literal["grant", "member_and_year"]
    amount_fen: int
    year: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What one version of one rule says. ``benefit`` is None when refused."""

    rule_id: str
    rule_title: str
    rule_hash: str
    member: str
    occurred_on: date
    outcome: Literal["due", "refused"]
    conditions: tuple[Checked, ...]
    benefit: Due | None
    limit: Slots
    quota: Quota | None
    budget: str | None
    caps: tuple[CapUse, ...]

    @property
    def missing(self) -> tuple[Checked, ...]:
        """All conditions that don't hold."""
        return tuple(checked for checked in self.conditions if not checked.holds)


def values_as_data(
    values: tuple[tuple[str, Value], ...],
) -> Mapping[str, str | int | bool | list[str] | None]:
    """Values read in a form that JSON can hold."""
    return {
        path: value.isoformat()
        if isinstance(value, date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for path, value in values
    }
