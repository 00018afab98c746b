"""Compute the most that a rule may grant, from its figures, its lower levels and its expressions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.faults import FaultError
from core.source_text import SourcePosition
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.expressions.syntax import Compare, Literal, Node, Product, Quotient, walk_nodes
from rules.facts import FactValue
from rules.faults import rule_fault_table
from rules.linting.linear import clear_denominators
from rules.linting.prover import ProofOutcome
from rules.linting.search import RequiredTruth
from rules.linting.subject import LintSubject, format_member
from rules.model.amounts import AMOUNT_TOO_LARGE, MAX_AMOUNT_FEN, FormulaAmount
from rules.model.benefit import Formula
from rules.yaml.wording import PARAMETER_PREFIX, is_parameter_reference

_HERE = SourcePosition(1, 1)
_FAULTS = rule_fault_table(
    {
        "cannot-evaluate": (
            N_("for the member {member} the amount is divided by zero"),
            N_("require that the divisor is above 0, with a text of its own"),
            N_("Such a member is refused without a reason that the rule states."),
        ),
        "unbounded-amount": (
            N_("nothing bounds the amount: for the member {member} it is more than can be granted"),
            N_("add ceiling_fen: beside the expression"),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class PossibleAmount:
    """An amount that a part may grant: its place, its conditions and its maximum; None if unbounded."""

    document: YamlDocument
    path: DocumentPath
    conditions: tuple[RequiredTruth, ...]
    most_fen: int | None
    formula_amount: FormulaAmount | None = None
    bound_path: DocumentPath | None = None  # path of the ceiling that bounds the expression
    states_rounding: bool = True

    def find_member_above(
        self, subject: LintSubject, limit_fen: int
    ) -> Mapping[str, FactValue] | ProofOutcome:
        """Return a member who is granted more than a limit, or the proof outcome if none was found."""
        if self.most_fen is not None and self.most_fen <= limit_fen:
            return ProofOutcome.NEVER
        if self.formula_amount is None:
            return subject.prover.find_member(*self.conditions)
        return _find_member_above(subject, self, self.formula_amount, limit_fen)


@dataclass(frozen=True, slots=True)
class PartAmounts:
    """The amounts of one part of a benefit, and the budget that pays them."""

    budget: str | None
    is_money: bool
    amounts: tuple[PossibleAmount, ...]

    @property
    def most_fen(self) -> int | None:
        """Return the greatest amount; None if one amount has no bound."""
        found = [given.most_fen for given in self.amounts]
        return None if None in found else max((most for most in found if most is not None), default=0)


def list_part_amounts(subject: LintSubject) -> tuple[PartAmounts, ...]:
    """Return every part of the benefit with the amounts that it may grant."""
    return tuple(
        PartAmounts(part.budget, part.benefit.kind in ("cash", "voucher"), tuple(_amounts(subject, index)))
        for index, part in enumerate(subject.rule.parts)
    )


def _amounts(subject: LintSubject, index: int) -> Iterator[PossibleAmount]:
    benefit, part = subject.definition.benefits[index], subject.rule.parts[index]
    path: DocumentPath = ("benefit", index)
    base = tuple(subject.base_truths)
    if benefit.amount_fen:
        most = _settable(subject, benefit.amount_fen)
        yield PossibleAmount(subject.document, (*path, "amount_fen"), base, most)
    if benefit.amount and isinstance(part.amount, FormulaAmount):
        yield _formula(subject, (*path, "amount"), base, part.amount, benefit.amount)
    for table in subject.tables:
        if table.part is not part:
            continue
        stated = benefit.table.rows if benefit.table else None
        for number, row in enumerate(table.rows):
            above = table.rows[:number] if number < _MAX_ROWS_ABOVE else ()
            wanted = (*base, row.must_hold, *(one.must_fail for one in above))
            amount = part.amounts[number]
            where = row.path[:-1] if stated else row.path
            formula = stated[number].amount if stated else None
            if isinstance(amount, FormulaAmount):
                place = (*where, "amount") if formula else where
                yield _formula(subject, place, wanted, amount, formula, row.document)
            else:
                fen = stated[number].amount_fen if stated else amount
                most = _settable(subject, fen or 0)
                yield PossibleAmount(row.document, (*where, "amount_fen") if stated else where, wanted, most)


_MAX_ROWS_ABOVE = 30


def _formula(
    subject: LintSubject,
    path: DocumentPath,
    wanted: tuple[RequiredTruth, ...],
    reckoned: FormulaAmount,
    formula: Formula | None,
    document: YamlDocument | None = None,
) -> PossibleAmount:
    ceiling = formula.ceiling_fen if formula else None
    most = None if ceiling is None else _settable(subject, ceiling)
    at = (*path, "expression") if formula else path
    bound = (*path, "ceiling_fen") if ceiling is not None else None
    is_stated = formula is None or "round" in formula.model_fields_set  # a table's file has no place for it
    return PossibleAmount(document or subject.document, at, wanted, most, reckoned, bound, is_stated)


def _settable(subject: LintSubject, figure: int | str) -> int:
    """Return the value of a figure, or the greatest value that a lower level may set."""
    definition = subject.definition
    if is_parameter_reference(figure) and definition.lower_levels:
        name = str(figure).removeprefix(PARAMETER_PREFIX)
        most = definition.parameters[name].most
        if name in definition.lower_levels.may_set and most is not None:
            return most
    return definition.resolve_figure(figure)


def _find_member_above(
    subject: LintSubject, given: PossibleAmount, reckoned: FormulaAmount, limit_fen: int
) -> Mapping[str, FactValue] | ProofOutcome:
    """Find a member whose expression gives more than the limit; confirm it as the ledger would compute it."""
    tree = subject.amount_tree(reckoned.expression)
    answers = []
    for more in dict.fromkeys((1, reckoned.to_fen)):
        asked = _at_least(tree, limit_fen + more)
        if asked is None:
            return ProofOutcome.OPEN
        found = subject.prover.find_member(*given.conditions, *asked)
        if not isinstance(found, ProofOutcome) and compute_amount_fen(subject, reckoned, found) > limit_fen:
            return found
        answers.append(found)
    never = all(answer is ProofOutcome.NEVER for answer in answers) and _is_positive(subject, given, tree)
    return ProofOutcome.NEVER if never else ProofOutcome.OPEN


def _at_least(tree: Node, fen: int) -> tuple[RequiredTruth, ...] | None:
    """Return conditions for the tree to give at least ``fen``, without division, with a positive divisor.

    Return None if the tree cannot be rewritten without division.
    """
    divisor = _divisor(tree)
    whole = clear_denominators(tree.numerator if isinstance(tree, Quotient) and divisor else tree)
    if whole is None or (divisor is not None and not _is_whole(divisor)):
        return None
    numerator, number = whole
    least: Node = Literal(fen * number, _HERE)
    if divisor is None:
        return (RequiredTruth(Compare(">=", numerator, least, _HERE)),)
    positive = RequiredTruth(Compare(">", divisor, Literal(0, _HERE), _HERE))
    return RequiredTruth(Compare(">=", numerator, Product((least, divisor), _HERE), _HERE)), positive


def _divisor(tree: Node) -> Node | None:
    """Return the divisor of the whole tree if it is not a number; otherwise None."""
    is_open = isinstance(tree, Quotient) and not isinstance(tree.denominator, Literal)
    return tree.denominator if isinstance(tree, Quotient) and is_open else None


def _is_positive(subject: LintSubject, given: PossibleAmount, tree: Node) -> bool:
    """Return whether it is proven that the divisor is negative for no member."""
    divisor = _divisor(tree)
    if divisor is None:
        return True
    negative = RequiredTruth(Compare("<", divisor, Literal(0, _HERE), _HERE))
    return subject.prover.find_member(*given.conditions, negative) is ProofOutcome.NEVER


def compute_amount_fen(subject: LintSubject, reckoned: FormulaAmount, member: Mapping[str, FactValue]) -> int:
    """Return the amount that an expression gives a member, in fen.

    An amount too large to be granted counts as one fen above the maximum; an amount that cannot be
    computed for another reason counts as 0.
    """
    unknown = dict.fromkeys(reckoned.expression.reads)
    try:
        return reckoned.amount_fen({**unknown, **subject.definition.parameter_values, **member})
    except FaultError as error:
        return MAX_AMOUNT_FEN + 1 if error.code == AMOUNT_TOO_LARGE else 0


def check_amounts(subject: LintSubject) -> None:
    """Report expressions that have no bound, or that cannot be computed for some member."""
    for part in list_part_amounts(subject):
        for given in part.amounts:
            if given.formula_amount is not None:
                _divisions(subject, given, given.formula_amount)
                if given.most_fen is None and not subject.definition.caps:
                    _unbounded(subject, given)


def _divisions(subject: LintSubject, given: PossibleAmount, reckoned: FormulaAmount) -> None:
    for node in walk_nodes(subject.amount_tree(reckoned.expression)):
        if not isinstance(node, Quotient):
            continue
        zero = RequiredTruth(Compare("==", node.denominator, Literal(0, _HERE), _HERE))
        member = (
            subject.prover.find_member(*given.conditions, zero)
            if _is_whole(node.denominator)
            else ProofOutcome.OPEN
        )
        if isinstance(member, ProofOutcome):
            continue
        fault = _FAULTS.build("cannot-evaluate", member=format_member(member, [node]))
        given.document.add_fault(given.path, fault)


def _is_whole(node: Node) -> bool:
    return not any(isinstance(part, Quotient) for part in walk_nodes(node))


def _unbounded(subject: LintSubject, given: PossibleAmount) -> None:
    member = given.find_member_above(subject, MAX_AMOUNT_FEN - 1)
    if isinstance(member, ProofOutcome):
        return
    fault = _FAULTS.build("unbounded-amount", severity="warning", member=format_member(member))
    given.document.add_fault(given.path, fault)
