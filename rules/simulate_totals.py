"""What one side of a simulation comes to: cost, refusals, and when money or places ran out."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from rules.decision import Decision
from rules.facts import Value
from rules.simulate_books import Books, Outcome, quota_key

_NOWHERE = ""


@dataclass(slots=True)
class Cost:
    """Grants and their worth."""

    count: int = 0
    amount_fen: int = 0

    def add(self, amount_fen: int) -> None:
        """One grant more."""
        self.count += 1
        self.amount_fen += amount_fen


@dataclass(slots=True)
class Refused:
    """How often a rule refused for one reason, with one member who can be asked about."""

    count: int
    example: str
    params: Mapping[str, str]


@dataclass(slots=True)
class Fund:
    """A budget (in fen) or the places of a period (a count) as it was used up.

    ``runs_out_on`` is the day of the first event that found too little left; ``refused`` counts these.
    """

    size: int | None
    before: int
    used: int
    by_day: defaultdict[date, int] = field(default_factory=lambda: defaultdict(int))
    runs_out_on: date | None = None
    refused: int = 0

    @property
    def left(self) -> int | None:
        """What is left; None where nothing is set."""
        return None if self.size is None else self.size - self.used


@dataclass(slots=True)
class Headroom:
    """How near a cap grants came: the highest total of one member (or one grant), on what it allows."""

    title: str
    allowed_fen: int
    highest_fen: int = 0
    member: str = ""
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of the cost: a civil month, the member's organisation (or district), a rule."""

    month: str
    organisation: str
    rule: str


@dataclass(slots=True)
class Totals:
    """Counts over all events of one side."""

    cost: Cost = field(default_factory=Cost)
    refusals: int = 0
    titles: dict[str, str] = field(default_factory=dict)
    by_place: defaultdict[Place, Cost] = field(default_factory=lambda: defaultdict(Cost))
    by_rule: defaultdict[str, Cost] = field(default_factory=lambda: defaultdict(Cost))
    by_member: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    refused_by_rule: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    refused: dict[tuple[str, str, str], Refused] = field(default_factory=dict)  # rule, code, text
    funds: dict[str, Fund] = field(default_factory=dict)  # by the ledger's key of the counter
    caps: dict[str, Headroom] = field(default_factory=dict)

    def add(self, facts: Mapping[str, Value], decision: Decision, outcome: Outcome, books: Books) -> None:
        """Count one ruling."""
        self.titles[decision.rule_id] = decision.rule_title
        if outcome.granted:
            self._grant(facts, decision, books)
        else:
            self._refuse(decision, outcome, books)

    def _grant(self, facts: Mapping[str, Value], decision: Decision, books: Books) -> None:
        amount_fen = decision.benefit.amount_fen if decision.benefit else 0
        code = facts.get("member.organisation") or facts.get("member.district") or _NOWHERE
        month = f"{decision.occurred_on.year:04}-{decision.occurred_on.month:02}"
        self.cost.add(amount_fen)
        self.by_place[Place(month, str(code), decision.rule_id)].add(amount_fen)
        self.by_rule[decision.rule_id].add(amount_fen)
        self.by_member[decision.member] += amount_fen
        for key, fund, amount in self._funds(decision, books, amount_fen):
            fund.used = books.used[key]
            fund.by_day[decision.occurred_on] += amount
        for cap in decision.caps:
            yearly = books.used[f"cap/{cap.cap}/{cap.year}/{decision.member}"] if cap.year else amount_fen
            room = self._room(cap.cap, cap.title, cap.amount_fen)
            if not room.member or room.allowed_fen - room.highest_fen > cap.amount_fen - yearly:
                room.highest_fen, room.allowed_fen, room.member = yearly, cap.amount_fen, decision.member

    def _refuse(self, decision: Decision, outcome: Outcome, books: Books) -> None:
        self.refusals += 1
        self.refused_by_rule[decision.rule_id] += 1
        for checked in outcome.missing:
            self._count(decision, "unknown" if checked.unknown else "condition", checked.else_text, {})
        if outcome.admission is None:
            return
        for refusal in outcome.admission.refusals:
            self._count(decision, refusal.code, refusal.message, refusal.params)
            if refusal.code in _FUNDS:
                for key, fund, _ in self._funds(decision, books, 0):
                    if key.startswith(_FUNDS[refusal.code]):
                        fund.refused += 1
                        fund.runs_out_on = fund.runs_out_on or decision.occurred_on
        if any(refusal.code == "cap-exceeded" for refusal in outcome.admission.refusals):
            for cap in decision.caps:
                self._room(cap.cap, cap.title, cap.amount_fen).refused += 1

    def _count(self, decision: Decision, code: str, text: str, params: Mapping[str, str]) -> None:
        key = (decision.rule_id, code, text)
        found = self.refused.get(key)
        if found is None:
            self.refused[key] = Refused(1, decision.member, params)
        else:
            found.count += 1

    def _funds(self, decision: Decision, books: Books, amount_fen: int) -> list[tuple[str, Fund, int]]:
        found = []
        quota = quota_key(decision)
        if quota and decision.quota:
            found.append((quota, self._fund(quota, decision.quota.size, books, 1), 1))
        if decision.budget:
            key = f"budget/{decision.budget}"
            found.append((key, self._fund(key, books.ceilings.get(key), books, amount_fen), amount_fen))
        return found

    def _fund(self, key: str, size: int | None, books: Books, taken: int) -> Fund:
        fund = self.funds.get(key)
        if fund is None:
            used = books.used[key]
            fund = self.funds[key] = Fund(size, used - taken, used)
        return fund

    def _room(self, cap: str, title: str, allowed_fen: int) -> Headroom:
        return self.caps.setdefault(cap, Headroom(title, allowed_fen))


_FUNDS = {"quota-exhausted": "quota/", "budget-exhausted": "budget/"}
