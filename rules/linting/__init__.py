"""What can be proven of rules before they are used; looks at sound files only."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from rules.engine.rule import Rule
from rules.linting.amounts import check_amounts
from rules.linting.budgets import check_budgets
from rules.linting.caps import check_caps
from rules.linting.conditions import check_conditions
from rules.linting.dependencies import check_dependencies
from rules.linting.gaps import check_gaps
from rules.linting.loopholes import check_dodges
from rules.linting.rows import check_rows
from rules.linting.spans import check_claim, check_versions
from rules.linting.subject import Subject
from rules.linting.texts import check_purpose, check_texts
from rules.linting.trials import check_trials
from rules.model.cap import CapDefinition
from rules.model.definition import RuleDefinition
from rules.yaml.document import YamlDocument


def examine(
    rules: Sequence[tuple[Rule, YamlDocument]],
    caps: Mapping[str, CapDefinition],
    tables: Mapping[str, YamlDocument],
    budgets: Mapping[str, int],
    others: Iterable[RuleDefinition] = (),
    also_known: Collection[str] = (),
) -> None:
    """Adds to each document what is wrong with its rule, alone and beside the others.

    ``others`` are rules that aren't looked at and ``also_known`` ids of those that couldn't be read: a rule
    may depend on them.
    """
    subjects = [Subject(rule, document, tables) for rule, document in rules]
    for subject in subjects:
        _examine(subject, caps)
    check_versions(subjects)
    check_budgets(subjects, budgets)
    check_dependencies(subjects, others, also_known)


def _examine(subject: Subject, caps: Mapping[str, CapDefinition]) -> None:
    check_texts(subject)
    check_purpose(subject)
    if check_conditions(subject):
        for table in subject.tables:
            check_rows(subject, table)
            check_gaps(subject, table)
        check_trials(subject)
    check_amounts(subject)
    check_caps(subject, caps)
    check_dodges(subject)
    check_claim(subject)


__all__ = ["examine"]
