"""Show senders and their keys as lines and JSON; the keys themselves can't be shown."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from core.civil_time import format_wall_clock
from core.text_marks import N_
from yihui.access.sender_storage import StoredSender
from yihui.access.senders import SenderKey
from yihui.runtime.language import Language


def sender_json(stored: StoredSender, now: datetime) -> dict[str, object]:
    """Return a sender with its keys as JSON data."""
    return {
        **asdict(stored.sender),
        "created_by": stored.created_by,
        "created_at": stored.created_at,
        "revoked_at": stored.revoked_at,
        "keys": [{**asdict(key), "valid": _counts(stored, key, now)} for key in stored.keys],
    }


def sender_line(stored: StoredSender, now: datetime, language: Language) -> str:
    """Return a sender as one line: its uses, organisation and how many keys count."""
    sender = stored.sender
    return language.render(
        N_("{name}  {uses}  {organisation}  {state}"),
        name=sender.name,
        uses=language.format_list(use.value for use in sender.uses),
        organisation=sender.organisation or "",
        state=_state(stored, now, language),
    )


def sender_lines(stored: StoredSender, now: datetime, language: Language) -> Iterator[str]:
    """Yield a sender with its bounds and each of its keys."""
    sender = stored.sender
    yield sender_line(stored, now, language)
    if sender.sources:
        yield language.render(N_("  sources: {value}"), value=language.format_list(sender.sources))
        yield language.render(N_("  types: {value}"), value=language.format_list(sender.types))
    for key in stored.keys:
        yield key_line(key, _counts(stored, key, now), language)


def key_line(key: SenderKey, is_valid: bool, language: Language) -> str:
    """Return a key as one line: its public part, its end and its last use."""
    if key.revoked_at is not None:
        state = language.render(N_("revoked {time}"), time=format_wall_clock(key.revoked_at))
    else:
        template = N_("counts until {time}") if is_valid else N_("ended {time}")
        state = language.render(template, time=format_wall_clock(key.expires_at))
    used = language.translate(N_("never used"))
    if key.last_used_at is not None:
        used = language.render(N_("last used {time}"), time=format_wall_clock(key.last_used_at))
    return language.render(N_("  key {id}: {state}; {used}"), id=key.id, state=state, used=used)


def _counts(stored: StoredSender, key: SenderKey, now: datetime) -> bool:
    return stored.revoked_at is None and key.holds(now)


def _state(stored: StoredSender, now: datetime, language: Language) -> str:
    if stored.revoked_at is not None:
        return language.render(N_("revoked {time}"), time=format_wall_clock(stored.revoked_at))
    ends = [key.expires_at for key in stored.keys if key.holds(now)]
    if not ends:
        return language.translate(N_("no key counts any more"))
    return language.render(
        N_("valid keys: {count}, until {time}"), count=len(ends), time=format_wall_clock(max(ends))
    )
