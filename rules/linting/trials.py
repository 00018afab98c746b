"""Tries a rule on generated members: whatever its facts are, the machine that decides must answer, and as proven."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from rules.facts import GREATEST_INTEGER, Fact, Value
from rules.linting.atoms import Atoms
from rules.linting.domains import OCCURRED_ON
from rules.linting.prover import Proof
from rules.linting.search import Bound
from rules.linting.subject import Stated, Subject, holding, shown
from rules.linting.truth import Answering, answering

N_ = str  # marks a text for the message catalogue

MOST_TRIALS = 400
_MOST_OF_A_FACT = 12
_FAULTS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What the machine might raise: each would stop a batch."""


def check_trials(subject: Subject) -> None:
    """Varies one fact after the other around somebody who is granted it; tells the first member that fails."""
    stated = _in_order(subject)
    asks = [answering(one.tree) for one in stated]
    for count, member in enumerate(_members(subject, stated)):
        if count == MOST_TRIALS:
            return
        index = _wrong(subject, asks, member)
        if index is not None:
            one = stated[min(index, len(stated) - 1)]
            one.document.find(
                one.path,
                "cannot-evaluate",
                N_("{value} can't be evaluated for the member {member}"),
                N_("write it with other facts or functions, and tell who keeps Yihui"),
                why=N_("Such a member's event would stop with an error."),
                params={"member": shown(member, [one.tree])},
            )
            return


def _in_order(subject: Subject) -> list[Stated]:
    """The conditions in the order in which the rule compiles them."""
    rows = [row for part in subject.rule.parts for t in subject.tables if t.part is part for row in t.rows]
    groups = [
        subject.stated(("allocate", "groups", index, "where"), group.where)
        for index, group in enumerate(subject.definition.allocate.groups)
    ]
    return [*subject.base, *rows, *groups]


def _wrong(subject: Subject, asks: Sequence[Answering], member: Mapping[str, Value]) -> int | None:
    """Which condition answers otherwise than proven, or doesn't answer at all."""
    compiled = subject.rule.compiled
    values = {**dict.fromkeys(compiled.reads), **subject.parameters, **member}
    try:
        verdicts = compiled.verdicts(compiled.context(values))
        ours = [ask(values) is True for ask in asks]
    except _FAULTS:
        return 0
    return next((i for i, (zen, own) in enumerate(zip(verdicts, ours, strict=True)) if zen != own), None)


def _members(subject: Subject, stated: Sequence[Stated]) -> Iterator[dict[str, Value]]:
    found = subject.prover.member(*holding(subject.base))
    start = {} if isinstance(found, Proof) else found
    atoms = Atoms(subject.facts)
    for one in stated:
        atoms.rewrite(one.tree)
    paths = [path for path in subject.rule.compiled.reads if path in subject.facts]
    whole: dict[str, Value] = {**dict.fromkeys(paths), **start}
    whole[OCCURRED_ON] = whole.get(OCCURRED_ON) or subject.definition.in_force.since
    yield whole
    for path in paths:
        for value in _values(subject, atoms, path):
            yield {**whole, path: value}


def _values(subject: Subject, atoms: Atoms, path: str) -> list[Value]:
    try:
        likely = subject.prover.values(atoms, path)[:_MOST_OF_A_FACT]
    except Bound:
        likely = []
    return [*likely, *_extremes(subject, path, subject.facts[path])]


def _extremes(subject: Subject, path: str, fact: Fact) -> list[Value]:
    span = subject.definition.in_force
    match fact.kind:
        case "date" if path == OCCURRED_ON:
            return [span.since, span.until or date(2999, 12, 31)]
        case "date":
            return [date.min, date(2000, 2, 29), date.max, None]
        case "integer" | "fen":
            return [-GREATEST_INTEGER, 0, GREATEST_INTEGER, None]
        case "texts":
            return [(), fact.allowed, None]
    return [*(fact.allowed if not fact.open else ()), None]
