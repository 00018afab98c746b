"""What can be proven of rules before they are used; looks at sound files only."""

from collections.abc import Mapping, Sequence

from rules.cap import CapDefinition
from rules.definition import RuleDefinition
from rules.document import YamlDocument
from rules.linting.budgets import check_budgets
from rules.linting.caps import check_caps
from rules.linting.conditions import check_conditions
from rules.linting.dodges import check_dodges
from rules.linting.gaps import check_gaps
from rules.linting.rows import check_rows
from rules.linting.spans import check_claim, check_versions
from rules.linting.subject import Subject
from rules.linting.texts import check_purpose, check_texts


def examine(
    rules: Sequence[tuple[RuleDefinition, YamlDocument]],
    caps: Mapping[str, CapDefinition],
    budgets: Mapping[str, int],
) -> None:
    """Adds to each document what is wrong with its rule, alone and beside the others."""
    subjects = [Subject(definition, document) for definition, document in rules]
    for subject in subjects:
        _examine(subject, caps)
    check_versions(subjects)
    check_budgets(subjects, budgets)


def _examine(subject: Subject, caps: Mapping[str, CapDefinition]) -> None:
    tables = dict(subject.tables())
    check_texts(subject)
    rows = [row for stated in tables.values() for row in stated]
    check_purpose(subject, [*subject.base, *rows], subject.facts)
    if check_conditions(subject):
        for part, stated in tables.items():
            check_rows(subject, part, stated)
            check_gaps(subject, part, stated)
    check_caps(subject, caps)
    check_dodges(subject)
    check_claim(subject)


__all__ = ["examine"]
