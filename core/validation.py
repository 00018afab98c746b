"""Convert pydantic's validation errors to faults with translatable texts: one table for the whole product."""

from collections.abc import Mapping
from string import Formatter
from typing import get_args

from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from core.faults import Fault
from core.text_marks import N_

_TIME = (N_("the time {value} can't be read"), N_("write it as 2026-10-03T23:10:00+08:00"))
_DATE = (N_("{value} is no date"), N_("write it as 2026-05-01"))
_WHOLE = (N_("{field} must be a whole number, this is {value}"), N_("write digits only"))
_NUMBER = (
    N_("{field} must be a number, this is {value}"),
    N_("write it in digits, with a point before decimals"),
)
_TRUTH = (N_("{field} must be true or false, this is {value}"), N_("write true or false"))
_CHOICE = (N_("{field} can't be {value}"), N_("use one of: {expected}"))
_LIST = (N_("{field} must be a list, this is {value}"), N_("put its items between square brackets"))
_KEYS = (N_("{field} must have keys of its own, this is {value}"), N_("put its fields between braces"))
_OTHER = (N_("{field} can't be {value}"), N_("correct {field}"))

# Message and remedy by pydantic's error type.
VALIDATION_TEXTS: Mapping[str, tuple[str, str]] = {
    "missing": (N_("the field {field} is missing"), N_("add {field}")),
    "extra_forbidden": (
        N_("the field {field} is not known here"),
        N_("leave {field} out, or correct its spelling"),
    ),
    "timezone_aware": (
        N_("the time {value} has no offset"),
        N_("write the time with its offset, for example 2026-10-03T23:10:00+08:00"),
    ),
    **dict.fromkeys(("datetime_parsing", "datetime_from_date_parsing", "datetime_type"), _TIME),
    **dict.fromkeys(("date_parsing", "date_from_datetime_parsing", "date_type"), _DATE),
    "date_from_datetime_inexact": _DATE,
    **dict.fromkeys(("int_parsing", "int_parsing_size", "int_type", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), _NUMBER),
    **dict.fromkeys(("bool_parsing", "bool_type"), _TRUTH),
    "string_type": (N_("{field} must be a text, this is {value}"), N_("put it in quotes")),
    "string_unicode": (
        N_("{field} holds a character that no database keeps: {value}"),
        N_("leave out NUL and halves of surrogate pairs"),
    ),
    "string_too_short": (N_("{field} is empty"), N_("fill it in, or leave it out")),
    "string_too_long": (N_("{field} is longer than {max_length} characters"), N_("shorten it")),
    "string_pattern_mismatch": (N_("{field} can't be {value}"), N_("it must match {pattern}")),
    "greater_than": (N_("{field} must be above {gt}, this is {value}"), N_("write a larger number")),
    "greater_than_equal": (N_("{field} must be at least {ge}, this is {value}"), N_("write a larger number")),
    "less_than": (N_("{field} must be below {lt}, this is {value}"), N_("write a smaller number")),
    "less_than_equal": (N_("{field} must be at most {le}, this is {value}"), N_("write a smaller number")),
    **dict.fromkeys(("literal_error", "enum"), _CHOICE),
    "dict_type": (N_("{field} must be a JSON object"), N_("put its fields between braces")),
    **dict.fromkeys(("model_type", "model_attributes_type"), _KEYS),
    **dict.fromkeys(("tuple_type", "list_type"), _LIST),
    "bank_card_number": (
        N_("{field} holds more than four digits of a bank card; it was not stored"),
        N_("write the bank's name and the last four digits only"),
    ),
    "bank_last_four": (
        N_("{field} is not the last four digits of a bank card: {value}"),
        N_("write four digits, such as 0423, as a text"),
    ),
    "half_bank_card": (
        N_("a linked bank card needs the bank and the last four digits"),
        N_("write bank and bank_last_four together"),
    ),
    "too_short": (N_("{field} has too few items"), N_("add an item")),
    "too_long": (
        N_("{field} has {actual_length} items, at most {max_length} are allowed"),
        N_("leave some of them out"),
    ),
}
# The pattern of a text that may hold anything but control characters, as far as the message is concerned.
_WITHOUT_CONTROLS = r"^[^\x00-"
_CONTROL = (
    N_("{field}: the text holds a character that can't be shown"),
    N_("write the text again, without copied control characters"),
)
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
_STANDARD_KINDS = frozenset(get_args(ErrorType))
_NO_REMEDIES: Mapping[str, str] = {}


def validation_texts(
    details: ErrorDetails, field: str, remedies: Mapping[str, str] = _NO_REMEDIES
) -> tuple[str, str]:
    """Return the message and the remedy for one of pydantic's errors.

    A custom error type carries its own message, which is a text of the catalogue. ``remedies`` are those
    of a context that help its readers more: by error type; for a pattern also by field name; ``""`` is for
    errors that are not in the table.
    """
    kind = details["type"]
    known = VALIDATION_TEXTS.get(kind)
    if known is None or not _can_fill(known[0], details):
        is_custom = known is not None or kind not in _STANDARD_KINDS
        return details["msg"] if is_custom else _OTHER[0], remedies.get("", _OTHER[1])
    remedy = remedies.get(kind, known[1])
    if kind == "string_pattern_mismatch":
        if str(details.get("ctx", {}).get("pattern", "")).startswith(_WITHOUT_CONTROLS):
            return _CONTROL
        forms = {**_FORMS, **remedies}
        remedy = next((forms[part] for part in field.split(".") if part in forms), remedy)
    return known[0], remedy


def fault_from_pydantic(
    details: ErrorDetails, field: str, value: str, remedies: Mapping[str, str] = _NO_REMEDIES
) -> Fault:
    """Convert one of pydantic's errors to a Fault. ``value`` is the part of the input that may be shown."""
    message, remedy = validation_texts(details, field, remedies)
    context = {name: str(item) for name, item in details.get("ctx", {}).items() if name != "error"}
    return Fault(message, remedy, field=field, value=value, params={"code": details["type"], **context})


def _can_fill(message: str, details: ErrorDetails) -> bool:
    """Return whether the error has the values of a message; a custom error of a standard type has none."""
    names = {name for _, name, _, _ in Formatter().parse(message) if name}
    return names <= {"field", "value", *details.get("ctx", {})}
