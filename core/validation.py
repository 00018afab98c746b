"""Convert pydantic's validation errors to faults with translatable texts."""

from collections.abc import Mapping

from pydantic_core import ErrorDetails

from core.faults import Fault
from core.text_marks import N_

_INSTANT = (N_("the time {value} can't be read"), N_("write it as 2026-10-03T23:10:00+08:00"))
_DATE = (N_("{value} is no date"), N_("write it as 2026-05-01"))
_NUMBER = (N_("{value} is no whole number"), N_("write digits only"))
_TEXT = (N_("{field} must be a text, this is {value}"), N_("put it in quotes"))

# Message and remedy by pydantic's error type.
_SAYINGS: Mapping[str, tuple[str, str]] = {
    "missing": (N_("the field {field} is missing"), N_("add {field}")),
    "extra_forbidden": (
        N_("the field {field} is not known for this type of event"),
        N_("leave {field} out, or correct its spelling"),
    ),
    "timezone_aware": (
        N_("the time {value} has no offset"),
        N_("write the time with its offset, for example 2026-10-03T23:10:00+08:00"),
    ),
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_type": _INSTANT,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "date_type": _DATE,
    "int_parsing": _NUMBER,
    "int_type": _NUMBER,
    "int_from_float": _NUMBER,
    "string_type": _TEXT,
    "string_unicode": (
        N_("{field} holds a character that no database keeps: {value}"),
        N_("leave out NUL and halves of surrogate pairs"),
    ),
    "string_too_short": (N_("{field} is empty"), N_("fill it in, or leave it out")),
    "string_too_long": (N_("{field} is longer than {max_length} characters"), N_("shorten it")),
    "string_pattern_mismatch": (N_("{field} can't be {value}"), N_("it must match {pattern}")),
    "greater_than": (N_("{field} must be above {gt}, this is {value}"), N_("write a larger number")),
    "greater_than_equal": (N_("{field} must be at least {ge}, this is {value}"), N_("write a larger number")),
    "less_than_equal": (N_("{field} must be at most {le}, this is {value}"), N_("write a smaller number")),
    "literal_error": (N_("{field} can't be {value}"), N_("use one of: {expected}")),
    "enum": (N_("{field} can't be {value}"), N_("use one of: {expected}")),
    "dict_type": (N_("{field} must be a JSON object"), N_("put its fields between braces")),
    "tuple_type": (N_("{field} must be a list"), N_("put its items between square brackets")),
}
# Remedies for values that fail a pattern, by field name, since a pattern means little to users.
_SHA256 = N_("write “sha256:” and 64 of the digits 0-9 and a-f")
_FORMS: Mapping[str, str] = {
    "specversion": N_("write “1.0”, the version of CloudEvents"),
    "subject": N_("write letters and digits, with . _ : or - after the first, 64 characters at most"),
    "datacontenttype": N_("write application/json, or leave it out"),
    "district": N_("write a code of six digits, such as 370102"),
    "reporter": N_("write a keyed hash: 16 to 64 of the digits 0-9 and a-f"),
    "cell": N_("write an H3 cell: 15 of the digits 0-9 and a-f"),
    "certificate_digest": _SHA256,
    "attachments": _SHA256,
}
_OTHER = (N_("{field} can't be {value}"), N_("correct {field}"))


def fault_from_pydantic(details: ErrorDetails, field: str, value: str) -> Fault:
    """Convert one of pydantic's errors to a Fault. ``value`` is the part of the input that may be shown.

    A custom error type carries its own message, which is a text of the catalogue.
    """
    kind = details["type"]
    context = {name: str(item) for name, item in details.get("ctx", {}).items() if name != "error"}
    message, remedy = _SAYINGS.get(kind, _OTHER)
    if kind == "string_pattern_mismatch":
        remedy = next((_FORMS[part] for part in field.split(".") if part in _FORMS), remedy)
    if kind not in _SAYINGS and not kind.startswith(("value_error", "assertion", "model_", "union_")):
        message = details["msg"]
    return Fault(message, remedy, field=field, value=value, params={"code": kind, **context})
