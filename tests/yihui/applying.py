"""Members who can apply for something by rules with processes, and their files, for tests of the member's page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

from PIL import Image

from events import InboundEvent, parse_event, process_batch
from members.attachments import upload_owner
from tests.yihui.nouns import do, her
from tests.yihui.own_benefits import keep_rules, write_rules
from tools.servers.sending import Sender
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.cases.applications.acts import ACTS
from yihui.cases.applications.own import AGAIN, WITHDRAW, NoteForm
from yihui.cases.applications.own_form import HAND_IN, ApplicationForm
from yihui.cases.applications.stages import ActKind
from yihui.cases.kernel.forms import ReasonForm
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.types import Form
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.attachments.attachments import add_own_file, read_sent_file
from yihui.services.rules.rules import SHIPPED_RULES

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday, 10:00 in Beijing
ME, OTHER = "m-1", "m-2"
UNION = "370102000-00001"
EVERYWHERE = OfficerScope(None, date(2026, 11, 20))
FIRST, SECOND = (Actor(who, who, ActorKind.DEMO) for who in ("li.min", "wang.fang"))  # officers
HEAD = """
id: %s
title: %s
basis: [{kind: document, document: 示例会员服务办法, clause: 第九条, source: 示例}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: application.confirmed
benefit: {kind: cash, amount_fen: 50000}
"""
RULES = {
    "apply-school": (
        "示例助学",
        """
require:
  - {that: "event.school_stage in ['高中', '本科']", else: 不是高中或本科}
process: {programme: 示例助学, attachments: 1, reviews: [基层工会], public_notice: {days: 3, counted: days}}
""",
    ),
    "apply-hospital": (
        "示例住院慰问",
        """
among: event.occasion == '住院'
require:
  - {that: "event.days >= 3", else: 住院天数不够}
process: {programme: 示例慰问, reviews: [基层工会]}
""",
    ),
    "apply-wedding": (
        "示例结婚慰问",
        """
among: event.occasion == '结婚'
require:
  - {that: "member.status == 'retired'", else: 只给退休会员, remedy: 退休后再来}
process: {programme: 示例慰问, reviews: [基层工会]}
""",
    ),
    "apply-idea": (
        "示例金点子",
        """
require:
  - {that: "event.amount_fen >= 100", else: 效益太少}
limit: {times: 1, per: [member, event.application], every: rule_lifetime}
process: {programme: 示例金点子, reviews: [基层工会]}
""",
    ),
    "apply-discharge": (
        "示例出院慰问",
        "process: {programme: 示例出院, reviews: [基层工会], within: P90D}\n",
    ),
    "apply-summer": (
        "示例暑期托管",
        "process: {programme: 示例暑期, reviews: [基层工会], window: {from: 07-01, until: 08-31}}\n",
    ),
    "apply-winter": (
        "示例冬衣",
        "process: {programme: 示例冬衣, reviews: [基层工会], window: {from: 12-01, until: 12-20}}\n",
    ),
}


def build_applying(target: str, folder: Path, now: Callable[[], datetime] = lambda: NOW) -> Wiring:
    """A union with two members and four rules that they can apply by."""
    write_rules(folder / "apply-rules", HEAD, RULES)
    wiring = build_wiring(Settings(target, folder, rules=(SHIPPED_RULES, keep_rules(HEAD, RULES))), now=now)
    send = Sender()
    lines = [send.joined(member, organisation=UNION, birthday="1985-03-05") for member in (ME, OTHER)]
    items = [InboundEvent(parse_event(line, NOW), "test") for line in lines]
    with wiring.database.write() as connection:
        process_batch(items, connection, wiring.rulebook.in_force(connection), NOW)
    return wiring


def photo(shade: int = 200, side: int = 40) -> bytes:
    """A small JPEG; another shade is another file."""
    made = BytesIO()
    Image.new("RGB", (side, side), (shade, shade, shade)).save(made, "JPEG")
    return made.getvalue()


@dataclass(frozen=True, slots=True)
class Submission:
    """What a member hands in: the rule, what she states, and what she writes for the union."""

    rule: str
    stated: Mapping[str, str | int]
    note: str = ""

    @property
    def answers(self) -> dict[str, str]:
        """What she types."""
        typed = {
            name: f"{int(value) / 100:.2f}" if name.endswith("_fen") else str(value)
            for name, value in self.stated.items()
        }
        return {**typed, "note": self.note}


SCHOOL = Submission("apply-school", {"year": 2026, "school_stage": "高中"})
HOSPITAL = Submission("apply-hospital", {"year": 2026, "occasion": "住院", "days": 5})


def submit_application(wiring: Wiring, member: str, sent: Submission, at: datetime | None = None) -> int:
    """Hand in an application as a member does; return its number."""
    form = ApplicationForm(answers=sent.answers)
    return int(do_act(wiring, her(member), HAND_IN, ActRequest(sent.rule, at=at), form))


def attach(
    wiring: Wiring, key: str = "apply-school", member: str = ME, shade: int = 200, place: str = "apply"
) -> int:
    """Attach a file to a form as a member does; return its number."""
    file = read_sent_file("录取通知书", photo(shade))
    return add_own_file(wiring, her(member), upload_owner(member, place, key), file).number


def officer_acts(
    wiring: Wiring, number: int, kind: ActKind, reason: str = "", by: Actor = FIRST, **more: object
) -> None:
    """Do what an officer does with an application, with some reason where one is asked for."""
    act = next(one for one in ACTS if one.name == kind)
    stated = reason or ("情况属实" if issubclass(act.form, ReasonForm) else None)
    do(wiring, by, act, number, reason=stated, **more)


def act_again(wiring: Wiring, member: str, number: int, note: str = "", at: datetime | None = None) -> None:
    """Hand an application in again as a member does."""
    do_act(wiring, her(member), AGAIN, ActRequest(number, at=at), NoteForm(note=note))


def withdraw(wiring: Wiring, member: str, number: int) -> None:
    do_act(wiring, her(member), WITHDRAW, ActRequest(number), Form())
