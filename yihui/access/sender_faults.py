"""The faults of senders: what is wrong with a new one, with a key, and with what is sent."""

from core.faults import FaultTable
from core.text_marks import N_

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
