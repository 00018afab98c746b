"""Show outcomes, benefits and reasons as text and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import unquote

from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.views.condition_words import IN_WORDS, evaluated_condition_text, find_fact, render_condition
from yihui.views.fact_values import format_fact_value
from yihui.views.labels import EVENT_LABELS, code_label
from yihui.views.names import period_key_text
from yihui.views.outcome_chips import outcome_chip

if TYPE_CHECKING:
    from benefits import DecisionExplanation, Reason
    from benefits.reporting.member_benefits import EvaluatedCondition
    from events import RunTally, SkipExplanation, SweepResult


_SHOWN = 12  # kinds of refusals and dead letters printed; further ones are only counted
_SWEEP_MARKS = {"lapsed": "↓", "expired": "↓", "moved_up": "↑", "passed": "→"}
_SWEEP_TEXTS = {
    "lapsed": N_("lapsed unclaimed {count} × {title}, worth {yuan} yuan (for example {member})"),
    "expired": N_("expired {count} × {title}, worth {yuan} yuan (for example {member})"),
    "moved_up": N_("moved up the waiting list {count} × {title}, worth {yuan} yuan (for example {member})"),
    "passed": N_("passed over on the waiting list {count} × {title} (for example {member})"),
}
_TITLES_OF_ENGINE = {
    "draw.place": N_("place in the order"),
    "entry.stands": N_("still takes part"),
    "event.known_on": N_("day on which the event became known"),
}


def reason_text(reason: Reason, title: str, language: Language, names: RecordNames = NO_NAMES) -> str:
    """Return one reason for a refusal: the rule's own text, or the product's in the reader's language.

    ``title`` is the rule's: its budget has that name where no other is known.
    """
    params = dict(reason.params)
    if "budget" in params:
        params["budget"] = names.budget(params["budget"]) or title
    if "period" in params:
        params["period"] = period_key_text(params["period"], language)
    if "group" in params:
        params["group"] = _group_text(params["group"], language, names)
    return language.render(reason.text, **params)


def _group_text(group: str, language: Language, names: RecordNames) -> str:
    """Return a quota's group in words: a subtree by its organisation, else the value of each fact it is made of."""
    parts = [part.rpartition("=") for part in group.split("&")]
    values = ((path, unquote(value)) for path, _, value in parts)
    return language.join_clauses(
        names.organisation(value) or (format_fact_value(path, value, language) if path else value)
        for path, value in values
    )


def skip_reason_text(found: SkipExplanation, language: Language) -> str:
    """Return why a rule didn't consider a member; the condition that selects members is said in words."""
    params = dict(found.reason.params)
    if "whom" in params:
        params["whom"] = render_condition(found.event_type, params["whom"], dict(found.values), language)
    if "types" in params:
        labels = [code_label(EVENT_LABELS, one, language) for one in params["types"].split("、")]
        params["types"] = language.format_list(labels)
    return language.render(found.reason.text, **params)


def benefit_worth_text(
    kind: str, amount_fen: int, quantity: int, unit: str | None, language: Language
) -> str:
    """Return the worth of a benefit as text."""
    parts = []
    if kind not in ("cash", "voucher"):
        parts.append(f"{quantity} {language.translate(unit or kind)}")
    if amount_fen:
        parts.append(language.render(N_("{yuan} yuan"), yuan=format_yuan(amount_fen)))
    return language.render(N_("{kind}, {what}"), kind=language.translate(kind), what=" / ".join(parts))


def print_tally(language: Language, tally: RunTally, *, as_json: bool) -> None:
    """Print the result of a run: counts, the grants of each rule, every kind of refusal, dead letters."""
    if as_json:
        sys.stdout.write(json.dumps(tally_json(tally, language), ensure_ascii=False) + "\n")
        return
    summary = N_(
        "events handled {handled}, seen before {duplicates}, dead letters {letters}; granted {granted}, refused {refused}"
    )
    line = language.render(
        summary,
        handled=f"{tally.handled:,}",
        duplicates=f"{tally.duplicates:,}",
        letters=f"{tally.dead:,}",
        granted=f"{tally.grants:,}",
        refused=f"{tally.refusals:,}",
    )
    sys.stdout.write(line + "\n")
    if tally.taken_part:
        part = N_("entered {entered}, waiting {waiting}")
        counted = {name: f"{tally.taken_part[name]:,}" for name in ("entered", "waiting")}
        sys.stdout.write(f"  … {language.render(part, **counted)}\n")
    if tally.held:
        held = N_("held, since the rule is stopped: {count}; decided when it goes on")
        sys.stdout.write(f"  … {language.render(held, count=f'{tally.held:,}')}\n")
    _print_granted(language, tally)
    _print_refused(language, tally)
    for line in sweep_lines(tally.swept, language):
        sys.stdout.write(f"  {line}\n")
    _print_letters(language, tally)


def sweep_lines(swept: SweepResult, language: Language) -> Iterator[str]:
    """Yield what fell due by the days of events or of the clock, a line for each kind and rule."""
    for change in swept.changes:
        text = language.render(
            _SWEEP_TEXTS[change.kind],
            count=f"{change.count:,}",
            title=change.title,
            yuan=format_yuan(change.amount_fen),
            member=change.example,
        )
        yield f"{_SWEEP_MARKS[change.kind]} {text}"
    if swept.reminded:
        yield f"… {language.render(N_('reminded {count}'), count=f'{swept.reminded:,}')}"


def _print_granted(language: Language, tally: RunTally) -> None:
    """Print the number of grants by rule, and their worth in money. Points have none."""
    for title, kind in sorted(tally.granted.items(), key=lambda entry: -entry[1].amount_fen):
        template = N_("granted {count} × {title}, worth {yuan} yuan")
        if not kind.amount_fen:
            template = N_("granted {count} × {title}")
        text = language.render(
            template, count=f"{kind.count:,}", title=title, yuan=format_yuan(kind.amount_fen)
        )
        sys.stdout.write(f"  ✓ {text}\n")


def _print_refused(language: Language, tally: RunTally) -> None:
    """Print the number of refusals by rule and reason, with one example member."""
    template = N_("refused {count} × {title}: {why} (for example {member})")
    kinds = sorted(tally.refused.items(), key=lambda entry: -entry[1].count)
    for (title, _), kind in kinds[:_SHOWN]:
        why = language.join_clauses(reason_text(reason, title, language) for reason in kind.reasons)
        text = language.render(template, count=f"{kind.count:,}", title=title, why=why, member=kind.example)
        sys.stdout.write(f"  ✗ {text}\n")


def _print_letters(language: Language, tally: RunTally) -> None:
    from yihui.runtime.errors import fault_line

    for letter in tally.dead_letters[:_SHOWN]:
        for fault in letter.faults:
            sys.stdout.write(f"  ! {letter.origin} {fault_line(fault, language).text()}\n")


def tally_json(tally: RunTally, language: Language) -> dict[str, object]:
    """Return counts and the first dead letters; ``dead_letter_count`` counts all of them."""
    from yihui.runtime.errors import fault_line

    return {
        "handled": tally.handled,
        "duplicates": tally.duplicates,
        "held": tally.held,
        "granted": tally.grants,
        "refused": tally.refusals,
        "entered": tally.taken_part["entered"],
        "waiting": tally.taken_part["waiting"],
        "upkeep": [asdict(change) for change in tally.swept.changes],
        "reminded": tally.swept.reminded,
        "dead_letter_count": tally.dead,
        "dead_letters": [
            {
                "id": letter.id,
                "reason": letter.reason,
                "origin": letter.origin,
                "errors": [fault_line(fault, language).as_json() for fault in letter.faults],
            }
            for letter in tally.dead_letters
        ],
    }


def decision_json(
    why: DecisionExplanation, language: Language, names: RecordNames = NO_NAMES, *, with_code: bool = False
) -> dict[str, object]:
    """Return a decision as JSON data; a condition is ``words``, and its code ``that`` only on demand."""
    return {
        "decision": why.id,
        "rule": {"id": why.rule_id, "title": why.rule_title, "hash": why.rule_hash},
        "event": {"source": why.event_source, "id": why.event_id, "type": why.event_type},
        "occurred_on": why.occurred_on.isoformat(),
        "outcome": why.outcome,
        "conditions": [
            _condition_json(why, condition, language, with_code=with_code) for condition in why.conditions
        ],
        "reasons": [
            {
                "code": r.code,
                "text": reason_text(r, why.rule_title, language, names),
                "remedy": language.render(r.remedy, **r.params),
            }
            for r in why.reasons
        ],
    }


def _condition_json(
    why: DecisionExplanation, condition: EvaluatedCondition, language: Language, *, with_code: bool
) -> dict[str, object]:
    content = asdict(condition)
    that = content.pop("that")
    words = evaluated_condition_text(why.event_type, condition, language)
    return {"words": words, **({"that": that} if with_code else {}), **content}


def decision_lines(
    why: DecisionExplanation,
    language: Language,
    names: RecordNames = NO_NAMES,
    *,
    outcome: str = "",
    with_code: bool = False,
) -> list[str]:
    """Return a decision as lines: the outcome, its conditions in words, and every reason with its remedy.

    ``outcome`` is by default that of the decision.
    ``with_code`` adds each condition as the rule writes it. Without names the rule's id and version are there.
    """
    with_ids = names.with_ids
    came = language.title(outcome_chip(outcome or why.outcome).title)
    head = language.render(N_("{name}: {detail}"), name=why.rule_title, detail=came)
    lines = [f"{why.occurred_on}  {head}" + (f"  [{why.rule_id} {why.rule_hash[:12]}]" if with_ids else "")]
    for condition in why.conditions:
        lines.append(f"    {condition_line(why.event_type, condition, language)}")
        if with_code:
            lines.append(f"        {condition.that}")
    for reason in why.reasons:
        remedy = f" → {language.render(reason.remedy, **reason.params)}" if reason.remedy else ""
        lines.append(f"    {reason_text(reason, why.rule_title, language, names)}{remedy}")
    return lines


def condition_line(event_type: str, condition: EvaluatedCondition, language: Language) -> str:
    """Return one condition: whether it holds, in words, and the facts that it read."""
    mark = "✓" if condition.holds else "✗"
    words = evaluated_condition_text(event_type, condition, language)
    read = read_facts_text(event_type, condition, language)
    return f"{mark} {words}" + (f"   {language.render(N_('({values})'), values=read)}" if read else "")


def read_facts_text(event_type: str, condition: EvaluatedCondition, language: Language) -> str:
    """Return the facts that a condition read, each with its value."""
    return language.join_clauses(
        f"{fact_title(event_type, path, language)} = {format_fact_value(path, value, language)}"
        for path, value in condition.values.items()
        if not path.startswith(IN_WORDS)
    )


def fact_title(event_type: str, path: str, language: Language) -> str:
    """Return the title of a fact, or its path if this version no longer knows it."""
    fact = find_fact(event_type, path)
    if path in _TITLES_OF_ENGINE:
        return language.translate(_TITLES_OF_ENGINE[path])
    return language.translate(fact.title) if fact else path
