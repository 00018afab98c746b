"""No page of a member who has something everywhere shows a code, a day as programs write it, or an officer's label."""

import re
from pathlib import Path

from members.hotline.case import STATE_TITLES
from tests.yihui.http.me.crowd import CLOSED_POLL, POLLS, build_crowd
from tests.yihui.http.me.members import build_phone
from tests.yihui.http.me.test_own_benefits import words
from tests.yihui.own_benefits import grant_of
from yihui.runtime.language import load_language
from yihui.views.labels import EVENT_LABELS

ZH = load_language("zh")
CODED = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{6}000-\d{5}|\b(?:member|event|application|param)\.\w+|\b[0-9a-f]{16,63}\b"
)
OF_OFFICERS = ("member.joined", "member.left", "application.confirmed", "application.reviewed")
PAGES = (
    *(
        "/me",
        "/me/card",
        "/me/messages",
        "/me/decisions",
        "/me/data",
        "/me/account",
        "/me/take-part/polls",
        "/me/points",
    ),
    *("/me/apply", "/me/certificates", "/me/certificates/hand-in", "/me/mutual-aid", "/me/membership"),
    *(
        "/me/help",
        "/me/membership/leave",
        "/me/data/deletion",
        f"{POLLS}{CLOSED_POLL}",
        "/me/join?q=历下区 美团",
    ),
    *(f"/me/decisions/undecided/{rule}" for rule in ("wedding-gift", "birthday-cake", "new-member-pack")),
)


def test_no_page_shows_a_code_a_programs_day_or_an_officer_s_label(tmp_path: Path) -> None:
    wiring, (one,) = build_crowd(tmp_path, 1)
    phone = build_phone(wiring).log_in(one.id)
    phone.client.headers["accept-language"] = "zh"
    officers = {ZH.title(text) for text in STATE_TITLES.values()}
    officers |= {ZH.translate(EVENT_LABELS[kind]) for kind in OF_OFFICERS}
    cooling = f"/me/benefits/{grant_of(wiring, one.id, 'own-cooling')}"
    things = [path for path in one.pages if not path.startswith("/me/files/")]
    for path in (*PAGES, *things, cooling, f"{cooling}/places"):
        said = words(phone.get(path))
        found = [*CODED.findall(said), *(label for label in officers if label in said)]
        assert found == [], path
    wiring.close()
