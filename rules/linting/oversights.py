"""Check for slips that leave a rule valid: what is used nowhere, can't happen any more, or is granted a second time."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.text_marks import N_
from rules.faults import rule_fault_table
from rules.linting.subject import LintSubject
from rules.model.definition import RuleDefinition

_FAULTS = rule_fault_table(
    {
        "unused-parameter": (
            N_("the parameter {name} is used nowhere"),
            N_("write param.{name} where its value belongs, or leave it out"),
        ),
        "entries-after-end": (
            N_("entries are taken until {until}, but the rule ends on {end}"),
            N_("let the entries end with the rule, or the rule later"),
            N_("Who enters after the rule's end is silently left out."),
        ),
        "same-again": (
            N_("the rule {rule} grants the same to the same members for the same event"),
            N_("leave out one of the two rules"),
            N_("Each member would get it twice."),
        ),
    }
)
_PARAMETER = re.compile(r"\bparam\.(\w+)")
_NAMES_ALONE = {"id", "title", "purpose", "basis", "in_force", "programme", "budget"}


def check_parameters(subject: LintSubject) -> None:
    """Report parameters that neither the rule nor a table of it reads."""
    texts = (subject.document.text, *(table.text for table in subject.table_documents.values()))
    used = {name for text in texts for name in _PARAMETER.findall(text)}
    for name in subject.definition.parameters:
        if name not in used:
            fault = _FAULTS.build("unused-parameter", severity="warning", name=name)
            subject.document.add_fault(("parameters", name), fault)


def check_entries(subject: LintSubject) -> None:
    """Report entries that are still taken when the rule, with all versions of its programme, has ended."""
    entries, end = subject.definition.allocate.entries, subject.definition.programme_span.until
    if entries and entries.until and end and entries.until > end:
        fault = _FAULTS.build("entries-after-end", severity="warning", until=entries.until, end=end)
        subject.document.add_fault(("allocate", "entries"), fault)


def check_second_rules(subjects: Sequence[LintSubject], others: Iterable[RuleDefinition]) -> None:
    """Report rules of one owner that differ by their names alone while both are in force.

    Of two checked rules the one with the later id is told; of ``others``, which aren't, the checked one.
    """
    checked = {subject.definition.id for subject in subjects}
    alike = defaultdict[str, list[RuleDefinition]](list)
    for definition in (*others, *(subject.definition for subject in subjects)):
        alike[_describe_grants(definition)].append(definition)
    for subject in subjects:
        ours = subject.definition
        twins = {
            twin.id
            for twin in alike[_describe_grants(ours)]
            if (twin.id < ours.id or twin.id not in checked)
            and twin.id != ours.id
            and ours.in_force.overlaps(twin.in_force)
        }
        if twins:
            fault = _FAULTS.build("same-again", severity="warning", rule=min(twins))
            subject.document.add_fault(("id",), fault)


def _describe_grants(definition: RuleDefinition) -> str:
    """Return all of a rule but its names, its basis and its days."""
    return definition.model_dump_json(exclude=_NAMES_ALONE)
