"""Senders: programs with a key, what each may send for which organisations, how keys are formed, and the faults. Pure."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.faults import FaultTable
from core.text_marks import N_
from yihui.access.actor import Actor, ActorKind

_CHOOSE = N_("choose one of {known}")
_ASK = N_("ask the union for a new key (yihui senders rotate)")
SENDER_FAULTS = FaultTable(
    "sender",
    {
        "name": (
            N_("“{value}” is no name of a sender"),
            N_("write 2 to 40 small letters and digits, with hyphens between them"),
        ),
        "exists": (
            N_("there is a sender {value} already"),
            N_("choose another name, or issue a further key: yihui senders rotate {value}"),
        ),
        "unknown": (N_("there is no sender {value}"), N_("`yihui senders list` shows their names")),
        "unknown_key": (N_("there is no key {value}"), N_("`yihui senders show NAME` shows the keys' ids")),
        "revoked": (
            N_("the sender {value} was revoked"),
            N_("add a sender with another name: what the old one sent stays under its own"),
        ),
        "use": (N_("“{value}” is no use of a key"), _CHOOSE),
        "type": (
            N_("“{value}” is no type of event that a sender may send"),
            N_("`yihui events types` lists the types; those of benefits and readings are not sent by keys"),
        ),
        "source": (
            N_("“{value}” is no source of CloudEvents"),
            N_("write it as the events have it, such as /hr/jinan, or a prefix that ends in a slash"),
        ),
        "no_source": (N_("events need a source"), N_("add --sources, such as /hr/jinan")),
        "no_type": (N_("events need a type"), N_("add --types, such as member.joined")),
        "no_use": (N_("no use is named"), N_("add --uses, such as events")),
        "needless": (
            N_("sources and types count for events and feeds alone"),
            N_("leave out --sources and --types, or add events or feeds to --uses"),
        ),
        "organisation_form": (
            N_("“{value}” is no code of an organisation"),
            N_("an organisation code has 6 or 9 digits, or these, a hyphen and 5 digits"),
        ),
        "organisation": (
            N_("there is no organisation {value} today"),
            N_("compare the code: yihui organisations list"),
        ),
        "past": (N_("the last day {value} is past"), N_("name today or a later day")),
        "too_late": (
            N_("the last day {value} is more than {most} days away"),
            N_("name an earlier day, and rotate the key before it"),
        ),
        "overlap": (
            N_("an overlap has 0 to {most} days, not {value}"),
            N_("name so many days that all programs get the new key in time"),
        ),
    },
)
SENDER_KEY_FAULTS = FaultTable(
    "sender_key",
    {
        "missing": (
            N_("a key is missing"),
            N_("send it as Authorization: Bearer KEY; the union issues keys (yihui senders add)"),
        ),
        # One text for every wrong key: it says nothing about which keys there are or were.
        "wrong": (N_("this is no valid key"), _ASK),
        "in_address": (
            N_("a key was sent in the address of the request"),
            N_(
                "send it as Authorization: Bearer KEY and have the old one revoked: addresses are logged on the way"
            ),
        ),
        "several": (
            N_("the request has {count} Authorization headers"),
            N_("send one: a proxy and the site could believe different ones"),
        ),
        "too_many": (
            N_("too many wrong keys came from this network"),
            N_("the right key works at once; for others wait a quarter of an hour"),
        ),
        "use": (
            N_("this key is not for {use}"),
            N_("ask the union for a key with this use"),
        ),
    },
)
SENDER_BOUND_FAULTS = FaultTable(
    "sender_bound",
    {
        "source": (N_("this key may not send the source {value}"), N_("ask the union to widen the key")),
        "type": (N_("this key may not send the type {value}"), N_("ask the union to widen the key")),
        "place": (
            N_("what the event concerns is not below {organisation}"),
            N_("send the event with a key of its own organisation, or of one above it"),
        ),
        "unknown_place": (
            N_("nothing is known that tells where this belongs"),
            N_(
                "a member's first event is member.joined or member.imported; if it was sent just now, send this again in a minute"
            ),
        ),
    },
)


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


def create_key_text() -> str:
    """Return a new key: the prefix, its public part and 160 bits."""
    drawn = (secrets.token_bytes(size) for size in (_ID_BYTES, _SECRET_BYTES))
    id, secret = (base64.b32encode(one).decode().lower() for one in drawn)
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
