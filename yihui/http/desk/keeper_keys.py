"""/desk/stations/keys: issue keepers' keys as cards to print, shown once, and revoke them."""

import re
from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, form_value
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.sent_values import form_choice
from yihui.http.desk.stations import note_district
from yihui.http.form_acts import ActOutcome

KEYS = "/desk/stations/keys"
PAPERS: Mapping[str, str] = {"a4": N_("A4, four cards on each sheet"), "a6": N_("A6, one card on each sheet")}
_DONE: Mapping[str, str] = {
    "issued": N_(
        "The keys were issued. The cards were shown once: if they were not printed, revoke the keys and issue others."
    ),
    "revoked": N_("The key is revoked; what was reported with it stays."),
}


def router(made: APIRouter, pages: HandPages) -> None:
    wiring = pages.site.wiring

    @made.get("/stations/keys")
    def keys(request: Request, station: str = "") -> Response:
        visit = pages.open(request, Right.READ_STATIONS, done=_DONE)
        return show(visit, NO_FEEDBACK, station.strip()[:128], str(request.base_url).rstrip("/"))

    def show(
        visit: OfficerVisit, feedback: FormFeedback, station: str = "", base: str = "", **_: str
    ) -> Response:
        from yihui.services.stations.desk import require_covered_station
        from yihui.services.stations.keeper_keys import list_keeper_keys, list_keys_of_gone_stations

        scope = pages.scope(visit, Right.READ_STATIONS)
        found = require_covered_station(wiring, scope, station) if station else None
        return pages.render(
            visit,
            "keeper_keys.html",
            feedback,
            station=found,
            base=base,
            keys=[(key, found.name) for key in list_keeper_keys(wiring, found.id)]
            if found
            else list_keys_of_gone_stations(wiring, scope),
            papers=PAPERS,
        )

    pages.add_form(made, "/stations/keys", Right.ISSUE_KEYS, "issue_cards", partial(_issue, pages), show)
    revoke = partial(_revoke, pages)
    pages.add_form(made, "/stations/keys/{key}/revoke", Right.ISSUE_KEYS, "revoke", revoke, show)


def _issue(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> ActOutcome:
    """Return the page with the cards, once; the same form again leads to the form."""
    from yihui.services.stations.desk import list_covered_districts
    from yihui.services.stations.keeper_keys import MAX_CARDS, is_readable_on_the_way, issue_keys_of_stations
    from yihui.views.keeper_cards import CARD_TITLE, build_keeper_card

    require_confirmation(sent)
    paper, base = form_choice(sent, "paper", PAPERS), form_value(sent, "base").strip()
    wiring, scope = pages.site.wiring, pages.scope(visit, Right.ISSUE_KEYS)
    ids = [one for one in re.split(r"[\s,，、;；]+", form_value(sent, "stations")) if one]
    for district in list_covered_districts(wiring, scope, ids[:MAX_CARDS]):
        note_district(pages, visit, district, Right.ISSUE_KEYS)
    issued = issue_keys_of_stations(wiring, scope, ids, base)
    page = pages.render(
        visit,
        "keeper_cards.html",
        cards=[build_keeper_card(one, str(visit.day)) for one in issued],
        title=CARD_TITLE,
        paper=paper,
        is_open_way=is_readable_on_the_way(base),
    )
    only = issued[0].key.station if len(issued) == 1 else ""
    return ActOutcome(build_link(KEYS, station=only, done="issued"), shown_once=page)


def _revoke(pages: HandPages, visit: OfficerVisit, sent: FormFields, key: str) -> str:
    from yihui.services.stations.keeper_keys import find_key_station, revoke_key_of_district

    require_confirmation(sent)
    wiring, scope = pages.site.wiring, pages.scope(visit, Right.ISSUE_KEYS)
    station = find_key_station(wiring, scope, key)
    note_district(pages, visit, station.district, Right.ISSUE_KEYS)
    revoke_key_of_district(wiring, scope, key)
    return build_link(KEYS, station="" if station.is_gone else station.id, done="revoked")
