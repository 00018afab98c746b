"""What a member and an auditor read: remedies, Chinese texts, the purpose of reading what is sensitive."""

from collections.abc import Iterator

from rules.expressions.syntax import Place, Reading, walk
from rules.linting.subject import Subject
from rules.model.amounts import Reckoned
from rules.yaml.document import Path

N_ = str  # marks a text for the message catalogue

_CJK = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))


def check_texts(subject: Subject) -> None:
    """Looks for texts that are missing or that a member can't read."""
    for path, remedy in _remedies(subject):
        if remedy is None:
            subject.document.find(
                path,
                "no-remedy",
                N_("no remedy: is stated, so that a refused member isn't told what to do"),
                N_("add remedy: with what the member, or the union, can do"),
                severity="warning",
            )
    for path, text in _texts(subject):
        if text and not _is_chinese(text):
            subject.document.find(
                path,
                "not-chinese",
                N_("the text is not Chinese: {value}"),
                N_("write it in Chinese, as the member shall read it"),
                severity="warning",
            )


def check_purpose(subject: Subject) -> None:
    """A rule that reads what is sensitive states why; one place is enough."""
    if subject.definition.purpose:
        return
    rows = [row for table in subject.tables for row in table.rows]
    for one in (*subject.base, *rows):
        for node in walk(one.tree):
            if isinstance(node, Reading) and _is_sensitive(subject, node.path):
                inside = one.document is subject.document and not one.ours
                place = one.document.inside(one.path, node.place) if inside else None
                _no_purpose(subject, one.path if inside else ("id",), node.path, place)
                return
    for part, path in _read_by_amounts(subject):
        if _is_sensitive(subject, path):
            _no_purpose(subject, ("benefit", part), path, None)
            return


def _is_sensitive(subject: Subject, path: str) -> bool:
    return path in subject.facts and subject.facts[path].personal == "sensitive"


def _no_purpose(subject: Subject, at: Path, path: str, place: Place | None) -> None:
    subject.document.find(
        at,
        "no-purpose",
        N_("{path} is sensitive, and the rule doesn't state its purpose"),
        N_("add purpose: with what it is read for, like 核实困难程度"),
        why=N_(
            "Sensitive personal data may be used for a specific purpose only (Personal Information Protection Law, article 28)."
        ),
        params={"path": path},
        place=place,
    )


def _read_by_amounts(subject: Subject) -> Iterator[tuple[int, str]]:
    for index, part in enumerate(subject.rule.parts):
        for amount in (part.amount, *part.amounts):
            for path in amount.expression.reads if isinstance(amount, Reckoned) else ():
                yield index, path


def _remedies(subject: Subject) -> Iterator[tuple[Path, str | None]]:
    definition = subject.definition
    for index, requirement in enumerate(definition.require):
        yield ("require", index), requirement.remedy
    for part, benefit in enumerate(definition.benefits):
        if benefit.table:
            yield ("benefit", part, "table"), benefit.table.remedy
    for index, dependency in enumerate(definition.depends):
        yield ("depends", index), dependency.remedy


def _texts(subject: Subject) -> Iterator[tuple[Path, str | None]]:
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
