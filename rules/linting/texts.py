"""Check texts for members and auditors: remedies, Chinese, and the purpose of reading sensitive facts."""

from collections.abc import Iterator

from core.source_text import SourcePosition
from core.text_marks import N_
from core.yaml.document import DocumentPath
from rules.expressions.syntax import FactReference, walk_nodes
from rules.faults import rule_fault_table
from rules.linting.subject import LintSubject
from rules.model.amounts import FormulaAmount
from rules.model.benefit import Table
from rules.model.definition import Requirement, RuleDefinition
from rules.model.terms import Dependency

_FAULTS = rule_fault_table(
    {
        "no-remedy": (
            N_("no remedy: is stated, so that a refused member isn't told what to do"),
            N_("add remedy: with what the member, or the union, can do"),
        ),
        "not-chinese": (
            N_("the text is not Chinese: {value}"),
            N_("write it in Chinese, as the member shall read it"),
        ),
        "no-purpose": (
            N_("{path} is sensitive, and the rule doesn't state its purpose"),
            N_("add purpose: with what it is read for, like 核实困难程度"),
            N_(
                "Sensitive personal data may be used for a specific purpose only (Personal Information Protection Law, article 28)."
            ),
        ),
    }
)
_CJK = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))


def check_texts(subject: LintSubject) -> None:
    """Report texts that are missing or that a member cannot read."""
    for path, refusing in _iter_refusing_parts(subject.definition):
        if refusing.remedy is None:
            subject.document.add_fault(path, _FAULTS.build("no-remedy", severity="warning"))
    for path, text in _texts(subject.definition):
        if text and not _is_chinese(text):
            subject.document.add_fault(path, _FAULTS.build("not-chinese", severity="warning"))


def check_purpose(subject: LintSubject) -> None:
    """Report a rule that reads sensitive facts without stating its purpose; once for each rule."""
    if subject.definition.purpose:
        return
    rows = [row for table in subject.tables for row in table.rows]
    for one in (*subject.base_conditions, *rows):
        for node in walk_nodes(one.tree):
            if isinstance(node, FactReference) and _is_sensitive(subject, node.path):
                inside = one.document is subject.document and not one.from_process
                place = one.document.place_inside(one.path, node.place) if inside else None
                _no_purpose(subject, one.path if inside else ("id",), node.path, place)
                return
    for part, path in _read_by_amounts(subject):
        if _is_sensitive(subject, path):
            _no_purpose(subject, ("benefit", part), path, None)
            return


def _is_sensitive(subject: LintSubject, path: str) -> bool:
    return path in subject.facts and subject.facts[path].personal == "sensitive"


def _no_purpose(subject: LintSubject, at: DocumentPath, path: str, place: SourcePosition | None) -> None:
    subject.document.add_fault(at, _FAULTS.build("no-purpose", path=path), place)


def _read_by_amounts(subject: LintSubject) -> Iterator[tuple[int, str]]:
    for index, part in enumerate(subject.rule.parts):
        for amount in (part.amount, *part.amounts):
            for path in amount.expression.reads if isinstance(amount, FormulaAmount) else ():
                yield index, path


def _iter_refusing_parts(
    definition: RuleDefinition,
) -> Iterator[tuple[DocumentPath, Requirement | Table | Dependency]]:
    """Yield what states a reason for a refusal, and may state a remedy."""
    for index, requirement in enumerate(definition.require):
        yield ("require", index), requirement
    for part, benefit in enumerate(definition.benefits):
        if benefit.table:
            yield ("benefit", part, "table"), benefit.table
    for index, dependency in enumerate(definition.depends):
        yield ("depends", index), dependency


def _texts(definition: RuleDefinition) -> Iterator[tuple[DocumentPath, str | None]]:
    yield ("title",), definition.title
    yield ("purpose",), definition.purpose
    for path, refusing in _iter_refusing_parts(definition):
        yield (*path, "else"), refusing.otherwise
        yield (*path, "remedy"), refusing.remedy
    for name, parameter in definition.parameters.items():
        yield ("parameters", name, "title"), parameter.title
    for part, benefit in enumerate(definition.benefits):
        yield ("benefit", part, "title"), benefit.title
        yield ("benefit", part, "unit"), benefit.unit
    for index, clawback in enumerate(definition.clawback):
        yield ("clawback", index, "text"), clawback.text


def _is_chinese(text: str) -> bool:
    return any(first <= sign <= last for sign in text for first, last in _CJK)
