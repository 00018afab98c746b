"""Rules and findings as an officer reads them."""

from collections.abc import Iterator
from dataclasses import replace

from rules import Benefit, Finding, Row, Rule, RuleDefinition, Span, rolling_days, yuan
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
MODES = {
    "first_come": N_("{quota} places, first come first served"),
    "lottery": N_("{quota} places, drawn by lot"),
    "by_rank": N_("{quota} places, by rank"),
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
    yield from _field(language, N_("among"), definition.whom)
    for condition in rule.required:
        yield from _field(language, N_("requires"), condition.that)
        yield from _field(language, N_("otherwise"), condition.otherwise.replace("{missing}", "N"), 2)
        yield from _field(language, N_("remedy"), condition.remedy, 2)
    yield from _benefit(rule, language)
    yield from _bounds(rule, language)
    for basis in definition.basis:
        source = " ".join(filter(None, (basis.document, basis.clause, basis.source, basis.note)))
        yield from _field(language, N_("basis"), f"{language.text(BASES[basis.kind])}  {source}")
    yield from _field(language, N_("hash"), rule.hash)
    yield from _field(language, N_("file"), rule.file)


def _benefit(rule: Rule, language: Language) -> Iterator[str]:
    definition = rule.definition
    for part in definition.benefits:
        words = [language.text(KINDS[part.kind]), part.title or definition.title]
        words += _amount(definition, part, language)
        if part.unit:
            words.append(f"{definition.figure(part.quantity)} {part.unit}")
        yield from _field(language, N_("benefit"), "  ".join(words))
        if part.table is None:
            continue
        for row in part.table.rows or ():
            yield from _field(language, " ".join(_amount(definition, row, language)), row.when, 2)
        yield from _field(language, N_("otherwise"), part.table.otherwise, 2)


def _amount(definition: RuleDefinition, part: Benefit | Row, language: Language) -> list[str]:
    """The amount as yuan, or the expression that gives it; nothing where there is none."""
    if part.amount is not None:
        return [part.amount.expression]
    amount_fen = definition.figure(part.amount_fen or 0)
    return [language.say(N_("{amount} yuan"), amount=yuan(amount_fen))] if amount_fen else []


def _bounds(rule: Rule, language: Language) -> Iterator[str]:
    definition = rule.definition
    for limit in definition.limits:
        times = language.say(N_("{times} times"), times=definition.figure(limit.times))
        period = period_text(definition.period(limit.every), language)
        yield from _field(language, N_("limit"), f"{times}  {period}  ({', '.join(limit.per)})")
    yield from _quota(definition, language)
    yield from _field(language, N_("budget"), definition.budget)
    yield from _field(language, N_("expires after"), definition.expires)
    yield from _field(language, N_("caps"), ", ".join(definition.caps))


def _quota(definition: RuleDefinition, language: Language) -> Iterator[str]:
    allocate = definition.allocate
    places = [allocate.quota] if allocate.quota is not None else [*(allocate.quotas or {}).values()]
    if not places:
        return
    count = sum(definition.figure(place) for place in places)
    told = language.say(MODES[allocate.mode], quota=count)
    period = period_text(definition.period(allocate.every), language)
    each = f"  ({', '.join(allocate.quota_per or allocate.quotas or ())})"
    yield from _field(language, N_("quota"), f"{told}  {period}" + (each if len(each) > 4 else ""))


def period_text(every: str | Span, language: Language) -> str:
    """A period in words."""
    days = rolling_days(every)
    if days is not None:
        return language.say(N_("within {days} days"), days=days)
    return _span(every, language) if isinstance(every, Span) else language.text(PERIODS[every])


def _span(span: Span, language: Language) -> str:
    return f"{span.since} … {span.until or language.text(N_('without end'))}"


def _field(language: Language, name: str, value: str | None, depth: int = 1) -> Iterator[str]:
    if value:
        yield "  " * depth + language.text(name) + ": " + value
