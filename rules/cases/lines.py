"""Find the lines of a rule that no case covers.

A part of a condition is covered when some case makes it true and some case makes it false. A row is
covered when it decides, an else when no row does, a floor or ceiling when it is the amount, a limit,
quota, cap, budget or dependency when it stands against a grant.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.source_text import SourcePosition
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument, format_path
from rules.birthdays import count_birthdays
from rules.cases.run import CaseRuling
from rules.engine.admission import find_free_slot
from rules.engine.evaluate import find_candidates
from rules.engine.library import RuleLibrary
from rules.engine.rule import BenefitPart, Rule
from rules.expressions.evaluator import compile_evaluator
from rules.expressions.quoting import quote_expression
from rules.expressions.syntax import And, Node, Not, Or, Ternary, child_nodes
from rules.facts import BIRTHDAY_NUMBER, FactValue
from rules.model.amounts import FormulaAmount
from rules.yaml.rule_text import parse_rule_document

_NEVER_TRUE = N_("never seen true")
_NEVER_FALSE = N_("never seen false")
_NEVER_CHOSEN = N_("never the row that decides")
_NEVER_SAID = N_("never said")
_NEVER_REACHED = N_("never reached")

_REFUSED_BY: Mapping[str, DocumentPath] = {
    "quota-exhausted": ("allocate",),
    "waits-already": ("allocate",),
    "others-wait": ("allocate",),
    "entries-closed": ("allocate", "entries"),
    "budget-exhausted": ("budget",),
}
"""Which line of the rule a refusal comes from, where one code means one line."""

_KNOWN_ON = "event.known_on"  # the only fact that the check of grace reads


@dataclass(frozen=True, slots=True)
class UncoveredLine:
    """A line that no case covers: its text, and the outcome that no case reaches there."""

    rule: str
    file: str
    line: int
    field: str
    text: str
    never: str


@dataclass(frozen=True, slots=True)
class _Point:
    """Something that a case may cover; ``place`` is within the expression that stands at the path."""

    path: DocumentPath
    never: str
    place: SourcePosition | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    """A part of a condition that is true or false by itself; ``first`` if it is evaluated for every member."""

    path: DocumentPath
    place: SourcePosition | None
    tree: Node
    first: bool = False

    def point(self, *, seen: bool) -> _Point:
        """Return the point that is covered when the part is true (``seen``) or false."""
        return _Point(
            self.path, _NEVER_TRUE if seen else _NEVER_FALSE, self.place, quote_expression(self.tree)
        )


@dataclass(slots=True)
class _Watch:
    """One version of a rule and the points that cases have covered."""

    rule: Rule
    document: YamlDocument
    questions: Sequence[_Question]
    seen: set[_Point] = field(default_factory=set)

    def mark_covered(self, ruling: CaseRuling) -> None:
        """Mark the points that one case covers."""
        values = _values(ruling, self.rule.definition.parameter_values)
        for question in self.questions:
            if question.first or ruling.decision is not None:
                truth = _truth(question.tree, values)
                if truth is not None:
                    self.seen.add(question.point(seen=truth))
        if ruling.decision is not None:
            for index, part in enumerate(self.rule.parts):
                self._amount(ruling, index, part, values)
            self._refusals(ruling)

    def _amount(
        self, ruling: CaseRuling, index: int, part: BenefitPart, values: Mapping[str, FactValue]
    ) -> None:
        path = self._path("benefit", index)
        row = None if part.table is None else self._row(path, part, values)
        assert ruling.decision is not None
        if not ruling.decision.benefits:
            return
        given_fen = ruling.decision.benefits[index].amount_fen
        for at, bound_fen in self._formula_bounds(index, part):
            if bound_fen == given_fen and (row is None or at == self._formula_path(path, row, at[-1])):
                self.seen.add(_Point(at, _NEVER_REACHED))

    def _row(self, path: DocumentPath, part: BenefitPart, values: Mapping[str, FactValue]) -> int | None:
        for number, row in enumerate(part.rows):
            truth = _truth(self.rule.expressions.conditions[row.that].tree, values)
            if truth:
                self.seen.add(_row_point(path, number, row.that))
                return number
            if truth is None:
                return None  # the row's condition is unknown
        self.seen.add(_Point((*path, "table", "else"), _NEVER_SAID))
        return None

    def _refusals(self, ruling: CaseRuling) -> None:
        decision, admission, definition = ruling.decision, ruling.admission, self.rule.definition
        assert decision is not None
        if any(_KNOWN_ON in checked.condition.reads for checked in decision.missing):
            self.seen.add(_Point(("grace",), _NEVER_REACHED))
        if admission is None:
            return
        for index, (limit, taken) in enumerate(zip(decision.limits, ruling.used.slots, strict=True)):
            if find_free_slot(limit, taken, decision.counted_on) is None:
                self.seen.add(_Point(self._path("limit", index), _NEVER_REACHED))
        for refusal in admission.refusals:
            if refusal.code in _REFUSED_BY:
                self.seen.add(_Point(_REFUSED_BY[refusal.code], _NEVER_REACHED))
            for index, dependency in enumerate(definition.depends):
                if refusal.params.get("rule") in dependency.rules:
                    self.seen.add(_Point(("depends", index), _NEVER_REACHED))
            for index, cap in enumerate(decision.caps):
                if refusal.code == "cap-exceeded" and refusal.params["cap"] == cap.title:
                    self.seen.add(_Point(("caps", index), _NEVER_REACHED))

    def uncovered_lines(self, library: RuleLibrary) -> Iterator[UncoveredLine]:
        """Yield the lines that are not marked, in the order of the file."""
        points = [
            *(question.point(seen=side) for question in self.questions for side in (True, False)),
            *(point for index, part in enumerate(self.rule.parts) for point in self._table(index, part)),
            *(_Point(path, _NEVER_REACHED) for path in self._bounds(library)),
        ]
        told = [self._told(point) for point in points if point not in self.seen]
        yield from sorted(told, key=lambda one: one.line)

    def _table(self, index: int, part: BenefitPart) -> Iterator[_Point]:
        path = self._path("benefit", index)
        for number, row in enumerate(part.rows):
            yield _row_point(path, number, row.that)
        if part.table is not None:
            yield _Point((*path, "table", "else"), _NEVER_SAID)

    def _bounds(self, library: RuleLibrary) -> Iterator[DocumentPath]:
        definition = self.rule.definition
        allocate = definition.allocate
        for index, part in enumerate(self.rule.parts):
            yield from (path for path, _ in self._formula_bounds(index, part))
        yield from (self._path("limit", index) for index in range(len(definition.limits)))
        yield from (("depends", index) for index in range(len(definition.depends)))
        for index, cap in enumerate(definition.caps):
            if library.caps[cap].per != "grant":  # lint proves the caps for a single grant
                yield ("caps", index)
        if allocate.is_collected:  # places and budget are checked when lots are drawn
            yield ("allocate", "entries")
        elif allocate.mode != "everyone":
            yield ("allocate",)
        if definition.budget and not allocate.is_collected:
            yield ("budget",)
        if definition.grace:
            yield ("grace",)

    def _formula_bounds(self, index: int, part: BenefitPart) -> Iterator[tuple[DocumentPath, int]]:
        """Yield the floors (above 0) and ceilings of the amounts of one part, with their paths."""
        path = self._path("benefit", index)
        for row, amount in ((None, part.amount), *enumerate(part.amounts)):
            if isinstance(amount, FormulaAmount):
                if amount.floor_fen > 0:
                    yield self._formula_path(path, row, "floor_fen"), amount.floor_fen
                if amount.ceiling_fen is not None:
                    yield self._formula_path(path, row, "ceiling_fen"), amount.ceiling_fen

    @staticmethod
    def _formula_path(path: DocumentPath, row: int | None, key: int | str) -> DocumentPath:
        return (*path, "amount", key) if row is None else (*path, "table", "rows", row, "amount", key)

    def _path(self, key: str, index: int) -> DocumentPath:
        """Return the path of a part: one part may stand alone, several stand in a list."""
        return (key, index) if (key, 0) in self.document.spots else (key,)

    def _told(self, point: _Point) -> UncoveredLine:
        document = self.document
        place = document.place_inside(point.path, point.place) if point.place else document.place(point.path)
        text = point.text or document.snippet(point.path) or ""
        return UncoveredLine(
            self.rule.id, document.file, place.line, format_path(point.path), text, point.never
        )


def _values(ruling: CaseRuling, parameters: Mapping[str, FactValue]) -> Mapping[str, FactValue]:
    """Return the values that a case gives; a value that it leaves out is unknown (None)."""
    event = ruling.case.event
    found: defaultdict[str, FactValue] = defaultdict(lambda: None, ruling.case.facts)
    found |= {f"event.{name}": value for name, value in event.payload.items()}
    found[BIRTHDAY_NUMBER.path] = count_birthdays(event, ruling.case.facts)
    found |= {**parameters, "event.occurred_on": event.occurred_on}
    return found


def find_uncovered_lines(
    library: RuleLibrary,
    texts: Mapping[str, str],
    rulings: Iterable[CaseRuling],
    rules: Iterable[str] | None = None,
) -> tuple[UncoveredLine, ...]:
    """Return the lines that no case covers, of ``rules`` or, without them, of the rules that the cases name.

    ``texts`` are the texts of the library's files, by file name.
    """
    ruled = list(rulings)
    wanted = set(rules) if rules is not None else {ruling.case.rule for ruling in ruled}
    watches = {
        rule.hash: _Watch(rule, parse_rule_document(rule.file, texts[rule.file]), [*_questions(rule)])
        for rule in library.rules
        if rule.id in wanted
    }
    for ruling in ruled:
        for rule in _evaluated_rules(ruling, library):
            if rule.hash in watches:
                watches[rule.hash].mark_covered(ruling)
    return tuple(line for watch in watches.values() for line in watch.uncovered_lines(library))


def _evaluated_rules(ruling: CaseRuling, library: RuleLibrary) -> Iterator[Rule]:
    """Yield the versions that apply to the case's member, including those whose ``among`` excludes the member."""
    for rule in find_candidates(ruling.case.event, ruling.case.facts, library):
        if rule.id == ruling.case.rule:
            yield rule


def _questions(rule: Rule) -> Iterator[_Question]:
    definition, trees = rule.definition, rule.expressions.conditions
    if definition.among:
        yield from _parts(("among",), trees[definition.among].tree, first=True)
    for precondition in definition.preconditions:
        yield _Question(("process",), None, trees[precondition.that].tree)
    for index, requirement in enumerate(definition.require):
        yield from _parts(("require", index, "that"), trees[requirement.that].tree)
    for index, group in enumerate(definition.allocate.groups):
        yield from _parts(("allocate", "groups", index, "where"), trees[group.where].tree)


def _parts(path: DocumentPath, tree: Node, *, first: bool = False) -> Iterator[_Question]:
    """Yield the parts that and, or, not and ? join: each is true or false by itself."""
    match tree:
        case Not(operand=operand):
            yield from _parts(path, operand, first=first)
        case And() | Or() | Ternary():
            for part in child_nodes(tree):
                yield from _parts(path, part, first=first)
        case _:
            yield _Question(path, tree.place, tree, first)


def _row_point(path: DocumentPath, number: int, text: str) -> _Point:
    return _Point((*path, "table", "rows", number, "when"), _NEVER_CHOSEN, None, text)


def _truth(tree: Node, values: Mapping[str, FactValue]) -> bool | None:
    found = compile_evaluator(tree)(values)
    return found if isinstance(found, bool) else None
