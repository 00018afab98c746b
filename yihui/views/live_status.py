"""The live status of a station in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic refuses typing's own on Python 3.11

from core.civil_time import CIVIL_TIME
from yihui.runtime.language import Language
from yihui.views.labels import ANNOUNCER_LABELS, FACILITY_LABELS, code_label
from yihui.views.report_texts import KEEPER_ANSWER_TEXTS

if TYPE_CHECKING:
    from geo.status.live_status import LiveStatus


ANSWER_LABELS: Mapping[str, str] = {answer.value: text for answer, text in KEEPER_ANSWER_TEXTS.items()}


class LiveAnswer(TypedDict):
    """One report or notice that holds now or is announced; ``facility`` if it concerns one."""

    state: str
    since: str
    until: str
    reason: str
    reporters: int
    facility: str | None


def build_live_answers(statuses: "Iterable[LiveStatus]", language: Language) -> list[LiveAnswer]:
    """Return the statuses of one station as data."""
    return [
        {
            "state": status.state.value,
            "since": status.since.astimezone(CIVIL_TIME).isoformat(timespec="seconds"),
            "until": status.until.astimezone(CIVIL_TIME).isoformat(timespec="seconds"),
            "reason": render_reason(status.reason, dict(status.params), language),
            "reporters": status.reporters,
            "facility": status.facility or None,
        }
        for status in statuses
    ]


def live_notes(statuses: "Iterable[LiveStatus]", language: Language) -> list[str]:
    """Return the texts of the statuses."""
    told = (render_reason(status.reason, dict(status.params), language) for status in statuses)
    return [note for note in told if note]


def render_reason(reason: str, params: Mapping[str, str], language: Language) -> str:
    """Render a reason with its parameters; a facility, an answer, and by whom it is, are shown by their labels."""
    codes = {"facility": FACILITY_LABELS, "by": ANNOUNCER_LABELS, "answer": ANSWER_LABELS}
    named = {name: code_label(codes[name], params[name], language) for name in codes if name in params}
    return language.render(reason, **{**params, **named})
