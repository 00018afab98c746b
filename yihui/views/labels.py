"""Labels for our codes, as users read them."""

from collections.abc import Mapping
from types import MappingProxyType

from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

# By code; a code of several enumerations (unknown, closed) means the same in all of them.
STATION_KIND_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "outdoor_station": N_("outdoor workers' station"),
        "mother_room": N_("mother room"),
        "cultural_palace": N_("cultural palace"),
        "service_centre": N_("service centre"),
        "library": N_("workers' library"),
        "startup_park": N_("start-up park"),
        "sanatorium": N_("sanatorium"),
        "exhibition_hall": N_("exhibition hall"),
        "innovation_studio": N_("innovation studio"),
        "childcare": N_("holiday childcare"),
    }
)
ENTRY_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "walk_in": N_("walk in"),
        "scan": N_("scan a code"),
        "app": N_("by app"),
        "id_card": N_("with an ID card"),
        "staff": N_("ask the staff"),
        "unknown": N_("entry not known"),
    }
)
ACCESS_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "public": N_("for everybody"),
        "members": N_("for union members"),
        "employer": N_("for one employer's staff"),
        "unknown": N_("for whom not known"),
    }
)
OPENING_STATE_LABELS: Mapping[str, str] = MappingProxyType(
    {"open": N_("open"), "closed": N_("closed"), "unknown": N_("hours not known")}
)
STATION_STATUS_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "active": N_("in use"),
        "closed_temporarily": N_("closed for the time being"),
        "closed_for_good": N_("closed for good"),
    }
)
FACILITY_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "toilet": N_("toilet"),
        "water": N_("drinking water"),
        "charging": N_("phone charging"),
        "microwave": N_("microwave"),
        "aircon": N_("air conditioning"),
        "seats": N_("table and seats"),
        "ebike_charging": N_("e-bike charging"),
        "ebike_parking": N_("e-bike parking"),
        "battery_swap": N_("battery swap"),
        "parking": N_("parking"),
        "wifi": N_("Wi-Fi"),
        "medicine": N_("medicine box"),
        "rain_gear": N_("rain gear"),
        "sewing": N_("sewing kit"),
        "shower": N_("shower"),
        "books": N_("books"),
        "mother_comfort": N_("mother room, comfort tier"),
        "mother_standard": N_("mother room, standard tier"),
        "fridge": N_("fridge"),
        "sink": N_("sink"),
        "changing_table": N_("changing table"),
        "gym": N_("gym"),
        "pool": N_("pool"),
        "chess": N_("chess room"),
        "reading": N_("reading room"),
        "hall": N_("hall"),
        "courses": N_("courses"),
    }
)
# Reasons of dead letters: our own codes and pydantic's.
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
SAMPLE_LABEL = N_("sample")


def code_label(labels: Mapping[str, str], code: str, language: Language) -> str:
    """Return the label of a code in the reader's language; a code without one stays as it is."""
    return language.translate(labels[code]) if code in labels else code


def format_choices(labels: Mapping[str, str], language: Language) -> str:
    """Format the codes that may be chosen, each with its label."""
    return language.format_list(
        language.render(N_("{code} ({word})"), code=code, word=language.translate(word))
        for code, word in labels.items()
    )


def format_facilities(codes: list[str], language: Language) -> str:
    """Format facility codes as a list of labels."""
    return language.format_list(code_label(FACILITY_LABELS, code, language) for code in codes)
