"""Members who each have something in every part of the member's page, with texts, ids and amounts that are theirs alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from sqlalchemy import insert

from benefits import add_merchant, list_participations
from core.money import format_yuan
from members import PersonalData, format_card_number
from members.attachments import upload_owner
from tests.benefits.drawing import House
from tests.yihui.applying import HEAD as APPLY_HEAD
from tests.yihui.applying import RULES as APPLY_RULES
from tests.yihui.applying import Submission, photo, submit_application
from tests.yihui.http.me.test_data import read_by
from tests.yihui.nouns import do_own
from tests.yihui.own_benefits import (
    HEAD,
    NOW,
    SHOP,
    decision_of,
    give_code,
    grant_of,
    process,
    redeem,
    write_own_rules,
    write_rules,
)
from tests.yihui.polls import answer_poll, close_poll, create_poll
from tests.yihui.services.hardship_office import officer
from tests.yihui.services.joining_people import (
    HERE,
    THERE,
    Clock,
    found_tree,
    id_number,
    joining_wiring,
    member_event,
    say_review,
)
from tests.yihui.services.logging_in import begin_member_session
from tests.yihui.services.mutual_aid_office import BILL, POLICY
from tests.yihui.taking_part import POLL
from tests.yihui.taking_part import RULES as TAKING_PART_RULES
from tools.servers.sending import Sender
from yihui.access.actor import Actor, ActorKind
from yihui.access.member_sessions import OpenedMemberSession
from yihui.access.roles import Role
from yihui.access.tables import member_app_links
from yihui.bootstrap import Wiring
from yihui.cases.appeals.own import LODGE
from yihui.cases.applications.steps import build_application_event, process_application_event
from yihui.cases.cards.own import issue_member_card
from yihui.cases.hotline.cases import OPEN
from yihui.cases.hotline.forms import OpenForm
from yihui.cases.hotline.own import SEND_QUESTION
from yihui.cases.hotline.topics import NOTHING
from yihui.cases.joining.own import TRANSFER, load_own_membership
from yihui.cases.joining.requests import request_mark
from yihui.cases.mutual_aid import policies
from yihui.cases.mutual_aid.own import HAND_IN
from yihui.cases.points.own import SPEND
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.typed import parse_values
from yihui.services.attachments.attachments import SentFile, add_own_file, read_sent_file
from yihui.services.attachments.resumable_uploads import begin_upload
from yihui.services.rules.rules import SHIPPED_RULES

RULES_OF_EACH = ("own-cake", "own-cooling")


OPEN_POLL, CLOSED_POLL, POLL_THERE = "best-station", "closed-poll", "there-poll"
OF_PAGES = (
    "/me/uploads/",
    "/me/account/",
    "/me/membership/",
)  # what has neither a page nor a form of its own
HELP, DRAWS, POLLS = "/me/help/", "/me/take-part/draws/", "/me/take-part/polls/"


@dataclass(slots=True)
class CrowdMember:
    """A member. No answer to another member may hold one of ``markers``; ``ids`` are what requests are filled with.

    ``things`` is what she has, by the beginning of the address below which it is shown.
    """

    id: str
    phone: str
    markers: set[str]
    ids: list[str] = field(default_factory=list)
    things: dict[str, str] = field(default_factory=dict)
    organisation: str = HERE

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.id, ActorKind.MEMBER)

    @property
    def pages(self) -> list[str]:
        """The pages of her things; of what has none the form of its act."""
        forms = {"/me/apply/": "/hand-in", "/me/help/about/": "/ask", "/me/data/facts/": "/correct"}
        shown = {start: thing for start, thing in self.things.items() if not start.startswith(OF_PAGES)}
        return [f"{start}{thing}{forms.get(start, '')}" for start, thing in shown.items()]

    def own(self, *values: str) -> None:
        """Note values that name something of this member."""
        self.markers.update(values)
        self.ids.extend(values)


def build_crowd(folder: Path, count: int, target: str = "") -> tuple[Wiring, list[CrowdMember]]:
    """Return a union in which each member has something in every part; the last two share a phone.

    The last of many belongs to another organisation, which has a poll of its own. Without a ``target`` the database is a file
    of the folder.
    """
    rules = write_own_rules(folder)
    write_rules(
        rules, HEAD.replace("poll.completed", "campaign.entered"), {"own-draw": TAKING_PART_RULES["own-draw"]}
    )
    write_rules(rules, HEAD, {"own-points": TAKING_PART_RULES["own-points"]})
    write_rules(rules, APPLY_HEAD, {"apply-school": APPLY_RULES["apply-school"]})
    wiring = joining_wiring(
        target or str(folder / "yihui.db"), folder, Clock(NOW), rules=(SHIPPED_RULES, rules)
    )
    found_tree(wiring)
    with wiring.database.write() as connection:
        add_merchant(connection, SHOP, NOW)
    crowd = [
        CrowdMember(f"m-crowd{number:02}x", f"1397{number * 1373 + 5:07}", set()) for number in range(count)
    ]
    if count > 1:
        crowd[-1].phone, crowd[-1].organisation = crowd[-2].phone, THERE
    _join(wiring, crowd)
    _draw(wiring, crowd)
    _create_polls(wiring)
    drawn = read_sent_file("照片", photo())
    for code in (HERE, THERE):
        say_review(wiring, code, days=3)
    for number, one in enumerate(crowd):
        one.own(one.id, one.phone, f"139****{one.phone[-4:]}")
        _plant_benefits(wiring, one, number)
        _plant_cases(wiring, one, number)
        _plant_files(wiring, one, number, drawn)
        _plant_answers(wiring, one, number)
        _plant_logins(wiring, one, number)
    _cover(wiring, crowd[-1], drawn)
    close_poll(wiring, CLOSED_POLL)
    couple = {crowd[-1].phone, f"139****{crowd[-1].phone[-4:]}"}
    shared = [a.markers & b.markers - couple for a in crowd for b in crowd if a.id < b.id]
    assert not any(shared)
    return wiring, crowd


def open_session(wiring: Wiring, one: CrowdMember) -> OpenedMemberSession:
    """Log a member in with a fresh code; the session's id is hers."""
    opened = begin_member_session(wiring, one.id)
    one.own(opened.session.id)
    return opened


def _join(wiring: Wiring, crowd: Sequence[CrowdMember]) -> None:
    send, people = Sender(), {}
    lines: list[str] = []
    for number, one in enumerate(crowd):
        birthday = f"{1940 + number}-03-{number % 27 + 1:02}"
        name = f"钱{chr(0x6100 + number)}{chr(0x7100 + number)}"
        identity = id_number(number + 1, birthday.replace("-", ""))
        people[one.id] = PersonalData(name, one.phone, identity)
        one.own(birthday, name, identity)
        lines += [
            send.joined(one.id, organisation=one.organisation, birthday=birthday),
            send("campaign.entered", one.id, "2026-05-10T09:00:00+08:00", campaign="健身"),
            send("poll.completed", one.id, "2026-11-10T09:00:00+08:00", poll="y"),
        ]
    process(wiring, lines)
    assert wiring.vault is not None
    with wiring.vault_database.write() as connection:
        wiring.vault.store_persons(connection, people, NOW)


def _draw(wiring: Wiring, crowd: Sequence[CrowdMember]) -> None:
    """Draw the lottery; no winner claims, so that places move up."""
    house = House(wiring.database, wiring.library, "own-draw")
    house.fix()
    house.draw()
    house.pass_days(date(2026, 6, 20))
    for one in crowd:
        with wiring.database.read() as connection:
            [part] = list_participations(connection, one.id, date(2026, 6, 20), lambda _: wiring.library)
        one.own(part.id)
        one.things[DRAWS] = part.id


def _create_polls(wiring: Wiring) -> None:
    titles = {OPEN_POLL: "最美驿站投票", CLOSED_POLL: "去年的投票", POLL_THERE: "快递员投票"}
    for id_, title in titles.items():
        text = POLL.replace("best-station", id_).replace("最美驿站投票", title)
        create_poll(wiring, text.replace('"370000"', f'"{THERE}"') if id_ == POLL_THERE else text)


def _plant_benefits(wiring: Wiring, one: CrowdMember, number: int) -> None:
    cake, cooling = (grant_of(wiring, one.id, rule) for rule in RULES_OF_EACH)
    one.own(cake, cooling, *(decision_of(wiring, one.id, rule) for rule in RULES_OF_EACH))
    one.things["/me/benefits/"] = cake
    code = give_code(wiring, one.id, cake)
    amount = 10_001 + 100 * number + number % 9
    one.own(code, redeem(wiring, code, amount, f"r-{number}"))
    one.markers.add(format_yuan(amount))


def _plant_cases(wiring: Wiring, one: CrowdMember, number: int) -> None:
    card = issue_member_card(wiring, one.id).card.number
    one.own(card, format_card_number(card))
    appeal, call, reading, programme, question, more = (
        f"{what}第{number:02}号事由" for what in ("申诉", "来电", "核对", "金秋助学", "提问", "补充")
    )
    one.markers.update((appeal, call, reading, programme, question, more))
    refused = decision_of(wiring, one.id, "own-study")
    appealed = do_own(wiring, one.id, LODGE, refused, text=appeal)
    one.own(refused, appealed)
    one.things["/me/appeals/"] = appealed
    one.things["/me/decisions/"] = refused
    member_event(wiring, "application.submitted", one.id, "2026-03-02", programme=programme, year=2026)
    said = {"programme": programme, "year": 2026}
    refusal = build_application_event(programme, "application.refused", one.id, wiring.now(), said)
    with wiring.database.write() as connection:
        process_application_event(wiring, connection, refusal, wiring.now())
    agent = Actor("demo", "demo", ActorKind.DEMO)
    form = OpenForm(organisation=HERE, category="benefit", summary=call, member=one.id)
    do_act(wiring, agent, OPEN, ActRequest(), form)
    one.things[HELP] = str(
        do_own(
            wiring,
            one.id,
            SEND_QUESTION,
            NOTHING,
            answers={"category": "benefit", "text": question, "more": more},
        )
    )
    one.things["/me/help/about/"] = f"decision:{refused}"
    one.things["/me/data/facts/"] = "birthday"
    read_by(wiring, one.id, Role.CASE_WORKER, reading)


def _plant_files(wiring: Wiring, one: CrowdMember, number: int, drawn: SentFile) -> None:
    """Hand in an application with a paper; attach another to the form, and begin to upload a third."""
    handed_in, waiting, begun, note = (f"{what}第{number:02}份" for what in ("交上", "待交", "在传", "说明"))
    one.markers.update((handed_in, waiting, begun, note))
    owner = upload_owner(one.id, "apply", "apply-school")
    add_own_file(wiring, one.actor, owner, replace(drawn, title=handed_in))
    wish = Submission("apply-school", {"year": 2026, "school_stage": "高中"}, note)
    one.things["/me/apply/"] = "apply-school"
    one.things["/me/applications/"] = str(submit_application(wiring, one.id, wish))
    file = replace(drawn, title=waiting)
    one.things["/me/files/"] = str(add_own_file(wiring, one.actor, owner, file).number)
    digest = sha256(note.encode()).hexdigest()
    upload = begin_upload(wiring, one.id, "apply:apply-school", begun, 9_000, digest).id
    one.own(upload)
    one.things["/me/uploads/"] = upload


def _cover(wiring: Wiring, one: CrowdMember, drawn: SentFile) -> None:
    """Let a policy of mutual aid cover one member alone."""
    writer, other = (
        officer(name, one.organisation, Role.CASE_WORKER, wiring.now()) for name in ("li", "wang")
    )
    written = parse_values(
        policies.WRITE.form, {**POLICY, "organisation": one.organisation, "waiting_days": "0"}
    )
    number = do_act(wiring, writer, policies.WRITE, ActRequest(), written)
    do_act(wiring, other, policies.APPROVE, ActRequest(number), parse_values(policies.APPROVE.form, {}))
    enrolled = parse_values(policies.ENROL.form, {"source": "list", "members": one.id})
    do_act(wiring, writer, policies.ENROL, ActRequest(number), enrolled)
    one.things["/me/mutual-aid/"] = str(number)
    waiting = upload_owner(one.id, HAND_IN.papers, str(number))
    add_own_file(wiring, one.actor, waiting, replace(drawn, title="结算单"))
    today = {"admitted_on": "2026-11-20", "discharged_on": "2026-11-20"}
    one.things["/me/mutual-aid/claims/"] = str(do_own(wiring, one.id, HAND_IN, number, **{**BILL, **today}))


def _plant_logins(wiring: Wiring, one: CrowdMember, number: int) -> None:
    one.things["/me/account/sessions/"], _ = (open_session(wiring, one).session.id for _ in range(2))
    do_own(wiring, one.id, TRANSFER, organisation=HERE if one.organisation == THERE else THERE)
    one.things["/me/membership/requests/"] = request_mark(load_own_membership(wiring, one.id).requests[0])
    app, now = f"齐鲁{number:02}", wiring.now()
    link = {"app": app, "subject_digest": app, "member_id": one.id, "linked_at": now, "mark": app}
    with wiring.database.write() as connection:
        connection.execute(insert(member_app_links).values(link))
    one.own(app)
    one.things["/me/account/apps/"] = app


def _plant_answers(wiring: Wiring, one: CrowdMember, number: int) -> None:
    answer, purpose = f"答{number:02}卷", f"兑换第{number:02}号"
    one.markers.update((answer, purpose))
    answer_poll(wiring, CLOSED_POLL, one.id, best="大明湖", score=5, why=answer)
    if one.organisation == THERE:
        answer_poll(wiring, POLL_THERE, one.id, best="大明湖", score=5, why=answer)
        one.things[POLLS] = POLL_THERE
        one.own(POLL_THERE, "快递员投票")
    do_own(wiring, one.id, SPEND, points="1", purpose=purpose)
