"""The most that a rule may give: by what is stated, by what a lower level may set, by expression."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.expressions.syntax import Compare, Literal, Node, Place, Product, Quotient, walk
from rules.facts import Value
from rules.linting.fractions import times_out
from rules.linting.prover import Proof
from rules.linting.search import Wanted
from rules.linting.subject import Subject, failing, holding, shown
from rules.model.amounts import GREATEST_FEN, TOO_LARGE, AmountError, Reckoned
from rules.model.benefit import Formula
from rules.yaml.document import Path, YamlDocument
from rules.yaml.wording import PARAMETER, is_reference

N_ = str  # marks a text for the message catalogue

_HERE = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Given:
    """An amount that a part may give: where it stands, for whom, and the most of it; None: without bound."""

    document: YamlDocument
    path: Path
    wanted: tuple[Wanted, ...]
    most_fen: int | None
    reckoned: Reckoned | None = None
    bound: Path | None = None  # where the bound of an expression stands

    def over(self, subject: Subject, limit_fen: int) -> Mapping[str, Value] | Proof:
        """Somebody who is given more than a limit."""
        if self.most_fen is not None and self.most_fen <= limit_fen:
            return Proof.NEVER
        if self.reckoned is None:
            return subject.prover.member(*self.wanted)
        return _reckoned_over(subject, self, self.reckoned, limit_fen)


@dataclass(frozen=True, slots=True)
class PartGiven:
    """The amounts of one part of a benefit, and the budget that pays them."""

    index: int
    budget: str | None
    amounts: tuple[Given, ...]

    @property
    def most_fen(self) -> int | None:
        """The greatest; None where one has no bound."""
        found = [given.most_fen for given in self.amounts]
        return None if None in found else max((most for most in found if most is not None), default=0)


def parts_of(subject: Subject) -> tuple[PartGiven, ...]:
    """Every part with the amounts that it may give."""
    return tuple(
        PartGiven(index, part.budget, tuple(_amounts(subject, index)))
        for index, part in enumerate(subject.rule.parts)
    )


def _amounts(subject: Subject, index: int) -> Iterator[Given]:
    benefit, part = subject.definition.benefits[index], subject.rule.parts[index]
    path: Path = ("benefit", index)
    base = tuple(holding(subject.base))
    if benefit.amount_fen:
        most = _settable(subject, benefit.amount_fen)
        yield Given(subject.document, (*path, "amount_fen"), base, most)
    if benefit.amount and isinstance(part.amount, Reckoned):
        yield _formula(subject, (*path, "amount"), base, part.amount, benefit.amount)
    for table in subject.tables:
        if table.part is not part:
            continue
        stated = benefit.table.rows if benefit.table else None
        for number, row in enumerate(table.rows):
            above = tuple(failing(table.rows[:number])) if number < _MOST_ABOVE else ()
            wanted = (*base, row.holds, *above)
            amount = part.amounts[number]
            where = row.path[:-1] if stated else row.path
            formula = stated[number].amount if stated else None
            if isinstance(amount, Reckoned):
                place = (*where, "amount") if formula else where
                yield _formula(subject, place, wanted, amount, formula, row.document)
            else:
                fen = stated[number].amount_fen if stated else amount
                most = _settable(subject, fen or 0)
                yield Given(row.document, (*where, "amount_fen") if stated else where, wanted, most)


_MOST_ABOVE = 30


def _formula(
    subject: Subject,
    path: Path,
    wanted: tuple[Wanted, ...],
    reckoned: Reckoned,
    formula: Formula | None,
    document: YamlDocument | None = None,
) -> Given:
    ceiling = formula.ceiling_fen if formula else None
    most = None if ceiling is None else _settable(subject, ceiling)
    at = (*path, "expression") if formula else path
    bound = (*path, "ceiling_fen") if ceiling is not None else None
    return Given(document or subject.document, at, wanted, most, reckoned, bound)


def _settable(subject: Subject, figure: int | str) -> int:
    """What a figure is, or may be set to by a lower level."""
    definition = subject.definition
    if is_reference(figure) and definition.lower_levels:
        name = str(figure).removeprefix(PARAMETER)
        most = definition.parameters[name].most
        if name in definition.lower_levels.may_set and most is not None:
            return most
    return definition.figure(figure)


def _reckoned_over(
    subject: Subject, given: Given, reckoned: Reckoned, limit_fen: int
) -> Mapping[str, Value] | Proof:
    """Asks for members whose expression gives more, then reckons as the ledger would."""
    tree = subject.number(reckoned.expression)
    answers = []
    for more in dict.fromkeys((1, reckoned.to_fen)):
        asked = _at_least(tree, limit_fen + more)
        if asked is None:
            return Proof.OPEN
        found = subject.prover.member(*given.wanted, *asked)
        if not isinstance(found, Proof) and fen_for(subject, reckoned, found) > limit_fen:
            return found
        answers.append(found)
    never = all(answer is Proof.NEVER for answer in answers) and _is_positive(subject, given, tree)
    return Proof.NEVER if never else Proof.OPEN


def _at_least(tree: Node, fen: int) -> tuple[Wanted, ...] | None:
    """That a tree comes to so much, without dividing; by a divisor that is above 0."""
    divisor = _divisor(tree)
    whole = times_out(tree.numerator if isinstance(tree, Quotient) and divisor else tree)
    if whole is None or (divisor is not None and not _is_whole(divisor)):
        return None
    numerator, number = whole
    least: Node = Literal(fen * number, _HERE)
    if divisor is None:
        return (Wanted(Compare(">=", numerator, least, _HERE)),)
    positive = Wanted(Compare(">", divisor, Literal(0, _HERE), _HERE))
    return Wanted(Compare(">=", numerator, Product((least, divisor), _HERE), _HERE)), positive


def _divisor(tree: Node) -> Node | None:
    """What else than a number divides the whole."""
    is_open = isinstance(tree, Quotient) and not isinstance(tree.denominator, Literal)
    return tree.denominator if isinstance(tree, Quotient) and is_open else None


def _is_positive(subject: Subject, given: Given, tree: Node) -> bool:
    """Whether nobody's divisor is below 0."""
    divisor = _divisor(tree)
    if divisor is None:
        return True
    negative = Wanted(Compare("<", divisor, Literal(0, _HERE), _HERE))
    return subject.prover.member(*given.wanted, negative) is Proof.NEVER


def fen_for(subject: Subject, reckoned: Reckoned, member: Mapping[str, Value]) -> int:
    """What an expression gives a member; what is too much to be granted is more than the most."""
    unknown = dict.fromkeys(reckoned.expression.reads)
    try:
        return reckoned.amount_fen({**unknown, **subject.parameters, **member})
    except AmountError as error:
        return GREATEST_FEN + 1 if error.message == TOO_LARGE else 0


def check_amounts(subject: Subject) -> None:
    """Expressions that nothing bounds, or that can't be reckoned for somebody."""
    for part in parts_of(subject):
        for given in part.amounts:
            if given.reckoned is not None:
                _divisions(subject, given, given.reckoned)
                if given.most_fen is None and not subject.definition.caps:
                    _unbounded(subject, given)


def _divisions(subject: Subject, given: Given, reckoned: Reckoned) -> None:
    for node in walk(subject.number(reckoned.expression)):
        if not isinstance(node, Quotient):
            continue
        zero = Wanted(Compare("==", node.denominator, Literal(0, _HERE), _HERE))
        member = subject.prover.member(*given.wanted, zero) if _is_whole(node.denominator) else Proof.OPEN
        if isinstance(member, Proof):
            continue
        given.document.find(
            given.path,
            "cannot-evaluate",
            N_("for the member {member} the amount is divided by zero"),
            N_("require that the divisor is above 0, with a text of its own"),
            why=N_("Such a member is refused without a reason that the rule states."),
            params={"member": shown(member, [node])},
        )


def _is_whole(node: Node) -> bool:
    return not any(isinstance(part, Quotient) for part in walk(node))


def _unbounded(subject: Subject, given: Given) -> None:
    member = given.over(subject, GREATEST_FEN - 1)
    if isinstance(member, Proof):
        return
    given.document.find(
        given.path,
        "unbounded-amount",
        N_("nothing bounds the amount: for the member {member} it is more than can be granted"),
        N_("add ceiling_fen: beside the expression"),
        params={"member": shown(member)},
        severity="warning",
    )


__all__ = ["Given", "PartGiven", "check_amounts", "fen_for", "parts_of"]
