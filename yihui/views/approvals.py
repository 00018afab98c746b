"""What waits for a second person, as JSON and as lines: what it would do, who proposed it, and why."""

from collections.abc import Iterator

from benefits import ReversalResult
from core.civil_time import format_civil_instant
from core.money import format_yuan
from core.text_marks import N_
from events import ResumeResult
from yihui.access.pending_acts import PendingAct, PendingKind
from yihui.runtime.language import Language
from yihui.services.access.approvals import ConfirmedAct
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.views.actors import actor_label
from yihui.views.names import rule_label
from yihui.views.rule_life import resumption_json, resumption_line, reversal_json, reversal_lines

_EFFECTS = {
    PendingKind.STOP_LIFT: N_("let the rule {object} go on, which {stopped_by} stopped: {stop_reason}"),
    PendingKind.MASS_REVERSAL: N_(
        "reverse grants of the rule {object}: {grants}, of {members} members, {amount} yuan"
    ),
}
_STATES = {
    "waiting": N_("{number}  {effect}  (proposed by {by} on {time}: {reason})"),
    "confirmed": N_(
        "{number}  {effect}  (proposed by {by} on {time}: {reason}; confirmed by {who} on {end})"
    ),
    "refused": N_("{number}  {effect}  (proposed by {by} on {time}: {reason}; refused by {who} on {end})"),
}


def pending_act_json(act: PendingAct) -> dict[str, object]:
    """Return a proposal as JSON data."""
    return {
        "number": act.number,
        "kind": act.kind.value,
        "object": act.object_id,
        "terms": {name: None if value is None else _plain(value) for name, value in act.terms.items()},
        "reason": act.reason,
        "state": act.state,
        "proposed_by": act.proposed_by,
        "proposed_at": format_civil_instant(act.proposed_at),
        "decided_by": act.decided_by,
        "decided_at": format_civil_instant(act.decided_at) if act.decided_at else None,
        "decision_reason": act.decision_reason,
        "digest": act.digest,
    }


def listed_act_lines(act: PendingAct, language: Language) -> Iterator[str]:
    """Yield the line of a proposal, and below one that waits the option that confirms it as it is."""
    yield pending_act_line(act, language)
    if act.state == "waiting" and act.digest:
        yield language.render(N_("    as shown: --seen {digest}"), digest=act.digest)


def _plain(value: object) -> object:
    return value if isinstance(value, (int, str)) else str(value)


def confirmed_act_json(done: ConfirmedAct) -> dict[str, object]:
    """Return a confirmed act with what came of it as JSON data."""
    match done.result:
        case ResumeResult():
            result = resumption_json(done.act.object_id, done.result)
        case ReversalResult():
            result = reversal_json(done.act.object_id, done.result)
    return {**pending_act_json(done.act), "result": result}


def confirmed_act_lines(done: ConfirmedAct, language: Language) -> Iterator[str]:
    """Yield the confirmed act, and what came of it."""
    yield pending_act_line(done.act, language)
    match done.result:
        case ResumeResult():
            yield resumption_line(done.act.object_id, done.result, language)
        case ReversalResult():
            yield from reversal_lines(done.act.object_id, done.result, language)


def pending_act_line(act: PendingAct, language: Language, names: RecordNames = NO_NAMES) -> str:
    """Return a line with what the act does, who proposed it, and who decided."""
    terms = act.terms
    effect = language.render(
        _EFFECTS[act.kind],
        object=rule_label(act.object_id, names),
        amount=format_yuan(int(terms.get("amount_fen") or 0)),
        stopped_by=actor_label(str(terms.get("stopped_by", "")), language, names),
        stop_reason=terms.get("stop_reason", ""),
        grants=f"{terms.get('grants', 0):,}",
        members=f"{terms.get('members', 0):,}",
    )
    return language.render(
        _STATES[act.state],
        number=act.number,
        effect=effect,
        by=actor_label(act.proposed_by, language, names),
        time=format_civil_instant(act.proposed_at),
        reason=act.reason or "—",
        who=actor_label(act.decided_by or "", language, names),
        end=format_civil_instant(act.decided_at) if act.decided_at else "",
    )
