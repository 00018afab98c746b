"""Count tries to log in, in the database, so that several processes share the count; those of known devices apart.

A device on which a person has logged in with every step holds a token, which opens nothing. By it the tries of the device
are counted apart from those of strangers, so that strangers can't lock it out.

*Source*: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, literal

from store import insert_into
from yihui.access.tables import login_throttles

PERIOD = timedelta(minutes=15)
MOST_BY_PAIR = 10  # of a login and an address: tries without a whole log-in; codes count too
MOST_BY_DEVICE = 10  # of a login and a device on which its officer logged in before
MOST_BY_LOGIN = 25  # wrong tries of all strangers together: a hundred in an hour
JOIN_PERIOD = timedelta(hours=1)  # of requests to join from one address
MOST_BY_ADDRESS = 100  # failed tries; an office of many officers may share one address
DEVICE_LIFETIME = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is counted; ``key`` is a keyed hash, since logins and addresses are personal data."""

    key: str
    most: int
    kind: str
    period: timedelta = PERIOD


@dataclass(frozen=True, slots=True)
class TryCount:
    """The tries of a period. ``wait``: until the next period begins, if these are too many."""

    tries: int
    most: int
    wait: timedelta

    @property
    def is_over(self) -> bool:
        return self.tries > self.most

    @property
    def is_first_over(self) -> bool:
        return self.tries == self.most + 1


def login_bucket(key: bytes, login: str) -> Bucket:
    """Return the count of all strangers' tries of a login, whether or not an account has it."""
    return _bucket(key, "login", login, MOST_BY_LOGIN)


def pair_bucket(key: bytes, login: str, network: str) -> Bucket:
    """Return the count of a login's tries from one address."""
    return _bucket(key, "login_and_address", f"{login}\0{network}", MOST_BY_PAIR)


def device_bucket(key: bytes, login: str, device: str) -> Bucket:
    """Return the count of a login's or a member's tries on a device that is known for it, or in an open session."""
    return _bucket(key, "device", f"{login}\0{device}", MOST_BY_DEVICE)


def address_bucket(key: bytes, network: str) -> Bucket:
    return _bucket(key, "address", network, MOST_BY_ADDRESS)


def member_bucket(key: bytes, network: str) -> Bucket:
    """Return the count of strangers' codes asked for and wrong from one address; a carrier's address has many phones."""
    return _bucket(key, "member_address", network, MOST_BY_ADDRESS)


def join_bucket(key: bytes, network: str, most: int) -> Bucket:
    """Return the count of requests to join from one address."""
    return replace(_bucket(key, "join_address", network, most), period=JOIN_PERIOD)


def count_try(connection: Connection, bucket: Bucket, now: datetime) -> TryCount:
    """Count a try before it is checked, so that tries at the same time can't exceed the limit together."""
    c, begin = login_throttles.c, now - bucket.period
    statement = insert_into(connection, login_throttles).values(bucket=bucket.key, tries=1, since=now)
    is_old, begun = c.since <= begin, literal(now, c.since.type)  # without a type SQLite stores another text
    counted = statement.on_conflict_do_update(
        index_elements=[c.bucket],
        set_={"tries": case((is_old, 1), else_=c.tries + 1), "since": case((is_old, begun), else_=c.since)},
    ).returning(c.tries, c.since)
    tries, since = connection.execute(counted).one()
    return TryCount(tries, bucket.most, since + bucket.period - now)


def release_try(connection: Connection, bucket: Bucket) -> None:
    """Take back one counted try, which was right."""
    c = login_throttles.c
    connection.execute(
        login_throttles.update().where(c.bucket == bucket.key, c.tries > 0).values(tries=c.tries - 1)
    )


def clear_tries(connection: Connection, bucket: Bucket) -> None:
    """Forget the tries of a login after a whole log-in."""
    connection.execute(login_throttles.delete().where(login_throttles.c.bucket == bucket.key))


def purge_tries(connection: Connection, now: datetime) -> None:
    """Delete counts of periods that are all past."""
    connection.execute(login_throttles.delete().where(login_throttles.c.since <= now - JOIN_PERIOD))


def _bucket(key: bytes, kind: str, text: str, most: int) -> Bucket:
    digest = hmac.new(key, f"{kind}\0{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    return Bucket(digest, most, kind)


def create_device_token(key: bytes, login: str, now: datetime) -> str:
    """Return a token for a device on which a login was just right as a whole."""
    number, until = secrets.token_urlsafe(12), int((now + DEVICE_LIFETIME).timestamp())
    return f"{number}.{until}.{_sign(key, login, number, until)}"


def find_known_device(key: bytes, login: str, token: str, now: datetime) -> str | None:
    """Return the number of the device that a token names; None if it is forged, over, or for another login."""
    number, _, rest = token.partition(".")
    end, _, signature = rest.partition(".")
    if not (end.isascii() and end.isdecimal() and len(end) < 12):
        return None
    is_right = hmac.compare_digest(
        _sign(key, login, number, int(end)).encode(), signature.encode("utf-8", "replace")
    )
    return number if is_right and now.timestamp() < int(end) else None


def _sign(key: bytes, login: str, number: str, until: int) -> str:
    text = f"{login}\0{number}\0{until}"
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
