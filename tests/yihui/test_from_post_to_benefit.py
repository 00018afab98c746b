"""The whole way of an event, scaled: from ``make stack`` to a benefit in PostgreSQL, explained over HTTP.

Read it from top to bottom. Everything is real: ``yihui serve``, ``yihui relay``, ``yihui worker``,
Kafka and PostgreSQL, each a process of its own on this machine.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.tiers import ENDURES
from tools.stack import Stack

ROOT = Path(__file__).parents[2]
WITHIN_S = 60.0


def make_stack(act: str, folder: Path, *more: str) -> None:
    """What ``make stack`` and ``make stack-stop`` run, in a folder of the test's own."""
    command = [sys.executable, "-m", "tools.stack", act, "--folder", str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ})
    assert done.returncode == 0, done.stderr


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    make_stack("start", tmp_path / "stack", "--workers", "3" if ENDURES else "1")
    started = Stack.load(tmp_path / "stack")
    assert started is not None
    yield started
    make_stack("stop", tmp_path / "stack")


def wait_for(found: Callable[[], object]) -> None:
    """The site answers 202 as soon as an event is safe; what comes of it is known a moment later."""
    deadline = time.monotonic() + WITHIN_S
    while not found():
        assert time.monotonic() < deadline, "the event never became a benefit"


@pytest.mark.deeper  # with three workers in `make endure`
@pytest.mark.needs("kafka", "postgres")
def test_from_a_posted_event_to_the_benefit_and_its_explanation(stack: Stack) -> None:
    site = httpx.Client(base_url=stack.pages["site"], timeout=30)

    # 1  A rider joined. Whoever knows it posts it as a CloudEvent.
    event = {
        "specversion": "1.0",
        "id": "joined-0001",
        "source": "/qingdao/roll",
        "type": "member.joined",
        "subject": "m-7f3a",  # a pseudonym: no name, no phone, no ID number is in any event
        "time": "2026-03-02T09:00:00+08:00",
        "data": {
            "organisation": "370202001-00017",
            "district": "370202",
            "trade": "外卖员",
            "joined_on": "2026-03-02",
        },
    }
    as_cloud_event = {"content-type": "application/cloudevents+json"}
    answer = site.post("/api/v1/events", content=json.dumps(event), headers=as_cloud_event)
    assert answer.status_code == 202
    assert answer.json() == {"accepted": ["joined-0001"], "rejected": []}

    # 2  The relay takes it from the database to its topic; one of the workers takes it from there, finds that
    #    the rule "new-member-pack" (rules/library/new-member-pack.yaml) looks at it, and grants the benefit.
    with psycopg.connect(stack.environment["YIHUI_DATABASE_URL"], autocommit=True) as ledger:
        grant = "SELECT rule_id, amount_fen FROM grants WHERE member_id = 'm-7f3a'"
        wait_for(lambda: ledger.execute(grant).fetchone())
        assert ledger.execute(grant).fetchall() == [("new-member-pack", 10_000)]  # 100 yuan, in fen

    # 3  The member sees it …
    seen = site.get("/api/v1/members/m-7f3a/benefits").json()["benefits"]
    assert [benefit["title"] for benefit in seen] == ["新会员大礼包"]

    # 4  … and whoever asks is told why: which event, which rule, which conditions, what was known then.
    (why,) = site.get("/api/v1/members/m-7f3a/benefits/why").json()["decisions"]
    assert why["event"] == {"source": "/qingdao/roll", "id": "joined-0001", "type": "member.joined"}
    assert (why["rule"]["id"], why["outcome"]) == ("new-member-pack", "granted")
    assert all(condition["holds"] for condition in why["conditions"])
    assert why["conditions"][0]["values"] == {"member.status": "active"}
    assert "2026年3月2日的“新会员大礼包”已批准" in why["agent"][0]

    # 5  The same event once more is accepted once more, and changes nothing. What is of one member stays in
    #    order: once the second event's benefit is there, the first has been looked at again.
    certified = {
        "trade": "电工",
        "level": "高级工",
        "certificate_digest": "sha256:" + "a" * 64,
        "certified_on": "2026-04-01",
    }
    later = event | {
        "id": "certified-0001",
        "type": "member.skill_certified",
        "time": "2026-04-01T10:00:00+08:00",
        "data": certified,
    }
    as_batch = {"content-type": "application/cloudevents-batch+json"}
    answer = site.post("/api/v1/events", content=json.dumps([event, later]), headers=as_batch)
    assert answer.json() == {"accepted": ["joined-0001", "certified-0001"], "rejected": []}
    with psycopg.connect(stack.environment["YIHUI_DATABASE_URL"], autocommit=True) as ledger:
        wait_for(lambda: len(ledger.execute(grant).fetchall()) > 1)
        assert sorted(ledger.execute(grant).fetchall()) == [
            ("new-member-pack", 10_000),
            ("qingdao-1138-senior", 200_000),
        ]
