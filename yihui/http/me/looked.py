"""Cookies that store on the member's phone when she last looked, which messages she has read, and how the page looks.

The server stores none of this.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import Request, Response

from yihui.http.looks import store_choice

LOOKED_COOKIE = "yihui_me_looked"
SEEN_COOKIE = "yihui_me_seen"
VISIT_LASTS = timedelta(minutes=30)  # a page opened later than this after the last one is a new visit
FIRST_SPAN = timedelta(days=14)  # what a phone that never looked shows as new
_LONGEST_SPAN = timedelta(days=366)
_EPOCH, _MICROSECOND = datetime.fromtimestamp(0, UTC), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class LastLook:
    """``since``: the end of the visit before this one; ``last``: this visit's last page."""

    since: datetime
    last: datetime


def read_last_look(request: Request, member: str, now: datetime) -> LastLook:
    """Return since when things count as new on this phone; a page that is loaded again shows the same ones."""
    looked = _parse(request.cookies.get(LOOKED_COOKIE, ""), member, now)
    if looked is None:
        return LastLook(now - FIRST_SPAN, now)
    return LastLook(looked.since if now - looked.last < VISIT_LASTS else looked.last, now)


def store_last_look(response: Response, request: Request, member: str, look: LastLook) -> None:
    """Store on the phone that the member has looked."""
    seconds = ".".join(str(int(one.timestamp())) for one in (look.since, look.last))
    store_choice(response, request, LOOKED_COOKIE, f"{mark_member(member)}.{seconds}", "/me")


def read_seen_until(request: Request, member: str, now: datetime) -> datetime:
    """Return the time of the newest message that this phone has shown; two weeks ago if it has shown none."""
    mark, _, micros = request.cookies.get(SEEN_COOKIE, "").partition(".")
    if mark == mark_member(member) and micros.isascii() and micros.isdigit() and len(micros) <= 17:
        return min(now, _EPOCH + int(micros) * _MICROSECOND)
    return now - FIRST_SPAN


def store_seen_until(response: Response, request: Request, member: str, at: datetime) -> None:
    """Store on the phone up to which message the member has read."""
    store_choice(
        response, request, SEEN_COOKIE, f"{mark_member(member)}.{(at - _EPOCH) // _MICROSECOND}", "/me"
    )


def forget_look(response: Response, request: Request) -> None:
    """Delete from the phone when the member last looked, and what she has read."""
    for name in (LOOKED_COOKIE, SEEN_COOKIE):
        response.delete_cookie(
            name, path="/me", secure=request.scope["scheme"] == "https", httponly=True, samesite="lax"
        )


def _parse(text: str, member: str, now: datetime) -> LastLook | None:
    """Return what the cookie holds; None for one of another member on a shared phone, and for a forged one."""
    mark, _, seconds = text.partition(".")
    since, _, last = seconds.partition(".")
    if mark != mark_member(member) or not (since.isascii() and last.isascii()):
        return None
    if not (since.isdigit() and last.isdigit() and len(since) <= 11 and len(last) <= 11):
        return None
    look = LastLook(datetime.fromtimestamp(int(since), UTC), datetime.fromtimestamp(int(last), UTC))
    is_possible = now - _LONGEST_SPAN <= look.since <= look.last <= now
    return look if is_possible else None


def mark_member(member: str) -> str:
    """Return a mark by which a phone tells members apart: what it stores for one is not another's."""
    return hashlib.sha256(f"looked\0{member}".encode()).hexdigest()[:12]
