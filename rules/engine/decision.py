"""Decision on one rule for one member and event, with its reasons."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from rules.facts import FactValue
from rules.model.benefit import BenefitKind, Rounding

FIRST_DAY = "value.first_day"  # the day from which it is granted, among the values of a condition on days
AMOUNT_PREFIX = "amount."  # of what a formula came to, among the values that its condition read


@dataclass(frozen=True, slots=True)
class AmountTerms:
    """How a condition gives an amount: by a row of a table, counted from 1, or by a formula.

    A row has a ``fixed_fen`` or is followed by its formula; ``file`` is that of a table in a file of its own. What
    a formula came to, exactly and after rounding and bounds, are values of the condition: ``amount.exact/PART``, a
    fraction as text, and ``amount.fen/PART``.
    """

    row: int | None = None
    file: str | None = None
    fixed_fen: int | None = None
    floor_fen: int = 0
    ceiling_fen: int | None = None
    rounding: Rounding = "down"
    to_fen: int = 1


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as its rule states it."""

    that: str
    otherwise: str
    remedy: str | None
    reads: tuple[str, ...]
    least: int | None = None  # minimum of the one fact read; ``otherwise`` contains {missing}
    amount: AmountTerms | None = None


@dataclass(slots=True)  # not frozen: building one for every decision takes half the time
class ConditionResult:
    """The result of a condition: the values read, and which of them were unknown.

    If it doesn't hold and ``unknown`` is true, it is not false but undecided. ``values`` are all values that
    the rule read, shared by its conditions.
    """

    condition: Condition
    holds: bool
    unknown: bool
    values: Mapping[str, FactValue]

    @property
    def else_text(self) -> str:
        """The rule's reason for the case that the condition doesn't hold."""
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
    def remedy_params(self) -> dict[str, str]:
        """What the remedy's {first} stands for, where the condition is on days."""
        return {"first": f"{self.values[FIRST_DAY]}"} if FIRST_DAY in self.condition.reads else {}

    @property
    def not_known(self) -> tuple[str, ...]:
        """The paths whose values were unknown."""
        return tuple(path for path in self.condition.reads if self.values[path] is None)


@dataclass(frozen=True, slots=True)
class ClawbackTerm:
    """The share to reverse if an event occurs up to a day."""

    on: str
    until: date
    share_percent: int
    text: str


@dataclass(frozen=True, slots=True)
class DueBenefit:
    """One part of a benefit that is due. ``amount_fen`` is its worth; the member gets ``quantity`` ``unit``.

    It must be claimed up to ``claim_by``, lasts up to ``expires_on``, and is paid out of ``budget``.
    ``redeem_at`` filters stations: values allowed for each of kinds, facilities, access, districts, stations.
    A part that ``stands_alone`` (a lower level's top-up) is granted or left out by its own budget. Of a
    ``partial`` one what is left of its budget is granted.
    """

    kind: BenefitKind
    title: str
    amount_fen: int
    quantity: int
    unit: str | None
    expires_on: date | None
    name: str = "1"
    budget: str | None = None
    uses: int = 1
    claim_by: date | None = None
    redeem_at: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    takebacks: tuple[ClawbackTerm, ...] = ()
    stands_alone: bool = False
    partial: bool = False


@dataclass(slots=True, unsafe_hash=True)  # not frozen: made for every decision, in half the time
class LimitSlots:
    """A limit: ``times`` slots for this key in this period.

    With ``window_days`` the period is rolling: any so many consecutive days contain at most ``times`` grants.
    ``until`` is the programme's last day. ``shared`` is the owner and the name of a limit that several rules share.
    """

    key: str
    period: str
    times: int
    window_days: int | None = None
    until: date | None = None
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many may be granted in this period: in total, or within a ``group`` (``member.organisation=…``)."""

    size: int
    period: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class ApplicableCap:
    """A cap that applies to the grant, with the amount allowed on this day; ``year`` if it is a yearly total."""

    cap: str
    title: str
    per: Literal["grant", "member_and_year"]
    amount_fen: int
    year: str | None


@dataclass(frozen=True, slots=True)
class GrantDependency:
    """A requirement on another rule's grants to this member.

    ``after``: there is one, granted (or ``used``) between the days. ``not_with``: there is none between them,
    which is so of a better one that was granted when a decision is made anew.
    """

    kind: Literal["after", "not_with"]
    rule: str
    used: bool
    first: date
    last: date
    otherwise: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class RivalRule:
    """Another rule; of both, only the more valuable benefit is granted on one event."""

    rule: str
    otherwise: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class EntryTerms:
    """Input of a draw or a ranking: ``groups`` are the indexes of the rule's groups that the member belongs
    to.
    """

    mode: Literal["lottery", "by_rank"]
    first: date
    last: date
    weight: int = 1
    rank: int | None = None
    groups: tuple[int, ...] = ()


@dataclass(slots=True)  # not frozen: made for every decision, in half the time
class Decision:
    """The decision of one version of one rule. ``benefits`` is empty if refused.

    With an ``entry`` nothing is granted yet: the member takes part. ``waits`` says that the member is put on
    the waiting list if only places are lacking. ``others_ask`` says that other rules depend on this one's
    grants. ``quotas_above`` are the quotas of the levels above ``quota``'s: a grant takes a place of each.
    ``submitted_on`` is the day of the application's first submission, in time for entries if they ran then;
    ``happened_on`` is the day of what it is for, if the event states an earlier one.
    """

    rule_id: str
    rule_title: str
    rule_hash: str
    member: str
    occurred_on: date
    outcome: Literal["due", "refused"]
    conditions: tuple[ConditionResult, ...]
    benefits: tuple[DueBenefit, ...]
    limits: tuple[LimitSlots, ...]
    quota: Quota | None
    caps: tuple[ApplicableCap, ...]
    demands: tuple[GrantDependency, ...] = ()
    rivals: tuple[RivalRule, ...] = ()
    entry: EntryTerms | None = None
    waits: bool = False
    others_ask: bool = False
    quotas_above: tuple[Quota, ...] = ()
    submitted_on: date | None = None
    happened_on: date | None = None

    @property
    def counted_on(self) -> date:
        """The day by which its limits count."""
        return self.happened_on or self.occurred_on

    @property
    def quotas(self) -> tuple[Quota, ...]:
        """Every quota that the grant counts against, the narrowest first."""
        return (self.quota, *self.quotas_above) if self.quota else ()

    @property
    def missing(self) -> tuple[ConditionResult, ...]:
        """All conditions that don't hold."""
        return tuple(checked for checked in self.conditions if not checked.holds)

    @property
    def benefit(self) -> DueBenefit | None:
        """The first part; None if refused."""
        return self.benefits[0] if self.benefits else None

    @property
    def amount_fen(self) -> int:
        """The worth of all parts together."""
        if len(self.benefits) == 1:  # the usual case, and read often
            return self.benefits[0].amount_fen
        return sum(due.amount_fen for due in self.benefits)

    @property
    def limit(self) -> LimitSlots:
        """The first limit; a rule without one has one for each event."""
        return self.limits[0]

    def without_parts(self, names: Collection[str]) -> "Decision":
        """Return the decision without some parts of its benefit."""
        if not names:
            return self
        return replace(self, benefits=tuple(due for due in self.benefits if due.name not in names))

    def with_amounts(self, amounts_fen: Mapping[str, int]) -> "Decision":
        """Return the decision with other amounts for some parts of its benefit."""
        if not amounts_fen:
            return self
        parts = (replace(d, amount_fen=amounts_fen.get(d.name, d.amount_fen)) for d in self.benefits)
        return replace(self, benefits=tuple(parts))

    @property
    def budgets(self) -> Mapping[str, int]:
        """The amount taken from each budget, in fen."""
        if len(self.benefits) == 1:  # the usual case, and read often
            due = self.benefits[0]
            return {due.budget: due.amount_fen} if due.budget else {}
        return budget_amounts(self.benefits)


def budget_amounts(benefits: Iterable[DueBenefit]) -> dict[str, int]:
    """Return the amount that these parts take from each budget, in fen."""
    taken: dict[str, int] = {}
    for due in benefits:
        if due.budget:
            taken[due.budget] = taken.get(due.budget, 0) + due.amount_fen
    return taken


def fact_values_json(
    values: tuple[tuple[str, FactValue], ...],
) -> Mapping[str, str | int | bool | list[str] | None]:
    """Return the values read, in a form that JSON can hold."""
    return {
        path: value.isoformat()
        if isinstance(value, date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for path, value in values
    }


def format_key_part(path: str, value: FactValue) -> str:
    """Format one part of a key."""
    return f"{path}={_escaped(value)}"


def _escaped(value: FactValue) -> str:
    text = value if type(value) is str else "、".join(value) if isinstance(value, tuple) else str(value)
    return text if text.isalnum() else text.replace("%", "%25").replace("&", "%26").replace("=", "%3D")
