"""Draws at the desk: fixed, drawn, proved on a page for everybody; of another subtree's rules nothing is shown."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events import InboundEvent, parse_event, process_batch
from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import acts_of, open_desk
from tests.yihui.http.two_districts import (
    FOREIGN,
    HERE,
    OTHER_UNION,
    OWN,
    THERE,
    UNION,
    build_two_districts,
)
from tools.servers.desk import Officers, text_of
from tools.servers.sending import Sender
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.guard.serving import LOCAL_ONLY

RULE = """
id: %s
title: 示例投票抽奖 %s
basis: [{kind: example, note: 测试用}]
owner: "%s"
in_force: {from: 2026-05-01, until: 2026-12-31}
on: poll.completed
benefit: {kind: voucher, amount_fen: 5000, unit: 张}
require: [{that: "member.organisation == '%s'", else: 只给本区会员}]
limit: {times: 1, per: [member], every: programme_period}
allocate: {mode: lottery, quota: 1, entries: {from: 2026-09-01, until: 2026-09-30}, waiting_list: true}
claim: {within: P10D}
expires: P60D
on_change: {waiting: ask}
"""
APPROVER, FINANCE = "rule_approver/inside", "finance_preparer/inside"
PAGE = "/desk/draws/draw-here"
AT = {"draw_at": "2026-10-02T20:30", "source": "排列5", "digits": "14"}
SECOND, LATER = "m-second", datetime(2026, 10, 3, 4, tzinfo=UTC)


class _Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 10, 1, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def clock() -> _Clock:
    return _Clock()


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, clock: _Clock) -> Iterator[Wiring]:
    """Two districts, each with a lottery of its own, in which its members take part."""
    folder = tmp_path_factory.mktemp("draws")
    build_two_districts(folder, migrated_file).wiring.close()
    rules = folder / "rules"
    rules.mkdir()
    for name, owner, union in (("draw-here", HERE, UNION), ("draw-there", THERE, OTHER_UNION)):
        (rules / f"{name}.yaml").write_text(RULE % (name, name, owner, union), "utf-8")
    made = build_wiring(Settings(str(folder / "yihui.db"), folder, rules=(rules,)), now=clock)
    enter(made)
    yield made
    made.close()


def enter(wiring: Wiring) -> None:
    send = Sender()
    lines = [send.joined(SECOND, organisation=UNION)]
    lines += [
        send("poll.completed", member, "2026-09-10T09:00:00+08:00", poll="最美驿站", answers=5)
        for member in (OWN, SECOND, FOREIGN)
    ]
    items = [InboundEvent(parse_event(line, LATER), "test") for line in lines]
    with wiring.database.write() as connection:
        process_batch(items, connection, wiring.library, wiring.now())


@pytest.fixture(scope="module")
def site(wiring: Wiring) -> Iterator[Officers]:
    with open_desk(wiring, serving=LOCAL_ONLY) as opened:  # the proof is a page of riders
        yield opened


def test_only_the_own_subtrees_draws_are_listed(site: Officers) -> None:
    own = text_of(site.open("/desk/draws", FINANCE))
    assert "draw-here" in own and "entries are collected" in own and "draw-there" not in own
    assert "draw-there" in text_of(site.open("/desk/draws", "auditor/ancestor"))
    assert site.open("/desk/draws/draw-there", APPROVER).status_code == 403
    assert site.open("/desk/draws/nothing-here", APPROVER).status_code == 403, (
        "nor whether there is such a rule"
    )
    assert site.open(PAGE, APPROVER).status_code == 200


def test_a_draw_is_fixed_drawn_and_proved_to_everybody(site: Officers, wiring: Wiring, clock: _Clock) -> None:
    fixed = site.send(PAGE, f"{PAGE}/fix", APPROVER, version="1", **AT)
    assert fixed.status_code == 303, text_of(fixed)
    shown = site.open(fixed.headers["location"], APPROVER)
    (commitment,) = set(re.findall(r"/lottery/([0-9a-f]{64})", shown.text))
    before = public(site, f"/lottery/{commitment}")
    assert "the draw is still to come" in before and commitment in before
    assert f"{PAGE}/draw" not in site.open(PAGE, FINANCE).text, (
        "an act that she can do nowhere is offered nowhere"
    )
    early = site.send(PAGE, f"{PAGE}/draw", APPROVER, version="2", number="12345678901234")
    assert early.status_code == 422, text_of(early)
    clock.at = LATER
    drawn = site.send(PAGE, f"{PAGE}/draw", APPROVER, version="2", number="１２３４５ 67890 1234")
    assert drawn.status_code == 303, text_of(drawn)
    after = public(site, f"/lottery/{commitment}?pseudonym={OWN}")
    assert "1 place drawn, 1 wait" in after and "12345678901234" in after
    assert f"{OWN} is among the entries, with 1 tickets; " in after
    assert f"{FOREIGN} is not among the entries" in public(site, f"/lottery/{commitment}?pseudonym={FOREIGN}")
    told = text_of(site.open(PAGE, APPROVER))
    assert (
        "on the waiting list 1" in told
        and "given" in told
        and "draw-here/" not in told
        and SECOND not in told
    )
    acts = [act for _, act in acts_of(wiring, "draw-here")]
    assert acts == ["draws.run.commit", "draws.run.draw", "rules.read"], "who waits was read"


def public(site: Officers, path: str) -> str:
    answer = site.client.get(path, headers={"accept-language": "en", "x-actor": "nobody"})
    assert answer.status_code == 200
    return text_of(answer)


def test_an_officer_decides_which_value_those_get_who_wait(
    site: Officers, wiring: Wiring, clock: _Clock
) -> None:
    fields = {
        "form_key": site.form_key(PAGE, APPROVER),
        "checked": "yes",
        "choice": "keep",
        "reason": "示例",
        "version": "3",
    }
    stale = site.post(f"{PAGE}/decide", APPROVER, **fields)
    assert "/desk/login" in stale.headers["location"], "a browser left open decides nothing"
    clock.at = NOW
    refused = site.send(PAGE, f"{PAGE}/decide", APPROVER, version="3", choice="keep")
    assert refused.status_code == 422 and "reason" in text_of(refused)
    assert site.post("/desk/draws/draw-there/decide", APPROVER, **fields).status_code == 403
    decided = site.post(f"{PAGE}/decide", APPROVER, **fields)
    assert decided.status_code == 303, text_of(decided)
    assert ("li.min", "rules.approve.decide") in acts_of(wiring, "draw-here")
