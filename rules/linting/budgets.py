"""Check that each quota can be paid out of its budget, and fits into the quota of the level above."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.text_marks import N_
from rules.faults import rule_fault_table
from rules.linting.amounts import list_part_amounts
from rules.linting.subject import LintSubject
from rules.model.period import Span
from rules.territory import territory_covers, territory_prefix
from rules.yaml.wording import PARAMETER_PREFIX

_REFUSED_LAST = N_("The last members would be refused although places are left.")
_EVERY_LEVEL = N_(
    "A grant takes a place at every level above, so that the places promised below can't all be given."
)
_FAULTS = rule_fault_table(
    {
        "over-budget": (
            N_("{places} places at up to {each} fen are {total} fen, the budget {budget} has {allowed} fen"),
            N_("lower the quota to {fits}, or raise the budget"),
            _REFUSED_LAST,
        ),
        "over-budget.shared": (
            N_(
                "the quotas of {others} and of this rule may take {total} fen, the budget {budget} has {allowed} fen"
            ),
            N_("lower a quota, or raise the budget"),
            _REFUSED_LAST,
        ),
        "partial-without-budget": (
            N_("partial: has no effect, since no budget: pays this part"),
            N_("name the budget: of the part or of the rule, or leave partial: out"),
        ),
        "quota-above-its-level": (
            N_("{owner} has {size} places, more than the {allowed} of {above}, in which it lies"),
            N_("lower it to at most {allowed}, or raise the quota of {above}"),
            _EVERY_LEVEL,
        ),
        "quotas-above-their-level": (
            N_("{owners} have {size} places together, more than the {allowed} of {above}, in which they lie"),
            N_("lower them to at most {allowed} together, or raise the quota of {above}"),
            _EVERY_LEVEL,
        ),
        "share-above-whole": (
            N_("{places} places of {of} participants are more than all"),
            N_("write places: of at most of:, and bound its parameter with most:"),
        ),
        "share-of-all": (
            N_("a lower level may set {value}, but all levels share the places"),
            N_("leave it out of lower_levels: may_set:"),
            N_("The share is one of all whom the rule considers, whatever their organisation."),
        ),
    }
)
_MONTHS: Mapping[str, int] = {"calendar_year": 12, "quarter": 3, "month": 1}


@dataclass(frozen=True, slots=True)
class BudgetDemand:
    """The most that one rule may take out of a budget: the number of places times the amount of each."""

    subject: LintSubject
    places: int
    each_fen: int

    @property
    def total_fen(self) -> int:
        """Return the amount of all places together, in fen."""
        return self.places * self.each_fen


def check_partial_parts(subject: LintSubject) -> None:
    """Report a partial part that no budget pays: nothing of it can run out."""
    for number, part in enumerate(subject.rule.parts):
        if part.benefit.partial and part.budget is None:
            subject.document.add_fault(
                ("benefit", number, "partial"), _FAULTS.build("partial-without-budget")
            )


def check_budgets(subjects: Sequence[LintSubject], budgets: Mapping[str, int]) -> None:
    """Compare quota times amount with each known budget, for each rule and for all rules that share it."""
    claims: dict[str, dict[str, BudgetDemand]] = defaultdict(dict)
    for subject in subjects:
        for budget, claim in _claims(subject).items():
            if budget in budgets and claim.total_fen > budgets[budget]:
                _over(claim, budget, budgets[budget])
            rule = subject.definition.id
            before = claims[budget].get(rule)
            if before is None or before.total_fen < claim.total_fen:
                claims[budget][rule] = claim  # versions share their programme's quota
    for budget, found in claims.items():
        if budget in budgets:
            _shared([*found.values()], budget, budgets[budget])


def _claims(subject: LintSubject) -> Mapping[str, BudgetDemand]:
    definition = subject.definition
    allocate = definition.allocate
    if allocate.quota is None and allocate.quotas is None:
        return {}
    sizes = list(allocate.outermost_quotas.values()) or [allocate.quota or 0]
    places = sum(definition.resolve_figure(size) for size in sizes) * _periods(subject)
    each: dict[str, int] = defaultdict(int)
    for part in list_part_amounts(subject):
        if part.budget and part.most_fen is not None:
            each[part.budget] += part.most_fen
    return {budget: BudgetDemand(subject, places, amount) for budget, amount in each.items()}


def _periods(subject: LintSubject) -> int:
    """Return how many periods of the quota begin while the rule is in force; 1 if it has no end."""
    definition = subject.definition
    every, span = definition.resolve_period(definition.allocate.every), definition.in_force
    if isinstance(every, Span) or every not in _MONTHS or span.until is None:
        return 1
    size = _MONTHS[every]
    return _month(span.until) // size - _month(span.since) // size + 1


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _over(claim: BudgetDemand, budget: str, allowed_fen: int) -> None:
    fault = _FAULTS.build(
        "over-budget",
        places=claim.places,
        each=claim.each_fen,
        total=claim.total_fen,
        budget=budget,
        allowed=allowed_fen,
        fits=allowed_fen // claim.each_fen if claim.each_fen else claim.places,
    )
    claim.subject.document.add_fault(("allocate",), fault)


def _shared(claims: Sequence[BudgetDemand], budget: str, allowed_fen: int) -> None:
    total = sum(claim.total_fen for claim in claims)
    if len(claims) < 2 or total <= allowed_fen or any(c.total_fen > allowed_fen for c in claims):
        return
    claim = max(claims, key=lambda one: one.subject.document.file)
    others = ", ".join(sorted(c.subject.definition.id for c in claims if c is not claim))
    fault = _FAULTS.build(
        "over-budget.shared", others=others, total=total, budget=budget, allowed=allowed_fen
    )
    claim.subject.document.add_fault(("allocate",), fault)


def check_share(subject: LintSubject) -> None:
    """Report a share of more than all, and one that a lower level could set: all levels share its places."""
    definition, stated = subject.definition, subject.definition.allocate.share
    if stated is None:
        return
    most = {}
    for key, figure in (("places", stated.places), ("of", stated.of)):
        parameter = definition.parameters.get(str(figure).removeprefix(PARAMETER_PREFIX))
        most[key] = definition.resolve_figure(figure)
        if parameter is not None and key == "places":
            most[key] = max(most[key], parameter.most or 0)
        below = definition.lower_levels
        if parameter is not None and below and str(figure).removeprefix(PARAMETER_PREFIX) in below.may_set:
            fault = _FAULTS.build("share-of-all", value=figure)
            subject.document.add_fault(("allocate", "share", key), fault)
    every, below = str(definition.allocate.every), definition.lower_levels
    if below and every.removeprefix(PARAMETER_PREFIX) in below.may_set:
        subject.document.add_fault(("allocate", "every"), _FAULTS.build("share-of-all", value=every))
    if most["places"] > most["of"]:
        fault = _FAULTS.build("share-above-whole", places=most["places"], of=most["of"])
        subject.document.add_fault(("allocate", "share"), fault)


def check_nested_quotas(subject: LintSubject) -> None:
    """Compare each quota, and all quotas directly below another one, with the quota that contains them."""
    sizes = subject.rule.allocation.sizes
    below: dict[str, list[str]] = {}
    for owner in sizes:
        around = [other for other in sizes if other != owner and territory_covers(other, owner)]
        if around:
            below.setdefault(max(around, key=lambda code: len(territory_prefix(code))), []).append(owner)
    for above, owners in below.items():
        allowed, total = sizes[above], sum(sizes[owner] for owner in owners)
        single = [owner for owner in owners if sizes[owner] > allowed]
        for owner in single:
            fault = _FAULTS.build(
                "quota-above-its-level", owner=owner, size=sizes[owner], allowed=allowed, above=above
            )
            subject.document.add_fault(("allocate", "quotas", owner), fault)
        if total > allowed and not single:
            fault = _FAULTS.build(
                "quotas-above-their-level",
                owners=", ".join(sorted(owners)),
                size=total,
                allowed=allowed,
                above=above,
            )
            subject.document.add_fault(("allocate", "quotas", above), fault)
