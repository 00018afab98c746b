"""Check the dependencies of a rule: whether the named rules exist, and whether any can be granted first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from core.text_marks import N_
from rules.linting.subject import LintSubject
from rules.model.definition import RuleDefinition
from rules.yaml.document import DocumentPath

Prerequisites = Mapping[str, frozenset[str]]
"""What must have been granted before a rule is, by its id."""


def check_dependencies(
    subjects: Sequence[LintSubject], others: Iterable[RuleDefinition], also_known: Collection[str] = ()
) -> None:
    """Check that every named rule exists and that no rule waits for itself through others.

    ``others`` are rules outside the checked files; ``also_known`` are ids of rules with faults of their own.
    """
    definitions = [*others, *(subject.definition for subject in subjects)]
    known = {definition.id for definition in definitions} | set(also_known)
    after = _after(definitions)
    for subject in subjects:
        for path, name in _named(subject.definition):
            if name not in known:
                _unknown(subject, path, name, known)
            elif path[-1] == "after" and (way := _find_cycle_path(name, subject.definition.id, after)):
                _report_cycle(subject, path, way)


def _named(definition: RuleDefinition) -> Iterator[tuple[DocumentPath, str]]:
    for index, dependency in enumerate(definition.depends):
        above: DocumentPath = ("depends", index)
        if dependency.after:
            yield (*above, "after"), dependency.after
        if dependency.not_with:
            yield (*above, "not_with"), dependency.not_with
        for number, name in enumerate(dependency.better_of or ()):
            yield (*above, "better_of", number), name


def _after(definitions: Iterable[RuleDefinition]) -> Prerequisites:
    """Return the prerequisites that every version of a rule has.

    A prerequisite of only some versions is left out: the other versions may have been granted without it.
    """
    asked: dict[str, list[frozenset[str]]] = defaultdict(list)
    for definition in definitions:
        asked[definition.id].append(frozenset(one.after for one in definition.depends if one.after))
    return {name: frozenset.intersection(*found) for name, found in asked.items()}


def _find_cycle_path(start: str, goal: str, after: Prerequisites) -> tuple[str, ...]:
    """Return the rules from one to another, each waiting for the next; empty if there is no such path."""
    if goal not in after or start not in after[goal]:
        return ()
    ways: list[tuple[str, ...]] = [(goal, start)]
    seen = {start}
    for way in ways:
        if way[-1] == goal:
            return way
        ahead = sorted(after.get(way[-1], frozenset()) - seen)
        seen.update(ahead)
        ways += [(*way, name) for name in ahead]
    return ()


def _unknown(subject: LintSubject, path: DocumentPath, name: str, known: Collection[str]) -> None:
    close = get_close_matches(name, sorted(known), 1, 0.6)
    subject.document.add_finding(
        path,
        "unknown-rule",
        N_("there is no rule {rule} on which this one could depend"),
        N_("did you mean {suggestion}?")
        if close
        else N_("name the id of a rule; list them: yihui rules show"),
        why=N_("What depends on a rule that isn't there is silently never granted, or always."),
        params={"rule": name, "suggestion": (close or [""])[0]},
    )


def _report_cycle(subject: LintSubject, path: DocumentPath, way: Sequence[str]) -> None:
    subject.document.add_finding(
        path,
        "after-itself",
        N_("nobody can be granted this: {way}, each only after the next"),
        N_("leave out after: in one of these rules"),
        why=N_("Each waits until another was granted, and none can be the first."),
        params={"way": " → ".join(way)},
    )
