"""Senders: programs with a key, and what each may send for which organisations. Pure."""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yihui.access.actor import Actor, ActorKind

_ID_BYTES, _SECRET_BYTES = 5, 20  # 8 and 32 characters: 160 bits can't be guessed, so no slow hash is needed
_NAME = re.compile(r"[a-z0-9](-?[a-z0-9]){1,39}")
_KEY = re.compile(r"yhs_(?P<id>[a-z2-7]{8})_[a-z2-7]{32}")
KEY_PREFIX = "yhs_"
NO_DIGEST = "0" * 64  # what an unknown key is compared with


class SenderUse(StrEnum):
    """A group of routes that a sender may call."""

    EVENTS = "events"
    FEEDS = "feeds"
    GIS = "gis"


@dataclass(frozen=True, slots=True)
class Sender:
    """A program that may call some routes: with these sources and types, for an organisation and all below it.

    A source that ends in a slash covers all sources that begin with it. ``organisation`` None is a demo's own
    user, who is bound by nothing.
    """

    name: str
    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    uses: tuple[SenderUse, ...] = ()
    organisation: str | None = None

    @property
    def is_bound(self) -> bool:
        return self.organisation is not None

    @property
    def actor(self) -> Actor:
        """Who acts, as the audit log names it."""
        id = f"sender:{self.name}"
        return Actor(id, id, ActorKind.SENDER)

    def covers_source(self, source: str) -> bool:
        """Return whether the sender may send events of a source; a path never leads out of a prefix."""
        if not self.is_bound:
            return True
        steps = source.split("/")
        return any(
            source == one or (one.endswith("/") and source.startswith(one) and not {".", ".."} & set(steps))
            for one in self.sources
        )

    def covers_type(self, kind: str) -> bool:
        return not self.is_bound or kind in self.types


UNBOUND_SENDER = Sender("demo", uses=tuple(SenderUse))


@dataclass(frozen=True, slots=True)
class SenderKey:
    """A key as it is stored; ``id`` is its public part. It counts before ``expires_at``, and no longer at it."""

    id: str
    sender: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True)
class NewSenderKey:
    """A newly issued key. ``text`` is the secret, which can't be shown again."""

    key: SenderKey
    text: str


def is_sender_name(text: str) -> bool:
    return len(text) <= 40 and _NAME.fullmatch(text) is not None


def create_key_text(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a new key: the prefix, its public part and 160 bits."""
    id, secret = (_letters(random_bytes(size)) for size in (_ID_BYTES, _SECRET_BYTES))
    return f"{KEY_PREFIX}{id}_{secret}"


def parse_key_id(text: str) -> str | None:
    """Return the public part of a key; None for a text that has not exactly the form of a key."""
    found = _KEY.fullmatch(text)
    return found["id"] if found else None


def has_key_text(text: str) -> bool:
    """Return whether a text contains a sender's key, so that it must not be shown or logged."""
    return _KEY.search(text) is not None


def hash_key(text: str) -> str:
    """Return what is stored of a key."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _letters(secret: bytes) -> str:
    return base64.b32encode(secret).decode().lower()
