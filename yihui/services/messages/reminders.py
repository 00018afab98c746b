"""Remind members a week and a day before something ends, through the operator's channel.

A daily job stores what is due, each reminder once. Another job sends what is stored outside of the quiet hours.
Whether the member still wants it and still needs it is looked up at the moment of sending.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from benefits.model.chunks import chunks
from benefits.reporting.ends import list_members_of_ending_benefits, list_members_of_ending_claims
from core.civil_time import civil_date
from core.text_marks import N_
from events.retries import run_in_transaction
from events.webhooks.deliveries import DeliveryResult, retry_delay_s
from members import facts_on, read_member_changes
from members.reminders.queue import (
    Reminder,
    count_reminders,
    lease_reminders,
    list_reminded_members,
    list_reminders,
    put_off_reminders,
    read_reminder_choices,
    retry_reminders,
    settle_reminder,
    store_reminders,
)
from members.reminders.reminder import REMINDER_DAYS, ReminderKey, ReminderKind, find_due_reminder
from yihui.bootstrap import Wiring
from yihui.cases.applications.deadlines import list_members_of_application_deadlines
from yihui.runtime.audiences import list_withheld_keys
from yihui.services.members.vault import read_member_phone
from yihui.services.messages.gateways import ReminderMessage, ReminderSender

LEASE_SIZE = 20
MOST_ATTEMPTS = 18  # over about three days
ROUND_S = 5.0  # of one run; the next run goes on
REST = timedelta(minutes=5)  # of a gateway that can't be reached
_TEXTS: Mapping[ReminderKind, str] = {
    "benefit": N_(
        "Trade union: a benefit of yours can be used until {day}. Open your member's page to see it."
    ),
    "claim": N_(
        "Trade union: a benefit of yours can be claimed until {day}. Open your member's page to claim it."
    ),
    "application": N_(
        "Trade union: an application of yours can be handed in again until {day}. Open your member's page."
    ),
}


@dataclass(frozen=True, slots=True)
class ReminderRound:
    """What one run of sending did."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0

    def __add__(self, other: "ReminderRound") -> "ReminderRound":
        return ReminderRound(self.sent + other.sent, self.dropped + other.dropped, self.failed + other.failed)


def queue_due_reminders(wiring: Wiring) -> int:
    """Store the reminders that are due today and are not stored yet; return how many."""
    now = wiring.now()
    today, number = civil_date(now), 0
    for offset in range(max(REMINDER_DAYS) + 1):
        last_day = today + timedelta(days=offset)
        days_before = find_due_reminder(last_day, today)
        assert days_before is not None
        for kind in _TEXTS:
            with wiring.database.read() as connection:
                members = _find_concerned(wiring, connection, kind, last_day, today)
                members -= list_reminded_members(connection, kind, last_day, days_before)
            for some in chunks(sorted(members)):
                keys = [ReminderKey(member, kind, last_day, days_before) for member in some]
                number += run_in_transaction(wiring.database, partial(store_reminders, keys=keys, now=now))
    return number


def _find_concerned(
    wiring: Wiring,
    connection: Connection,
    kind: ReminderKind,
    last_day: date,
    today: date,
    among: Collection[str] | None = None,
) -> set[str]:
    match kind:
        case "benefit":
            return list_members_of_ending_benefits(connection, last_day, among)
        case "claim":
            return list_members_of_ending_claims(connection, last_day, among)
        case "application":
            return list_members_of_application_deadlines(connection, last_day, among)


def send_due_reminders(wiring: Wiring, chance: Callable[[], float] = random.random) -> ReminderRound:
    """Send what is due, for some seconds at most; nothing without a channel and in the quiet hours.

    A gateway that can't be reached rests for some minutes, so that it is not asked once for each member.
    """
    sender = wiring.reminder_sender
    if sender is None or (sender.needs_phone and not _has_phones(wiring)):
        return ReminderRound()
    total, ends_at, is_reachable = ReminderRound(), time.monotonic() + ROUND_S, True
    while is_reachable and time.monotonic() < ends_at and not _is_quiet(wiring):
        lease = partial(lease_reminders, now=wiring.now(), most=LEASE_SIZE)
        leased = run_in_transaction(wiring.database, lease)
        if not leased:
            break
        done, is_reachable = _send_leased(wiring, sender, leased, chance)
        total += done
    return total


def _has_phones(wiring: Wiring) -> bool:
    """Return whether this process may read the vault, and has its key."""
    withheld = {key.file for key in list_withheld_keys(wiring.settings.audiences)}
    return "vault.key" not in withheld and wiring.vault is not None


def _is_quiet(wiring: Wiring) -> bool:
    return wiring.settings.quiet_hours.holds(wiring.now())


def _send_leased(
    wiring: Wiring, sender: ReminderSender, leased: Sequence[Reminder], chance: Callable[[], float]
) -> tuple[ReminderRound, bool]:
    """Send leased reminders one after another; return what was done, and whether the gateway can be reached."""
    states: Counter[str] = Counter()
    for index, one in enumerate(leased):
        if _is_quiet(wiring):
            _put_back(wiring, leased[index:], wiring.settings.quiet_hours.find_end(wiring.now()))
            break
        settled, is_reachable = _try_reminder(wiring, sender, one, chance)
        states[settled.state] += 1
        run_in_transaction(wiring.database, partial(settle_reminder, one=settled))
        if not is_reachable:
            _put_back(wiring, leased[index + 1 :], wiring.now())
            run_in_transaction(wiring.database, partial(put_off_reminders, until=wiring.now() + REST))
            return _count_states(states), False
    return _count_states(states), True


def _put_back(wiring: Wiring, leased: Sequence[Reminder], until: datetime) -> None:
    """End the leases of reminders that were not tried."""
    for one in leased:
        run_in_transaction(wiring.database, partial(settle_reminder, one=replace(one, next_at=until)))


def _count_states(states: Counter[str]) -> ReminderRound:
    return ReminderRound(states["sent"], states["dropped"], states["waiting"] + states["given_up"])


def _try_reminder(
    wiring: Wiring, sender: ReminderSender, one: Reminder, chance: Callable[[], float]
) -> tuple[Reminder, bool]:
    """Send one reminder, if it is still wanted and needed; return its new state, and whether the gateway answered."""
    now = wiring.now()
    with wiring.database.read() as connection:
        why_not = _find_obstacle(wiring, connection, one.key, civil_date(now))
    if why_not is not None:
        return replace(one, state="dropped", last_at=now, last_status=None, last_fault=why_not), True
    has_phone = sender.needs_phone and wiring.vault is not None
    phone = read_member_phone(wiring, one.key.member_id) if has_phone else None
    if sender.needs_phone and phone is None:
        return replace(one, state="given_up", last_at=now, last_status=None, last_fault="no_phone"), True
    text = wiring.render(_TEXTS[one.key.kind], day=one.key.last_day)
    result = sender.send(ReminderMessage(one.key, text, now, phone))
    return _settle(wiring, one, result, chance()), result.status is not None


def _find_obstacle(wiring: Wiring, connection: Connection, key: ReminderKey, today: date) -> str | None:
    """Return why a reminder is not to be sent; None if it is."""
    due = find_due_reminder(key.last_day, today)
    if due is None:
        return "over"
    if due != key.days_before:
        return "superseded"
    if not read_reminder_choices(connection, key.member_id)[key.kind].is_wanted:
        return "opted_out"
    if not _find_concerned(wiring, connection, key.kind, key.last_day, today, [key.member_id]):
        return "nothing_left"
    changes = read_member_changes(connection, [key.member_id])[key.member_id]
    return "deceased" if facts_on(changes, today)["member.status"] == "deceased" else None


def _settle(wiring: Wiring, one: Reminder, result: DeliveryResult, chance: float) -> Reminder:
    """Return a reminder after an attempt: sent, to be tried again outside of the quiet hours, or given up."""
    attempts, now = one.attempts + 1, wiring.now()
    later = now + timedelta(seconds=max(retry_delay_s(attempts, chance), result.wait_s))
    next_at = wiring.settings.quiet_hours.find_end(later)
    is_over = civil_date(next_at) > one.key.last_day or attempts >= MOST_ATTEMPTS
    state = "sent" if result.is_accepted else "given_up" if is_over else "waiting"
    return replace(
        one,
        state=state,
        attempts=attempts,
        next_at=next_at,
        last_at=now,
        last_status=result.status,
        last_fault=result.fault,
    )


def list_queued_reminders(wiring: Wiring, states: Collection[str], most: int) -> list[Reminder]:
    """List reminders in some states, the newest first."""
    with wiring.database.read() as connection:
        return list_reminders(connection, states, most)


def count_queued_reminders(wiring: Wiring) -> dict[str, int]:
    """Return the number of reminders by state."""
    with wiring.database.read() as connection:
        return count_reminders(connection)


def retry_queued_reminders(wiring: Wiring) -> int:
    """Let what waits or was given up be tried at once; return how many reminders."""
    now = wiring.now()
    return run_in_transaction(wiring.database, partial(retry_reminders, now=now))
