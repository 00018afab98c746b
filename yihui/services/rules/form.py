"""Write a rule file from the fields of a form, as an officer fills them in from a printed notice.

The texts that the form adds are in Chinese, as rules are: members read them beside what officers write.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from core.civil_time import parse_civil_date
from core.faults import Fault, FaultError, FaultTable
from core.money import parse_amount
from core.pinyin import pinyin_spellings
from core.text_marks import N_
from rules.facts import Fact, facts_for_event
from yihui.services.rules.form_terms import TermFault, build_term, format_term
from yihui.services.rules.grid import GridRow, parse_amount_grid

MOST_CONDITIONS = 12
_TABLE_ROWS = "    rows:"  # no other line of the written rule
GOOD_STANDING = (
    "member.status == 'active'",
    "会籍已暂停或不在册",
    "请所在工会核对名册；会籍暂停的，向工会申请恢复",
)
RULE_FORM_FAULTS = FaultTable(
    "rule_form",
    {
        "missing": (N_("{field} is empty"), N_("fill it in as the notice says")),
        "day": (N_("{field}: “{value}” is no day"), N_("write it like 2026-01-31")),
        "yearly_day": (N_("{field}: “{value}” is no day of each year"), N_("write it like 7月1日 or 07-01")),
        "number": (N_("{field}: “{value}” is no whole number above zero"), N_("write digits, such as 30")),
        "amount": (N_("{field}: “{value}” is no amount"), N_("write yuan, such as 200 or 1234.50")),
        "event": (N_("{field}: there is no event “{value}”"), N_("choose one from the list")),
        "choice": (N_("{field}: “{value}” is no choice"), N_("choose one of the list")),
        "fact": (
            N_("{field}: “{value}” is not known when this happens"),
            N_("choose a fact from the list of the chosen event"),
        ),
        "comparison": (N_("{field}: {fact} can't be compared by “{value}”"), N_("choose another comparison")),
        "value": (N_("{field}: {fact} can't be “{value}”"), N_("write {expected}")),
        "grid": (N_("{field}, row {line}: “{value}” is not understood"), N_("write {expected}")),
        "grid_columns": (
            N_("{field}, row {line} has {count} cells, expected {expected}"),
            N_("one cell for each fact above the table, and the amount last"),
        ),
        "share": (N_("{field}: “{value}” is no share"), N_("write a percentage from 1 to 100")),
    },
)
FIELD_LABELS: Mapping[str, str] = {
    "title": N_("title"),
    "document": N_("document"),
    "clause": N_("clause"),
    "since": N_("first day"),
    "until": N_("last day"),
    "on": N_("event"),
    "kind": N_("kind of benefit"),
    "among": N_("only for"),
    "condition": N_("condition"),
    "amount": N_("amount"),
    "grid": N_("table of amounts"),
    "grid_fact": N_("fact of the table"),
    "share_fact": N_("amount that is paid in part"),
    "share": N_("share"),
    "most": N_("at most"),
    "times": N_("times"),
    "places": N_("places"),
    "entries_until": N_("last day of entries"),
    "claim_days": N_("days to claim"),
    "expiry_days": N_("days to use"),
    "attachments": N_("attachments"),
    "notice_days": N_("days of public notice"),
    "window_since": N_("first day of each year's"),
    "window_until": N_("last day of each year's"),
    "within_days": N_("days after what happened"),
}


_NO_LEAP_YEAR = 2025
_PERIODS = frozenset({"calendar_year", "month", "programme_period", "once"})
# What may be chosen in a field, with the label of its fault. Facts, events and comparisons are checked where they are used.
_CHOICES: Mapping[str, tuple[str, frozenset[str]]] = {
    "kind": ("kind", frozenset({"cash", "voucher", "item"})),
    "amount_by": ("amount", frozenset({"fixed", "grid", "share"})),
    "every": ("times", _PERIODS),
    "places_every": ("places", _PERIODS),
    "mode": ("places", frozenset({"first_come", "lottery"})),
}


_GRID_FACTS = ("grid_fact_1", "grid_fact_2")
_FACT_FIELDS = {**dict.fromkeys(_GRID_FACTS, "grid_fact"), "share_fact": "share_fact"}


@dataclass(frozen=True, slots=True)
class FormCondition:
    """A condition as it was filled in; ``otherwise`` and ``remedy`` are written for it where they are empty."""

    fact: str
    comparison: str
    value: str
    otherwise: str = ""
    remedy: str = ""


@dataclass(slots=True)
class RuleForm:
    """The fields of the form, as texts; ``conditions`` are the filled-in rows.

    Writing the rule adds the ``faults`` and the ``table_rows``, the rows of its table of amounts.
    """

    values: Mapping[str, str]
    owner: str
    conditions: tuple[FormCondition, ...] = ()
    caps: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    table_rows: Sequence[GridRow] = ()

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def write_rule_from_form(form: RuleForm) -> str:
    """Return the text of the rule file. *Raises*: FaultError with every fault of the fields."""
    for name, (label, choices) in _CHOICES.items():
        if form[name] and form[name] not in choices:
            _add(form, "choice", label, form[name], at=name)
    facts = _find_facts(form)
    for name, label in _FACT_FIELDS.items():
        if form[name] and facts and form[name] not in facts:
            _add(form, "fact", label, form[name], at=name)
    lines = [*_write_head(form), *_write_conditions(form, facts), *_write_benefit(form, facts)]
    lines += _write_terms(form)
    if form.faults:
        raise FaultError(form.faults)
    return "\n".join(lines) + "\n"


def number_table_rows(form: RuleForm, text: str) -> Mapping[int, GridRow]:
    """Return the rows of the table of amounts, by the line of the written rule at which each begins."""
    if not form.table_rows:
        return {}
    first = text.splitlines().index(_TABLE_ROWS) + 2
    return dict(enumerate(form.table_rows, first))


def suggest_id(title: str) -> str:
    """Return an id for a rule with this title: its pinyin, of at most 40 letters."""
    parts: list[str] = []
    for piece in re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]+", unicodedata.normalize("NFKC", title).casefold()):
        parts += [piece] if piece.isascii() else pinyin_spellings(piece)[0]
    wanted = "-".join(parts)
    cut = wanted[:40].rpartition("-")[0] if len(wanted) > 40 else wanted
    return cut if cut[:1].isalpha() else f"rule-{cut}".strip("-")


def fill_texts(condition: FormCondition, fact: Fact, title: str) -> FormCondition:
    """Return the condition with the reason and the remedy that a member reads where it doesn't hold."""
    told = format_term(fact, condition.comparison, condition.value, title)
    return replace(
        condition,
        otherwise=condition.otherwise or f"不符合“{told}”",
        remedy=condition.remedy or f"请核对{title}；登记有误的，向所在工会申请更正",
    )


def _find_facts(form: RuleForm) -> Mapping[str, Fact]:
    try:
        return facts_for_event(form["on"])
    except KeyError:
        _add(form, "event" if form["on"] else "missing", "on")
        return {}


def _write_head(form: RuleForm) -> Iterator[str]:
    yield f"id: {form['id']}"
    yield f"title: {_quote(_require(form, 'title'))}"
    yield "basis:"
    document, clause = _quote(_require(form, "document")), _quote(_require(form, "clause"))
    yield f"  - {{kind: document, document: {document}, clause: {clause}}}"
    if form["purpose"]:
        yield f"purpose: {_quote(form['purpose'])}"
    yield f"owner: {_quote(form.owner)}"
    since, until = _require_day(form, "since"), _require_day(form, "until")
    yield f"in_force: {{from: {since}, until: {until}}}"
    yield f"on: {form['on']}"


def _write_conditions(form: RuleForm, facts: Mapping[str, Fact]) -> Iterator[str]:
    if form["among_fact"]:
        chosen = FormCondition(form["among_fact"], form["among_comparison"] or "is", form["among_value"])
        if term := _build(form, facts, chosen, "among", "among"):
            yield f"among: {_quote(term)}"
    stated = [GOOD_STANDING] if form["standing"] == "yes" else []
    for number, condition in enumerate(form.conditions):
        term = _build(form, facts, condition, "condition", f"c{number}")
        stated.append((term, condition.otherwise, condition.remedy))
    if stated:
        yield "require:"
    for that, otherwise, remedy in stated:
        yield f"  - that: {_quote(that)}"
        yield f"    else: {_quote(otherwise)}"
        if remedy:
            yield f"    remedy: {_quote(remedy)}"


def _write_benefit(form: RuleForm, facts: Mapping[str, Fact]) -> Iterator[str]:
    kind = form["kind"] or "cash"
    yield "benefit:"
    yield f"  kind: {kind}"
    yield f"  title: {_quote(form['benefit_title'] or form['title'])}"
    if kind != "cash":
        yield f"  unit: {_quote(form['unit'] or ('张' if kind == 'voucher' else '份'))}"
    match form["amount_by"]:
        case "grid":
            yield from _write_grid(form, facts)
        case "share":
            yield from _write_share(form, facts)
        case _ if form["amount"] or kind != "item":
            yield f"  amount_fen: {_require_fen(form, 'amount')}"


def _write_grid(form: RuleForm, facts: Mapping[str, Fact]) -> Iterator[str]:
    named = [form[name] for name in _GRID_FACTS if form[name]]
    chosen = [facts[name] for name in named if name in facts]
    if not chosen:
        if not named:
            _add(form, "missing", "grid_fact")
        return
    grid = parse_amount_grid(_require(form, "grid"), chosen)
    for wrong in grid.faults:
        told = {"expected": wrong.expected}
        _add(form, wrong.code, "grid", wrong.value, terms=told, line=wrong.line, count=wrong.count)
    form.table_rows = grid.rows
    yield "  table:"
    yield _TABLE_ROWS
    for row in grid.rows:
        yield f"      - {{when: {_quote(row.when)}, amount_fen: {row.amount_fen}}}"
    yield f"    else: {_quote(form['grid_else'] or '不在标准所列的范围之内')}"
    yield f"    remedy: {_quote(form['grid_remedy'] or '请对照文件的标准核对本人情况；登记有误的，向所在工会申请更正')}"


def _write_share(form: RuleForm, facts: Mapping[str, Fact]) -> Iterator[str]:
    named = _require(form, "share_fact")
    fact = facts.get(named)
    if fact is not None and fact.kind != "fen":
        _add(form, "fact", "share_fact", named)
    percent = _read_number(form, "share")
    if percent is None or percent > 100:
        _add(form, "share", "share", form["share"])
    expression = _quote(f"{named} * {percent} / 100")
    yield f"  amount: {{expression: {expression}, ceiling_fen: {_require_fen(form, 'most')}}}"


def _write_terms(form: RuleForm) -> Iterator[str]:
    if form["times"]:
        period = form["every"] or "calendar_year"
        yield f"limit: {{times: {_require_number(form, 'times')}, per: [member], every: {period}}}"
    if form["places"]:
        yield f"allocate: {_allocation(form)}"
    if form["claim_days"]:
        yield f"claim: {{within: P{_require_number(form, 'claim_days')}D}}"
    if form["expiry_days"]:
        yield f"expires: P{_require_number(form, 'expiry_days')}D"
    yield f"budget: {form['budget'] or form['id']}"
    if form.caps:
        yield f"caps: {json.dumps(list(form.caps))}"
    if form["programme"]:
        yield f"process: {_process(form)}"


def _allocation(form: RuleForm) -> str:
    places, every = _require_number(form, "places"), form["places_every"] or "programme_period"
    if form["mode"] != "lottery":
        return f"{{mode: first_come, quota: {places}, every: {every}}}"
    since, until = parse_civil_date(form["since"]) or date.min, _require_day(form, "entries_until")
    return (
        f"{{mode: lottery, quota: {places}, entries: {{from: {since}, until: {until}}}, waiting_list: true}}"
    )


def _process(form: RuleForm) -> str:
    parts: dict[str, object] = {"programme": form["programme"]}
    if form["attachments"]:
        parts["attachments"] = _require_number(form, "attachments")
    stages = [
        one for one in form["reviews"].replace("，", "、").replace(",", "、").split("、") if one.strip()
    ]
    if stages:
        parts["reviews"] = [one.strip() for one in stages]
    if form["notice_days"]:
        parts["public_notice"] = {"days": _require_number(form, "notice_days"), "counted": "work_days"}
    if form["window_since"] or form["window_until"]:
        days = {"from": "window_since", "until": "window_until"}
        parts["window"] = {key: _require_yearly_day(form, name) for key, name in days.items()}
    if form["within_days"]:
        parts["within"] = f"P{_require_number(form, 'within_days')}D"
    return json.dumps(parts, ensure_ascii=False)


def _build(form: RuleForm, facts: Mapping[str, Fact], condition: FormCondition, label: str, name: str) -> str:
    """Return the expression of a condition; a fault is added to the form where it isn't one."""
    fact = facts.get(condition.fact)
    if fact is None:
        if facts:
            _add(form, "fact", label, condition.fact, at=f"{name}_fact")
        return ""
    try:
        return build_term(fact, condition.comparison, condition.value)
    except TermFault as wrong:
        told = {"fact": fact.title, "expected": wrong.expected}
        at = f"{name}_{'comparison' if wrong.code == 'comparison' else 'value'}"
        _add(form, wrong.code, label, wrong.value, at=at, terms=told)
        return ""


def _add(
    form: RuleForm,
    code: str,
    label: str,
    value: str = "",
    *,
    at: str = "",
    terms: Mapping[str, str] = MappingProxyType({}),
    **params: Any,
) -> None:
    """Add a fault of a field; ``label`` says what the field is called, ``at`` which one it is."""
    shown = {"field": FIELD_LABELS[label], **terms}
    form.faults.append(
        RULE_FORM_FAULTS.build(code, field=at or label, value=value[:60], terms=shown, **params)
    )


def _require(form: RuleForm, name: str) -> str:
    if not form[name]:
        _add(form, "missing", name)
    return form[name]


def _require_day(form: RuleForm, name: str) -> date:
    """Return a day; the first day of all where a fault is added instead."""
    if not _require(form, name):
        return date.min
    if (found := parse_civil_date(form[name])) is None:
        _add(form, "day", name, form[name])
    return found or date.min


def _require_yearly_day(form: RuleForm, name: str) -> str:
    """Return a day of each year as MM-DD, typed as days are but without a year; the first where a fault is added."""
    plain = unicodedata.normalize("NFKC", _require(form, name)).strip()
    joint = "年" if "月" in plain else next((sign for sign in "-/." if sign in plain), "-")
    day = parse_civil_date(f"{_NO_LEAP_YEAR}{joint}{plain}")
    if plain and day is None:
        _add(form, "yearly_day", name, form[name])
    return f"{day or date.min:%m-%d}"


def _read_number(form: RuleForm, name: str) -> int | None:
    plain = unicodedata.normalize("NFKC", form[name]).replace(",", "")
    return int(plain) if re.fullmatch(r"[0-9]{1,9}", plain) and int(plain) > 0 else None


def _require_number(form: RuleForm, name: str) -> int:
    if (found := _read_number(form, name)) is None:
        _add(form, "number", name, form[name])
    return found or 1


def _require_fen(form: RuleForm, name: str) -> int:
    if not _require(form, name):
        return 1
    read = parse_amount(form[name])
    if read.fen is None or read.fen <= 0:
        _add(form, "amount", name, form[name])
        return 1
    return read.fen


def _quote(text: str) -> str:
    """Return a text as YAML in double quotes, which JSON's strings are."""
    return json.dumps(text, ensure_ascii=False)
