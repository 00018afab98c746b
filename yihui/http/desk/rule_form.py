"""/desk/rules/form: write a rule from a printed notice, field by field, with its words and findings beside it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import Fault, FaultError
from core.text_marks import N_
from rules.facts import Fact, facts_for_event
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.feedback import FormFeedback
from yihui.frame.pages import OfficerVisit, require_confirmation
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.rules import submit_rule_file
from yihui.http.desk.sent_values import form_choice
from yihui.runtime.errors import ErrorLine
from yihui.runtime.language import Language, load_language
from yihui.services.rules.form import (
    FIELD_LABELS,
    MOST_CONDITIONS,
    FormCondition,
    RuleForm,
    fill_texts,
    number_table_rows,
    suggest_id,
    write_rule_from_form,
)
from yihui.services.rules.form_terms import Comparison, can_compare

if TYPE_CHECKING:
    from yihui.services.rules.documents import RuleFile
    from yihui.services.rules.grid import GridRow

COMPARISON_LABELS: Mapping[Comparison, str] = {
    Comparison.IS: N_("is (one of)"),
    Comparison.IS_NOT: N_("is not"),
    Comparison.AT_LEAST: N_("at least, not before"),
    Comparison.AT_MOST: N_("at most, not after"),
    Comparison.ABOVE: N_("more than, after"),
    Comparison.BELOW: N_("less than, before"),
    Comparison.WITHIN: N_("belongs to (code)"),
    Comparison.KNOWN: N_("is on record"),
}
_FIRST_ROWS = 3
_CONDITION, _TABLE_ROW = re.compile(r"require\[(\d+)\]"), re.compile(r"benefit\.table\.rows\[(\d+)\]")
# What the form calls the parts of a rule's text that have one field.
_PART_LABELS: Mapping[str, str] = {
    "title": FIELD_LABELS["title"],
    "in_force": N_("first and last day"),
    "on": FIELD_LABELS["on"],
    "among": FIELD_LABELS["among"],
    "benefit.table": FIELD_LABELS["grid"],
    "benefit.amount": FIELD_LABELS["amount"],
    "limit": FIELD_LABELS["times"],
    "allocate.entries": FIELD_LABELS["entries_until"],
    "allocate": FIELD_LABELS["places"],
    "claim": FIELD_LABELS["claim_days"],
    "expires": FIELD_LABELS["expiry_days"],
}
_ROW_FIELD = re.compile(r"c\d+_")


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What a filled-in form would be: the rule in words and as text, and what is to be mended or considered."""

    text: str = ""
    lines: Sequence[str] = ()
    problems: Sequence[ErrorLine] = ()
    warnings: Sequence[ErrorLine] = ()


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("/rules/form")
    def form(request: Request) -> Response:
        visit = pages.open(request, Right.WRITE_RULES)
        year = visit.day.year
        sent = {"standing": ["yes"], "since": [f"{visit.day}"], "until": [f"{year}-12-31"], "times": ["1"]}
        return _show(pages, visit, FormFeedback(sent=sent, form="form"), None)

    @made.post("/rules/form/check")
    async def check(request: Request) -> Response:
        """Show the form again with what it would be; nothing is stored."""
        visit = await pages.open_form(request, Right.WRITE_RULES)
        sent = await read_form(request)
        return await run_in_threadpool(_check, pages, visit, sent)

    @made.post("/rules/form/simulate")
    async def simulate(request: Request) -> Response:
        """Show the form that begins a simulation of the rule; nothing is stored."""
        visit = await pages.open_form(request, Right.SIMULATE_RULES)
        sent = await read_form(request)
        return await run_in_threadpool(_simulate, pages, visit, sent)

    def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        return _show(pages, visit, feedback, RulePreview(problems=feedback.problems))

    pages.add_form(made, "/rules/form", Right.WRITE_RULES, "form", partial(_submit, pages), again)


def _check(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> Response:
    filled = _fill(sent)
    feedback = FormFeedback(sent=filled, form="form")
    return _show(pages, visit, feedback, _preview(pages, visit, filled))


def _simulate(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> Response:
    from yihui.http.desk.rule_simulation import render_simulation_form

    try:
        file = _write_file(_read_form(_fill(sent)))
        return render_simulation_form(pages, visit, FormFeedback(sent={"text": [file.text]}))
    except FaultError:
        return _check(pages, visit, sent)


def _submit(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> str:
    form_choice(sent, "owner", ("", *_list_owners(visit)))
    require_confirmation(sent)
    return submit_rule_file(pages, visit, sent, _write_file(_read_form(_fill(sent))))


def _finding_lines(
    faults: Sequence[Fault], form: RuleForm, rows: Mapping[int, "GridRow"], visit: OfficerVisit
) -> list[ErrorLine]:
    """Return findings in words, each behind the label of the form's field that it is about.

    ``rows`` are those of the table of amounts, by their lines in the rule's text.
    """
    from yihui.views.rules import plain_finding

    language = visit.language
    typed_lines = {line: row.line for line, row in rows.items()}
    lines = []
    for fault in faults:
        row = _find_row(fault.field or "", [*rows.values()])
        line = plain_finding(fault, form["on"], language, row.cells if row else "", typed_lines)
        if row is not None:
            place = language.render(N_("table of amounts, row {row}"), row=row.line)
        else:
            place = _field_label(fault.field or "", form["standing"] == "yes", language)
        message = (
            language.render(N_("{field}: {message}"), field=place, message=line.message) if place else ""
        )
        lines.append(replace(line, message=message or line.message))
    return lines


def _find_row(path: str, rows: Sequence["GridRow"]) -> "GridRow | None":
    stated = _TABLE_ROW.match(path)
    return rows[int(stated[1]) - 1] if stated and int(stated[1]) <= len(rows) else None


def _field_label(path: str, has_standing: bool, language: Language) -> str:
    """Return what the form calls the part of a rule's text at a path; empty for what it has no field for."""
    if (condition := _CONDITION.match(path)) is not None:
        number = int(condition[1]) - has_standing
        return language.render(N_("condition {number}"), number=number) if number > 0 else ""
    label = next((label for part, label in _PART_LABELS.items() if path.startswith(part)), "")
    return language.translate(label)


def _preview(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> RulePreview:
    from yihui.services.rules.desk import check_rule_text
    from yihui.views.rules import rule_lines

    form = _read_form(sent)
    try:
        file = _write_file(form)
    except FaultError as error:
        return RulePreview(problems=_finding_lines(error.faults, form, {}, visit))
    found = check_rule_text(pages.site.wiring, file, takes_over=form["takes_over"] == "yes")
    rows = number_table_rows(form, file.text)
    return RulePreview(
        file.text,
        [*rule_lines(found.rule, visit.language, pages.record_names())] if found.rule else [],
        problems=_finding_lines(found.faults, form, rows, visit),
        warnings=_finding_lines(found.warnings, form, rows, visit),
    )


def _read_form(sent: FormFields) -> RuleForm:
    values = {name: form_value(sent, name) for name in sent}
    return RuleForm(values, values.get("owner", ""), tuple(_conditions(sent)), tuple(sent.get("caps", ())))


def _write_file(form: RuleForm) -> "RuleFile":
    """Return the rule file of the form. *Raises*: FaultError with every fault of its fields."""
    from yihui.services.rules.documents import RuleFile

    return RuleFile("rule.yaml", write_rule_from_form(form))


def _conditions(sent: FormFields) -> list[FormCondition]:
    """Return the rows of which anything but the comparison is filled in."""
    rows = [
        FormCondition(
            form_value(sent, f"c{number}_fact"),
            form_value(sent, f"c{number}_comparison") or Comparison.IS,
            form_value(sent, f"c{number}_value"),
            form_value(sent, f"c{number}_else"),
            form_value(sent, f"c{number}_remedy"),
        )
        for number in range(MOST_CONDITIONS)
    ]
    return [row for row in rows if row.fact or row.value]


def _fill(sent: FormFields) -> dict[str, list[str]]:
    """Return the fields with what is written for the officer: the id, and the conditions' texts, in Chinese."""
    filled = {name: values for name, values in sent.items() if not _ROW_FIELD.match(name)}
    if not form_value(sent, "id") and (title := form_value(sent, "title")):
        filled["id"] = [suggest_id(title)]
    facts = _facts_of(form_value(sent, "on"))
    for number, row in enumerate(_conditions(sent)):
        known = (
            row.fact in facts
            and (row.value or row.comparison == Comparison.KNOWN)
            and can_compare(facts[row.fact], row.comparison)
        )
        title = load_language("zh").translate(facts[row.fact].title) if known else ""
        told = fill_texts(row, facts[row.fact], title) if known else row
        parts = (told.fact, told.comparison, told.value, told.otherwise, told.remedy)
        for name, value in zip(("fact", "comparison", "value", "else", "remedy"), parts, strict=True):
            if value:
                filled[f"c{number}_{name}"] = [value]
    return filled


def _facts_of(event: str) -> Mapping[str, Fact]:
    try:
        return facts_for_event(event)
    except KeyError:
        found = facts_for_event("member.birthday")
        return {path: fact for path, fact in found.items() if fact.source == "member"}


def _list_owners(visit: OfficerVisit) -> list[str]:
    scope = visit.scope(Right.WRITE_RULES)
    return [PROVINCE_CODE] if scope is None else sorted(scope)


def _show(
    pages: HandPages, visit: OfficerVisit, feedback: FormFeedback, preview: RulePreview | None
) -> Response:
    from yihui.services.rules.desk import list_cap_titles
    from yihui.views.labels import EVENT_LABELS
    from yihui.views.names import organisation_label

    facts = _facts_of(form_value(feedback.sent, "on"))
    used = len(_conditions(feedback.sent))
    rows = min(MOST_CONDITIONS, max(_FIRST_ROWS, used + 1))
    names = pages.record_names()
    return pages.render(
        visit,
        "rule_notice.html",
        feedback,
        preview=preview,
        events=EVENT_LABELS,
        facts=facts,
        money=[fact for fact in facts.values() if fact.kind == "fen"],
        comparison_choices=[
            (one.value, visit.language.translate(COMPARISON_LABELS[one])) for one in Comparison
        ],
        rows=range(rows),
        owner_choices=[(one, organisation_label(one, names)) for one in _list_owners(visit)],
        caps=list_cap_titles(pages.site.wiring),
        chosen_caps=feedback.sent.get("caps", []),
    )
