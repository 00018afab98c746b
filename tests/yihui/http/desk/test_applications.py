"""Applications at the officers' pages: queues, reviews by two officers, objections, notices, the confirmation."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from benefits.tables.decisions import decisions
from members import read_application_steps
from members.hotline.tables import hotline_case_events
from members.persons import PersonalData
from members.tables import application_acts
from store import open_database
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, open_desk
from tests.yihui.http.two_districts import (
    FOREIGN,
    OWN,
    TwoDistricts,
    build_two_districts,
    officer,
    read_actor,
)
from tests.yihui.nouns import her
from tests.yihui.services.joining_people import id_number
from tools.servers.desk import Officers, text_of
from yihui.access.actor import Actor, ActorKind
from yihui.access.roles import Role
from yihui.cases.applications.acts import load_application
from yihui.cases.applications.preview import render_effect
from yihui.cases.hotline.cases import CLOSE
from yihui.cases.hotline.forms import CloseForm
from yihui.cases.hotline.own import OwnQuestion, open_own_case
from yihui.cases.hotline.topics import HelpTopic
from yihui.frame.acts import Doing
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.listing import Looking, NoFilter
from yihui.runtime.language import load_language
from yihui.services.members.erasure import erase_member_data
from yihui.services.members.vault import store_known_persons

AID = {"programme": "困难帮扶", "year": 2026, "case_level": "深度困难", "amount_fen": 100_000}
PAPERS = [f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"]
SECOND = "second"  # another case worker of the same district


def read_visitor(request: object) -> Actor | None:
    if request.headers["x-actor"] == SECOND:  # type: ignore[attr-defined]
        return replace(officer(Role.CASE_WORKER, "inside"), id="zhao.yan", subject="subject-2")
    return read_actor(request)  # type: ignore[arg-type]


class Desk:
    """A union with an application in each district, and a clock that can be set."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        self.union: TwoDistricts = build_two_districts(folder, migrated)
        self.wiring = self.union.wiring
        self.now = self.wiring.now()
        object.__setattr__(self.wiring, "now", lambda: self.now)
        submitted = [
            event_of("application.submitted", member, "2026-09-21", **AID, attachments=PAPERS)
            for member in (OWN, FOREIGN)
        ]
        with self.wiring.database.write() as connection:
            assert codes_of(handle(connection, *submitted)) == []
        store_known_persons(
            self.wiring, {OWN: PersonalData(name="欧阳春花", id_number=id_number(1), phone="13800000001")}
        )

    def number(self, member: str = OWN) -> int:
        from members.tables import application_steps

        query = select(application_steps.c.sequence).where(application_steps.c.member_id == member)
        with self.wiring.database.read() as connection:
            return int(connection.execute(query.limit(1)).scalar_one())

    def step(self, **fields: object) -> None:
        with self.wiring.database.read() as connection:
            steps = read_application_steps(connection, [OWN])[OWN]
        for name, value in fields.items():
            assert getattr(steps[-1], name) == value

    def decided(self) -> int:
        """Return how many decisions are stored."""
        with self.wiring.database.read() as connection:
            return len(connection.execute(select(decisions.c.id)).all())

    def set_day(self, day: date) -> None:
        self.now = datetime.combine(day, self.now.timetz())


@pytest.fixture
def desk(tmp_path: Path, migrated_file: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, migrated_file)
    yield made
    made.wiring.close()


@pytest.fixture
def site(desk: Desk) -> Iterator[Officers]:
    with open_desk(desk.wiring, read_visitor) as opened:
        yield opened


def act(site: Officers, desk: Desk, kind: str, who: str = CASE_WORKER, **fields: str) -> int:
    page = f"/desk/applications/{desk.number()}"
    opened = site.open(page, who)
    version = re.search(r'name="version" value="(\d+)"', opened.text)
    sent = {"version": version[1] if version else "1", "reason": "材料齐全", **fields}
    return site.send(page, f"{page}/{kind}", who, **sent).status_code


def queue(site: Officers, who: str = CASE_WORKER) -> str:
    return text_of(site.open("/desk/applications", who))


def test_an_application_goes_through_its_process_and_is_granted(site: Officers, desk: Desk) -> None:
    assert "in review 基层工会" in queue(site) and FOREIGN not in queue(site)
    assert act(site, desk, "accept") == 303
    assert "in review 县级工会" in queue(site)
    assert act(site, desk, "accept") == 422, "one person passes one stage alone"
    page = f"/desk/applications/{desk.number()}"
    assert "/accept" in site.open(page, SECOND).text and "/accept" not in site.open(page, CASE_WORKER).text
    assert act(site, desk, "accept", SECOND) == 303
    assert "to be published" in queue(site)
    assert act(site, desk, "confirm") == 422, "it must stand on a public notice first"
    assert act(site, desk, "publish") == 303
    assert "public notice runs" in queue(site) and "10/8 24:00" in queue(site)
    assert act(site, desk, "object") == 303
    assert "objections to answer" in queue(site)
    assert act(site, desk, "dismiss") == 303
    desk.set_day(date(2026, 10, 9))
    assert "to be confirmed" in queue(site)
    assert act(site, desk, "confirm") == 303
    desk.step(type="application.confirmed", source="/applications")
    assert "no application of your organisations waits here" in queue(site)
    shown = text_of(site.open(f"/desk/applications/{desk.number()}", CASE_WORKER))
    for told in ("confirm the application", "officer …yan", "材料齐全", "dismiss an objection"):
        assert told in shown
    assert ("li.min", "applications.decide.confirm") in acts_of(desk.wiring, OWN)
    assert ("li.min", "applications.read") in acts_of(desk.wiring, OWN)


def test_what_was_applied_for_reaches_the_rules_at_the_end(site: Officers, desk: Desk) -> None:
    from events.tables import journal

    assert act(site, desk, "accept") == 303
    with desk.wiring.database.read() as connection:
        texts = connection.execute(select(journal.c.event).where(journal.c.source == "/applications"))
        (text,) = texts.scalars()
    assert '"case_level":"深度困难"' in text and '"amount_fen":100000' in text
    assert "attachments" not in text and '"reviewer":"li.min"' in text


def test_the_page_says_what_was_stated_and_what_confirming_it_would_do(site: Officers, desk: Desk) -> None:
    page = text_of(site.open(f"/desk/applications/{desk.number()}", CASE_WORKER))
    assert "1,000 yuan" in page and "深度困难" in page
    assert "您家还没有困难职工档案" in page and "还没有通过" not in page, (
        "her own review is no reason against it"
    )
    assert "公示还差" not in page, "nor is the notice that hasn't begun"
    follow = re.search("then follow: (.*)→ public notice → confirmation", page)
    assert follow is not None and "基层工会" not in follow[1], follow
    before = desk.decided()
    for who in (CASE_WORKER, SECOND):
        assert act(site, desk, "accept", who) == 303
    assert act(site, desk, "publish") == 303
    desk.set_day(date(2026, 10, 9))
    refused = text_of(site.open(f"/desk/applications/{desk.number()}", CASE_WORKER))
    assert "您家还没有困难职工档案" in refused and "基层工会”的审核" not in refused
    with open_database(desk.wiring.database.target, read_only=True).read() as connection:
        look = Looking(desk.wiring, connection, Actor("demo", "demo", ActorKind.DEMO), desk.now, NoFilter())
        found = load_application(look, desk.number(), False)
        effect = render_effect(look, found, load_language("zh"))
    assert "您家还没有困难职工档案" in effect, "a reading transaction is enough"
    assert "2026-09-21 首次提交" in effect and "2026-01-01 起施行的版本" in effect
    assert act(site, desk, "confirm") == 303
    confirmed = text_of(site.open(f"/desk/applications/{desk.number()}", CASE_WORKER))
    assert "what the rules decided" in confirmed and "in the version of 2026-01-01" in confirmed
    assert desk.decided() == before + 1


def test_a_public_notice_shows_masked_names_only(site: Officers, desk: Desk) -> None:
    assert act(site, desk, "accept") == act(site, desk, "accept", SECOND) == 303
    assert act(site, desk, "publish") == 303
    for path in ("/desk/applications/notices", "/desk/applications/notices?poster=1"):
        page = site.open(path, CASE_WORKER)
        assert page.status_code == 200 and "欧阳**" in page.text, path
        assert "春花" not in page.text and "13800000001" not in page.text
    poster = site.open("/desk/applications/notices?poster=1", CASE_WORKER, "zh")
    assert re.search(r"公示时间：\S*10\D+0?3\S*至\S*10\D+0?8", poster.text), poster.text
    assert OWN not in poster.text, "a pseudonym stands on no wall"


def ask(desk: Desk, text: str, application: int | None) -> int:
    """Open a case as a member who asks, or objects to an application; return its number."""
    notice: Any = SimpleNamespace(listed=SimpleNamespace(number=application))
    topic = HelpTopic(FOREIGN, notice=notice if application else None)
    with desk.wiring.database.write() as connection:
        doing = Doing[Any, Any](desk.wiring, connection, her(FOREIGN), desk.wiring.now(), None, None)
        return open_own_case(doing, OwnQuestion(text, "benefit", topic))[0].number


def test_an_objection_that_waits_at_the_hotline_is_shown_before_the_decision(
    site: Officers, desk: Desk
) -> None:
    page = f"/desk/applications/{desk.number()}"
    assert "objections that members sent" not in text_of(site.open(page, CASE_WORKER))
    case, _ = (ask(desk, "对公示中申请的异议：他已经毕业了", one) for one in (desk.number(), None))
    shown = text_of(site.open(page, CASE_WORKER))
    assert shown.count("他已经毕业了") == 1
    agent = Actor("console:agent-1", "agent-1", ActorKind.CONSOLE)
    do_act(desk.wiring, agent, CLOSE, ActRequest(case), CloseForm(answer="核实：仍在校"))
    shown = text_of(site.open(page, CASE_WORKER))
    assert "closed 核实：仍在校" in shown, "it stays there, with its answer"
    erase_member_data(desk.wiring, OWN, "li.min", "本人要求")
    with desk.wiring.database.read() as connection:
        texts = connection.execute(select(hotline_case_events.c.data)).scalars().all()
    assert [str(text) for text in texts if "他已经毕业了" in str(text)] == [
        str(text) for text in texts if '"application": null' in str(text) or '"application":null' in str(text)
    ], "what was written about the applicant goes with her"


def test_the_reasons_go_with_the_persons_erasure(site: Officers, desk: Desk) -> None:
    assert act(site, desk, "return", reason="收入证明缺公章") == 303
    erase_member_data(desk.wiring, OWN, "li.min", "本人要求")
    with desk.wiring.database.read() as connection:
        assert connection.execute(select(application_acts)).all() == []
        assert read_application_steps(connection, [OWN])[OWN] == []


def test_after_a_refusal_the_next_application_is_one_step_away(site: Officers, desk: Desk) -> None:
    first, stated = desk.number(), {"programme": "职工疗休养", "year": 2026}
    with desk.wiring.database.write() as connection:
        event = event_of("application.submitted", OWN, "2026-09-22", **stated, attachments=PAPERS)
        assert codes_of(handle(connection, event)) == []
    page = f"/desk/applications/{first}"
    version = re.search(r'name="version" value="(\d+)"', site.open(page, CASE_WORKER).text)
    assert version is not None
    refused = {"version": version[1], "reason": "收入超过标准"}
    done = site.send(page, f"{page}/refuse", CASE_WORKER, **refused).headers["location"]
    shown = site.open(done, CASE_WORKER)
    assert "next: 职工疗休养 2026" in text_of(shown) and "refused by an officer" in text_of(shown)
    (path,) = re.findall(r'notification-banner__link" href="([^"]+)"', shown.text)
    assert "职工疗休养" in text_of(site.open(path, CASE_WORKER)) and path != page
    assert "困难帮扶" not in queue(site)
    assert ("li.min", "applications.decide.refuse") in acts_of(desk.wiring, OWN)


def test_a_list_is_published_once_and_each_name_leads_to_its_application(site: Officers, desk: Desk) -> None:
    assert act(site, desk, "accept") == act(site, desk, "accept", SECOND) == 303
    page, draft = "/desk/applications/publishing", "/desk/applications/publishing?programme=困难帮扶"
    shown = site.open(draft, CASE_WORKER).text
    assert "欧阳**" in shown and FOREIGN not in shown
    (chosen,) = re.findall(r'name="chosen" value="([0-9:]+)"', shown)
    key = site.form_key(draft, CASE_WORKER)
    for _ in range(2):  # a double click
        done = site.send(draft, page, CASE_WORKER, key=key, programme="困难帮扶", chosen=chosen)
        assert done.headers.get("location") == "/desk/applications/lists/1?done=published", text_of(done)
    listed = site.open(done.headers["location"], CASE_WORKER)
    assert "shown from 2026-10-03 to 2026-10-08" in text_of(listed)
    assert f'href="/desk/applications/{desk.number()}"' in listed.text
    for one in (listed, site.open("/desk/applications/lists/1?poster=1", CASE_WORKER)):
        assert "欧阳**" in one.text and "春花" not in one.text and OWN not in one.text
    for about in (OWN, "1"):
        assert ("li.min", "applications.decide.publish_list") in acts_of(desk.wiring, about)
    assert "/desk/applications/lists/1" in site.open("/desk/applications/notices", CASE_WORKER).text
    assert act(site, desk, "withdraw") == 303
    assert "欧阳**" not in site.open("/desk/applications/lists/1?poster=1", CASE_WORKER).text
