"""Show reminders and their states as lines and JSON; never a phone number."""

from collections.abc import Mapping

from core.civil_time import format_wall_clock
from core.text_marks import N_
from members.reminders.queue import Reminder
from members.reminders.reminder import ReminderKind
from yihui.runtime.language import Language

REMINDER_STATE_TEXTS: Mapping[str, str] = {
    "waiting": N_("waits"),
    "sent": N_("sent"),
    "dropped": N_("not needed"),
    "given_up": N_("given up"),
}
REMINDER_KIND_TEXTS: Mapping[ReminderKind, str] = {
    "benefit": N_("a benefit that can be used"),
    "claim": N_("a benefit to be claimed"),
    "application": N_("an application to be handed in again"),
}
_CAUSES: Mapping[str, str] = {
    "timeout": N_("no answer in time"),
    "unreachable": N_("it can't be reached"),
    "no_phone": N_("no phone number is stored"),
    "over": N_("the last day is over"),
    "superseded": N_("a later reminder takes its place"),
    "opted_out": N_("the member doesn't want it"),
    "nothing_left": N_("nothing is left to remind of"),
    "deceased": N_("the member has died"),
}


def reminder_json(one: Reminder) -> dict[str, object]:
    """Return a reminder as JSON data."""
    return {
        "id": one.key.id,
        "member": one.key.member_id,
        "kind": one.key.kind,
        "last_day": one.key.last_day.isoformat(),
        "days_before": one.key.days_before,
        "state": one.state,
        "attempts": one.attempts,
        "next_at": one.next_at.isoformat(),
        "last_status": one.last_status,
        "last_fault": one.last_fault,
    }


def reminder_line(one: Reminder, language: Language) -> str:
    """Return a reminder as one line: for whom, of what, its state, and the last answer."""
    again = ""
    if one.state == "waiting":
        again = language.render(N_(", next attempt {time}"), time=format_wall_clock(one.next_at))
    last = f"HTTP {one.last_status}" if one.last_status else _CAUSES.get(one.last_fault or "", "")
    return language.render(
        N_("{day}  {member}  {kind}, {days} days before  {state}{again}; attempts {attempts}{last}"),
        day=one.key.last_day,
        member=one.key.member_id,
        kind=language.translate(REMINDER_KIND_TEXTS[one.key.kind]),
        days=one.key.days_before,
        state=language.translate(REMINDER_STATE_TEXTS[one.state]),
        again=again,
        attempts=one.attempts,
        last=f" ({language.translate(last)})" if last else "",
    )


def reminder_count_line(counts: Mapping[str, int], language: Language) -> str:
    """Return the number of reminders in each state as one line."""
    return language.render(
        N_("reminders: waiting {waiting}, given up {given_up}, sent {sent}, not needed {dropped}"),
        **{state: counts.get(state, 0) for state in REMINDER_STATE_TEXTS},
    )
