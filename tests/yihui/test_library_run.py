"""One member's year through the shipped library: events in, benefits out, as a user runs it."""

import json
from pathlib import Path

from tests.yihui.commands import Command

MEMBER = "m-000001"
INNOVATION = {"programme": "岗位创新", "year": 2026, "application": "cx-1", "amount_fen": 50_000_000}
AID = {"programme": "困难帮扶", "year": 2026, "application": "kn-1", "case_level": "深度困难"}
PROOFS = [f"sha256:{sign * 64}" for sign in "ab"]
YEAR: list[tuple[str, str, dict[str, object]]] = [
    ("member.joined", "2020-01-05", {"organisation": "371002001-00001", "via": "app", "joined_on": "2020-01-05"}),
    ("member.profile_changed", "2026-01-05", {"hardship_level": "深度困难", "household": "h-00001", "employment_form": "新就业形态"}),
    ("campaign.entered", "2026-02-17", {"campaign": "节日慰问品"}),
    ("campaign.entered", "2026-03-10", {"campaign": "春送岗位招聘会"}),
    ("member.card_activated", "2026-03-11", {}),
    ("course.completed", "2026-03-12", {"course": "电工安全", "score": 80}),
    ("campaign.entered", "2026-05-01", {"campaign": "五一抢券"}),
    ("poll.completed", "2026-05-02", {"poll": "最美驿站投票", "answers": 6}),
    ("poll.completed", "2026-05-03", {"poll": "职工需求问卷", "answers": 9}),
    ("member.honoured", "2026-05-04", {"honour": "工匠", "honoured_on": "2026-05-01"}),
    ("application.submitted", "2026-05-10", {**INNOVATION, "attachments": PROOFS}),
    ("application.reviewed", "2026-05-11", {**INNOVATION, "stage": "基层工会", "reviewer": "r-00001", "accepted": True}),
    ("application.reviewed", "2026-05-12", {**INNOVATION, "stage": "市总工会", "reviewer": "r-00002", "accepted": True}),
    ("application.published", "2026-05-13", INNOVATION),
    ("application.confirmed", "2026-05-25", {**INNOVATION, "objections": 0}),
    ("application.confirmed", "2026-05-26", AID),
]  # fmt: skip


def lines() -> str:
    """The year as CloudEvents, one a line."""
    events = [
        {
            "specversion": "1.0",
            "id": str(number),
            "source": "/tests/year",
            "type": kind,
            "subject": MEMBER,
            "time": f"{day}T08:00:00+08:00",
            "data": data,
        }
        for number, (kind, day, data) in enumerate(YEAR)
    ]
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


def test_a_year_of_one_member_gives_what_the_rules_say(yihui: Command, tmp_path: Path) -> None:
    file = tmp_path / "year.jsonl"
    file.write_text(lines(), "utf-8")
    done = yihui("run", file)
    assert done.code == 0, done.words
    assert "未准 1 项" in done.out and "没有收到申请，或者申请已经撤回；申请附件还差2份" in done.out
    listed = yihui("benefits", "list", "--member", MEMBER).out
    for benefit in (
        "岗位创新奖金（现金，15,000 元）",
        "荣誉奖金（现金，3,000 元）",
        "问卷积分（积分，10 分）",
        "五一消费券（券，20 元）；最后一天是 2026-05-16，已经过期",
        "练兵积分（积分，5 分）",
        "会员服务卡权益开通（服务，1 项）",
        "体检优惠券（券，30 元）",
        "求职交通券（券，30 元）",
        "一对一职业指导（服务，1 次）",
        "节日慰问品（实物，1 份 / 300 元）",
    ):
        assert benefit in listed, benefit
    assert "投票幸运券" not in listed  # takes part in the draw, nothing is granted yet
    verified = yihui("ledger", "verify")
    assert verified.code == 0 and "共承诺 18,380 元" in verified.out
