"""One request to join as a state machine, and its one-time codes; it knows no database, no clock and no personal data.

begun → code_sent → proven → joined, transferred, already_member, or waiting for a review → joined, refused,
withdrawn by the person.
Five wrong codes lock a request. A request that the person doesn't confirm in time expires.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from core.civil_time import CIVIL_TIME
from core.faults import Fault, FaultError
from members.joining.faults import JOINING_FAULTS

JoinState = Literal[
    "begun",
    "code_sent",
    "proven",
    "waiting",
    "joined",
    "transferred",
    "already_member",
    "refused",
    "withdrawn",
    "locked",
    "expired",
]
JoinEnd = Literal["joined", "transferred", "already_member"]
ReviewCause = Literal["review", "other_data"]
UNCONFIRMED: frozenset[JoinState] = frozenset({"begun", "code_sent", "proven"})
SUCCEEDED: frozenset[JoinState] = frozenset({"joined", "transferred", "already_member"})
REQUEST_LIFE = timedelta(hours=24)
CODE_LIFE = timedelta(minutes=10)
MOST_WRONG_CODES = 5
SHORTEST_PAUSE = timedelta(seconds=60)
SEND_PERIOD = timedelta(hours=24)  # in which a phone number gets so many codes
_CODE = re.compile(r"[0-9]{6}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u200b\u2060\ufeff]")


class JoinRefused(FaultError):
    """A step that the state of a request doesn't allow."""


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A request without the person's data. ``member_id`` is known from the identity step on.

    ``reviewer`` is the organisation that decides until ``review_until``; ``last_call`` is the digest of the
    last call with a request key, so that a repeated call changes nothing. ``employer`` is the name or the
    credit code of where the person works, as she typed it. ``consent_digest`` and ``consent_version`` are those of the
    text that she agreed to before she typed her ID number. ``mark`` shows that the program saw the proof of who she is.
    """

    id: str
    organisation: str
    via: str
    begun_at: datetime
    expires_at: datetime
    state: JoinState = "begun"
    member_id: str | None = None
    code_digest: str | None = None
    code_expires_at: datetime | None = None
    wrong_codes: int = 0
    last_call: str | None = None
    review_cause: ReviewCause | None = None
    reviewer: str | None = None
    review_until: datetime | None = None
    ended_at: datetime | None = None
    decided_by: str | None = None
    decision_reason: str | None = None
    signed_up_by: str | None = None
    employer: str | None = None
    consent_digest: str | None = None
    consent_version: int | None = None
    mark: str | None = None

    @property
    def is_over(self) -> bool:
        return self.state not in UNCONFIRMED and self.state != "waiting"

    def at(self, now: datetime) -> "JoinRequest":
        """Return the request as it stands at an instant: expired if the person didn't confirm it in time."""
        if self.state in UNCONFIRMED and now >= self.expires_at:
            return replace(self._without_code(), state="expired", ended_at=self.expires_at)
        return self

    def require_unconfirmed(self) -> None:
        """*Raises*: JoinRefused unless the person can still change something."""
        if self.state not in UNCONFIRMED:
            raise JoinRefused(self._state_fault())

    def take_identity(self, member_id: str, code_digest: str, now: datetime) -> "JoinRequest":
        """Return the request of a person to whom a code was sent; a code sent before is worth nothing."""
        self.require_unconfirmed()
        return replace(
            self,
            state="code_sent",
            member_id=member_id,
            mark=None,
            code_digest=code_digest,
            code_expires_at=min(now + CODE_LIFE, self.expires_at),
        )

    def enter_code(self, is_right: bool, now: datetime) -> tuple["JoinRequest", Fault | None]:
        """Return the request after a typed code, and the fault of a wrong one.

        A right code proves once and for all; wrong ones count over the whole request, whatever was sent since.
        """
        self.require_unconfirmed()
        if self.state == "proven":
            return self, None
        if self.state == "begun" or self.code_expires_at is None:
            raise JoinRefused(JOINING_FAULTS.build("no_identity", field="code"))
        if now >= self.code_expires_at:
            raise JoinRefused(
                JOINING_FAULTS.build("old_code", field="code", value=_minute(self.code_expires_at))
            )
        if is_right:
            return replace(self._without_code(), state="proven"), None
        wrong = self.wrong_codes + 1
        if wrong < MOST_WRONG_CODES:
            return replace(self, wrong_codes=wrong), self.wrong_code_fault(wrong)
        locked = replace(self._without_code(), state="locked", wrong_codes=wrong, ended_at=now)
        return locked, locked._state_fault()

    def wrong_code_fault(self, wrong: int) -> Fault:
        """Return the fault of a wrong code, after so many of them."""
        return JOINING_FAULTS.build("wrong_code", field="code", left=MOST_WRONG_CODES - wrong)

    def require_proven(self) -> None:
        """*Raises*: JoinRefused unless the person typed the right code and has not confirmed yet."""
        self.require_unconfirmed()
        if self.state == "begun":
            raise JoinRefused(JOINING_FAULTS.build("no_identity", field="id_number"))
        if self.state != "proven":
            raise JoinRefused(JOINING_FAULTS.build("not_proven", field="code"))

    def wait(self, cause: ReviewCause, reviewer: str, until: datetime) -> "JoinRequest":
        """Return the confirmed request as it waits for an organisation's review."""
        self.require_proven()
        return replace(self, state="waiting", review_cause=cause, reviewer=reviewer, review_until=until)

    def succeed(self, state: JoinEnd, now: datetime, by: str | None = None) -> "JoinRequest":
        """Return the request that ended as its person wanted."""
        if self.state != "waiting":
            self.require_proven()
        return replace(self, state=state, ended_at=now, decided_by=by)

    def refuse(self, by: str, reason: str, now: datetime) -> "JoinRequest":
        """Return the request that an officer refused."""
        self.require_waiting()
        return replace(self, state="refused", ended_at=now, decided_by=by, decision_reason=reason)

    def withdraw(self, now: datetime) -> "JoinRequest":
        """Return the waiting request that its person took back."""
        self.require_waiting()
        return replace(self, state="withdrawn", ended_at=now)

    def pass_on(self, reviewer: str, until: datetime) -> "JoinRequest":
        """Return the request that another organisation decides. *Raises*: JoinRefused unless it waits."""
        self.require_waiting()
        return replace(self, reviewer=reviewer, review_until=until)

    def require_waiting(self) -> None:
        """*Raises*: JoinRefused unless the request waits for a review."""
        if self.state != "waiting":
            raise JoinRefused(JOINING_FAULTS.build("not_waiting"))

    def _without_code(self) -> "JoinRequest":
        return replace(self, code_digest=None, code_expires_at=None)

    def _state_fault(self) -> Fault:
        """Return why a request that is confirmed or over can't be changed."""
        if self.state == "waiting":
            assert self.review_until is not None
            return JOINING_FAULTS.build("waiting", value=_minute(self.review_until))
        if self.state == "expired":
            return JOINING_FAULTS.build("expired", value=_minute(self.expires_at))
        if self.state == "locked":
            return JOINING_FAULTS.build("locked", field="code", value=self.wrong_codes)
        return JOINING_FAULTS.build(self.state if self.state in ("refused", "withdrawn") else "over")


def _minute(instant: datetime) -> str:
    return instant.astimezone(CIVIL_TIME).isoformat(sep=" ", timespec="minutes")[:16]


def create_code() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(10**6):06}"


def parse_code(text: str) -> str:
    """Return the six digits of a typed code; blanks and full-width digits are read.

    *Raises*: JoinRefused if it isn't six digits; such a text is no attempt.
    """
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    if _CODE.fullmatch(digits) is None:
        raise JoinRefused(JOINING_FAULTS.build("code_form", field="code"))
    return digits


def hash_text(key: bytes, purpose: str, *texts: str) -> str:
    """Return a keyed hash (HMAC-SHA-256); texts can't be shifted from one place into the next."""
    parts = [purpose, *(f"{len(text)}:{text}" for text in texts)]
    return hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def hash_code(key: bytes, request_id: str, code: str, who: Sequence[str]) -> str:
    """Return the form in which a code is stored; it is worth nothing for another request, or with another person in it."""
    return hash_text(key, "code", request_id, code, *who)


def is_right_code(key: bytes, request_id: str, code: str, who: Sequence[str], digest: str | None) -> bool:
    """Return whether a code is the one of a digest, in the same time for all codes."""
    return hmac.compare_digest(hash_code(key, request_id, code, who), digest or "")


def find_throttle_fault(sent: Sequence[datetime], most: int, now: datetime) -> Fault | None:
    """Return the fault if one more code may not be sent now; ``sent`` are the instants of earlier ones, ``most`` of a day."""
    if not sent:
        return None
    pause = max(sent) + SHORTEST_PAUSE - now
    if pause > timedelta(0):
        seconds = -(-pause // timedelta(seconds=1))
        return JOINING_FAULTS.build("too_soon", field="phone", seconds=seconds)
    recent = sorted(instant for instant in sent if instant > now - SEND_PERIOD)
    if len(recent) < most:
        return None
    until = (recent[-most] + SEND_PERIOD).astimezone(CIVIL_TIME).isoformat(sep=" ", timespec="minutes")[:16]
    return JOINING_FAULTS.build("too_many_codes", field="phone", until=until)
