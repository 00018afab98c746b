"""Faults for which an event becomes a dead letter, the reason of each, and the titles of the reasons."""

from collections.abc import Mapping

from core.faults import Fault, FaultTable
from core.text_marks import N_

_HAPPENED = N_("correct the date; an event tells what has happened")
_PERSONAL = N_("leave it out: ID numbers and phones enter by a join request or an import only")
_UPGRADE = N_("upgrade Yihui, then: yihui events dead-letters replay --reason newer_version")
EVENT_FAULTS = FaultTable(
    "event",
    {
        # of the text and the envelope
        "not_json": (
            N_("this is no JSON object: {value}"),
            N_("write each event as a CloudEvent in JSON, in a file one on each line"),
        ),
        "not_utf8": (N_("this is not written in UTF-8: {value}"), N_("write it as JSON in UTF-8")),
        "too_large": (
            N_("the event has {value} bytes, at most {limit} are taken"),
            N_("leave out what nobody reads here; of files and pictures send the digest"),
        ),
        "told_by_us": (
            N_("events of type {value} are told by Yihui itself and taken from nobody"),
            N_("leave them out; what the ledger did is in the topic of benefit events, and told to webhooks"),
        ),
        "officers_programme": (
            N_("events of the programme {value} come only from what two officers decide in Yihui"),
            N_("let one officer enter it on the officers' pages, and another one approve it"),
        ),
        "officers_source": (
            N_("events of the source {value} come only from Yihui itself"),
            N_("write the name of your own system as the source"),
        ),
        "unknown_type": (
            N_("events of type {value} are not known"),
            N_("use a type of the catalogue (yihui events types)"),
        ),
        "future": (
            N_("the time {value} lies in the future"),
            N_("correct the sender's clock; an event tells what has happened"),
        ),
        "future_date": (N_("{field} says {value}, which is after the event itself"), _HAPPENED),
        "character": (
            N_("{field} holds a character that no database keeps: {value}"),
            N_("leave out NUL and halves of surrogate pairs"),
        ),
        "personal_line": (N_("the line holds an ID number or a phone number"), _PERSONAL),
        "id_number": (N_("{field} holds an ID number"), _PERSONAL),
        "phone_number": (N_("{field} holds a phone number"), _PERSONAL),
        # of the version
        "newer_version": (
            N_("{kind} of version {value} is newer than what this Yihui reads, which is version {ours}"),
            _UPGRADE,
        ),
        "newer_type": (
            N_("{kind}, of version {value}, is a type that this Yihui doesn't know yet"),
            _UPGRADE,
        ),
        "newer_field": (
            N_("the field {field} can't be read: version {ours} doesn't have it"),
            _UPGRADE,
        ),
        "schema": (
            N_("the dataschema {value} is no version of {kind}"),
            N_("write {expected_form}, or leave it out for version 1"),
        ),
        # of what is known when it is processed
        "id_reused": (
            N_("the id {value} was used before for another event"),
            N_("give every event of a source its own id"),
        ),
        "unknown_member": (
            N_("the member {value} is not on any roll"),
            N_("import the roll or send member.joined first, then replay this event"),
        ),
        "membership_ended": (
            N_("{value} was no member on {day}: a change of state makes nobody a member"),
            N_("record that the member joined again (member.joined), then replay this event"),
        ),
        "repeated_key": (
            N_("the key “{value}” stands twice in one object"),
            N_("keep the right one of the two"),
        ),
        "not_handled": (
            N_("events of type {value} are kept, but nothing acts on them in this version"),
            N_("replay them after an upgrade that does"),
        ),
        "other_subject": (
            N_("the event is about {value}, but its data speaks of the station {station}"),
            N_("give the station's id as the subject"),
        ),
        "unknown_station": (
            N_("the station {value} is in no register"),
            N_("import the register that holds it, then replay this event"),
        ),
        "unknown_keeper": (
            N_("the keeper's key {value} is not one of this station, or was revoked before"),
            N_("issue a key (/desk/stations/keys) and speak with it"),
        ),
        "future_inspection": (
            N_("the inspection of {value} had not taken place when the event occurred"),
            _HAPPENED,
        ),
        "unknown_report": (
            N_("no report of this station has the number {value}"),
            N_("answer with the number that the report was given"),
        ),
        "no_cell": (
            N_("{value} is no cell of H3"),
            N_("give the cell's index in 15 hexadecimal digits, as h3's latlng_to_cell does"),
        ),
        "coarse_cell": (
            N_("the cell {value} is of resolution {resolution}: too large to say where anybody searched"),
            N_("give a cell of resolution {wanted}"),
        ),
        # of the way to the ledger and out of it
        "poison": (
            N_("handling it failed inside Yihui ({value})"),
            N_("report it to those who look after Yihui; when it is mended, replay the letter"),
        ),
        "too_large_for_topic": (
            N_("the broker takes no event of {value} bytes"),
            N_("tell it in fewer words, or raise max.message.bytes of the topic {topic}, then replay it"),
        ),
        "unpublishable": (
            N_("this is no event that can be sent"),
            N_("send it again through the front door"),
        ),
    },
)
PERSONAL_DATA_REASON = "personal_data"
BANK_CARD_CODE = "bank_card_number"  # of a payload's validation
NEWER_VERSION_REASON = "newer_version"
POISON_REASON = "poison"
MENDED_REASON = "mended"  # the reason of a mended letter until it is replayed
# Reasons are stored; several faults may have one.
_REASONS: Mapping[str, str] = {
    "personal_line": PERSONAL_DATA_REASON,
    "id_number": PERSONAL_DATA_REASON,
    "phone_number": PERSONAL_DATA_REASON,
    BANK_CARD_CODE: PERSONAL_DATA_REASON,
    "newer_type": NEWER_VERSION_REASON,
    "newer_field": NEWER_VERSION_REASON,
    "future_inspection": "future",
    "too_large_for_topic": "unpublishable",
}


def dead_letter_reason(fault: Fault) -> str:
    """Return the reason of a dead letter with this fault, as it is stored."""
    code = fault.params.get("code") or fault.code.partition(".")[2]
    return _REASONS.get(code, code) or "invalid"


# Our own codes, then pydantic's.
_NO_TIME, _NO_DATE = N_("the time can't be read"), N_("the date can't be read")
_NO_NUMBER, _RANGE = N_("not a whole number"), N_("out of range")
_LENGTH, _FORM = N_("too short or too long"), N_("not in the form that is wanted")
DEAD_LETTER_REASONS: Mapping[str, str] = {
    "not_json": N_("not JSON"),
    "not_utf8": N_("not UTF-8"),
    "unknown_type": N_("type not known"),
    "newer_version": N_("newer than this Yihui"),
    "schema": N_("version not known"),
    "unpublishable": N_("no topic takes it"),
    "poison": N_("handling it failed inside Yihui"),
    "mended": N_("mended, to be replayed"),
    "unknown_member": N_("member not on any roll"),
    "membership_ended": N_("membership had ended"),
    "repeated_key": N_("key twice in one object"),
    "unknown_station": N_("station in no register"),
    "unknown_keeper": N_("key not in force"),
    "no_cell": N_("no cell of H3"),
    "coarse_cell": N_("cell too large"),
    "other_subject": N_("subject and data differ"),
    "id_reused": N_("id used twice"),
    "personal_data": N_("holds personal data"),
    "future": N_("lies in the future"),
    "too_early": N_("lies too far back"),
    "not_handled": N_("not handled in this version"),
    "told_by_us": N_("Yihui's own word, from somebody else"),
    "officers_programme": N_("for officers to decide"),
    "officers_source": N_("Yihui's own source"),
    "too_large": N_("too large"),
    "character": N_("a character that can't be kept"),
    "nothing_changed": N_("nothing changed"),
    "missing": N_("field missing"),
    "extra_forbidden": N_("field not known"),
    "timezone_aware": N_("time without an offset"),
    "datetime_parsing": _NO_TIME,
    "datetime_from_date_parsing": _NO_TIME,
    "datetime_type": _NO_TIME,
    "date_parsing": _NO_DATE,
    "date_from_datetime_parsing": _NO_DATE,
    "date_from_datetime_inexact": _NO_DATE,
    "date_type": _NO_DATE,
    "int_parsing": _NO_NUMBER,
    "int_type": _NO_NUMBER,
    "int_from_float": _NO_NUMBER,
    "string_too_short": _LENGTH,
    "string_too_long": _LENGTH,
    "string_pattern_mismatch": _FORM,
    "attribute": _FORM,
    "string_type": N_("not a text"),
    "dict_type": N_("not an object"),
    "tuple_type": N_("not a list"),
    "greater_than": _RANGE,
    "greater_than_equal": _RANGE,
    "less_than": _RANGE,
    "less_than_equal": _RANGE,
    "literal_error": N_("not one of the values there are"),
    "enum": N_("not one of the values there are"),
}

OTHER_DEAD_LETTER_REASON = N_("not in order")
