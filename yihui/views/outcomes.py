"""Outcomes, benefits and reasons as people and programs read them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from core.faults import Fault
from rules import yuan as yuan  # ours to pass on
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import Claiming, Grant, Reason, TakenBack, Why
    from events import Tally
    from rules import Library

N_ = str  # marks a text for the message catalogue

_OUTCOMES = {
    "granted": N_("granted"),
    "refused": N_("refused"),
    "entered": N_("entered"),
    "waiting": N_("on the waiting list"),
    "held": N_("not decided yet: the rule is stopped"),
    "reversed": N_("granted, then taken back"),
}
_SHOWN = 12  # refusals and grants printed one by one; the rest is counted


def reason_text(reason: Reason, language: Language) -> str:
    """One reason for a no: the rule's own words, or ours in the reader's language."""
    return language.say(reason.text, **reason.params)


def worth(kind: str, amount_fen: int, quantity: int, unit: str | None, language: Language) -> str:
    """What a benefit is worth, in words."""
    parts = []
    if kind not in ("cash", "voucher"):
        parts.append(f"{quantity} {language.text(unit or kind)}")
    if amount_fen:
        parts.append(language.say(N_("{yuan} yuan"), yuan=yuan(amount_fen)))
    return language.say(N_("{kind}, {what}"), kind=language.text(kind), what=" / ".join(parts))


def print_tally(language: Language, tally: Tally, *, as_json: bool) -> None:
    """What became of a run: counts, what each rule granted, every kind of refusal, dead letters."""
    if as_json:
        sys.stdout.write(json.dumps(tally_json(tally, language), ensure_ascii=False) + "\n")
        return
    summary = N_(
        "events handled {handled}, seen before {duplicates}, dead letters {letters}; granted {granted}, refused {refused}"
    )
    line = language.say(
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
        sys.stdout.write(f"  … {language.say(part, **counted)}\n")
    if tally.held:
        held = N_("held, since the rule is stopped: {count}; decided when it goes on")
        sys.stdout.write(f"  … {language.say(held, count=f'{tally.held:,}')}\n")
    _print_granted(language, tally)
    _print_refused(language, tally)
    _print_letters(language, tally)


def _print_granted(language: Language, tally: Tally) -> None:
    """By rule: how many, and what they come to in money; points come to none."""
    for title, kind in sorted(tally.granted.items(), key=lambda entry: -entry[1].amount_fen):
        template = N_("granted {count} × {title}, worth {yuan} yuan")
        if not kind.amount_fen:
            template = N_("granted {count} × {title}")
        text = language.say(template, count=f"{kind.count:,}", title=title, yuan=yuan(kind.amount_fen))
        sys.stdout.write(f"  ✓ {text}\n")


def _print_refused(language: Language, tally: Tally) -> None:
    """By rule and reason: how many, with one example that can be asked about."""
    template = N_("refused {count} × {title}: {why} (for example {member})")
    kinds = sorted(tally.refused.items(), key=lambda entry: -entry[1].count)
    for (title, _), kind in kinds[:_SHOWN]:
        why = language.clauses(reason_text(reason, language) for reason in kind.reasons)
        text = language.say(template, count=f"{kind.count:,}", title=title, why=why, member=kind.example)
        sys.stdout.write(f"  ✗ {text}\n")


def _print_letters(language: Language, tally: Tally) -> None:
    from yihui.runtime.errors import fault_line

    for letter in tally.letters[:_SHOWN]:
        for fault in letter.faults:
            sys.stdout.write(f"  ! {letter.origin} {fault_line(fault, language).text()}\n")


def tally_json(tally: Tally, language: Language) -> dict[str, object]:
    """Counts, and the first dead letters; ``dead_letter_count`` counts all of them."""
    from yihui.runtime.errors import fault_line

    return {
        "handled": tally.handled,
        "duplicates": tally.duplicates,
        "held": tally.held,
        "granted": tally.grants,
        "refused": tally.refusals,
        "entered": tally.taken_part["entered"],
        "waiting": tally.taken_part["waiting"],
        "dead_letter_count": tally.dead,
        "dead_letters": [
            {
                "id": letter.id,
                "reason": letter.reason,
                "origin": letter.origin,
                "errors": [fault_line(fault, language).as_json() for fault in letter.faults],
            }
            for letter in tally.letters
        ],
    }


def grant_json(grant: Grant, claiming: Claiming | None = None) -> dict[str, object]:
    return {
        **asdict(grant),
        "granted_on": grant.granted_on.isoformat(),
        "expires_on": grant.expires_on.isoformat() if grant.expires_on else None,
        "claim_by": _day(grant.claim_by),
        "claimed_on": _day(claiming.claimed_on if claiming else None),
        "lapsed_on": _day(claiming.lapsed_on if claiming else None),
        "taken_back": _taken_back_json(grant.taken_back) if grant.taken_back else None,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _taken_back_json(taken: TakenBack) -> dict[str, object]:
    return {"on": taken.on.isoformat(), "reason": taken.reason}


def grant_text(grant: Grant, language: Language, claiming: Claiming | None = None) -> str:
    what = worth(grant.kind, grant.amount_fen, grant.quantity, grant.unit, language)
    template = N_("{title} ({what}), until {day}") if grant.expires_on else N_("{title} ({what})")
    told = language.say(template, title=grant.title, what=what, day=grant.expires_on)
    if grant.taken_back:
        back = N_("{what}; taken back on {day}: {reason}")
        told = language.say(back, what=told, day=grant.taken_back.on, reason=grant.taken_back.reason)
    elif claiming is not None and grant.claim_by:
        told = language.say(_claim_words(claiming), what=told, day=_claim_day(grant, claiming))
    return f"{grant.granted_on}  {told}"


def _claim_words(claiming: Claiming) -> str:
    if claiming.lapsed_on:
        return N_("{what}; lapsed on {day}, since nobody claimed it")
    return N_("{what}; claimed on {day}") if claiming.claimed_on else N_("{what}; to be claimed by {day}")


def _claim_day(grant: Grant, claiming: Claiming) -> date | None:
    return claiming.lapsed_on or claiming.claimed_on or grant.claim_by


def why_json(why: Why, language: Language) -> dict[str, object]:
    return {
        "decision": why.id,
        "rule": {"id": why.rule_id, "title": why.rule_title, "hash": why.rule_hash},
        "event": {"source": why.event_source, "id": why.event_id, "type": why.event_type},
        "occurred_on": why.occurred_on.isoformat(),
        "outcome": why.outcome,
        "conditions": [asdict(condition) for condition in why.conditions],
        "reasons": [
            {"code": r.code, "text": reason_text(r, language), "remedy": language.say(r.remedy, **r.params)}
            for r in why.reasons
        ],
    }


def why_lines(why: Why, language: Language) -> list[str]:
    """A decision in plain words: what, and for a no all that is missing with its remedy."""
    outcome = language.text(_OUTCOMES.get(why.outcome, why.outcome))
    head = language.say(N_("{name}: {detail}"), name=why.rule_title, detail=outcome)
    lines = [f"{why.occurred_on}  {head}  [{why.rule_id} {why.rule_hash[:12]}]"]
    for condition in why.conditions:
        mark = "✓" if condition.holds else "✗"
        read = condition.values.items()
        values = language.clauses(
            f"{fact_title(why.event_type, path, language)} = {_shown(value, language)}"
            for path, value in read
        )
        lines.append(f"    {mark} {condition.that}   {language.say(N_('({values})'), values=values)}")
    for reason in why.reasons:
        remedy = f" → {language.say(reason.remedy, **reason.params)}" if reason.remedy else ""
        lines.append(f"    {reason_text(reason, language)}{remedy}")
    return lines


def no_such_rule(library: Library, rule_id: str, language: Language) -> Fault:
    """What is said of a rule that isn't there: those whose names come near, else all of them."""
    ids = list(dict.fromkeys(rule.id for rule in library.rules))
    near = get_close_matches(rule_id, ids) or ids
    return Fault(
        N_("there is no rule {value}"),
        N_("choose one of {expected}"),
        field="rule",
        value=rule_id,
        params={"expected": language.listed(near)},
    )


def fact_title(event_type: str, path: str, language: Language) -> str:
    """What a fact is called; its path where this version knows it no longer."""
    from rules import EVENTS

    fact = EVENTS.get(event_type, {}).get(path)
    return language.text(fact.title) if fact else path


def _shown(value: object, language: Language) -> str:
    if value is None:
        return language.say(N_("not known"))
    return language.listed(value) if isinstance(value, list) else str(value)
