"""Members who each have something in every part of the member's page, with texts, ids and amounts that are theirs alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benefits import add_merchant
from core.money import format_yuan
from members import PersonalData, format_card_number
from tests.events.sending import Sender
from tests.yihui.http.me.test_data import read_by
from tests.yihui.own_benefits import (
    NOW,
    SHOP,
    decision_of,
    grant_of,
    process,
    redeem,
    write_own_rules,
)
from tests.yihui.services.joining_people import (
    HERE,
    Clock,
    found_tree,
    id_number,
    joining_wiring,
    member_event,
)
from yihui.access.actor import Actor, ActorKind
from yihui.access.roles import Role
from yihui.bootstrap import Wiring
from yihui.services.access.member_login import OpenedMemberSession, begin_member_session
from yihui.services.benefits.own_benefit import give_own_code
from yihui.services.benefits.own_decisions import appeal_own_decision
from yihui.services.hotline.cases import open_case
from yihui.services.hotline.intake import CaseIntake
from yihui.services.members.cards import issue_member_card

RULES_OF_EACH = ("own-cake", "own-cooling")


@dataclass(slots=True)
class CrowdMember:
    """A member. No answer to another member may hold one of ``markers``; ``ids`` are what requests are filled with."""

    id: str
    phone: str
    markers: set[str]
    ids: list[str] = field(default_factory=list)

    def own(self, *values: str) -> None:
        """Note values that name something of this member."""
        self.markers.update(values)
        self.ids.extend(values)


def build_crowd(folder: Path, count: int) -> tuple[Wiring, list[CrowdMember]]:
    """Return a union in which each member has a card, two benefits, a refusal, an appeal, an application, a case and a reading."""
    wiring = joining_wiring(str(folder / "yihui.db"), folder, Clock(NOW), rules=(write_own_rules(folder),))
    found_tree(wiring)
    with wiring.database.write() as connection:
        add_merchant(connection, SHOP, NOW)
    crowd = [
        CrowdMember(f"m-crowd{number:02}x", f"1397{number * 1373 + 5:07}", set()) for number in range(count)
    ]
    _join(wiring, crowd)
    for number, one in enumerate(crowd):
        one.own(one.id, one.phone, f"139****{one.phone[-4:]}")
        _plant_benefits(wiring, one, number)
        _plant_cases(wiring, one, number)
    shared = [(a.id, b.id, a.markers & b.markers) for a in crowd for b in crowd if a.id < b.id]
    assert [one for one in shared if one[2]] == []
    return wiring, crowd


def open_session(wiring: Wiring, one: CrowdMember) -> OpenedMemberSession:
    """Log a member in with a fresh code; the session's id is hers."""
    opened = begin_member_session(wiring, one.id, "test")
    one.own(opened.session.id)
    return opened


def _join(wiring: Wiring, crowd: Sequence[CrowdMember]) -> None:
    send, people = Sender(), {}
    for number, one in enumerate(crowd):
        birthday = f"{1940 + number}-03-{number % 27 + 1:02}"
        name = f"钱{chr(0x6100 + number)}{chr(0x7100 + number)}"
        identity = id_number(number + 1, birthday.replace("-", ""))
        people[one.id] = PersonalData(name, one.phone, identity)
        one.own(birthday, name, identity)
        process(wiring, [send.joined(one.id, organisation=HERE, birthday=birthday)])
        process(wiring, [send("poll.completed", one.id, "2026-11-10T09:00:00+08:00", poll="y")])
    assert wiring.vault is not None
    with wiring.vault_database.write() as connection:
        wiring.vault.store_persons(connection, people, NOW)


def _plant_benefits(wiring: Wiring, one: CrowdMember, number: int) -> None:
    cake, cooling = (grant_of(wiring, one.id, rule) for rule in RULES_OF_EACH)
    one.own(cake, cooling, *(decision_of(wiring, one.id, rule) for rule in RULES_OF_EACH))
    code = give_own_code(wiring, one.id, cake).code
    assert code is not None
    amount = 10_001 + 100 * number + number % 9
    one.own(code, redeem(wiring, code, amount, f"r-{number}"))
    one.markers.add(format_yuan(amount))


def _plant_cases(wiring: Wiring, one: CrowdMember, number: int) -> None:
    card = issue_member_card(wiring, one.id).card.number
    one.own(card, format_card_number(card))
    appeal, call, reading, programme = (
        f"{what}第{number:02}号事由" for what in ("申诉", "来电", "核对", "金秋助学")
    )
    one.markers.update((appeal, call, reading, programme))
    refused = decision_of(wiring, one.id, "own-study")
    one.own(refused, appeal_own_decision(wiring, one.id, refused, appeal).id)
    member_event(wiring, "application.submitted", one.id, "2026-03-02", programme=programme, year=2026)
    agent = Actor("demo", "demo", ActorKind.DEMO)
    open_case(wiring, agent, CaseIntake(HERE, "call", "benefit", call, member=one.id))
    read_by(wiring, one.id, Role.CASE_WORKER, reading)
