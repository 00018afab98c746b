"""Render three sentences for a 12351 hotline agent: what was decided, why, and what the member can do.

All sentences come from templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from benefits import USABLE_STATES, GrantStanding
from core.money import format_yuan
from core.text_marks import N_
from yihui.frame.cells import reword_days
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.views.grants import grant_state_text
from yihui.views.outcomes import benefit_worth_text, fact_title, reason_text, skip_reason_text

if TYPE_CHECKING:
    from benefits import (
        BasisReference,
        DecisionExplanation,
        DecisionRecord,
        GrantPartRecord,
        GrantState,
        Reason,
    )
    from events import SkipExplanation


# Types of the events by which places are given later.
WAITING_MOVED, DRAWN = "waiting.moved", "draw.drawn"
_WHAT: Mapping[str, str] = {
    "refused": N_("“{title}” of {day} was not granted."),
    "held": N_("“{title}” of {day} is not decided yet."),
    "entered": N_("The member takes part in the draw for “{title}” since {day}."),
    "ranked": N_("The member takes part in the ranking for “{title}” since {day}."),
    "drawn": N_("The member took part for “{title}” on {day}; it was decided on {drawn}."),
    "withdrawn": N_("The member gave up “{title}” of {day}."),
    "waiting": N_(
        "The member waits for “{title}” since {day}: came as number {position}, is number {now} of {waiting} now."
    ),
    "list_over": N_(
        "The member waited for “{title}” since {day}; the waiting list is over, since the rule has ended."
    ),
    "moved_up": N_("The member moved up from the waiting list for “{title}” on {left}."),
    "passed": N_("The member was passed over on the waiting list for “{title}” on {left}."),
    "reversed": N_("“{title}” of {day} was granted and taken back."),
    "granted": N_("“{title}” of {day} was granted: {what}; {state}."),
}
# States of a grant in the order in which a decision with several parts shows them.
_STATE_ORDER: tuple[GrantState, ...] = (
    "owing", "returned", "claimable", "partly_used", "handed_out", "promised", "preparing", "on_the_way",
    "paid", "used", "expired", "lapsed", "voided", "clawed_back", "reversed",
)  # fmt: skip
_BECAUSE = N_("The reason: {reasons}.")
_BECAUSE_ALL_HOLD = N_("The reason: all {count} conditions of the rule held ({ground}).")
_BECAUSE_NONE = N_("The reason: the rule sets no further condition ({ground}).")
_BECAUSE_DRAWN = N_("The reason: who gets one of the places is settled together, not one by one ({ground}).")
_BECAUSE_MOVED_UP = N_(
    "The reason: a place became free, and the member was next on the waiting list ({ground})."
)
_BECAUSE_PLACED = N_("The reason: the member came as number {place} when the places were given ({ground}).")
_BECAUSE_OVER: Mapping[str, str] = {
    "expired": N_("The reason: its last day was {day}, and it was not used up by then."),
    "lapsed": N_("The reason: its last day to claim was {day}, and it was not claimed by then."),
}
_VOIDED = N_("made void on {day}: {reason}")
_UNKNOWN = N_("{text} (not known to us: {facts})")

_DO = N_("What to do: {remedies}.")
# Remedies by reason code, used where neither the rule nor the ledger names one.
_DO_BY_CODE: Mapping[str, str] = {
    "condition": N_("if what is known is wrong, have it corrected by the union and appeal"),
    "unknown": N_("have what is missing entered by the union, then appeal"),
    "entered-already": N_("wait for the draw"),
    "needs-other": N_("get the other benefit first"),
    "not-with-other": N_("nothing more can be had beside the other benefit"),
    "better-given": N_("nothing: the more valuable benefit was granted instead"),
}
_DO_OTHERWISE = N_("whoever doesn't agree can appeal")
_DO_BY_STATE: Mapping[str, str] = {
    "owing": N_("What to do: pay {owed} yuan back to the union, or ask it to waive them."),
    "clawed_back": N_("What to do: nothing; whoever doesn't agree can appeal."),
    "expired": N_("What to do: nothing can be done any more; ask the union whether it can be granted again."),
    "lapsed": N_("What to do: nothing can be done any more; ask the union whether it can be granted again."),
    "voided": N_("What to do: nothing; whoever doesn't agree can appeal."),
    "returned": N_("What to do: check the account number and name with the union; it is paid again then."),
    "claimable": N_("What to do: claim it{until}."),
    "paid": N_("What to do: look at the bank account; if nothing has come, have the account number checked."),
    "on_the_way": N_("What to do: wait for the bank, usually some work-days."),
    "preparing": N_("What to do: wait; nothing is asked of the member."),
    "used": N_("What to do: nothing; if it wasn't the member who used it, report it to the union at once."),
    "partly_used": N_("What to do: use what is left{until}."),
    "handed_out": N_("What to do: use it{until}."),
    "promised": N_("What to do: use it{until}."),
    "cash_promised": N_("What to do: wait for the payment; see that the account number is right."),
    "entered": N_("What to do: wait for the result; nothing more is needed."),
    "drawn": N_(
        "What to do: look whether the result is among the member's decisions; the draw can be checked by anybody."
    ),
    "waiting": N_("What to do: wait; it is granted by itself when a place becomes free."),
    "list_over": N_(
        "What to do: nothing comes by itself any more; ask the union whether there will be another round."
    ),
    "moved_up": N_("What to do: see the decision that was taken then."),
    "passed": N_("What to do: see the decision that was taken then; whoever doesn't agree can appeal."),
    "withdrawn": N_(
        "What to do: nothing; whoever has changed his mind can ask the union whether there will be another round."
    ),
}
_UNTIL = N_(" up to {day}")
_APPEALED = N_("the appeal of {day} waits for its answer")
_ANSWERED = {
    "upheld": N_("the appeal of {day} was upheld on {answered} and it was decided anew: {reason}"),
    "rejected": N_("the appeal of {day} was rejected on {answered}: {reason}"),
}
_ANEW = N_("decided anew on the appeal of {day}")

_NOT_LOOKED_WHAT = N_("The rule “{title}” has decided nothing.")
_NOT_LOOKED_AT = N_("The rule “{title}” has decided nothing on {day}.")


def render_agent_summary(
    told: DecisionRecord, language: Language, names: RecordNames = NO_NAMES
) -> tuple[str, str, str]:
    """Return three sentences: what was decided, why, and what the member can do. Covers every outcome."""
    state = decision_state(told)
    said = _what(told, state, language), _why(told, state, language, names), _do(told, state, language)
    return _reword_days(said, language)


def render_not_evaluated_summary(
    found: SkipExplanation, title: str, at: str | None, language: Language
) -> tuple[str, str, str]:
    """Return the same three sentences for a rule that evaluated nothing for the member."""
    day = at or (found.on.isoformat() if found.on else None)
    what = language.render(_NOT_LOOKED_AT if day else _NOT_LOOKED_WHAT, title=title, day=day)
    reason = _bare(skip_reason_text(found, language))
    remedy = _bare(language.render(found.reason.remedy, **found.reason.params))
    said = what, language.render(_BECAUSE, reasons=reason), language.render(_DO, remedies=remedy)
    return _reword_days(said, language)


def _reword_days(said: tuple[str, str, str], language: Language) -> tuple[str, str, str]:
    """Return sentences with their days as an agent reads them out; the years stay, since cases store the sentences."""
    what, why, do = (reword_days(text, language, None) for text in said)
    return what, why, do


def decision_state(told: DecisionRecord) -> str:
    """Return the state that a decision has reached: a key of the tables above."""
    outcome = told.why.outcome
    if outcome == "granted":
        return _state_of_parts(told.parts)
    if outcome == "waiting" and told.line and told.line.left:
        return {"granted": "moved_up", "passed": "passed"}.get(told.line.left, "withdrawn")
    if told.is_list_over:
        return "list_over"
    if outcome == "entered" and told.lot:
        if told.lot.withdrawn_on:
            return "withdrawn"
        return "drawn" if told.lot.drawn_on else "ranked" if told.lot.mode == "by_rank" else "entered"
    return outcome


def _state_of_parts(parts: tuple[GrantPartRecord, ...]) -> GrantState:
    """Return the state of a decision: that of its parts, or of the part that needs the member most."""
    states = {part.stands.state for part in parts}
    if states & {"used", "partly_used"} and states & {"handed_out", "promised"}:
        return "partly_used"
    return min(states, key=_STATE_ORDER.index, default="promised")


def _what(told: DecisionRecord, state: str, language: Language) -> str:
    why, line, lot = told.why, told.line, told.lot
    params = {
        "title": why.rule_title,
        "day": why.occurred_on.isoformat(),
        "position": line.position if line else None,
        "now": line.now if line else None,
        "waiting": line.waiting if line else None,
        "left": line.left_on if line else None,
        "drawn": lot.drawn_on if lot else None,
    }
    if why.outcome != "granted":
        return language.render(_WHAT[state if state in _WHAT else "refused"], **params)
    what = language.format_list(
        benefit_worth_text(p.grant.kind, p.grant.amount_fen, p.grant.quantity, p.grant.unit, language)
        for p in told.parts
    )
    found = ((p.grant.kind, p.stands) for p in told.parts if p.stands.state == state)
    kind, stands = next(found, ("cash", GrantStanding("promised")))
    words = grant_state_text(
        kind, stands, [one for p in told.parts for one in p.facts.positions.items()], language, told.debts
    )
    return language.render(_WHAT["granted"], **params, what=what, state=words)


def _why(told: DecisionRecord, state: str, language: Language, names: RecordNames) -> str:
    why = told.why
    parts = [_reason(reason, why, language, names) for reason in why.reasons]
    if why.outcome == "granted" and state in ("owing", "clawed_back") and told.debts:
        parts = [_bare(debt.text) for debt in told.debts]
    elif why.outcome == "granted" and state in _BECAUSE_OVER:
        days = [p.stands.last_day for p in told.parts if p.stands.state == state and p.stands.last_day]
        return language.render(_BECAUSE_OVER[state], day=max(days, default=why.occurred_on).isoformat())
    elif why.outcome == "granted" and state == "voided":
        steps = [step for part in told.parts for step in part.steps if step.kind == "void"]
        parts = [language.render(_VOIDED, day=step.on, reason=_bare(step.reason)) for step in steps]
    ground = _grounds(told, language)
    if state in ("entered", "ranked", "drawn"):
        return language.render(_BECAUSE_DRAWN, ground=ground)
    parts += _appeal_words(told, language)
    if why.outcome == "granted" and not parts:
        if why.event_type == WAITING_MOVED:
            return language.render(_BECAUSE_MOVED_UP, ground=ground)
        if why.event_type == DRAWN:
            place = next((c.values.get("draw.place") for c in why.conditions), None)
            return language.render(_BECAUSE_PLACED, place=place, ground=ground)
        count = len(why.conditions)
        return language.render(_BECAUSE_ALL_HOLD if count else _BECAUSE_NONE, count=count, ground=ground)
    return language.render(_BECAUSE, reasons=language.join_clauses(dict.fromkeys(parts)) or ground)


def _do(told: DecisionRecord, state: str, language: Language) -> str:
    if told.why.outcome == "granted" and state == "promised":
        state = "cash_promised" if all(p.grant.kind == "cash" for p in told.parts) else state
    if state in _DO_BY_STATE or state == "ranked":
        template = _DO_BY_STATE["entered" if state == "ranked" else state]
        return language.render(template, **_amounts(told), until=_until(told, language))
    remedies = [
        language.render(r.remedy, **r.params)
        if r.remedy
        else language.translate(_DO_BY_CODE.get(r.code, _DO_OTHERWISE))
        for r in told.why.reasons
    ]
    shown = dict.fromkeys(_bare(remedy) for remedy in remedies or [language.translate(_DO_OTHERWISE)])
    return language.render(_DO, remedies=language.join_clauses(shown))


def _reason(reason: Reason, why: DecisionExplanation, language: Language, names: RecordNames) -> str:
    text = _bare(reason_text(reason, why.rule_title, language, names))
    if reason.code != "unknown" or "facts" not in reason.params:
        return text
    facts = [fact_title(why.event_type, path, language) for path in reason.params["facts"].split("、")]
    return language.render(_UNKNOWN, text=text, facts=language.format_list(facts))


def _appeal_words(told: DecisionRecord, language: Language) -> list[str]:
    words = []
    if told.anew:
        words.append(language.render(_ANEW, day=told.anew.lodged_on))
    if told.appeals:
        last = told.appeals[-1]
        template = _ANSWERED[last.answer.verdict] if last.answer else _APPEALED
        answered, reason = (last.answer.on, last.answer.reason) if last.answer else (None, "")
        words.append(language.render(template, day=last.lodged_on, answered=answered, reason=_bare(reason)))
    return words


def _grounds(told: DecisionRecord, language: Language) -> str:
    if told.version is None:
        return language.render(
            N_("rule {id}, version {hash}"), id=told.why.rule_id, hash=told.why.rule_hash[:12]
        )
    return language.join_clauses(ground_text(ground, language) for ground in told.version.basis)


def ground_text(ground: BasisReference, language: Language) -> str:
    """Return the ground of a rule (document, report or example) as text."""
    if ground.kind == "document":
        return language.render(N_("by {document}, {clause}"), document=ground.document, clause=ground.clause)
    if ground.kind == "reported":
        return language.render(N_("as reported: {source}"), source=ground.source)
    return language.render(N_("an example of ours, by no document"))


def _amounts(told: DecisionRecord) -> dict[str, str]:
    fen = [part.fen_position for part in told.parts]
    return {
        "owed": format_yuan(sum(debt.left_fen for debt in told.debts)),
        "used": format_yuan(sum(p.redeemed + p.settled for p in fen)),
        "left": format_yuan(sum(p.open_amount for p in fen)),
    }


def _until(told: DecisionRecord, language: Language) -> str:
    """Return up to when the member can act: the first last day among the parts that are still usable."""
    days = [p.stands.last_day for p in told.parts if p.stands.state in USABLE_STATES and p.stands.last_day]
    return language.render(_UNTIL, day=min(days).isoformat()) if days else ""


def _bare(text: str) -> str:
    """Strip a sentence's final punctuation, so that it fits into another sentence."""
    return text.strip().rstrip("。.；;！!")
