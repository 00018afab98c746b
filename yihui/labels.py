"""What our codes are called where people read them."""

from collections.abc import Mapping
from types import MappingProxyType

from yihui.language import Language

N_ = str  # marks a text for the message catalogue

# By code; codes that stand in several enumerations (unknown, closed) mean the same in all of them.
KINDS: Mapping[str, str] = MappingProxyType(
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
ENTRIES: Mapping[str, str] = MappingProxyType(
    {
        "walk_in": N_("walk in"),
        "scan": N_("scan a code"),
        "app": N_("by app"),
        "id_card": N_("with an ID card"),
        "staff": N_("ask the staff"),
        "unknown": N_("entry not known"),
    }
)
ACCESSES: Mapping[str, str] = MappingProxyType(
    {
        "public": N_("for everybody"),
        "members": N_("for union members"),
        "employer": N_("for one employer's staff"),
        "unknown": N_("for whom not known"),
    }
)
STATES: Mapping[str, str] = MappingProxyType(
    {"open": N_("open"), "closed": N_("closed"), "unknown": N_("hours not known")}
)
STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "active": N_("in use"),
        "closed_temporarily": N_("closed for the time being"),
        "closed_for_good": N_("closed for good"),
    }
)
FACILITIES: Mapping[str, str] = MappingProxyType(
    {
        "water": N_("drinking water"),
        "charging": N_("phone charging"),
        "ebike_charging": N_("e-bike charging"),
        "battery_swap": N_("battery swap"),
        "microwave": N_("microwave"),
        "aircon": N_("air conditioning"),
        "toilet": N_("toilet"),
        "wifi": N_("Wi-Fi"),
        "medicine": N_("medicine box"),
        "seats": N_("table and seats"),
        "fridge": N_("fridge"),
        "parking": N_("parking"),
        "rain_gear": N_("rain gear"),
        "sewing": N_("sewing kit"),
        "books": N_("books"),
        "sink": N_("sink"),
        "changing_table": N_("changing table"),
        "shower": N_("shower"),
        "gym": N_("gym"),
        "pool": N_("pool"),
        "chess": N_("chess room"),
    }
)
SAMPLE = N_("sample")


def label(labels: Mapping[str, str], code: str, language: Language) -> str:
    """The word for a code in the reader's language; a code without one stays as it is."""
    return language.text(labels[code]) if code in labels else code


def facility_list(codes: list[str], language: Language) -> str:
    separator = "、" if language.code == "zh" else ", "
    return separator.join(label(FACILITIES, code, language) for code in codes)
