"""Show a decision with everything that belongs to it, as text and JSON."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.views.actors import actor_label
from yihui.views.agent_script import (
    decision_state,
    ground_text,
    render_agent_summary,
    render_not_evaluated_summary,
)
from yihui.views.fact_values import format_fact_value
from yihui.views.grants import step_reason_text, step_text
from yihui.views.names import organisation_label, places_label
from yihui.views.outcomes import decision_json, decision_lines, fact_title, skip_reason_text
from yihui.views.vouchers import amount_text

if TYPE_CHECKING:
    from benefits import (
        Appeal,
        BoundSnapshot,
        Debt,
        DecisionExplanation,
        DecisionRecord,
        GrantPartRecord,
        StoredRule,
        WaitingListPlace,
    )
    from events import SkipExplanation


_VERDICTS = {"upheld": N_("upheld, decided anew"), "rejected": N_("rejected")}
DEBT_ACT_TEXTS = {"settled": N_("paid back"), "set_off": N_("set off"), "waived": N_("waived")}
_BOUND_USE = {  # by whether it is money, and whether a ceiling was set
    (True, True): N_("{used} of {ceiling} yuan"),
    (True, False): N_("{used} yuan without a ceiling"),
    (False, True): N_("{used} of {ceiling}"),
    (False, False): N_("{used} without a ceiling"),
}


def decision_record_lines(
    told: DecisionRecord, language: Language, names: RecordNames = NO_NAMES, *, with_code: bool = False
) -> list[str]:
    """Return a decision as text: its version, its bounds, its consequences, and the agent's three sentences."""
    lines = decision_lines(told.why, language, names, outcome=told.outcome, with_code=with_code)
    lines += [f"    {text}" for text in _details(told, language, names)]
    lines += [f"  {text}" for text in render_agent_summary(told, language, names)]
    return lines


def _details(told: DecisionRecord, language: Language, names: RecordNames) -> list[str]:
    lines = [language.render(N_("decision {id}"), id=told.why.id)] if names.with_ids else []
    lines += _version_lines(told.version, language, names)
    lines += [_bound_text(bound, told.why, language, names) for bound in told.bounds]
    for part in told.parts:
        lines += _part_lines(part, language, names)
    if told.line:
        lines.append(_line_text(told.line, language))
    for debt in told.debts:
        lines += debt_lines(debt, language, names)
    for appeal in told.appeals:
        lines += appeal_lines(appeal, language, names)
    if told.anew:
        text = N_("taken anew on appeal {id}, instead of decision {decision}") if names.with_ids else N_("taken anew on appeal")  # fmt: skip
        lines.append(language.render(text, id=told.anew.id, decision=told.anew.decision_id))
    return lines


def _line_text(line: WaitingListPlace, language: Language) -> str:
    if line.now is None:
        template = N_("on the waiting list since {day}, as number {position}; left it on {left}")
        return language.render(template, day=line.since, position=line.position, left=line.left_on)
    if line.ended_on is not None:
        over = N_(
            "on the waiting list since {day}, came as number {position}; the list is over: the rule has ended"
        )
        return language.render(over, day=line.since, position=line.position)
    template = N_("on the waiting list since {day}, came as number {position}; now number {now} of {waiting}")
    return language.render(
        template, day=line.since, position=line.position, now=line.now, waiting=line.waiting
    )


def _version_lines(version: StoredRule | None, language: Language, names: RecordNames) -> list[str]:
    if version is None:
        return [language.render(N_("the rule's own text was not kept in those days"))]
    lines = [
        language.render(
            N_("version {hash}, in force from {since} to {until}, of {owner}"),
            hash=version.hash[:12],
            since=version.since,
            until=version.until or language.render(N_("further notice")),
            owner=organisation_label(version.owner, names),
        )
    ]
    lines += [ground_text(ground, language) for ground in version.basis]
    if version.approval:
        lines.append(
            language.render(
                N_("handed in by {author}, approved by {approver} on {day}"),
                author=actor_label(version.approval.submitted_by, language, names),
                approver=actor_label(version.approval.approved_by, language, names),
                day=civil_date(version.approval.approved_at),
            )
        )
    return lines


def _bound_text(
    bound: BoundSnapshot, why: DecisionExplanation, language: Language, names: RecordNames
) -> str:
    kind, _, name = bound.key.partition("/")
    own = replace(names, rule=lambda id_: names.rule(id_) or (why.rule_title if id_ == why.rule_id else ""))
    money = kind == "budget"

    def figure_text(used: int, ceiling: int | None) -> str:
        figures = (used, ceiling or 0)
        used_text, ceiling_text = (format_yuan(n) if money else f"{n:,}" for n in figures)
        template = _BOUND_USE[money, ceiling is not None]
        return language.render(template, used=used_text, ceiling=ceiling_text)

    return language.render(
        N_("budget {name}: in use then {then}, now {now}")
        if money
        else N_("places {name}: taken then {then}, now {now}"),
        name=names.budget(name) or own.rule(name) or why.rule_title
        if money
        else places_label(name, own, language),
        then=figure_text(bound.used_then, bound.ceiling_then),
        now=figure_text(bound.used_now, bound.ceiling_now),
    )


def _part_lines(part: GrantPartRecord, language: Language, names: RecordNames) -> list[str]:
    grant = part.grant
    title = grant.title if grant.part in ("1", "") else f"{grant.title} ({grant.part})"
    lines = [
        language.render(N_("{title}: grant {id}"), title=title, id=grant.id) if names.with_ids else title
    ]
    for step in part.steps:
        amount = amount_text(step.amount, step.unit, language)
        told = step_reason_text(step.kind, step.reason, language)
        reason = language.render(N_(": {reason}"), reason=told) if told else ""
        what = step_text(step.kind, step.act_id, language)
        lines.append(f"  {step.on}  {what} {amount}{reason}")
    return lines


def debt_lines(debt: Debt, language: Language, names: RecordNames = NO_NAMES) -> list[str]:
    """Return what the rule's terms reversed, what the member owes of it, and the acts on that debt."""
    lines = [
        language.render(
            N_("{day}  {id}: {back} yuan taken back, {owed} yuan owed, {left} yuan of them still: {text}")
            if names.with_ids
            else N_("{day}: {back} yuan taken back, {owed} yuan owed, {left} yuan of them still: {text}"),
            day=debt.opened_on,
            id=debt.id,
            back=format_yuan(debt.reversed_fen),
            owed=format_yuan(debt.amount_fen),
            left=format_yuan(debt.left_fen),
            text=debt.text,
        )
    ]
    for act in debt.acts:
        what = language.render(
            N_("{day}  {what} {amount} yuan, by {who}: {reason}"),
            day=act.on,
            what=language.translate(DEBT_ACT_TEXTS[act.kind]),
            amount=format_yuan(act.amount_fen),
            who=actor_label(act.who, language, names),
            reason=act.reason,
        )
        lines.append(f"  {what}")
    return lines


def appeal_lines(appeal: Appeal, language: Language, names: RecordNames = NO_NAMES) -> list[str]:
    """Return an appeal in the member's words, and its answer."""
    text = appeal.text if appeal.text is not None else language.render(N_("(the words were deleted)"))
    lines = [
        language.render(
            N_("appeal {id} of {day} against decision {decision}: {text}")
            if names.with_ids
            else N_("appeal of {day}: {text}"),
            id=appeal.id,
            day=appeal.lodged_on,
            decision=appeal.decision_id,
            text=text,
        )
    ]
    if appeal.answer:
        answer = appeal.answer
        lines.append(
            "  "
            + language.render(
                N_("{day}  {verdict} by {who}: {reason}"),
                day=answer.on,
                verdict=language.translate(_VERDICTS[answer.verdict]),
                who=actor_label(answer.who, language, names),
                reason=answer.reason,
            )
        )
    return lines


def decision_record_json(
    told: DecisionRecord, language: Language, names: RecordNames = NO_NAMES, *, with_code: bool = False
) -> dict[str, object]:
    content = decision_json(told.why, language, names, with_code=with_code)
    content["state"] = decision_state(told)
    content["agent"] = list(render_agent_summary(told, language, names))
    content["version"] = _plain(asdict(told.version)) if told.version else None
    content["bounds"] = [asdict(bound) for bound in told.bounds]
    content["grants"] = [_part_json(part) for part in told.parts]
    content["waiting"] = _plain(asdict(told.line)) if told.line else None
    content["entry"] = _plain(asdict(told.lot)) if told.lot else None
    content["debts"] = [{**_plain(asdict(one)), "left_fen": one.left_fen} for one in told.debts]
    content["appeals"] = [appeal_json(appeal) for appeal in told.appeals]
    content["decided_anew_on"] = told.anew.id if told.anew else None
    return content


def _part_json(part: GrantPartRecord) -> dict[str, object]:
    return {
        "grant": part.grant.id,
        "part": part.grant.part,
        "title": part.grant.title,
        "kind": part.grant.kind,
        "standing": {unit: asdict(position) for unit, position in part.facts.positions.items()},
        "state": part.stands.state,
        "last_day": part.stands.last_day.isoformat() if part.stands.last_day else None,
        "steps": [_plain(asdict(step)) for step in part.steps],
    }


def appeal_json(appeal: Appeal) -> dict[str, object]:
    return _plain(asdict(appeal))


def _plain(value: dict[str, object]) -> dict[str, object]:
    """Return the data with dates as ISO text, at every level."""
    return {name: _plain_value(item) for name, item in value.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, dict):
        return _plain(value)
    if isinstance(value, list | tuple):
        return [_plain_value(item) for item in value]
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else value


def no_decision_lines(
    found: list[SkipExplanation], title: str, at: str | None, language: Language, *, with_code: bool = False
) -> list[str]:
    """Return the reasons why a rule decided nothing about a member."""
    lines = []
    for item in found:
        where = f"{item.on}  {item.event_id}: " if item.event_id else ""
        lines.append(f"{where}{skip_reason_text(item, language)}")
        lines += [f"    {item.reason.params['whom']}"] if with_code and "whom" in item.reason.params else []
        lines += [
            f"    {fact_title(item.event_type, path, language)} = {format_fact_value(path, value, language)}"
            for path, value in item.values
        ]
    lines += [f"  {text}" for text in render_not_evaluated_summary(found[0], title, at, language)]
    return lines


def no_decision_json(
    found: list[SkipExplanation], title: str, at: str | None, language: Language, *, with_code: bool = False
) -> list[dict[str, object]]:
    return [
        {
            "code": item.reason.code,
            "text": skip_reason_text(item, language),
            **({"that": item.reason.params.get("whom")} if with_code else {}),
            "remedy": language.render(item.reason.remedy, **item.reason.params),
            "event": item.event_id,
            "on": item.on.isoformat() if item.on else None,
            "values": dict(item.values),
            "agent": list(render_not_evaluated_summary(item, title, at, language)),
        }
        for item in found
    ]
