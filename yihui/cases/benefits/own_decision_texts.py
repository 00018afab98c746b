"""Why, and why not, in the words of the member's own page: conditions, what is missing, and what mends it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from benefits import Appeal, DecisionExplanation, DecisionRecord, StoredRule
from benefits.reporting.member_benefits import EvaluatedCondition
from core.text_marks import N_
from events import SkipExplanation
from events.unevaluated_rules import REFUSED_APPLICATION
from rules import FIRST_DAY
from yihui.cases.appeals.own import appeal_chip
from yihui.cases.benefits.own_texts import WaitingLine
from yihui.frame.cells import Chip
from yihui.runtime.language import Language
from yihui.services.desk.record_names import RecordNames
from yihui.views.agent_script import ground_text
from yihui.views.condition_words import IN_WORDS, evaluated_condition_text, join_narrowed
from yihui.views.fact_values import format_fact_value
from yihui.views.outcome_chips import outcome_chip
from yihui.views.outcomes import fact_title, reason_text, skip_reason_text
from yihui.views.remedies import AdvisedReason, Remedy, advice_text, find_remedy, help_remedy, refusal_remedy

Names = Mapping[str, str]
_NEVER = "9999-12-31"
_NO_TITLES: Names = {}
_CODE = re.compile(r"(?<![\d-])\d{6}(?:\d{3}-\d{5})?(?![\d-])")
_PLACES = {  # titles of facts about her place, as she reads them
    N_("the member's organisation"): N_("your organisation"),
    N_("the member's district"): N_("your district"),
}
_APPLICATIONS = Remedy(N_("My applications"), "/me/applications")
# What the member reads in place of the words for officers, by the reason's code: the reason, and what she can do.
_SKIPPED: Mapping[str, tuple[str, str]] = {
    "no-event": (
        N_("It isn't given to members of your union now."),
        N_("Ask your union whether it gives something like it."),
    ),
    "not-in-force": (N_("What happened on {day} was outside the time in which it is given."), ""),
    REFUSED_APPLICATION: (
        N_("The union refused your application on {day}. {words}"),
        N_("You can appeal there, or apply anew while applications are taken."),
    ),
    "not-then": (
        N_("When this was looked at, less was known of you, or it was not given yet."),
        N_("Your union can have it looked at again: ask there."),
    ),
    "out-of-scope": (
        N_("It is for members of another organisation than yours was on that day."),
        N_("Ask your union whether it gives something like it."),
    ),
}


@dataclass(frozen=True, slots=True)
class ConditionView:
    """One condition. ``values`` are the facts read, title and value; ``remedy`` is the rule's own advice."""

    words: str
    holds: bool
    unknown: bool
    values: Sequence[tuple[str, str]]
    otherwise: str = ""
    advice: str = ""
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as its page shows it; ``reasons`` are those that no condition gave, ``help`` asks the union about it."""

    id: str
    title: str
    outcome: Chip
    day: date
    met: Sequence[ConditionView]
    missing: Sequence[ConditionView]
    reasons: Sequence[AdvisedReason]
    grounds: Sequence[str]
    version: str
    appeals: Sequence[WaitingLine]
    may_appeal: bool
    help: Remedy


def decision_view(
    record: DecisionRecord, language: Language, names: Names, has_page: Callable[[str], bool], today: date
) -> DecisionView:
    """Return a decision; ``names`` are of organisations and districts, and ``has_page`` knows the pages of remedies.

    Advice to wait for a day that has come is left out.
    """
    why, called = record.why, RecordNames(organisation=lambda code: names.get(code, ""))
    met = [one for one in why.conditions if one.holds]
    stated = {one.text for one in why.reasons}  # facts of a member who has left are unknown, and no reason
    missing = [
        one for one in why.conditions if not (one.holds or (one.unknown and one.otherwise not in stated))
    ]
    said = {language.translate(one.otherwise) for one in missing}
    refused = record.outcome in ("refused", "waiting")
    reasons = [
        AdvisedReason(
            reason_text(one, why.rule_title, language, called),
            advice_text(language.render(one.remedy, **one.params), language)
            if one.remedy
            and not (one.code == "limit-reached" and one.params.get("day", _NEVER) <= f"{today}")
            else "",
            refusal_remedy(one.code, why.id) if refused else None,
        )
        for one in why.reasons
    ]
    return DecisionView(
        why.id,
        why.rule_title,
        outcome_chip(record.outcome),
        why.occurred_on,
        [_condition(why, one, language, names, has_page, today) for one in join_narrowed(met)],
        [_condition(why, one, language, names, has_page, today) for one in missing],
        [one for one in reasons if one.text not in said],
        ground_texts(record.version, language),
        _version_text(record.version, language),
        [appeal_line(one, language) for one in record.appeals],
        why.outcome != "held" and all(one.answer for one in record.appeals),
        help_remedy(why.id),
    )


def _condition(
    why: DecisionExplanation,
    condition: EvaluatedCondition,
    language: Language,
    names: Names,
    has_page: Callable[[str], bool],
    today: date,
) -> ConditionView:
    read = {path: value for path, value in condition.values.items() if not path.startswith(IN_WORDS)}
    advice = _advice(condition, language, today)
    return ConditionView(
        name_codes(evaluated_condition_text(why.event_type, condition, language), names, language),
        condition.holds,
        condition.unknown,
        _values(why.event_type, read, language, names),
        "" if condition.holds else language.translate(condition.otherwise),
        "" if condition.holds else advice_text(advice, language),
        None if condition.holds else find_remedy(read, has_page, advice, why.event_type),
    )


def _advice(condition: EvaluatedCondition, language: Language, today: date) -> str:
    """Return the rule's own advice, or from which day on it is granted while that day is to come."""
    first, advice = condition.values.get(FIRST_DAY), condition.remedy or ""
    if first is None:
        return advice
    return language.render(advice, first=first) if f"{first}" > f"{today}" else ""


def _version_text(version: StoredRule | None, language: Language) -> str:
    if version is None:
        return language.render(N_("the text of this rule was not stored at that time"))
    return language.render(N_("in force since {since}"), since=version.since)


def ground_texts(version: StoredRule | None, language: Language) -> list[str]:
    """Return the documents and clauses on which a rule rests."""
    return [ground_text(one, language) for one in version.basis] if version else []


def appeal_line(appeal: Appeal, language: Language, titles: Mapping[str, str] = _NO_TITLES) -> WaitingLine:
    """Return an appeal with its state and the reason of its answer, for a list; the officer is not named.

    ``titles`` are those of benefits by decision, for a page about several.
    """
    answer = appeal.answer
    state = language.translate(appeal_chip(appeal).title)
    title = language.render(N_("Your appeal of {day}"), day=appeal.lodged_on)
    if about := titles.get(appeal.decision_id):
        title = language.render(N_("{name}: {detail}"), name=about, detail=title)
    text = language.join_clauses(filter(None, (state, answer.reason if answer else "")))
    return WaitingLine(title, text, path=f"/me/appeals/{appeal.id}")


@dataclass(frozen=True, slots=True)
class SkipView:
    """Why a rule decided nothing: the reason, the values read, and what can be done."""

    day: date | None
    text: str
    values: Sequence[tuple[str, str]]
    advice: str
    remedy: Remedy | None


def is_for_member(found: SkipExplanation, has_way: bool) -> bool:
    """Return whether the reason why a rule decided nothing tells the member something; with a way, to what she has not done."""
    if found.reason.code == "not-among":  # it was about another thing than this benefit
        return any(path.startswith("member.") for path, _ in found.values)
    return not has_way or found.reason.code != "no-event"


def skip_view(
    found: SkipExplanation, language: Language, names: Names, has_page: Callable[[str], bool]
) -> SkipView:
    """Return why a rule did not consider the member."""
    params = dict(found.reason.params)
    text, advice = skip_reason_text(found, language), language.render(found.reason.remedy, **params)
    if found.reason.code in _SKIPPED:
        text, advice = (language.render(one, **params) for one in _SKIPPED[found.reason.code])
    values = dict(found.values)
    return SkipView(
        found.on,
        name_codes(text, names, language),
        _values(found.event_type, values, language, names),
        advice,
        _APPLICATIONS
        if found.reason.code == REFUSED_APPLICATION
        else find_remedy(values, has_page, found.reason.remedy, found.event_type),
    )


def name_codes(text: str, names: Names, language: Language) -> str:
    """Return a text with the codes of organisations and districts replaced by their names, where known.

    Where the text speaks of such a code, the member reads of the place itself.
    """
    for code, place in _PLACES.items():
        text = text.replace(language.translate(code), language.translate(place))
    return _CODE.sub(lambda match: names.get(match[0], match[0]), text)


def _values(
    event_type: str, values: Mapping[str, object], language: Language, names: Names
) -> list[tuple[str, str]]:
    return [
        (
            name_codes(fact_title(event_type, path, language), names, language),
            name_codes(format_fact_value(path, value, language), names, language),
        )
        for path, value in values.items()
    ]
