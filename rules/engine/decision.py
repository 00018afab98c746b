"""What was decided for one member on one event, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from rules.facts import Value
from rules.model.benefit import BenefitKind


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as its rule states it."""

    that: str
    otherwise: str
    remedy: str | None
    reads: tuple[str, ...]
    least: int | None = None  # what the one fact read must reach; ``otherwise`` says {missing}


@dataclass(slots=True)  # not frozen: made for every decision, in half the time
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
class Takeback:
    """What is taken back where an event occurs up to a day."""

    on: str
    until: date
    share_percent: int
    text: str


@dataclass(frozen=True, slots=True)
class Due:
    """One part of a benefit that is due. ``amount_fen`` is its worth; the member gets ``quantity`` ``unit``.

    It must be claimed up to ``claim_by``, lasts up to ``expires_on``, and is paid out of ``budget``.
    ``redeem_at`` filters stations: the words allowed for each of kinds, facilities, access, districts, stations.
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
    takebacks: tuple[Takeback, ...] = ()


@dataclass(slots=True, unsafe_hash=True)  # not frozen: made for every decision, in half the time
class Slots:
    """A limit: ``times`` slots for this key in this period.

    With ``window_days`` there are no periods that begin anew: on any so many days in a row lie at most
    ``times`` grants.
    """

    key: str
    period: str
    times: int
    window_days: int | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """How many may be granted in this period: to all together, or within a ``group`` (``member.organisation=…``)."""

    size: int
    period: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class CapUse:
    """A cap that the grant falls under, with what it allows on this day; ``year`` where it is a yearly total."""

    cap: str
    title: str
    per: Literal["grant", "member_and_year"]
    amount_fen: int
    year: str | None


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of another rule's grants to this member.

    ``after``: there is one, granted (or ``used``) between the days. ``not_with``: between them there is none.
    """

    kind: Literal["after", "not_with"]
    rule: str
    used: bool
    first: date
    last: date
    otherwise: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class Rival:
    """Another rule of which, on one event, only the more valuable is granted."""

    rule: str
    otherwise: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a draw or a ranking needs: ``groups`` are the places of the rule's groups that the member belongs to."""

    mode: Literal["lottery", "by_rank"]
    first: date
    last: date
    weight: int = 1
    rank: int | None = None
    groups: tuple[int, ...] = ()


@dataclass(slots=True)  # not frozen: made for every decision, in half the time
class Decision:
    """What one version of one rule says. ``benefits`` is empty when refused.

    With an ``entry`` it isn't granted at once: the member takes part. ``waits`` says that, where only
    places are lacking, the member is put on the waiting list. ``others_ask`` says that other rules depend
    on this one's grants.
    """

    rule_id: str
    rule_title: str
    rule_hash: str
    member: str
    occurred_on: date
    outcome: Literal["due", "refused"]
    conditions: tuple[Checked, ...]
    benefits: tuple[Due, ...]
    limits: tuple[Slots, ...]
    quota: Quota | None
    caps: tuple[CapUse, ...]
    demands: tuple[Demand, ...] = ()
    rivals: tuple[Rival, ...] = ()
    entry: Entry | None = None
    waits: bool = False
    others_ask: bool = False

    @property
    def missing(self) -> tuple[Checked, ...]:
        """All conditions that don't hold."""
        return tuple(checked for checked in self.conditions if not checked.holds)

    @property
    def benefit(self) -> Due | None:
        """The first part; None when refused."""
        return self.benefits[0] if self.benefits else None

    @property
    def amount_fen(self) -> int:
        """The worth of all parts together."""
        if len(self.benefits) == 1:  # almost always, and asked for often
            return self.benefits[0].amount_fen
        return sum(due.amount_fen for due in self.benefits)

    @property
    def limit(self) -> Slots:
        """The first limit; a rule without one has one for each event."""
        return self.limits[0]

    @property
    def budgets(self) -> Mapping[str, int]:
        """What it takes of each budget, in fen."""
        taken: dict[str, int] = {}
        for due in self.benefits:
            if due.budget:
                taken[due.budget] = taken.get(due.budget, 0) + due.amount_fen
        return taken


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
