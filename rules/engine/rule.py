"""One version of a rule, compiled for evaluation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from rules.engine.decision import AmountTerms, Condition
from rules.expressions.expression import CompiledConditions, Expression
from rules.facts import facts_for_event
from rules.model.allocation import ShareRounding
from rules.model.amounts import FormulaAmount
from rules.model.benefit import Benefit, Formula, Row
from rules.model.definition import RuleDefinition, canonical_text
from rules.model.figures import parameter_facts
from rules.model.period import Span

PER_MEMBER = "member"
BenefitAmount = int | FormulaAmount


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a decision table in a file of its own."""

    when: str
    amount: str | int  # an expression, or fen


@dataclass(frozen=True, slots=True)
class RuleExpressions:
    """The valid expressions of a rule by their text, and the rows of its tables by file."""

    conditions: Mapping[str, Expression] = field(default_factory=dict)
    numbers: Mapping[str, Expression] = field(default_factory=dict)
    tables: Mapping[str, tuple[TableRow, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BenefitPart:
    """One part of the benefit; ``rows`` and their ``amounts`` if a table decides.

    ``matches`` are the rows as a decision explains them: with all values that the table reads, and the amount.
    """

    name: str
    benefit: Benefit
    quantity: int
    uses: int
    budget: str | None
    redeem_at: Mapping[str, tuple[str, ...]]
    amount: BenefitAmount
    rows: tuple[Condition, ...] = ()
    amounts: tuple[BenefitAmount, ...] = ()
    table: Condition | None = None
    matches: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedLimit:
    """A limit whose parameters are filled in; ``shared`` is its name if several rules share it."""

    times: int
    per: tuple[str, ...]
    every: str | Span
    shared: str | None = None
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class QuotaShare:
    """A quota of ``places`` of every ``of`` participants."""

    places: int
    of: int
    rounding: ShareRounding = "down"

    def seats(self, participants: int) -> int:
        """Return the places for so many participants, computed exactly."""
        shared = participants * self.places
        return -(-shared // self.of) if self.rounding == "up" else shared // self.of


@dataclass(frozen=True, slots=True)
class ResolvedAllocation:
    """The allocation of scarce places, with its parameters filled in."""

    size: int | None
    sizes: Mapping[str, int]
    per: tuple[str, ...]
    every: str | Span
    rank: Expression | None
    weight: Expression | None
    groups: tuple[Condition, ...]
    share: QuotaShare | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A definition with its hash and its compiled conditions.

    The compiled list holds, in this order: the condition that selects members, if there is one; the
    conditions of the process and of the rule itself; the rows of each part's table; the lottery groups; for whom
    each limit is.
    """

    definition: RuleDefinition
    hash: str
    compiled: CompiledConditions
    required: tuple[Condition, ...]
    parts: tuple[BenefitPart, ...]
    limits: tuple[ResolvedLimit, ...]
    allocation: ResolvedAllocation
    file: str
    expressions: RuleExpressions
    is_merged: bool = False
    """Whether a lower level made it of a higher one's (see ``rules/overrides/merging.py``)."""
    adapted_owner: str = ""
    """The owner of the rule that a merged one adapts: its shared limits are that owner's."""

    @property
    def id(self) -> str:
        """The id that all versions share."""
        return self.definition.id

    @property
    def first_required_index(self) -> int:
        """Index of the first required condition in the compiled list."""
        return 1 if self.definition.audience_condition else 0

    @property
    def hashed_content(self) -> tuple[str, str]:
        """The texts that the hash covers (see ``compute_rule_hash``): the canonical form, and that of its
        tables.
        """
        return canonical_text(self.definition), _tables_text(self.expressions)

    @property
    def budgets(self) -> tuple[str | None, ...]:
        """The budgets of the parts that are worth money, each once; None stands for parts that no budget pays."""
        return tuple(dict.fromkeys(part.budget for part in self.parts if part.rows or part.amount))

    def during(self, span: Span) -> "Rule":
        """Return the same version, with the same hash and programme period, on fewer days."""
        fewer = {"in_force": span, "programme": self.definition.programme_span}
        return replace(self, definition=self.definition.model_copy(update=fewer))


def compile_rule(definition: RuleDefinition, expressions: RuleExpressions, file: str) -> Rule:
    """Compile a definition whose expressions are all valid."""
    conditions = expressions.conditions
    required = (
        *(
            Condition(d.that, d.otherwise, d.remedy, conditions[d.that].reads, d.least)
            for d in definition.preconditions
        ),
        *(Condition(r.that, r.otherwise, r.remedy, conditions[r.that].reads) for r in definition.require),
    )
    parts = tuple(_part(definition, index, expressions) for index in range(len(definition.benefits)))
    allocation = _allocation(definition, expressions)
    among = [definition.audience_condition] if definition.audience_condition else []
    rows = [row.that for part in parts for row in part.rows]
    limits = tuple(
        ResolvedLimit(
            definition.resolve_figure(limit.times),
            limit.per,
            definition.resolve_period(limit.every),
            limit.shared,
            Condition(limit.where, "", None, conditions[limit.where].reads) if limit.where else None,
        )
        for limit in definition.limits
    )
    texts = [
        *among,
        *(c.that for c in required),
        *rows,
        *(c.that for c in allocation.groups),
        *(limit.where.that for limit in limits if limit.where),
    ]
    compiled = CompiledConditions(
        [conditions[text] for text in texts],
        {**facts_for_event(definition.on), **parameter_facts(definition.parameters)},
        [*_also_read(limits, parts, allocation)],
        definition.parameter_values,
    )
    own_hash = compute_rule_hash(canonical_text(definition), _tables_text(expressions))
    return Rule(definition, own_hash, compiled, required, parts, limits, allocation, file, expressions)


def compute_rule_hash(text: str, tables: str) -> str:
    """Compute the hash of a version from its canonical form, and that of its tables if it names any."""
    own = sha256(text.encode()).hexdigest()
    return sha256(f"{own}{tables}".encode()).hexdigest() if tables else own


def _tables_text(expressions: RuleExpressions) -> str:
    return repr(sorted(expressions.tables.items())) if expressions.tables else ""


def _also_read(
    limits: tuple[ResolvedLimit, ...], parts: tuple[BenefitPart, ...], allocation: ResolvedAllocation
) -> Iterator[str]:
    """Yield the paths read besides those of the conditions."""
    yield from (path for limit in limits for path in limit.per if path != PER_MEMBER)
    yield from allocation.per
    for expression in (allocation.rank, allocation.weight):
        yield from expression.reads if expression else ()
    for part in parts:
        for amount in (part.amount, *part.amounts):
            yield from amount.expression.reads if isinstance(amount, FormulaAmount) else ()


def _part(definition: RuleDefinition, index: int, expressions: RuleExpressions) -> BenefitPart:
    benefit = definition.benefits[index]
    redeem_at = benefit.redeem_at.model_dump(exclude_defaults=True) if benefit.redeem_at else {}
    rows, amounts, table = _table(definition, benefit, expressions)
    return BenefitPart(
        name=definition.part_name(index),
        benefit=benefit,
        quantity=definition.resolve_figure(benefit.quantity),
        uses=definition.resolve_figure(benefit.uses),
        budget=benefit.budget or definition.budget,
        redeem_at=redeem_at,
        amount=_amount(definition, benefit.amount_fen, benefit.amount, expressions),
        rows=rows,
        amounts=amounts,
        table=table,
        matches=tuple(
            replace(row, reads=table.reads, amount=_row_terms(number, benefit, amount))
            for number, (row, amount) in enumerate(zip(rows, amounts, strict=True), 1)
        )
        if table
        else (),
    )


def _row_terms(number: int, benefit: Benefit, amount: BenefitAmount) -> AmountTerms:
    file = benefit.table.file if benefit.table else None
    return AmountTerms(number, file, amount if isinstance(amount, int) else None)


def _table(
    definition: RuleDefinition, benefit: Benefit, expressions: RuleExpressions
) -> tuple[tuple[Condition, ...], tuple[BenefitAmount, ...], Condition | None]:
    """Return the rows of a part's table, their amounts, and the table as one condition."""
    table = benefit.table
    if table is None:
        return (), (), None
    stated = table.rows or () if table.file is None else expressions.tables[table.file]
    rows = tuple(Condition(row.when, "", None, expressions.conditions[row.when].reads) for row in stated)
    amounts = tuple(_read_row_amount(definition, row, expressions) for row in stated)
    that = f"table({table.file})" if table.file else " or ".join(f"({row.that})" for row in rows)
    reads = tuple(dict.fromkeys(path for row in rows for path in row.reads))
    return rows, amounts, Condition(that, table.otherwise, table.remedy, reads)


def _read_row_amount(
    definition: RuleDefinition, row: Row | TableRow, expressions: RuleExpressions
) -> BenefitAmount:
    if isinstance(row, Row):
        return _amount(definition, row.amount_fen or 0, row.amount, expressions)
    return row.amount if isinstance(row.amount, int) else FormulaAmount(expressions.numbers[row.amount])


def _amount(
    definition: RuleDefinition, amount_fen: int | str, formula: Formula | None, expressions: RuleExpressions
) -> BenefitAmount:
    if formula is None:
        return definition.resolve_figure(amount_fen)
    ceiling = formula.ceiling_fen
    return FormulaAmount(
        expressions.numbers[formula.expression],
        definition.resolve_figure(formula.floor_fen),
        None if ceiling is None else definition.resolve_figure(ceiling),
        formula.round,
        definition.resolve_figure(formula.to_fen),
    )


def _allocation(definition: RuleDefinition, expressions: RuleExpressions) -> ResolvedAllocation:
    allocate = definition.allocate
    conditions, numbers = expressions.conditions, expressions.numbers
    return ResolvedAllocation(
        size=None if allocate.quota is None else definition.resolve_figure(allocate.quota),
        sizes={code: definition.resolve_figure(size) for code, size in (allocate.quotas or {}).items()},
        per=allocate.quota_per,
        every=definition.resolve_period(allocate.every),
        rank=numbers[allocate.rank] if allocate.rank else None,
        weight=numbers[allocate.weight] if allocate.weight else None,
        groups=tuple(Condition(g.where, "", None, conditions[g.where].reads) for g in allocate.groups),
        share=_share(definition),
    )


def _share(definition: RuleDefinition) -> QuotaShare | None:
    stated, resolve = definition.allocate.share, definition.resolve_figure
    if stated is None:
        return None
    return QuotaShare(resolve(stated.places), resolve(stated.of), stated.round)
