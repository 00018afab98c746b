"""Labels for our codes, as users read them."""

from collections.abc import Mapping

from core.text_marks import N_
from yihui.runtime.language import Language

# By code; a code of several enumerations (unknown, closed) means the same in all of them.
STATION_KIND_LABELS: Mapping[str, str] = {
    "outdoor_station": N_("rest station"),
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
ANNOUNCER_LABELS: Mapping[str, str] = {"keeper": N_("keeper"), "officer": N_("the union")}
ENTRY_LABELS: Mapping[str, str] = {
    "walk_in": N_("walk in"),
    "scan": N_("scan a code"),
    "app": N_("by app"),
    "id_card": N_("with an ID card"),
    "staff": N_("ask the staff"),
    "unknown": N_("entry not known"),
}
ACCESS_LABELS: Mapping[str, str] = {
    "public": N_("for everybody"),
    "members": N_("for union members"),
    "employer": N_("for one employer's staff"),
    "unknown": N_("for whom not known"),
}
OPENING_STATE_LABELS: Mapping[str, str] = {
    "open": N_("open"),
    "closed": N_("closed"),
    "unknown": N_("hours not known"),
}
STATION_STATUS_LABELS: Mapping[str, str] = {
    "active": N_("in use"),
    "closed_temporarily": N_("closed for the time being"),
    "closed_for_good": N_("closed for good"),
}
DATUM_LABELS: Mapping[str, str] = {  # the usual sources of such coordinates
    "wgs84": N_("a phone's position (WGS84)"),
    "cgcs2000": N_("Tianditu (CGCS2000)"),
    "gcj02": N_("AMap, Tencent, WeChat (GCJ-02)"),
    "bd09": N_("Baidu (BD-09)"),
}
FACILITY_LABELS: Mapping[str, str] = {
    "toilet": N_("toilet"),
    "water": N_("drinking water"),
    "hot_water": N_("hot water"),
    "charging": N_("phone charging"),
    "microwave": N_("microwave"),
    "aircon": N_("air conditioning"),
    "seats": N_("table and seats"),
    "nap": N_("a place to nap"),
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
    "lock": N_("door that locks from inside"),
    "gym": N_("gym"),
    "pool": N_("pool"),
    "chess": N_("chess room"),
    "reading": N_("reading room"),
    "hall": N_("hall"),
    "courses": N_("courses"),
}
SAMPLE_LABEL = N_("sample")
WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip
# The events to which a rule may react, as a form offers them.
EVENT_LABELS: Mapping[str, str] = {
    "member.joined": N_("somebody joins the union"),
    "member.imported": N_("a member is taken over from a roll"),
    "member.transferred": N_("a member transfers"),
    "member.left": N_("a member leaves"),
    "member.retired": N_("a member retires"),
    "member.died": N_("a member dies"),
    "member.profile_changed": N_("a member's facts change"),
    "member.birthday": N_("a member's birthday"),
    "member.anniversary": N_("an anniversary of joining"),
    "member.card_activated": N_("the service card is activated"),
    "member.skill_certified": N_("a skill certificate is recorded"),
    "member.honoured": N_("an honour is recorded"),
    "application.submitted": N_("an application is handed in"),
    "application.reviewed": N_("a stage of an application is reviewed"),
    "application.published": N_("an application is published"),
    "application.confirmed": N_("an application is confirmed"),
    "application.withdrawn": N_("an application is withdrawn"),
    "application.refused": N_("an officer refuses an application"),
    "application.appealed": N_("a member appeals against the refusal of an application"),
    "campaign.entered": N_("a member enters a campaign"),
    "poll.completed": N_("a member completes a poll"),
    "course.completed": N_("a member completes a course"),
    "session.enrolled": N_("a member enrols in a session"),
    "session.attended": N_("a member attends a session"),
    "hardship.filed": N_("a hardship case is filed"),
    "hardship.reviewed": N_("a hardship case is reviewed"),
    "hardship.review_due": N_("a hardship case is due for review"),
    "calendar.festival": N_("a festival"),
    "voucher.ending": N_("a voucher is about to end"),
    "weather.heat_warned": N_("a heat warning"),
}


def code_label(labels: Mapping[str, str], code: str, language: Language) -> str:
    """Return the label of a code in the reader's language; a code without one stays as it is."""
    return language.translate(labels[code]) if code in labels else code


def format_facilities(codes: list[str], language: Language) -> str:
    """Format facility codes as a list of labels."""
    return language.format_list(code_label(FACILITY_LABELS, code, language) for code in codes)


def format_distance(distance_m: float, language: Language) -> str:
    """Format a distance for a rider: in metres, from 10 km in kilometres."""
    if distance_m < 10_000:
        return language.render(N_("{metres} m"), metres=f"{distance_m:,.0f}")
    return language.render(N_("{kilometres} km"), kilometres=f"{distance_m / 1000:,.1f}")


def format_minutes(minutes: float, language: Language) -> str:
    """Format a time on the way for a rider: in minutes, at least one; from an hour on in hours and minutes."""
    hours, rest = divmod(max(1, round(minutes)), 60)
    if not hours:
        return language.render(N_("{minutes} min"), minutes=rest)
    if not rest:
        return language.render(N_("{hours} h"), hours=hours)
    return language.render(N_("{hours} h {minutes} min"), hours=hours, minutes=rest)
