"""What a rule says of others: whether they are there, and whether one could ever be granted first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from rules.linting.subject import Subject
from rules.model.definition import RuleDefinition
from rules.yaml.document import Path

N_ = str  # marks a text for the message catalogue

After = Mapping[str, frozenset[str]]
"""What must have been granted before a rule is, by its id."""


def check_dependencies(
    subjects: Sequence[Subject], others: Iterable[RuleDefinition], also_known: Collection[str] = ()
) -> None:
    """Every rule that is named is there, and none waits for itself by way of others.

    ``others`` stand elsewhere; ``also_known`` are ids of rules with faults of their own.
    """
    definitions = [*others, *(subject.definition for subject in subjects)]
    known = {definition.id for definition in definitions} | set(also_known)
    after = _after(definitions)
    for subject in subjects:
        for path, name in _named(subject.definition):
            if name not in known:
                _unknown(subject, path, name, known)
            elif path[-1] == "after" and (way := _way(name, subject.definition.id, after)):
                _circle(subject, path, way)


def _named(definition: RuleDefinition) -> Iterator[tuple[Path, str]]:
    for index, dependency in enumerate(definition.depends):
        above: Path = ("depends", index)
        if dependency.after:
            yield (*above, "after"), dependency.after
        if dependency.not_with:
            yield (*above, "not_with"), dependency.not_with
        for number, name in enumerate(dependency.better_of or ()):
            yield (*above, "better_of", number), name


def _after(definitions: Iterable[RuleDefinition]) -> After:
    """What every version of a rule asks for: what only some ask for, the others may have been granted without."""
    asked: dict[str, list[frozenset[str]]] = defaultdict(list)
    for definition in definitions:
        asked[definition.id].append(frozenset(one.after for one in definition.depends if one.after))
    return {name: frozenset.intersection(*found) for name, found in asked.items()}


def _way(start: str, goal: str, after: After) -> tuple[str, ...]:
    """The rules from one to another, each waiting for the next; empty where there is no way."""
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


def _unknown(subject: Subject, path: Path, name: str, known: Collection[str]) -> None:
    close = get_close_matches(name, sorted(known), 1, 0.6)
    subject.document.find(
        path,
        "unknown-rule",
        N_("there is no rule {rule} on which this one could depend"),
        N_("did you mean {suggestion}?")
        if close
        else N_("name the id of a rule; list them: yihui rules show"),
        why=N_("What depends on a rule that isn't there is silently never granted, or always."),
        params={"rule": name, "suggestion": (close or [""])[0]},
    )


def _circle(subject: Subject, path: Path, way: Sequence[str]) -> None:
    subject.document.find(
        path,
        "after-itself",
        N_("nobody can be granted this: {way}, each only after the next"),
        N_("leave out after: in one of these rules"),
        why=N_("Each waits until another was granted, and none can be the first."),
        params={"way": " → ".join(way)},
    )
