"""What was said of a station lately, in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic refuses typing's own on Python 3.11

from core.civil_time import CIVIL_TIME
from yihui.runtime.language import Language
from yihui.views.labels import FACILITIES, label

if TYPE_CHECKING:
    from geo.status.live_status import LiveStatus


class LiveAnswer(TypedDict):
    """One thing that holds or is announced; ``facility`` where it is about one."""

    state: str
    since: str
    until: str
    reason: str
    reporters: int
    facility: str | None


def live_answers(statuses: "Iterable[LiveStatus]", language: Language) -> list[LiveAnswer]:
    """The statuses of one station as data."""
    return [
        {
            "state": status.state.value,
            "since": status.since.astimezone(CIVIL_TIME).isoformat(timespec="seconds"),
            "until": status.until.astimezone(CIVIL_TIME).isoformat(timespec="seconds"),
            "reason": said(status.reason, dict(status.params), language),
            "reporters": status.reporters,
            "facility": status.facility or None,
        }
        for status in statuses
    ]


def notes(statuses: "Iterable[LiveStatus]", reason: str, language: Language) -> list[str]:
    """What is to be told of them besides the reason that the opening has already."""
    told = (said(status.reason, dict(status.params), language) for status in statuses)
    return [note for note in told if note != reason]


def said(reason: str, params: Mapping[str, str], language: Language) -> str:
    """A reason with its parameters filled in, a facility by its word."""
    if "facility" in params:
        params = {**params, "facility": label(FACILITIES, params["facility"], language)}
    return language.say(reason, **params)
