"""Titles of the reasons for which an event becomes a dead letter, as message templates."""

from collections.abc import Mapping
from types import MappingProxyType

from core.text_marks import N_

# Our own codes, then pydantic's.
_NO_TIME, _NO_DATE = N_("the time can't be read"), N_("the date can't be read")
_NO_NUMBER, _RANGE = N_("not a whole number"), N_("out of range")
_LENGTH, _FORM = N_("too short or too long"), N_("not in the form that is wanted")
DEAD_LETTER_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "not_json": N_("not JSON"),
        "not_utf8": N_("not UTF-8"),
        "unknown_type": N_("type not known"),
        "newer_version": N_("newer than this Yihui"),
        "schema": N_("version not known"),
        "unpublishable": N_("no topic takes it"),
        "poison": N_("handling it failed inside Yihui"),
        "mended": N_("mended, to be replayed"),
        "unknown_member": N_("member not on any roll"),
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
)

OTHER_DEAD_LETTER_REASON = N_("not in order")
