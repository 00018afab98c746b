"""One version of a rule, ready to be evaluated."""

from dataclasses import dataclass

from rules.conditions import Conditions
from rules.decision import Condition
from rules.definition import RuleDefinition, content_hash
from rules.expression import Expression
from rules.facts import facts_for

PER_MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Rule:
    """A definition with its hash and its conditions compiled.

    The compiled list holds whom it looks at first where that is said, then what its process and what it
    requires itself, then the rows.
    """

    definition: RuleDefinition
    hash: str
    compiled: Conditions
    required: tuple[Condition, ...]
    rows: tuple[Condition, ...]
    table: Condition | None
    amounts_fen: tuple[int, ...]
    file: str

    @property
    def id(self) -> str:
        """The id that all versions share."""
        return self.definition.id

    @property
    def first_required(self) -> int:
        """Where what is required begins in the compiled list."""
        return 1 if self.definition.whom else 0


def compile_rule(definition: RuleDefinition, expressions: dict[str, Expression], file: str) -> Rule:
    """A rule of a definition whose expressions are all sound."""
    required = (
        *(
            Condition(d.that, d.otherwise, d.remedy, expressions[d.that].reads, d.least)
            for d in definition.preconditions
        ),
        *(Condition(r.that, r.otherwise, r.remedy, expressions[r.that].reads) for r in definition.require),
    )
    table = definition.benefits[0].table
    rows = (
        tuple(Condition(row.when, "", None, expressions[row.when].reads) for row in table.rows)
        if table and table.rows
        else ()
    )
    among = [definition.whom] if definition.whom else []
    texts = [*among, *(c.that for c in required), *(c.that for c in rows)]
    per = [path for limit in definition.limits for path in limit.per if path != PER_MEMBER]
    compiled = Conditions([expressions[text] for text in texts], facts_for(definition.on), per)
    whole = None
    if table:
        reads = tuple(dict.fromkeys(path for row in rows for path in row.reads))
        whole = Condition(" or ".join(f"({row.that})" for row in rows), table.otherwise, table.remedy, reads)
    amounts = tuple(definition.figure(row.amount_fen or 0) for row in (table.rows or () if table else ()))
    return Rule(definition, content_hash(definition), compiled, required, rows, whole, amounts, file)
