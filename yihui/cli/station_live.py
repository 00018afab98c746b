"""Load the live status and the last inspection that ``yihui stations show`` prints."""

from dataclasses import dataclass

from sqlalchemy import Connection

from geo.registry import Inspection, last_inspection, load_live_summaries
from geo.status.live_status import LiveStatus
from yihui.bootstrap import Wiring
from yihui.runtime.language import Language
from yihui.views.checklist import inspection_text
from yihui.views.live_status import build_live_answers, live_notes

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class StationLiveState:
    """The live status of a station and its last inspection."""

    statuses: tuple[LiveStatus, ...]
    inspection: Inspection | None

    def as_data(self, language: Language) -> dict[str, object]:
        """Return the state as JSON data."""
        found = self.inspection
        inspection = found and {
            "on": found.on.isoformat(),
            "meets_standard": found.meets_standard,
            "missing": list(found.missing),
        }
        return {"live": build_live_answers(self.statuses, language), "inspection": inspection}

    def detail_rows(self, language: Language) -> list[tuple[str, str]]:
        """Return rows of name and detail for the terminal."""
        rows = [
            (language.render(N_("reported lately")), note) for note in live_notes(self.statuses, "", language)
        ]
        if self.inspection is not None:
            rows.append((language.render(N_("last inspection")), inspection_text(self.inspection, language)))
        return rows


def load_station_live_state(wiring: Wiring, connection: Connection, id: str) -> StationLiveState:
    """Load the live status and the last inspection of one station."""
    live = load_live_summaries(connection, wiring.now(), station=id).get(id)
    return StationLiveState(live.statuses_at(wiring.now()) if live else (), last_inspection(connection, id))
