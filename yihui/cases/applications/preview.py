"""What an application would get once it has passed its stages: the rules decide as they would, and nothing is written."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.money import format_yuan
from core.text_marks import N_
from yihui.cases.applications.acts import FoundApplication
from yihui.frame.listing import Looking
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits.model.ruling import Ruling
    from rules import Rule, RuleLibrary
    from yihui.cases.applications.stages import ActKind

_STAGES: "Mapping[ActKind, str]" = MappingProxyType(
    {"accept": N_("the review by {stage}"), "publish": N_("public notice"), "confirm": N_("confirmation")}
)


def render_effect(look: Looking[Any], found: FoundApplication, language: Language) -> str:
    """Return in words what the rules would decide of an application that passes today, and which stages follow."""
    from yihui.cases.applications.steps import preview_confirmation
    from yihui.views.outcomes import reason_text

    rulings = preview_confirmation(look.wiring, look.connection, found.listed, found.steps, found.terms)
    library = look.wiring.rulebook.in_force(look.connection)
    sentences = []
    for one in rulings:
        rule = next((version for version in library.rules if version.hash == one.decision.rule_hash), None)
        if rule is not None:
            sentences += render_version(
                found, rule.definition.title, rule.definition.in_force.since, language
            )
        given = _render_benefits(one, rule, look, language)
        if one.outcome == "granted" and found.listed.stage.kind == "confirm":
            text = N_("Confirming it grants by “{rule}”: {given}.")
        elif one.outcome == "granted":
            text = N_("Once all stages are passed and it is confirmed, it grants by “{rule}”: {given}.")
        elif one.outcome == "refused":
            text = N_("By “{rule}” it would be {given}; as things stand it would be refused: {reasons}.")
        else:
            text = N_(
                "By “{rule}” it would be {given}; the member would be put on the list of those who wait."
            )
        said = (reason_text(reason, one.decision.rule_title, language) for reason in one.reasons)
        reasons = language.join_clauses(dict.fromkeys(text.rstrip("。.") for text in said))
        sentences.append(language.render(text, rule=one.decision.rule_title, given=given, reasons=reasons))
        sentences += [*_render_amounts(one, language), *_render_budgets(one, language)]
    if not rulings:
        sentences.append(_render_no_rule(found, library, look, language))
    return "\n".join([*sentences, *_render_stages(found, language)])


def render_version(found: FoundApplication, title: str, since: date, language: Language) -> list[str]:
    """Return a sentence about which version of a rule decides, and why it is that one."""
    progress = found.listed.stage.progress
    day = progress.first_submitted_on if progress else None
    if day is None:
        return []
    text = N_("It was first handed in on {day}: “{rule}” decides, in the version of {since}.")
    return [language.render(text, day=day, rule=title, since=since)]


def _render_no_rule(
    found: FoundApplication, library: "RuleLibrary", look: Looking[Any], language: Language
) -> str:
    """Return that no rule decides, with the last day on which one took applications."""
    from yihui.cases.applications.deadlines import find_closing_day

    day = found.listed.find_version_day(civil_date(look.now))
    last = find_closing_day(library, day, programme=found.listed.programme)
    if last is None:
        return language.translate(N_("No rule decides about it."))
    text = N_(
        "No rule decides about it: it could be applied for until {last}, and it was handed in on {day}."
    )
    return language.render(text, last=last, day=day)


def _render_stages(found: FoundApplication, language: Language) -> list[str]:
    """Return a sentence about the stages that follow after this one, if any."""
    from members.applications import ApplicationProgress
    from yihui.cases.applications.stages import list_acts_left

    now = found.listed.stage
    left = list_acts_left(found.terms, now.progress or ApplicationProgress())
    if now.kind in {"review", "publish", "confirm"}:
        left = left[1:]
    stages = [language.render(_STAGES[kind], stage=stage) for kind, stage in left]
    return [language.render(N_("Then follow: {stages}."), stages=" → ".join(stages))] if stages else []


def _render_benefits(one: "Ruling", rule: "Rule | None", look: Looking[Any], language: Language) -> str:
    """Return what a ruling gives, or would give; unknown where the amount is computed and it was refused."""
    from rules.engine.day import build_fixed_benefits
    from yihui.views.outcomes import benefit_worth_text

    due = one.decision.benefits
    if not due and rule is not None:
        due = build_fixed_benefits(rule, civil_date(look.now)) or ()
    worths = [
        benefit_worth_text(part.kind, part.amount_fen, part.quantity, part.unit, language) for part in due
    ]
    return (
        language.join_clauses(worths)
        if worths
        else language.translate(N_("an amount that the rule computes"))
    )


def _render_amounts(one: "Ruling", language: Language) -> list[str]:
    """Return the arithmetic of each amount that a table's row or a formula gives."""
    from benefits.reporting.member_benefits import EvaluatedCondition
    from yihui.views.condition_words import evaluated_condition_text

    said = []
    for checked in one.decision.conditions:
        of, known = checked.condition, checked.values
        if of.amount is not None and checked.holds:
            read: dict[str, object] = {path: known[path] for path in of.reads}
            condition = EvaluatedCondition(of.that, True, checked.unknown, read, "", None, of.amount)
            words = evaluated_condition_text(one.event.type, condition, language)
            said.append(language.render(N_("The amount: {words}."), words=words))
    return said


def _render_budgets(one: "Ruling", language: Language) -> list[str]:
    from rules import budget_key

    prefix = budget_key("")
    return [
        language.render(N_("Its budget would then hold {yuan} yuan."), yuan=format_yuan(ceiling - used))
        for key, (used, ceiling) in one.bounds.items()
        if key.startswith(prefix) and ceiling is not None and one.outcome == "granted"
    ]
