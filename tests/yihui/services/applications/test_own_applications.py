"""A member applies, hands in again and withdraws; what her papers and the end of a rule do to that."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from benefits import list_held_benefits
from core.faults import FaultError
from events.unevaluated_rules import APPLIED_TOO_LATE
from members import read_application_steps
from members.applications import list_application_acts
from members.attachments import (
    Attachment,
    AttachmentOwner,
    list_attachments,
    move_attachments,
    record_attachment,
    upload_owner,
)
from tests.yihui.applying import (
    EVERYWHERE,
    HEAD,
    HOSPITAL,
    ME,
    NOW,
    OTHER,
    SCHOOL,
    UNION,
    Submission,
    act_again,
    attach,
    officer_acts,
    submit_application,
    withdraw,
)
from tests.yihui.nouns import do_own, her
from tests.yihui.refusals import codes, do_at_once
from tests.yihui.services.joining_people import Clock
from yihui.bootstrap import Wiring
from yihui.cases.applications.listed import find_application
from yihui.cases.applications.own import APPEAL
from yihui.cases.applications.own_applications import (
    list_applicable_rules,
    list_own_applications,
    load_own_application,
)
from yihui.cases.applications.steps import build_application_event, process_application_event
from yihui.services.attachments.attachments import (
    delete_old_waiting_files,
    find_own_file,
    list_waiting_files,
    open_attachment_store,
    remove_own_file,
)
from yihui.services.benefits.benefits import list_undecided_applications
from yihui.services.desk.record_names import NO_NAMES
from yihui.services.members.erasure import erase_member_data
from yihui.services.rules.desk import load_version_file
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.life import EndedVersions, RuleService, retire_rule_after
from yihui.views.benefits import decisions_json
from yihui.views.rule_life import submission_json

EMOJIS = "👨‍👩‍👧‍👦🇨🇳 孩子今年上高中😀"


def test_the_list_names_what_is_free_and_why_something_is_not(wiring: Wiring) -> None:
    found = {
        one.form.rule.id: one for one in list_applicable_rules(wiring, ME) if "apply-" in one.form.rule.id
    }
    assert set(found) == {
        f"apply-{name}" for name in ("school", "hospital", "wedding", "idea", "discharge", "winter")
    }
    assert found.pop("apply-winter").last_day == date(2026, 12, 20), "of its yearly window"
    assert found.pop("apply-discharge").last_day == date(2027, 3, 31), "90 days after the rule's last one"
    assert {one.last_day for one in found.values()} == {date(2026, 12, 31)}
    assert [one.text for one in found["apply-wedding"].reasons] == ["只给退休会员"]
    assert found["apply-school"].is_free and not found["apply-wedding"].is_free
    (stage,) = found["apply-school"].form.fields
    assert stage.choices == ("高中", "本科") and found["apply-hospital"].form.fixed["occasion"] == "住院"


@pytest.mark.both_databases
def test_a_form_becomes_an_application_with_its_papers_that_officers_see(wiring: Wiring) -> None:
    file = attach(wiring)
    number = submit_application(wiring, ME, replace(SCHOOL, note=EMOJIS))
    with wiring.database.read() as connection:
        listed, steps, _ = find_application(wiring, connection, EVERYWHERE, number)
        attachments = list_attachments(connection, listed.file_owner)
        (act,) = list_application_acts(connection, ME, listed.application)
    assert [one.number for one in attachments] == [file]
    assert steps[0].attachments == (f"sha256:{attachments[0].digest}",)
    assert (act.kind, act.reason, listed.organisation) == ("submit", EMOJIS, UNION)
    own = load_own_application(wiring, ME, number)
    assert own.stated["school_stage"] == "高中" and own.listed.stage.review == "基层工会"
    assert list_waiting_files(wiring, upload_owner(ME, "apply", "apply-school")) == []


def test_an_application_without_the_papers_is_refused_and_nothing_changes(wiring: Wiring) -> None:
    assert codes(lambda: submit_application(wiring, ME, SCHOOL)) == ["own_application.papers"]
    assert list_own_applications(wiring, ME) == []


@pytest.mark.parametrize("digest", ["0" * 64, "no digest"])
def test_a_paper_that_is_written_past_the_program_does_not_count(wiring: Wiring, digest: str) -> None:
    missing = ["application_file.missing"]

    def write(owner: AttachmentOwner) -> None:
        with wiring.database.write() as connection:
            named = (0, owner.kind, owner.subject, owner.member_id, digest, "0" * 64)
            record_attachment(connection, Attachment(*named, "image/jpeg", 1, (), "录取通知书", ME, NOW))

    write(upload_owner(ME, "apply", "apply-school"))
    assert codes(submit_application, wiring, ME, SCHOOL) == missing
    number = submit_application(wiring, ME, HOSPITAL)
    officer_acts(wiring, number, "refuse", "没有材料")
    write(load_own_application(wiring, ME, number).listed.file_owner)
    assert codes(do_own, wiring, ME, APPEAL, number, note="有材料") == missing
    again = submit_application(wiring, ME, HOSPITAL)
    officer_acts(wiring, again, "return", "请补材料")
    write(upload_owner(ME, "again", str(again)))
    assert codes(act_again, wiring, ME, again) == missing
    write(load_own_application(wiring, ME, again).listed.file_owner)
    assert codes(officer_acts, wiring, again, "resubmit") == missing


def test_a_paper_whose_file_is_gone_or_another_counts_again_once_it_is_attached_again(wiring: Wiring) -> None:
    attach(wiring)
    (paper,) = list_waiting_files(wiring, upload_owner(ME, "apply", "apply-school"))
    path = open_attachment_store(wiring).path_of(paper.digest)
    for content in (None, b"another picture"):
        path.unlink() if content is None else path.write_bytes(content)
        assert codes(submit_application, wiring, ME, SCHOOL) == ["application_file.missing"]
    path.unlink()
    attach(wiring)
    submit_application(wiring, ME, SCHOOL)


def test_a_note_that_cant_be_stored_whole_is_refused(wiring: Wiring) -> None:
    for note, code in (
        ("a" * 501, "own_application.note"),
        ("零\x00字节", "own_application.note"),
        ("从右\u202e到左", "own_application.note"),
        ("\ud83d", "own_application.note"),  # half of an emoji
        ("电话 13800138000", "own_application.note_personal"),
    ):
        assert codes(submit_application, wiring, ME, replace(HOSPITAL, note=note)) == [code]
    assert list_own_applications(wiring, ME) == []


@pytest.mark.both_databases
def test_two_phones_at_once_make_one_application(wiring: Wiring) -> None:
    numbers = do_at_once(lambda sent: submit_application(wiring, ME, sent), [HOSPITAL] * 2)
    assert len(set(numbers)) == 1
    with wiring.database.read() as connection:
        assert len(read_application_steps(connection, [ME])[ME]) == 1
        assert len(list_application_acts(connection, ME, "示例慰问/2026")) == 1


def test_a_note_or_papers_that_a_quicker_phone_left_out_are_not_lost_in_silence(wiring: Wiring) -> None:
    attach(wiring)
    number = submit_application(wiring, ME, replace(SCHOOL, note="住校"))
    assert submit_application(wiring, ME, replace(SCHOOL, note="住校")) == number  # the answer was lost
    assert submit_application(wiring, ME, SCHOOL) == number
    left_out = ["own_application.left_out"]
    assert codes(lambda: submit_application(wiring, ME, replace(SCHOOL, note="走读"))) == left_out
    attach(wiring)  # the same paper
    assert submit_application(wiring, ME, SCHOOL) == number
    attach(wiring, shade=90)
    assert codes(lambda: submit_application(wiring, ME, SCHOOL)) == left_out
    assert len(list_waiting_files(wiring, upload_owner(ME, "apply", "apply-school"))) == 2


def test_what_is_handed_in_again_after_a_quicker_phone_is_not_lost_in_silence(wiring: Wiring) -> None:
    attach(wiring)
    number = submit_application(wiring, ME, SCHOOL)
    officer_acts(wiring, number, "return", "请补材料")
    attach(wiring, str(number), shade=90, place="again")

    def again(note: str = "") -> None:
        act_again(wiring, ME, number, note)

    again("补好了")
    again("补好了")
    left_out = ["own_application.left_out"]
    assert codes(lambda: again("别的说明")) == left_out
    attach(wiring, str(number), shade=60, place="again")
    assert codes(again) == left_out


def test_a_second_one_for_the_same_waits_for_the_first_but_another_may_begin(wiring: Wiring) -> None:
    submit_application(wiring, ME, HOSPITAL)
    other = replace(HOSPITAL, stated={**HOSPITAL.stated, "days": 9})
    assert codes(lambda: submit_application(wiring, ME, other)) == ["own_application.open"]
    submit_application(wiring, ME, Submission("apply-wedding", {"year": 2026, "occasion": "结婚"}))
    for amount in (
        1_000,
        2_000,
        2_000,
    ):  # each idea is an application of its own; the last one was sent twice
        submit_application(wiring, ME, Submission("apply-idea", {"year": 2026, "amount_fen": amount}))
    found = sorted(one.application for one in list_own_applications(wiring, ME))
    assert found == ["示例慰问/2026", "示例慰问/2026/2", "示例金点子/2026", "示例金点子/2026/2"]


def test_the_last_day_ends_at_midnight_in_shanghai(wiring: Wiring, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    number = submit_application(wiring, ME, HOSPITAL)
    clock.now += timedelta(seconds=1)
    with pytest.raises(FaultError) as closed:
        submit_application(wiring, OTHER, HOSPITAL)
    assert [(one.code, one.params["day"]) for one in closed.value.faults] == [
        ("own_application.closed", "2026-12-31")
    ]
    own = load_own_application(wiring, ME, number)
    assert own.listed.year == 2026 and own.listed.stage.review == "基层工会"  # which the rule asked for then
    officer_acts(wiring, number, "accept")
    officer_acts(wiring, number, "confirm")
    with wiring.database.read() as connection:
        held = list_held_benefits(connection, ME, date(2027, 1, 1))
    (given,) = (one.grant for one in held if one.grant.rule_id == "apply-hospital")
    assert given.granted_on == date(2027, 1, 1)


def test_what_happened_before_the_rule_ended_is_applied_for_after_it(wiring: Wiring, clock: Clock) -> None:
    clock.now = datetime(2027, 1, 8, 2, tzinfo=UTC)
    stated = {"happened_on": "2026-12-20", "year": 2027}
    with pytest.raises(FaultError) as later:
        submit_application(wiring, ME, Submission("apply-discharge", {**stated, "happened_on": "2027-01-02"}))
    assert [(one.code, one.params["last"]) for one in later.value.faults] == [
        ("application_form.day", "2026-12-31")
    ]
    number = submit_application(wiring, ME, Submission("apply-discharge", stated))
    own = load_own_application(wiring, ME, number)
    assert own.listed.stage.review == "基层工会", "the rule that has ended still says who reviews it"
    officer_acts(wiring, number, "accept")
    officer_acts(wiring, number, "confirm")
    with wiring.database.read() as connection:
        held = list_held_benefits(connection, ME, date(2027, 1, 8))
    assert "apply-discharge" in {one.grant.rule_id for one in held}
    clock.now = datetime(2027, 4, 1, 2, tzinfo=UTC)
    with pytest.raises(FaultError) as closed:
        submit_application(wiring, OTHER, Submission("apply-discharge", stated))
    assert [(one.code, one.params["day"]) for one in closed.value.faults] == [
        ("own_application.closed", "2027-03-31")
    ]


def test_what_nobody_sent_back_keeps_its_first_day_for_thirty_days(wiring: Wiring, clock: Clock) -> None:
    number = submit_application(wiring, ME, HOSPITAL)
    attach(wiring, str(number), place="again")
    with wiring.database.write() as connection:
        own = upload_owner(ME, "again", str(number))
        move_attachments(connection, own, load_own_application(wiring, ME, number).listed.file_owner)
    clock.now = datetime(2026, 12, 20, 2, tzinfo=UTC)
    officer_acts(wiring, number, "resubmit")
    progress = load_own_application(wiring, ME, number).listed.stage.progress
    assert progress and progress.first_submitted_on == date(2026, 11, 20)
    clock.now = datetime(2028, 6, 5, 2, tzinfo=UTC)
    assert codes(officer_acts, wiring, number, "resubmit") == ["application.closed"]


def test_who_ends_a_rule_reads_how_many_applications_it_still_decides(wiring: Wiring) -> None:
    submit_application(wiring, ME, HOSPITAL)
    done = retire_rule_after(wiring, "apply-hospital", date(2026, 11, 20), "gh-1", "另有安排")
    assert (done.last_day, done.programmes, done.under_way) == (date(2026, 11, 20), ("示例慰问",), 1)


def test_who_puts_a_version_in_the_place_of_another_reads_how_many_applications_the_old_one_decides(
    wiring: Wiring,
) -> None:
    submit_application(wiring, ME, HOSPITAL)
    text = (
        HEAD % ("apply-again", "示例慰问")
        + """
require: [{that: "event.amount_fen >= 100", else: 金额太少, remedy: 核对金额}]
limit: {times: 1, per: [member], every: calendar_year}
process: {programme: 示例慰问, reviews: [基层工会]}
"""
    )
    later = text.replace("2026-01-01, until", "2026-12-01, until")
    service, ended = RuleService(wiring), []
    for name, written in (("first.yaml", text), ("later.yaml", later)):
        file = RuleFile(name, written)
        hash_ = service.submit_file(file, "gh-1", takes_over=written is later).candidate.stated.hash
        shown = load_version_file(wiring, hash_)
        approved = service.approve(hash_, "gh-2", seen=True)
        assert shown.ended == approved.ended
        ended.append(approved.ended)
    assert ended == [None, EndedVersions(date(2026, 11, 30), ("示例慰问",), 1)]
    assert submission_json(approved, wiring.language)["under_way"] == 1


def test_why_names_the_last_day_of_an_application_that_no_rule_decided(wiring: Wiring, clock: Clock) -> None:
    clock.now = datetime(2027, 1, 9, tzinfo=UTC)
    data = {"programme": "示例助学", "year": 2026, "school_stage": "高中"}
    for kind, day in (("submitted", 1), ("confirmed", 8)):
        at = datetime(2027, 1, day, 2, tzinfo=UTC)
        event = build_application_event(kind, f"application.{kind}", ME, at, data)
        with wiring.database.write() as connection:
            process_application_event(wiring, connection, event, clock.now)
    (found,) = list_undecided_applications(wiring, ME, None)
    assert found.title == "示例助学"
    assert [one.reason.params["last"] for one in found.explanations] == ["2026-12-31"]
    told = decisions_json([], [found], None, wiring.language, NO_NAMES, with_code=False)["not_looked"]
    assert [one["code"] for one in told] == [APPLIED_TOO_LATE]  # type: ignore[attr-defined]
    assert list_undecided_applications(wiring, OTHER, None) == []


def test_what_arrived_on_the_last_day_counts_though_its_turn_comes_on_the_next(
    wiring: Wiring, clock: Clock
) -> None:
    arrived = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    attach(wiring)
    number = submit_application(wiring, ME, SCHOOL)
    officer_acts(wiring, number, "return", "通知书看不清")
    attach(wiring, str(number), shade=90, place="again")
    clock.now = arrived + timedelta(seconds=1)
    first = submit_application(wiring, OTHER, HOSPITAL, arrived)
    act_again(wiring, ME, number, at=arrived)
    found = load_own_application(wiring, OTHER, first), load_own_application(wiring, ME, number)
    assert [one.acts[-1].acted_at for one in found] == [arrived, arrived]
    assert {one.listed.year for one in found} == {2026}


def test_a_returned_application_is_handed_in_again_by_its_last_day(wiring: Wiring, clock: Clock) -> None:
    attach(wiring)
    number = submit_application(wiring, ME, SCHOOL)
    officer_acts(wiring, number, "return", "通知书看不清")
    own = load_own_application(wiring, ME, number)
    assert (own.listed.stage.kind, own.may_resubmit, own.last_day) == ("returned", True, date(2026, 12, 20))
    attach(wiring, str(number), shade=90, place="again")
    for _ in range(2):  # from two phones that saw the same page
        act_again(wiring, ME, number)
    again = load_own_application(wiring, ME, number)
    assert again.listed.stage.review == "基层工会" and len(again.attachments) == 2
    assert [act.kind for act in again.acts] == ["submit", "return", "resubmit"]
    for day in ("2026-11-19", "2027-11-22"):
        assert codes(lambda on=day: officer_acts(wiring, number, "return", "还是看不清", until=on)) == [
            "application.until"
        ]
    officer_acts(wiring, number, "return", "还是看不清", until="２０２７年１月１０日")
    clock.now = datetime(2027, 1, 10, 15, 59, tzinfo=UTC)  # the rule has ended: she keeps her first day
    kept = load_own_application(wiring, ME, number)
    assert (kept.may_resubmit, kept.last_day) == (True, date(2027, 1, 10))
    clock.now += timedelta(minutes=1)
    late = load_own_application(wiring, ME, number)
    assert not late.may_resubmit
    assert codes(act_again, wiring, ME, number) == ["application.closed"]
    assert codes(lambda: officer_acts(wiring, number, "resubmit")) == ["application.closed"]


def test_an_application_is_withdrawn_once_and_may_begin_anew(wiring: Wiring) -> None:
    number = submit_application(wiring, ME, HOSPITAL)
    for _ in range(2):
        withdraw(wiring, ME, number)
    own = load_own_application(wiring, ME, number)
    assert own.listed.stage.kind == "withdrawn" and len(own.steps) == 2 and not own.may_withdraw
    assert submit_application(wiring, ME, HOSPITAL) != number


def test_a_notice_with_an_objection_is_seen_with_its_last_day(wiring: Wiring) -> None:
    attach(wiring)
    number = submit_application(wiring, ME, SCHOOL)
    officer_acts(wiring, number, "accept")
    officer_acts(wiring, number, "publish")
    own = load_own_application(wiring, ME, number)
    assert (own.listed.stage.kind, own.notice_end) == ("notice", date(2026, 11, 23))
    officer_acts(wiring, number, "object", "有人反映情况不符")
    assert load_own_application(wiring, ME, number).listed.stage.kind == "objections"


def test_another_members_application_and_file_are_not_there(wiring: Wiring) -> None:
    file = attach(wiring)
    number = submit_application(wiring, ME, SCHOOL)
    for value in (number, number + 1_000):
        assert codes(load_own_application, wiring, OTHER, value) == ["own_application.unknown"]
        assert codes(withdraw, wiring, OTHER, value) == ["thing.unknown_own"]
    for value in (file, file + 1_000):
        assert codes(find_own_file, wiring, OTHER, value) == ["application_file.unknown_own"]


def test_a_file_sent_twice_is_one_and_a_removed_one_leaves_nothing(wiring: Wiring) -> None:
    first = attach(wiring)
    assert attach(wiring) == first
    owner = upload_owner(ME, "apply", "apply-school")
    remove_own_file(wiring, her(OTHER), upload_owner(OTHER, "apply", "apply-school"), first)
    assert len(list_waiting_files(wiring, owner)) == 1  # it isn't hers
    remove_own_file(wiring, her(ME), owner, first)
    remove_own_file(wiring, her(ME), owner, first)
    assert list_waiting_files(wiring, owner) == [] and open_attachment_store(wiring).list_all() == []


def test_what_was_not_handed_in_goes_after_a_week_or_with_the_person(wiring: Wiring, clock: Clock) -> None:
    attach(wiring)
    attach(wiring, member=OTHER, shade=50)
    erase_member_data(wiring, OTHER, "li.min", "本人要求删除")
    assert delete_old_waiting_files(wiring, clock.now + timedelta(days=6)) == 0
    assert len(open_attachment_store(wiring).list_all()) == 1
    assert delete_old_waiting_files(wiring, clock.now + timedelta(days=8)) == 1
    assert open_attachment_store(wiring).list_all() == []
