"""The lines of a rule that a case can touch, and those that none has touched.

A part of a condition is touched on both sides: seen true, and seen false. A row is touched when it
decides, an else when no row does, a floor or ceiling when it is the amount, a limit, quota, cap, budget
or dependency when it stands against a grant.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rules.cases.run import Ruling
from rules.engine.admission import free_slot
from rules.engine.library import Library
from rules.engine.rule import Part, Rule
from rules.expressions.evaluator import reckon
from rules.expressions.quoting import quoted
from rules.expressions.syntax import And, Choice, Node, Not, Or, Place, children
from rules.facts import Value
from rules.model.amounts import Reckoned
from rules.yaml.document import Path, YamlDocument, named
from rules.yaml.wording import PARAMETER
from rules.yaml.yaml_text import read_document

N_ = str  # marks a text for the message catalogue

_NEVER_TRUE = N_("never seen true")
_NEVER_FALSE = N_("never seen false")
_NEVER_CHOSEN = N_("never the row that decides")
_NEVER_SAID = N_("never said")
_NEVER_REACHED = N_("never reached")

_REFUSED_BY: Mapping[str, Path] = {
    "quota-exhausted": ("allocate",),
    "waits-already": ("allocate",),
    "others-wait": ("allocate",),
    "entries-closed": ("allocate", "entries"),
    "budget-exhausted": ("budget",),
}
"""Which line of the rule a refusal comes from, where one code means one line."""

_KNOWN_ON = "event.known_on"  # what alone is read where grace is judged


@dataclass(frozen=True, slots=True)
class Untouched:
    """A line that no case touches: what stands there, and what has never happened."""

    rule: str
    file: str
    line: int
    column: int
    field: str
    text: str
    never: str


@dataclass(frozen=True, slots=True)
class _Point:
    """Something that a case touches or doesn't; ``place`` is within the expression that stands at the path."""

    path: Path
    never: str
    place: Place | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    """A part of a condition that is true or false by itself; ``first`` where it is asked of everybody."""

    path: Path
    place: Place | None
    tree: Node
    first: bool = False

    def point(self, *, seen: bool) -> _Point:
        """What is touched when it is seen true, or false."""
        return _Point(self.path, _NEVER_TRUE if seen else _NEVER_FALSE, self.place, quoted(self.tree))


@dataclass(slots=True)
class _Watch:
    """One version of a rule and what was seen of it."""

    rule: Rule
    document: YamlDocument
    questions: Sequence[_Question]
    parameters: Mapping[str, Value]
    seen: set[_Point] = field(default_factory=set)

    def look(self, ruling: Ruling) -> None:
        """Marks what one case touches."""
        values = _Values(ruling, self.parameters)
        for question in self.questions:
            if question.first or ruling.decision is not None:
                truth = _truth(question.tree, values)
                if truth is not None:
                    self.seen.add(question.point(seen=truth))
        if ruling.decision is not None:
            for index, part in enumerate(self.rule.parts):
                self._amount(ruling, index, part, values)
            self._refusals(ruling)

    def _amount(self, ruling: Ruling, index: int, part: Part, values: Mapping[str, Value]) -> None:
        path = self._path("benefit", index)
        row = None
        if part.table is not None:
            row = self._row(path, part, values)
        assert ruling.decision is not None
        if not ruling.decision.benefits:
            return
        given_fen = ruling.decision.benefits[index].amount_fen
        for at, bound_fen in self._formula_bounds(index, part):
            if bound_fen == given_fen and (row is None or at == self._formula_path(path, row, at[-1])):
                self.seen.add(_Point(at, _NEVER_REACHED))

    def _row(self, path: Path, part: Part, values: Mapping[str, Value]) -> int | None:
        for number, row in enumerate(part.rows):
            truth = _truth(self.rule.expressions.conditions[row.that].tree, values)
            if truth:
                self.seen.add(_row_point(path, number, row.that))
                return number
            if truth is None:
                return None  # it couldn't be told
        self.seen.add(_Point((*path, "table", "else"), _NEVER_SAID))
        return None

    def _refusals(self, ruling: Ruling) -> None:
        decision, admission, definition = ruling.decision, ruling.admission, self.rule.definition
        assert decision is not None
        if any(_KNOWN_ON in checked.condition.reads for checked in decision.missing):
            self.seen.add(_Point(("grace",), _NEVER_REACHED))
        if admission is None:
            return
        for index, (limit, taken) in enumerate(zip(decision.limits, ruling.used.slots, strict=True)):
            if free_slot(limit, taken, decision.occurred_on) is None:
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

    def untouched(self, library: Library) -> Iterator[Untouched]:
        """What was not marked, in the order of the file."""
        points = [
            *(question.point(seen=side) for question in self.questions for side in (True, False)),
            *(point for index, part in enumerate(self.rule.parts) for point in self._table(index, part)),
            *(_Point(path, _NEVER_REACHED) for path in self._bounds(library)),
        ]
        told = [self._told(point) for point in points if point not in self.seen]
        yield from sorted(told, key=lambda line: (line.line, line.column, line.never))

    def _table(self, index: int, part: Part) -> Iterator[_Point]:
        path = self._path("benefit", index)
        for number, row in enumerate(part.rows):
            yield _row_point(path, number, row.that)
        if part.table is not None:
            yield _Point((*path, "table", "else"), _NEVER_SAID)

    def _bounds(self, library: Library) -> Iterator[Path]:
        definition = self.rule.definition
        allocate = definition.allocate
        for index, part in enumerate(self.rule.parts):
            yield from (path for path, _ in self._formula_bounds(index, part))
        yield from (self._path("limit", index) for index in range(len(definition.limits)))
        yield from (("depends", index) for index in range(len(definition.depends)))
        for index, cap in enumerate(definition.caps):
            if library.caps[cap].per != "grant":  # lint proves the others
                yield ("caps", index)
        if allocate.is_collected:  # places and budget are looked at when it is drawn
            yield ("allocate", "entries")
        elif allocate.mode != "everyone":
            yield ("allocate",)
        if definition.budget and not allocate.is_collected:
            yield ("budget",)
        if definition.grace:
            yield ("grace",)

    def _formula_bounds(self, index: int, part: Part) -> Iterator[tuple[Path, int]]:
        """Floors (above 0) and ceilings of the amounts of one part, with their paths."""
        path = self._path("benefit", index)
        for row, amount in ((None, part.amount), *enumerate(part.amounts)):
            if isinstance(amount, Reckoned):
                if amount.floor_fen > 0:
                    yield self._formula_path(path, row, "floor_fen"), amount.floor_fen
                if amount.ceiling_fen is not None:
                    yield self._formula_path(path, row, "ceiling_fen"), amount.ceiling_fen

    @staticmethod
    def _formula_path(path: Path, row: int | None, key: int | str) -> Path:
        return (*path, "amount", key) if row is None else (*path, "table", "rows", row, "amount", key)

    def _path(self, key: str, index: int) -> Path:
        """Where a part stands: one may stand alone, several stand in a list."""
        return (key, index) if (key, 0) in self.document.spots else (key,)

    def _told(self, point: _Point) -> Untouched:
        document = self.document
        line, column = document.inside(point.path, point.place) if point.place else document.place(point.path)
        text = point.text or document.snippet(point.path) or ""
        return Untouched(self.rule.id, document.file, line, column, named(point.path), text, point.never)


class _Values(dict[str, Value]):
    """The values that a case gives; what it leaves out isn't known."""

    def __init__(self, ruling: Ruling, parameters: Mapping[str, Value]) -> None:
        event = ruling.case.event
        super().__init__(ruling.case.facts)
        self.update({f"event.{name}": value for name, value in event.payload.items()})
        self.update(parameters)
        self["event.occurred_on"] = event.occurred_on

    def __missing__(self, path: str) -> Value:
        return None


def untouched(
    library: Library, texts: Mapping[str, str], rulings: Iterable[Ruling], rules: Iterable[str] | None = None
) -> tuple[Untouched, ...]:
    """The lines that no case touches, of these rules or else of those that the cases name.

    ``texts`` are the files that the library was made of, by name.
    """
    ruled = list(rulings)
    wanted = set(rules) if rules is not None else {ruling.case.rule for ruling in ruled}
    watches = {
        rule.hash: _watch(rule, read_document(rule.file, texts[rule.file]))
        for rule in library.rules
        if rule.id in wanted
    }
    for ruling in ruled:
        for rule in _looking(ruling, library):
            if rule.hash in watches:
                watches[rule.hash].look(ruling)
    return tuple(line for watch in watches.values() for line in watch.untouched(library))


def _looking(ruling: Ruling, library: Library) -> Iterator[Rule]:
    """The version that looked at the member, or passed over him for what stands in among."""
    code = ruling.case.facts.get("member.organisation") or ruling.case.facts.get("member.district")
    if isinstance(code, str):
        event = ruling.case.event
        for rule in library.candidates(event.type, code, event.occurred_on):
            if rule.id == ruling.case.rule:
                yield rule


def _watch(rule: Rule, document: YamlDocument) -> _Watch:
    parameters = rule.definition.parameters
    values = {f"{PARAMETER}{name}": parameter.value for name, parameter in parameters.items()}
    return _Watch(rule, document, list(_questions(rule)), values)


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


def _parts(path: Path, tree: Node, *, first: bool = False) -> Iterator[_Question]:
    """What and, or, not and ? join: each is true or false by itself."""
    match tree:
        case Not(operand=operand):
            yield from _parts(path, operand, first=first)
        case And() | Or() | Choice():
            for part in children(tree):
                yield from _parts(path, part, first=first)
        case _:
            yield _Question(path, tree.place, tree, first)


def _row_point(path: Path, number: int, text: str) -> _Point:
    return _Point((*path, "table", "rows", number, "when"), _NEVER_CHOSEN, None, text)


def _truth(tree: Node, values: Mapping[str, Value]) -> bool | None:
    try:
        found = reckon(tree, values)
    except ZeroDivisionError:
        return None
    return found if isinstance(found, bool) else None
