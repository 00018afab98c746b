"""Show the history of rules as lines and JSON: versions, acts, and changes to past decisions."""

from collections.abc import Iterator
from dataclasses import asdict

from benefits import Act
from core.money import format_yuan
from core.text_marks import N_
from events.retroactive import RetroactiveEffect
from yihui.runtime.language import Language
from yihui.services.rules.differences import RuleChange, VersionDifference
from yihui.services.rules.life import EndedVersions, SubmissionResult
from yihui.services.rules.versions import IndexedVersion
from yihui.views.actors import actor_label
from yihui.views.rules import rule_fault_json, rule_fault_text

VERSION_STATES = {
    "submitted": N_("handed in, waits for approval"),
    "rejected": N_("rejected"),
    "coming": N_("approved, not yet in force"),
    "active": N_("in force now"),
    "stopped": N_("stopped"),
    "over": N_("over"),
    "replaced": N_("replaced"),
    "example": N_("an example, not in force"),
}
VERSION_ORIGINS = {"shipped": N_("shipped with Yihui"), "folder": N_("of the rules folder"), "database": ""}
ACT_TEXTS = {
    "submitted": N_("handed in"),
    "approved": N_("approved"),
    "rejected": N_("rejected"),
    "stopped": N_("stopped"),
    "resumed": N_("let go on"),
    "retired": N_("retired"),
    "reversed": N_("taken back"),
    "committed": N_("fixed the entries of"),
    "drawn": N_("drew and gave"),
    "closed": N_("closed the entries of"),
    "ranked": N_("ranked and gave"),
    "voided": N_("ended a grant of"),
    "erased": N_("erased a person among"),
    "budget_set": N_("set the amount of"),
    "mended": N_("mended an event among"),
    "repriced": N_("decided what those who wait get of"),
    "dropped": N_("left an event out among"),
}
PAST_CHANGE_TEXTS = {
    "gained": N_("would be granted"),
    "lost": N_("would be refused"),
    "changed": N_("would get another amount"),
}


def version_json(entry: IndexedVersion) -> dict[str, object]:
    """Return one version as JSON data, without its text."""
    return {name: value for name, value in asdict(entry).items() if name != "text"}


def version_lines(entry: IndexedVersion, language: Language) -> Iterator[str]:
    """Yield one line for a version, and a second if the rule is stopped."""
    state = language.translate(VERSION_STATES[entry.state])
    origin = language.translate(VERSION_ORIGINS[entry.origin])
    until = entry.until or language.translate(N_("without end"))
    people = ""
    if entry.submitted_by:
        people = language.render(
            N_("handed in by {who}")
            if not entry.decided_by
            else N_("handed in by {who}, decided by {other}"),
            who=actor_label(entry.submitted_by, language),
            other=actor_label(entry.decided_by or "", language),
        )
    told = "  ".join(part for part in (state, origin, people) if part)
    yield f"{entry.rule}  {entry.hash[:12]}  {entry.since} … {until}  {told}  {entry.title}"
    if entry.stop:
        words = N_("stopped by {who} on {day}: {reason}; events held: {held}")
        stop = entry.stop
        yield "    " + language.render(
            words,
            who=actor_label(stop.who, language),
            day=stop.day,
            reason=stop.reason,
            held=f"{entry.held:,}",
        )


def version_difference_lines(difference: VersionDifference) -> Iterator[str]:
    """Yield the value before, then the value after."""
    if difference.before is not None:
        yield f"- {difference.field}: {difference.before}"
    if difference.after is not None:
        yield f"+ {difference.field}: {difference.after}"


def rule_change_lines(change: RuleChange, language: Language) -> Iterator[str]:
    """Yield the old and the new value of every changed key; say so where nothing or nothing else changes."""
    if change.compared is None:
        yield "    " + language.translate(N_("a new rule: no version of it holds or held"))
        return
    words = N_("what it changes against the version {hash}, which holds from {since}:")
    since = change.compared.in_force.since
    yield "    " + language.render(words, hash=change.compared.hash[:12], since=since)
    for difference in change.differences:
        yield "    " * 2 + _change_line(difference, language)
    if not change.differences:
        yield "    " * 2 + language.translate(N_("nothing"))
    elif change.changes_only_days:
        yield "    " * 2 + language.translate(N_("nothing but the days"))


def _change_line(difference: VersionDifference, language: Language) -> str:
    absent = language.translate(N_("(none)"))
    before, after = difference.before or absent, difference.after or absent
    line = f"{difference.field}: {before} → {after}"
    if not difference.is_fen or not any(_is_number(value) for value in (difference.before, difference.after)):
        return line
    amounts = N_(" ({before} → {after})")
    return line + language.render(
        amounts, before=_yuan_text(before, language), after=_yuan_text(after, language)
    )


def _is_number(value: str | None) -> bool:
    return value is not None and value.isdigit()


def _yuan_text(value: str, language: Language) -> str:
    """Return an amount in fen as yuan; a parameter's name and the text for no value stay as they are."""
    if not _is_number(value):
        return value
    return language.render(N_("{yuan} yuan"), yuan=format_yuan(int(value)))


def act_line(act: Act, language: Language) -> str:
    """Return one line with the date, the officer, the act and the reason."""
    hashes = " → ".join(hash_[:12] if hash_ else "…" for hash_ in (act.before, act.after))
    words = [
        f"{act.day}",
        actor_label(act.who, language),
        language.translate(ACT_TEXTS.get(act.kind, act.kind)),
        act.rule_id,
        hashes,
        act.reason,
    ]
    if act.kind == "reversed":
        count = N_("{grants} grants, {yuan} yuan")
        amount = act.detail.get("amount_fen")
        shown = format_yuan(amount) if isinstance(amount, int) else ""
        words.append(language.render(count, grants=act.detail.get("grants"), yuan=shown))
    return "  ".join(word for word in words if word)


def submission_json(handed_in: SubmissionResult, language: Language) -> dict[str, object]:
    """Return a submitted or approved version as JSON data."""
    candidate, past = handed_in.candidate, handed_in.past
    stated, span = candidate.stated, candidate.stated.in_force
    return {
        "rule": stated.id,
        "title": candidate.title,
        "hash": stated.hash,
        "since": span.since,
        "until": span.until,
        "ends": [rule.hash for rule in candidate.ends],
        "under_way": handed_in.ended and handed_in.ended.under_way,
        "warnings": [rule_fault_json(fault, language) for fault in candidate.warnings],
        "compared_with": handed_in.change.compared.hash if handed_in.change.compared else None,
        "changes": handed_in.change.differences,
        "past": retrospect_json(past),
    }


def submission_lines(handed_in: SubmissionResult, headline: str, language: Language) -> Iterator[str]:
    """Yield the headline, the versions that it ends, the warnings, and the effect on the past."""
    candidate = handed_in.candidate
    stated = candidate.stated
    yield language.render(
        headline, title=candidate.title, rule=stated.id, hash=stated.hash[:12], since=stated.in_force.since
    )
    for version in candidate.ends:
        text = N_("it ends the version {hash}, which began on {since}, the day before it begins")
        yield "    " + language.render(text, hash=version.hash[:12], since=version.in_force.since)
    if handed_in.ended:
        yield from (f"    {line}" for line in ended_version_lines(handed_in.ended, language))
    yield from rule_change_lines(handed_in.change, language)
    for fault in candidate.warnings:
        yield "    " + rule_fault_text(fault, language)
    yield from retrospect_lines(handed_in.past, language)


def ended_version_lines(ended: EndedVersions, language: Language) -> Iterator[str]:
    """Yield what becomes of applications under way, if the rule takes any."""
    if ended.programmes:
        text = N_(
            "What was handed in by {day} is still decided by the version of its day; under way: {count} ({programmes}). What is handed in later is decided by the version in force then, or by none."
        )
        programmes = language.format_list(ended.programmes)
        yield language.render(text, day=ended.last_day, count=ended.under_way, programmes=programmes)


def retrospect_json(past: RetroactiveEffect) -> dict[str, object]:
    """Return the past decisions that the version would have changed as JSON data."""
    return {
        "looked_at": past.examined,
        "turns": past.turns,
        "was_fen": past.was_fen,
        "would_be_fen": past.would_be_fen,
        "untold": past.undetermined,
        "examples": past.examples,
    }


def retrospect_lines(past: RetroactiveEffect, language: Language) -> Iterator[str]:
    """Yield the past decisions that would differ, those that can't be recomputed, and a note that none
    changes.
    """
    if not past.examined:
        return
    yield language.render(
        N_("it reaches into the past; decisions of its days: {count}"), count=f"{past.examined:,}"
    )
    for turn, count in sorted(past.turns.items()):
        yield f"    {language.translate(PAST_CHANGE_TEXTS[turn])}: {count:,}"
    if past.turns:
        words = N_("their worth: {was} yuan were granted, {would} yuan would be")
        yield "    " + language.render(
            words, was=format_yuan(past.was_fen), would=format_yuan(past.would_be_fen)
        )
    for turned in past.examples[:5]:
        what = language.translate(PAST_CHANGE_TEXTS[turned.turn])
        yield f"    {turned.occurred_on}  {turned.member}  {what}  {format_yuan(turned.was_fen)} → {format_yuan(turned.would_be_fen)}"
    if past.undetermined:
        words = N_("can't be told for {count} decisions: their event was erased, or is of another type")
        yield "    " + language.render(words, count=f"{past.undetermined:,}")
    yield "    " + language.translate(
        N_(
            "events at which no version looked are not reckoned, nor limits, quotas and budgets; what was decided stays as it is, and only events that arrive late are decided under this version"
        )
    )
