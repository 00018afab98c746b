"""Check how versions and rules follow each other: dependencies, days without a version, changed values, claim and expiry."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from core.text_marks import N_
from core.yaml.document import DocumentPath
from rules.engine.day import build_fixed_benefits
from rules.faults import build_unknown_name_fault, rule_fault_table
from rules.linting.subject import LintSubject
from rules.model.definition import RuleDefinition
from rules.model.period import expiry_day, last_day

_MOST_DAYS = 366 * 4
_FAULTS = rule_fault_table(
    {
        "unknown-rule": (
            N_("there is no rule {rule} on which this one could depend"),
            N_("name the id of a rule; list them: yihui rules show"),
            N_("What depends on a rule that isn't there is silently never granted, or always."),
        ),
        "after-itself": (
            N_("nobody can be granted this: {way}, each only after the next"),
            N_("leave out after: in one of these rules"),
            N_("Each waits until another was granted, and none can be the first."),
        ),
        "expires-before-claim": (
            N_("granted on {start}, it expires on {expires} but may be claimed until {claim}"),
            N_("let expires: be at least as long as claim: within:"),
            N_("Members would be told a day on which nothing is left to claim."),
        ),
        "cash-expires": (
            N_("cash that was granted is owed until it is paid: it can't expire"),
            N_(
                "leave expires: out; claim: ends what nobody claims, and an officer ends what can't be paid, with a reason"
            ),
            N_("The member would lose money because the union had not paid it yet."),
        ),
        "version-gap": (
            N_("no version of {rule} holds from {first} to {last}; the one before stands in {file}"),
            N_("begin this version on {first}, or give it another id"),
            N_("Events of those days would silently be granted nothing."),
        ),
        "nobody-waits": (
            N_("on_change: says what becomes of those who wait, but the rule has no waiting list"),
            N_("add waiting_list: true under allocate:, or leave on_change: out"),
        ),
        "reprice-varies": (
            N_("the value depends on the member, so that who waits can't get this version's value"),
            N_("write waiting: keep, or amounts that are the same for all"),
            N_("Who waits was judged by the facts of the day on which the event occurred."),
        ),
    }
)
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
                fault = build_unknown_name_fault(_FAULTS, "unknown-rule", name, sorted(known), rule=name)
                subject.document.add_fault(path, fault)
            elif path[-1] == "after" and (way := _find_cycle_path(name, subject.definition.id, after)):
                subject.document.add_fault(path, _FAULTS.build("after-itself", way=" → ".join(way)))


def _named(definition: RuleDefinition) -> Iterator[tuple[DocumentPath, str]]:
    for index, dependency in enumerate(definition.depends):
        above: DocumentPath = ("depends", index)
        if dependency.after:
            yield (*above, "after"), dependency.after
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


def check_expiry(subject: LintSubject) -> None:
    """Report cash that shall expire, and a benefit that may expire before the claim period ends."""
    definition = subject.definition
    if definition.expires is None:
        return
    if all(part.kind == "cash" for part in definition.benefits):
        subject.document.add_fault(("expires",), _FAULTS.build("cash-expires"))
        return
    if definition.claim is None:
        return
    span = definition.in_force
    expires = definition.resolve_duration(definition.expires)
    within = definition.resolve_duration(definition.claim.within)
    for step in range(_MOST_DAYS):
        start = span.since + timedelta(days=step)
        if not span.holds(start):
            return
        expires_on, claim_by = expiry_day(start, expires), last_day(start, within)
        if expires_on < claim_by:
            fault = _FAULTS.build("expires-before-claim", start=start, expires=expires_on, claim=claim_by)
            subject.document.add_fault(("expires",), fault)
            return


def check_version_gaps(subjects: Sequence[LintSubject]) -> None:
    """Report days between two versions of a rule on which no version is in force."""
    versions: dict[str, list[LintSubject]] = defaultdict(list)
    for subject in sorted(subjects, key=lambda one: one.definition.in_force.since):
        versions[subject.definition.id].append(subject)
    for found in versions.values():
        for earlier, later in pairwise(found):
            _gap(earlier, later)


def _gap(earlier: LintSubject, later: LintSubject) -> None:
    until, since = earlier.definition.in_force.until, later.definition.in_force.since
    if until is None or since <= until + timedelta(days=1):
        return
    first, last = until + timedelta(days=1), since - timedelta(days=1)
    fault = _FAULTS.build(
        "version-gap",
        terms={"file": earlier.document.file},
        rule=later.definition.id,
        first=first,
        last=last,
    )
    later.document.add_fault(("in_force",), fault)


def check_on_change(subject: LintSubject) -> None:
    """Report on_change: without a waiting list, and a new value that isn't the same for all members."""
    definition = subject.definition
    if definition.on_change is None:
        return
    if not definition.allocate.waiting_list:
        subject.document.add_fault(("on_change",), _FAULTS.build("nobody-waits"))
    day = definition.in_force.since
    if definition.on_change.waiting != "keep" and build_fixed_benefits(subject.rule, day) is None:
        subject.document.add_fault(("on_change", "waiting"), _FAULTS.build("reprice-varies"))
