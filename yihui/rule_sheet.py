"""Rules and findings as an officer reads them."""

from collections.abc import Iterator
from dataclasses import replace

from rules import Finding, Rule, Span, yuan
from yihui.language import Language
from yihui.problems import finding_line

N_ = str  # marks a text for the message catalogue

KINDS = {
    "cash": N_("cash"),
    "voucher": N_("voucher"),
    "item": N_("item"),
    "points": N_("points"),
    "place": N_("place in a course or a stay"),
    "service": N_("service"),
}
PERIODS = {
    "once": N_("once in a lifetime"),
    "calendar_year": N_("per calendar year"),
    "quarter": N_("per quarter"),
    "month": N_("per month"),
    "programme_period": N_("per programme period"),
    "rule_lifetime": N_("as long as the rule exists"),
}
BASES = {"document": N_("document"), "reported": N_("reported"), "example": N_("example")}


def finding_text(finding: Finding, language: Language) -> str:
    """file:line:column, what is wrong, why it matters, how to mend it."""
    line = finding_line(finding, language)
    mark = f"{language.text(N_('warning'))}: " if finding.severity == "warning" else ""
    return replace(line, message=mark + line.message).text()


def finding_json(finding: Finding, language: Language) -> dict[str, object]:
    """The same for programs: the one shape of errors, and the finding's code."""
    return {**finding_line(finding, language).as_json(), "code": finding.code}


def rule_json(rule: Rule) -> dict[str, object]:
    """A version of a rule with its hash and file."""
    definition = rule.definition.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {**definition, "hash": rule.hash, "file": rule.file, "reads": list(rule.compiled.reads)}


def rule_summary(rule: Rule, language: Language) -> str:
    """One line."""
    return f"{rule.id}  {rule.definition.title}  {_span(rule.definition.in_force, language)}  {rule.definition.on}  {rule.hash[:12]}"


def rule_lines(rule: Rule, language: Language) -> Iterator[str]:
    """A version of a rule in readable form."""
    definition = rule.definition
    yield f"{definition.title}  ({rule.id})"
    yield from _field(language, N_("in force"), _span(rule.definition.in_force, language))
    if definition.programme:
        yield from _field(language, N_("programme period"), _span(definition.programme, language))
    yield from _field(language, N_("owner"), definition.owner)
    yield from _field(language, N_("on event"), definition.on)
    yield from _field(language, N_("among"), definition.among)
    for requirement in definition.require:
        yield from _field(language, N_("requires"), requirement.that)
        yield from _field(language, N_("otherwise"), requirement.otherwise, 2)
        yield from _field(language, N_("remedy"), requirement.remedy, 2)
    yield from _benefit(rule, language)
    yield from _bounds(rule, language)
    for basis in definition.basis:
        source = " ".join(filter(None, (basis.document, basis.clause, basis.source, basis.note)))
        yield from _field(language, N_("basis"), f"{language.text(BASES[basis.kind])}  {source}")
    yield from _field(language, N_("hash"), rule.hash)
    yield from _field(language, N_("file"), rule.file)


def _benefit(rule: Rule, language: Language) -> Iterator[str]:
    benefit = rule.definition.benefit
    words = [language.text(KINDS[benefit.kind]), benefit.title or rule.definition.title]
    if benefit.amount_fen:
        words.append(language.say(N_("{amount} yuan"), amount=yuan(benefit.amount_fen)))
    if benefit.unit:
        words.append(f"{benefit.quantity} {benefit.unit}")
    yield from _field(language, N_("benefit"), "  ".join(words))
    if benefit.table is None:
        return
    for row in benefit.table.rows:
        yield from _field(
            language, language.say(N_("{amount} yuan"), amount=yuan(row.amount_fen)), row.when, 2
        )
    yield from _field(language, N_("otherwise"), benefit.table.otherwise, 2)


def _bounds(rule: Rule, language: Language) -> Iterator[str]:
    definition = rule.definition
    if definition.limit:
        limit = definition.limit
        times = language.say(N_("{times} times"), times=limit.times)
        yield from _field(
            language, N_("limit"), f"{times}  {language.text(PERIODS[limit.every])}  ({', '.join(limit.per)})"
        )
    if definition.allocate.quota:
        places = language.say(N_("{quota} places, first come first served"), quota=definition.allocate.quota)
        yield from _field(
            language, N_("quota"), f"{places}  {language.text(PERIODS[definition.allocate.every])}"
        )
    yield from _field(language, N_("budget"), definition.budget)
    yield from _field(language, N_("expires after"), definition.expires)
    yield from _field(language, N_("caps"), ", ".join(definition.caps))


def _span(span: Span, language: Language) -> str:
    return f"{span.since} … {span.until or language.text(N_('without end'))}"


def _field(language: Language, name: str, value: str | None, depth: int = 1) -> Iterator[str]:
    if value:
        yield "  " * depth + language.text(name) + ": " + value
