"""Prove properties of rules before they are used; only rules without errors in their files are checked."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from core.yaml.document import YamlDocument
from rules.engine.rule import Rule
from rules.linting.amounts import check_amounts
from rules.linting.budgets import check_budgets, check_nested_quotas, check_partial_parts, check_share
from rules.linting.caps import check_caps
from rules.linting.conditions import check_conditions
from rules.linting.loopholes import check_limit_evasion
from rules.linting.oversights import (
    check_day_order,
    check_entries,
    check_money,
    check_parameters,
    check_second_rules,
    check_shared_limits,
)
from rules.linting.rows import check_table_gaps, check_table_rows
from rules.linting.sources import FactSources, check_birthday_ages, check_fact_sources
from rules.linting.subject import LintSubject
from rules.linting.texts import check_purpose, check_texts
from rules.linting.versions import check_dependencies, check_expiry, check_on_change, check_version_gaps
from rules.model.definition import RuleDefinition
from rules.model.figures import CapDefinition


def lint_rules(
    rules: Sequence[tuple[Rule, YamlDocument]],
    caps: Mapping[str, CapDefinition],
    tables: Mapping[str, YamlDocument],
    budgets: Mapping[str, int],
    others: Iterable[RuleDefinition] = (),
    also_known: Collection[str] = (),
    sources: FactSources | None = None,
) -> None:
    """Add to each document the faults of its rule, alone and together with the other rules.

    ``others`` are rules that are not checked and ``also_known`` are ids of rules that could not be read;
    a checked rule may depend on both. ``sources`` say which facts the application's doors fill.
    """
    subjects = [LintSubject(rule, document, tables) for rule, document in rules]
    for subject in subjects:
        _examine(subject, caps)
        if sources is not None:
            check_fact_sources(subject, sources)
    others = tuple(others)
    check_second_rules(subjects, others)
    check_shared_limits(subjects, others)
    check_version_gaps(subjects)
    check_budgets(subjects, budgets)
    check_dependencies(subjects, others, also_known)


def _examine(subject: LintSubject, caps: Mapping[str, CapDefinition]) -> None:
    check_texts(subject)
    check_purpose(subject)
    check_birthday_ages(subject)
    check_parameters(subject)
    check_entries(subject)
    check_money(subject)
    check_day_order(subject)
    if check_conditions(subject):
        for table in subject.tables:
            check_table_rows(subject, table)
            check_table_gaps(subject, table)
    check_amounts(subject)
    check_caps(subject, caps)
    check_limit_evasion(subject)
    check_nested_quotas(subject)
    check_share(subject)
    check_partial_parts(subject)
    check_on_change(subject)
    check_expiry(subject)


__all__ = ["FactSources", "lint_rules"]
