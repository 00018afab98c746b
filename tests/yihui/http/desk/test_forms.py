"""The forms of the officers' pages: each acts once, for its own officer, and says in words why it doesn't."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select, update

from events import InvalidEvent, parse_event
from events.dead_letters import build_dead_letter, count_dead_letters, record_dead_letters
from members import read_member_changes
from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of
from tests.yihui.http.two_districts import OWN, TwoDistricts
from tools.servers.desk import DEMO, ORIGIN, Officers, text_of
from tools.servers.sending import Sender
from yihui.access.roles import Right
from yihui.access.tables import audit_entries, form_submissions
from yihui.services.desk.form_submissions import UNFINISHED_AFTER
from yihui.services.operation.upkeep import run_clock_jobs

PAGE, ACTS = f"/desk/members/{OWN}", f"/desk/members/{OWN}/suspend"
SUSPEND = {"version": "1", "on": "2026-10-03", "reason": "欠费"}


def spans(union: TwoDistricts) -> int:
    with union.wiring.database.read() as connection:
        return len(read_member_changes(connection, [OWN])[OWN])


def test_a_form_of_another_site_or_without_its_key_changes_nothing(
    site: Officers, union: TwoDistricts
) -> None:
    before, key = spans(union), site.form_key(PAGE, CASE_WORKER)
    fields = {**SUSPEND, "checked": "yes", "form_key": key}
    headers = {"x-actor": CASE_WORKER, "accept": "text/html", "accept-language": "en"}
    without_origin = site.client.post(ACTS, data=fields, headers=headers)
    foreign = site.post(ACTS, CASE_WORKER, origin="https://evil.example", **fields)
    sub_domain = site.post(ACTS, CASE_WORKER, origin="http://a.127.0.0.1", **fields)
    keyless = site.post(ACTS, CASE_WORKER, **{**fields, "form_key": ""})
    forged = site.post(
        ACTS, CASE_WORKER, **{**fields, "form_key": key[:-1] + ("0" if key[-1] != "0" else "1")}
    )
    others = site.post(ACTS, CASE_WORKER, **{**fields, "form_key": site.form_key(PAGE, "demo")})
    for refused in (without_origin, foreign, sub_domain, keyless, forged, others):
        assert refused.status_code == 403, refused.text
    assert spans(union) == before and acts_of(union.wiring, OWN)[-1][1] == "members.read"


def test_two_clicks_at_once_act_once(site: Officers, union: TwoDistricts) -> None:
    before, key, together = spans(union), site.form_key(PAGE, CASE_WORKER), Barrier(2)

    def click(_: int) -> int:
        together.wait()
        return site.send(PAGE, ACTS, CASE_WORKER, key=key, **SUSPEND).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(click, range(2)))
    assert answers in ([303, 303], [303, 409])  # the second one found it done, or not done yet
    assert spans(union) == before + 1
    again = site.send(PAGE, ACTS, CASE_WORKER, key=key, **SUSPEND)
    assert again.status_code == 303 and again.headers["location"] == f"{PAGE}?done=suspend"
    recorded = [act for _, act in acts_of(union.wiring, OWN) if act == "members.change.suspend"]
    assert spans(union) == before + 1 and len(recorded) == 1
    in_the_act = acts_of(union.wiring, key.partition(".")[0])
    assert in_the_act == [("li.min", "members.change.suspend")], "the act's own transaction recorded it"
    done = site.open(again.headers["location"], CASE_WORKER)
    assert "the membership is suspended." in text_of(done)


def test_a_reason_stands_only_where_an_erasure_finds_it(site: Officers, union: TwoDistricts) -> None:
    for seen, act in enumerate(("resume", "suspend"), 2):  # the test before suspended the membership
        fields = {**SUSPEND, "version": str(seen), "reason": "张三长期外出"}
        done = site.send(PAGE, f"{PAGE}/{act}", CASE_WORKER, **fields)
        assert done.status_code == 303, done.text
    columns = (audit_entries.c.object_kind, audit_entries.c.object_id)
    with union.wiring.database.read() as connection:
        found = connection.execute(select(*columns).where(audit_entries.c.reason == "张三长期外出")).all()
    assert found and {tuple(row) for row in found} == {("member", OWN)}


COOLING = "/desk/rules/summer-cooling"
STOP = (COOLING, f"{COOLING}/stop", "rule_author/ancestor")


def list_acts(union: TwoDistricts) -> list[tuple[str, str]]:
    """Return the acts of the audit log that are no readings, each with its reason."""
    c = audit_entries.c
    query = select(c.act, c.reason).where(c.act != Right.READ_MEMBERS.value).order_by(c.sequence)
    with union.wiring.database.read() as connection:
        return [(row.act, row.reason) for row in connection.execute(query)]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("电话13800001234", "reason holds what looks like a phone number or an id number"),
        ("久" * 501, "reason has 501 characters; 500 are recorded"),
    ],
    ids=["a phone number", "a long one"],
)
def test_a_reason_that_cannot_be_recorded_stops_the_act(
    site: Officers, union: TwoDistricts, reason: str, told: str
) -> None:
    page, path, who = STOP
    key, before = site.form_key(page, who), list_acts(union)
    refused = site.send(page, path, who, key=key, reason=reason)
    assert refused.status_code == 422 and told in text_of(refused)
    assert list_acts(union) == before, "nothing was done"


def test_an_act_whose_outcome_could_not_be_recorded_is_found_and_reported(
    site: Officers, union: TwoDistricts
) -> None:
    (page, path, who), fields = STOP, {"reason": "有误"}
    key, database = site.form_key(page, who), union.wiring.database
    stop = "CREATE TRIGGER stop BEFORE UPDATE OF outcome ON form_submissions"
    with database.write() as connection:  # as if the machine went down after the act's own transaction
        connection.exec_driver_sql(f"{stop} BEGIN SELECT RAISE(ABORT, 'machine went down'); END")
    cut_off = site.send(page, path, who, key=key, **fields)
    with database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER stop")
    number = key.partition(".")[0]
    assert cut_off.status_code == 500
    assert acts_of(union.wiring, number) == [("li.min", "rules.stop.stop")], "the act was done"
    again = site.send(page, path, who, key=key, **fields)
    assert again.status_code == 409 and len(acts_of(union.wiring, number)) == 1, "and isn't done again"
    with database.write() as connection:
        early = {form_submissions.c.submitted_at: NOW - UNFINISHED_AFTER * 2}
        connection.execute(update(form_submissions).values(early))
    run_clock_jobs(union.wiring)
    assert acts_of(union.wiring, number)[-1] == ("li.min", "rules.stop.unfinished")
    listed = text_of(site.open("/desk/audit?act=rules.stop.unfinished"))
    assert "sent a form whose outcome was never recorded" in listed and path in listed


def test_a_dead_letter_is_mended_and_processed(site: Officers, union: TwoDistricts) -> None:
    data = {"honour": "五一劳动奖章", "honoured_on": "2026-09-01"}
    written = Sender()(
        "member.promoted", OWN, "2026-09-01T08:00:00+08:00", envelope={"id": "honour-9"}, **data
    )
    invalid = parse_event(written, NOW)
    assert isinstance(invalid, InvalidEvent)
    with union.wiring.database.write() as connection:
        letter = build_dead_letter(invalid, invalid.faults, "test.jsonl:1", NOW)
        record_dead_letters(connection, [letter])
    page = f"/desk/stream/{letter.id}"
    administrator = "administrator/ancestor"
    assert "五一劳动奖章" in site.open(page, administrator).text
    broken = site.send(page, f"{page}/mend", administrator, text="{", reason="打错了")
    assert broken.status_code == 400 and letters_of(union) == 1
    mended = written.replace("member.promoted", "member.honoured")
    assert site.send(page, f"{page}/mend", administrator, text=mended, reason="打错了").status_code == 303
    assert letters_of(union) == 0
    assert "there are none." in text_of(site.open("/desk/stream", administrator))
    assert "五一劳动奖章" in text_of(site.open(PAGE))


def letters_of(union: TwoDistricts) -> int:
    with union.wiring.database.read() as connection:
        return count_dead_letters(connection)


def test_the_language_and_the_colours_stay_chosen(site: Officers) -> None:
    away = site.post("/desk/preferences", language="en", theme="dark", back="//evil.example/desk")
    assert away.headers["location"] == "/desk"
    assert site.post("/desk/preferences", back="/desk/rules?q=1").headers["location"] == "/desk/rules?q=1"
    page = site.open("/desk", language="zh")
    assert 'data-theme="dark"' in page.text and ">To do<" in page.text
    site.client.cookies.clear()


def test_a_file_as_large_as_a_photo_reaches_its_form(site: Officers) -> None:
    headers = {"x-actor": DEMO, "origin": ORIGIN, "accept": "text/html"}
    for path in (
        "/desk/applications/1/attach", "/desk/audit/verify", "/desk/hardship/files/1/hand-over",
        "/desk/members/batch", "/desk/corrections/m-own.trade/correct", "/desk/money/payouts/PB000001/answer",
        "/desk/money/invoices/compare", "/desk/planning/analyses/new/sites", "/desk/planning/demand/upload",
        "/desk/stations/import", "/desk/inspections/plans/1/photo",
    ):  # fmt: skip
        answer = site.client.post(path, files={"file": ("a.jpg", b"x" * (1 << 20))}, headers=headers)
        assert answer.status_code not in (405, 413), path
