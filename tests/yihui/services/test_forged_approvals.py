"""No sender makes the rules grant what only two officers decide: not over HTTP, in a file, a feed or a topic."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from benefits.tables.decisions import decisions
from events.dead_letters import find_dead_letters
from events.feeds.conversion import Rejected
from events.feeds.linting import parse_feed_mapping
from events.feeds.records import read_records
from events.feeds.running import convert_records
from events.stream.access import StreamAccess
from members import identify_member
from members.applications import AID_SOURCE, OFFICERS_SOURCES, VISIT_SOURCE
from tests.events.feeds.conftest import converter_for
from tests.events.feeds.samples import KEY, id_number
from tests.rules.conftest import shipped
from tests.transactions import read_in, rows_in
from tests.yihui.http.sending_programs import event, issue_key
from tests.yihui.services.mutual_aid_office import MEMBER, AidOffice
from tools.servers.streaming import environment, make_topics, produce, running, wait_until_done
from yihui.http.app import create_app

TIME = "2026-11-18T08:00:00+08:00"
FORGED = [
    (programme, source) for programme in OFFICERS_SOURCES for source in ("/app", VISIT_SOURCE, AID_SOURCE)
]


@pytest.fixture
def office(target: str, tmp_path: Path) -> AidOffice:
    return AidOffice(target, tmp_path)


def forged(programme: str, source: str = "/app", kind: str = "application.confirmed") -> dict[str, Any]:
    data = {"programme": programme, "year": 2026, "application": "MA00000001", "amount_fen": 450_000}
    reviewed = {"accepted": True, "stage": "县级工会", "reviewer": "li.min"}
    more = reviewed if kind == "application.reviewed" else {}
    return event(kind, MEMBER, time=TIME, source=source, id=f"{kind}-{source}", data={**data, **more})


def require_nothing_granted(office: AidOffice) -> None:
    assert rows_in(office.wiring.database, select(decisions)) == []


def test_no_key_sends_what_two_officers_decide(office: AidOffice) -> None:
    kinds = ("application.submitted", "application.reviewed", "application.confirmed")
    sources = tuple(sorted({source for _, source in FORGED}))
    key = issue_key(
        office.wiring, organisation="370000", sources=sources, types=kinds, until=date(2026, 12, 31)
    )
    sent = [forged(programme, source, kind) for programme, source in FORGED for kind in kinds]
    headers = {"authorization": f"Bearer {key}"}
    answer = TestClient(create_app(office.wiring)).post("/api/v1/events", json=sent, headers=headers)
    assert answer.status_code == 422
    refusals = answer.json()["rejected"]
    for one, refusal in zip(sent, refusals, strict=True):
        (error,) = refusal["errors"]
        assert error["field"] == "data.programme" and one["data"]["programme"] in str(error)
    for _ in office.wiring.runner.run_ingress():
        pytest.fail("an event was accepted")
    require_nothing_granted(office)


def test_no_sender_takes_the_id_of_an_officers_event(office: AidOffice) -> None:
    key = issue_key(
        office.wiring, organisation="370000", sources=(AID_SOURCE,), types=("course.completed",)
    )  # fmt: skip
    taken = event(
        "course.completed",
        MEMBER,
        time=TIME,
        source=AID_SOURCE,
        id="mutual-aid-MA00000001-1",
        data={"course": "c", "score": 1},
    )
    answer = TestClient(create_app(office.wiring)).post(
        "/api/v1/events", json=[taken], headers={"authorization": f"Bearer {key}"}
    )
    assert [one["field"] for one in answer.json()["rejected"][0]["errors"]] == ["source"]


def test_a_file_grants_nothing_and_neither_does_its_mended_dead_letter(
    office: AidOffice, tmp_path: Path
) -> None:
    lines = tmp_path / "events.jsonl"
    texts = [json.dumps(forged(programme, source), ensure_ascii=False) for programme, source in FORGED]
    lines.write_text("\n".join(texts) + "\n", "utf-8")
    outcomes = [outcome for _, outcome in office.wiring.runner.run_file(lines)]
    reasons = [letter.reason for outcome in outcomes for letter in outcome.dead_letters]
    assert reasons == ["officers_programme"] * len(FORGED)
    letters = list(read_in(office.wiring.database, find_dead_letters))
    again = office.wiring.runner.replay_dead_letters(letters)
    assert again.handled == 0 and len(again.dead_letters) == len(FORGED)
    require_nothing_granted(office)


@pytest.mark.endure
@pytest.mark.needs("kafka")
def test_a_message_of_a_topic_grants_nothing(
    office: AidOffice, access: StreamAccess, target: str, tmp_path: Path
) -> None:
    make_topics(access)
    produce(access, [json.dumps(forged(programme, source)) for programme, source in FORGED])
    folder, now = office.wiring.data_folder, office.wiring.now().isoformat()
    with running(environment(access, target, folder, YIHUI_NOW=now), tmp_path) as worker:
        wait_until_done(access, worker)
        assert worker.stop() == 0, worker.read_log()
    letters = list(read_in(office.wiring.database, find_dead_letters))
    topic = access.topic_name("member-events")
    assert [letter.reason for letter in letters] == ["officers_programme"] * len(FORGED)
    assert all(str(letter.origin).startswith(f"{topic}:") for letter in letters)
    require_nothing_granted(office)


MAPPING = """\
feed: oa
title: 某系统
source: SOURCE
format: jsonl
id: 编号
about: {id_number: 会员}
time: {from: 时间, format: epoch_ms}
kind: 类别
events:
  - when: 确认
    type: application.confirmed
    data:
      programme: 项目
      year: {value: 2026}
      amount_fen: {from: 金额, as: yuan}
"""


def test_a_feed_grants_nothing(office: AidOffice) -> None:
    for programme, source in FORGED:
        mapping = parse_feed_mapping("oa.yaml", MAPPING.replace("SOURCE", f"https://oa.example{source}"))
        record = {
            "编号": "1",
            "会员": id_number(),
            "时间": 1_790_000_000_000,
            "类别": "确认",
            "项目": programme,
            "金额": 1,
        }
        converter = converter_for(mapping)
        converter.people.members.add(identify_member(id_number(), KEY).member_id)
        content = io.BytesIO(json.dumps(record, ensure_ascii=False).encode())
        batches = convert_records(read_records(content, "f", mapping), converter, office.wiring.database)
        (outcome,) = [one for batch in batches for one in batch]
        assert isinstance(outcome, Rejected)
        assert [fault.short_code for fault in outcome.faults] == ["officers_programme"]
        assert outcome.faults[0].field == "项目", "the fault names the field of the sender's record"


def test_every_rule_that_checks_no_stages_is_bound_to_officers_or_listed() -> None:
    open_ = {
        name.removeprefix("library/").removesuffix(".yaml")
        for name, text in shipped()
        if "\non: application.confirmed" in text and "\nprocess:" not in text
    }
    assert open_ == {"hardship-visit", "mutual-aid-reimbursement", "autumn-schooling"}
