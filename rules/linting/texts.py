"""Check texts for members and auditors: remedies, Chinese, and the purpose of reading sensitive facts."""

from collections.abc import Iterator

from core.source_text import SourcePosition
from core.text_marks import N_
from core.yaml.document import DocumentPath
from rules.expressions.syntax import FactReference, walk_nodes
from rules.faults import rule_fault_table
from rules.linting.subject import LintSubject
from rules.model.amounts import FormulaAmount

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
    for path, remedy in _remedies(subject):
        if remedy is None:
            subject.document.add_fault(path, _FAULTS.build("no-remedy", severity="warning"))
    for path, text in _texts(subject):
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


def _remedies(subject: LintSubject) -> Iterator[tuple[DocumentPath, str | None]]:
    definition = subject.definition
    for index, requirement in enumerate(definition.require):
        yield ("require", index), requirement.remedy
    for part, benefit in enumerate(definition.benefits):
        if benefit.table:
            yield ("benefit", part, "table"), benefit.table.remedy
    for index, dependency in enumerate(definition.depends):
        yield ("depends", index), dependency.remedy


def _texts(subject: LintSubject) -> Iterator[tuple[DocumentPath, str | None]]:
    definition = subject.definition
    yield ("title",), definition.title
    yield ("purpose",), definition.purpose
    for index, requirement in enumerate(definition.require):
        yield ("require", index, "else"), requirement.otherwise
        yield ("require", index, "remedy"), requirement.remedy
    for name, parameter in definition.parameters.items():
        yield ("parameters", name, "title"), parameter.title
    for part, benefit in enumerate(definition.benefits):
        yield ("benefit", part, "title"), benefit.title
        yield ("benefit", part, "unit"), benefit.unit
        if benefit.table:
            yield ("benefit", part, "table", "else"), benefit.table.otherwise
            yield ("benefit", part, "table", "remedy"), benefit.table.remedy
    for index, dependency in enumerate(definition.depends):
        yield ("depends", index, "else"), dependency.otherwise
        yield ("depends", index, "remedy"), dependency.remedy
    for index, clawback in enumerate(definition.clawback):
        yield ("clawback", index, "text"), clawback.text


def _is_chinese(text: str) -> bool:
    return any(first <= sign <= last for sign in text for first, last in _CJK)
