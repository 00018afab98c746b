"""Batches on the frame: prepared with a preview, sent back, released by a second person, answered, paid again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from benefits import release_batch, verify_ledger
from benefits.tables.payout import payout_batches, payout_layouts, payout_payees
from core.faults import FaultError
from events import read_member_rows
from tests.guards import lift_all_guards
from tests.transactions import change_in, rows_in
from tests.yihui.http.desk.money_of_districts import build_money, found_money
from tests.yihui.http.desk.officers import acts_of
from tests.yihui.http.two_districts import officer
from tests.yihui.money.payouts.office import (
    FIRST,
    SECOND,
    answer_file,
    batch_of,
    list_of,
    open_office,
    prepare,
)
from tests.yihui.money.payouts.paying import layout
from tests.yihui.nouns import ENGLISH, count_waiting, do, form_of, list_rows, preview, show
from tools.servers.postgres import until_somebody_waits
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.frame.cells import Link, cell_text
from yihui.frame.content import Table
from yihui.frame.doing import ActRequest, do_act, give_file, preview_act
from yihui.frame.fields import TypedFile
from yihui.frame.looking import show_thing
from yihui.frame.plain import row_json
from yihui.money.payouts import acts, bank, bank_acts, pages, payments, sections
from yihui.runtime.language import load_language
from yihui.services.access.acting import acting_officer
from yihui.services.members.erasure import erase_member_data
from yihui.services.members.vault_upkeep import rotate_vault
from yihui.services.operation.upkeep import forget_payout_accounts

PAYEES = """会员代号,账号,户名,开户行
here-1,6222020200112230001,张一,建设银行
here-2,6222020200112230003,张三,建设银行
there-1,6222020200112230002,李二,农业银行
"""
MENDED = PAYEES.replace("6222020200112230001", "6222020200112239991")


@pytest.fixture
def wiring(tmp_path: Path, migrated_file: Path) -> Iterator[Wiring]:
    made = build_money(tmp_path, migrated_file)
    open_office(made)
    yield made
    with made.database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
    made.close()


def release(wiring: Wiring, key: str) -> None:
    do(wiring, SECOND, acts.RELEASE, key, seen=batch_of(wiring, key).version)


def test_a_batch_goes_through_two_people_to_the_bank_and_its_accounts_are_forgotten(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    page = show(wiring, SECOND, pages.NOUN, key)
    assert [(row["member"], row["account"]) for row in page["rows"]] == [
        ("here-1", "建设银行 …0001"),
        ("here-2", "建设银行 …0003"),
    ]
    assert [(row["benefit"], row["payments"], row["amount_fen"]) for row in page["totals"]] == [
        ("示例慰问 gift-here", 2, 20_000)
    ]
    assert page["acts"][0] == "release" and "release" not in show(wiring, FIRST, pages.NOUN, key)["acts"]
    with pytest.raises(FaultError, match="can't do the second"):
        do(wiring, FIRST, acts.RELEASE, key, seen=1)
    release(wiring, key)
    given = give_file(wiring, SECOND, bank_acts.EXPORT, ActRequest(key), form_of(bank_acts.EXPORT, {}))
    assert "6222020200112230001,张一,100.00,CNY,PB000001-000001" in given.content.decode("gb18030")
    do(wiring, FIRST, bank_acts.ANSWER, key, answer=answer_file(batch_of(wiring, key)))
    assert show(wiring, FIRST, pages.NOUN, key)["rows"][0]["state"] == "paid"
    stored = rows_in(wiring.database, select(payout_payees))
    assert {(one.payee, one.bank, one.last_digits) for one in stored} == {
        (None, "", "0001"),
        (None, "", "0003"),
    }
    with pytest.raises(FaultError, match="no longer there"):
        give_file(wiring, SECOND, bank_acts.EXPORT, ActRequest(key), form_of(bank_acts.EXPORT, {}))


def test_what_is_stored_is_what_was_previewed(wiring: Wiring) -> None:
    typed = {"payees": list_of(PAYEES), "rule": "gift-here"}
    found = preview(wiring, FIRST, acts.PREPARE, None, **typed)
    assert (found["persons"], found["amount_fen"]) == (2, 20_000)
    assert rows_in(wiring.database, select(payout_batches)) == []
    form = form_of(acts.PREPARE, typed)
    shown = preview_act(wiring, FIRST, acts.PREPARE, ActRequest(), form, ENGLISH)
    other = form_of(acts.PREPARE, {**typed, "payees": list_of(MENDED)})
    with pytest.raises(FaultError, match="preview showed"):
        do_act(wiring, FIRST, acts.PREPARE, ActRequest(previewed=shown.digest), other)
    assert rows_in(wiring.database, select(payout_batches)) == []
    do_act(wiring, FIRST, acts.PREPARE, ActRequest(previewed=shown.digest), form)


def test_a_batch_is_sent_back_with_a_note_and_prepared_anew_without_the_row(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    row = batch_of(wiring, key).orders[0].reference
    assert count_waiting(wiring, SECOND, pages.NOUN) == 1
    do(wiring, SECOND, acts.SEND_BACK, key, seen=1, rows=row, note="户名与会籍不一致")
    page = show(wiring, FIRST, pages.NOUN, key)
    assert page["state"] == "sent_back"
    assert [(each["member"], each["note"]) for each in page["notes"]] == [("here-1", "户名与会籍不一致")]
    assert count_waiting(wiring, FIRST, pages.NOUN) == 1
    seen = batch_of(wiring, key).version
    new = do(wiring, FIRST, acts.LEAVE_OUT, key, seen=seen, rows=row, reason="核对户名")
    assert [one.member_id for one in batch_of(wiring, new).orders] == ["here-2"]
    assert batch_of(wiring, key).batch.state == "cancelled"
    release(wiring, new)
    assert give_file(wiring, SECOND, bank_acts.EXPORT, ActRequest(new), form_of(bank_acts.EXPORT, {})).content


def test_rows_that_are_not_offered_are_chosen_by_their_numbers(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    for wrong in ({"further": "2、3"}, {"rows": "PB000009-000001", "further": "2"}, {"further": " 、"}):
        with pytest.raises(FaultError, match="no row"):
            do(wiring, SECOND, acts.SEND_BACK, key, seen=1, note="核对", **wrong)
    first, second = (one.reference for one in batch_of(wiring, key).orders)
    do(wiring, SECOND, acts.SEND_BACK, key, seen=1, rows=first, further="000002", note="核对")
    assert [one.reference for one in batch_of(wiring, key).noted] == [first, second]
    listed, columns = list_rows(wiring, FIRST, payments.NOUN, batch=key), payments.NOUN.listing.columns
    assert [row_json(columns, one)["row"] for one in listed] == [1, 2]
    seen = batch_of(wiring, key).version
    new = do(wiring, FIRST, acts.LEAVE_OUT, key, seen=seen, further="1", reason="核对户名")
    assert [one.member_id for one in batch_of(wiring, new).orders] == ["here-2"]


def test_what_was_sent_back_is_released_only_once_its_notes_are_answered(wiring: Wiring) -> None:
    key, begun = prepare(wiring, payees=PAYEES, rule="gift-here"), wiring.now()
    row = batch_of(wiring, key).orders[0].reference
    for minutes, note in enumerate(("户名与会籍不一致", "账号也不对")):
        wiring.now = lambda at=begun + timedelta(minutes=minutes): at  # type: ignore[misc]
        seen = batch_of(wiring, key).version
        do(wiring, SECOND, acts.SEND_BACK, key, seen=seen, rows=row, note=note)
        with pytest.raises(FaultError, match="changed"):
            do(wiring, SECOND, acts.RELEASE, key, seen=seen)
    with pytest.raises(FaultError, match="nobody has answered"):
        release(wiring, key)
    assert "release" not in show(wiring, SECOND, pages.NOUN, key)["acts"]
    with pytest.raises(FaultError, match="prepared the batch"):
        do(wiring, SECOND, acts.REPLY, key, seen=batch_of(wiring, key).version, answer="已核对")
    do(wiring, FIRST, acts.REPLY, key, seen=batch_of(wiring, key).version, answer="已与本人核对")
    page = show(wiring, SECOND, pages.NOUN, key)
    assert (page["state"], page["acts"][0]) == ("prepared", "release")
    assert "账号也不对" in page["notes"][0]["note"] and "已与本人核对" in page["notes"][0]["note"]
    assert (count_waiting(wiring, FIRST, pages.NOUN), count_waiting(wiring, SECOND, pages.NOUN)) == (0, 1)
    release(wiring, key)


def test_a_changed_layout_is_seen_by_who_releases_and_nobody_undoes_it_unseen(wiring: Wiring) -> None:
    typed = {"payees": list_of(PAYEES), "rule": "gift-there"}
    first = prepare(wiring, payees=PAYEES, rule="gift-here")
    release(wiring, first)
    same = prepare(wiring, payees=PAYEES, rule="gift-there")
    assert "line" not in show(wiring, SECOND, pages.NOUN, same)
    do(wiring, FIRST, acts.CANCEL, same, seen=1, reason="重做")
    form = form_of(acts.PREPARE, typed)
    shown = preview_act(wiring, FIRST, acts.PREPARE, ActRequest(), form, ENGLISH)
    other = layout(replacing=("币种", "货币"))
    do_act(wiring, FIRST, bank.CHANGE, ActRequest(1, 1), other)
    with pytest.raises(FaultError, match="another layout"):
        do_act(wiring, SECOND, bank.CHANGE, ActRequest(1, 1), layout())
    with pytest.raises(FaultError, match="preview showed"):
        do_act(wiring, FIRST, acts.PREPARE, ActRequest(previewed=shown.digest), form)
    key = prepare(wiring, payees=PAYEES, rule="gift-there")
    assert "货币" in show(wiring, SECOND, pages.NOUN, key)["line"]


def test_every_changed_account_is_shown_and_what_is_prepared_again_is_not_offered(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    release(wiring, key)
    answers = answer_file(batch_of(wiring, key), failed=["here-1", "here-2"])
    do(wiring, FIRST, bank_acts.ANSWER, key, answer=answers)
    one, two = (order.reference for order in batch_of(wiring, key).orders)
    assert acts.AGAIN.begin and acts.AGAIN.begin(batch_of(wiring, key)) == {"rows": (one, two)}
    typed = {"account": "6222020200112239991", "name": "张一", "reason": "本人来电更正"}
    do(wiring, FIRST, payments.MEND, one, **typed)
    assert acts.AGAIN.begin(batch_of(wiring, key)) == {"rows": (two,)}
    again = do(wiring, FIRST, acts.AGAIN, key, payees=list_of(PAYEES), rows=two)
    assert "again" not in show(wiring, FIRST, pages.NOUN, key)["acts"]
    monkeypatch.setattr(sections, "SHOWN_ROWS", 0)
    assert len(show(wiring, SECOND, pages.NOUN, again)["attention"]) == 1


def test_the_audit_log_names_the_payment_and_both_batches_and_repeats_no_note(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    row = batch_of(wiring, key).orders[0].reference
    do(wiring, SECOND, acts.SEND_BACK, key, rows=row, note="张一的户名不符")
    new = do(wiring, FIRST, acts.LEAVE_OUT, key, rows=row, reason="核对户名")
    for batch in (key, new):
        assert ("li.min", "money.prepare.payout.leave_out") in acts_of(wiring, batch)
    release(wiring, new)
    do(wiring, FIRST, bank_acts.ANSWER, new, answer=answer_file(batch_of(wiring, new), failed=["here-2"]))
    row = batch_of(wiring, new).orders[0].reference
    typed = {"account": "6222020200112239991", "name": "张三", "reason": "本人来电更正"}
    mended = do(wiring, FIRST, payments.MEND, row, **typed)
    for named in (row, mended):
        assert ("li.min", "money.prepare.payout.mend") in acts_of(wiring, named)
    entries = rows_in(wiring.database, select(audit_entries).where(audit_entries.c.act.like("%payout%")))
    assert all(one.organisation for one in entries)
    assert not any("张一" in str(one) for one in entries)


def test_a_returned_payment_is_mended_and_shows_its_new_account(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    release(wiring, key)
    do(wiring, FIRST, bank_acts.ANSWER, key, answer=answer_file(batch_of(wiring, key), failed=["here-1"]))
    [failed] = list_rows(wiring, FIRST, payments.NOUN, state="failed")
    assert (failed.member_id, failed.reason, count_waiting(wiring, FIRST, payments.NOUN)) == (
        "here-1",
        "账号已销户",
        1,
    )
    again = do(wiring, FIRST, acts.AGAIN, key, seen=4, payees=list_of(PAYEES), rows=failed.reference)
    looked = show(wiring, SECOND, pages.NOUN, again)["attention"]
    assert [(row["member"], row["attention"]) for row in looked] == [("here-1", "failed_before")]
    do(wiring, FIRST, acts.CANCEL, again, seen=1, reason="账号未改")
    mended = do(
        wiring, FIRST, payments.MEND, failed.reference,
        account="6222 0202 0011 2239 991", name="张一", bank="建设银行", reason="本人来电更正",
    )  # fmt: skip
    looked = show(wiring, SECOND, pages.NOUN, mended)["attention"]
    assert [(row["attention"], row["account"]) for row in looked] == [("changed", "建设银行 …9991")]
    with pytest.raises(FaultError, match="is not among those"):
        do(wiring, FIRST, payments.END, failed.reference, seen=4, reason="不再发放")


def test_a_return_file_of_another_batch_is_one_sentence_with_a_way_there(wiring: Wiring) -> None:
    first = prepare(wiring, payees=PAYEES, rule="gift-here")
    second = prepare(wiring, payees=PAYEES, rule="gift-there")
    for key in (first, second):
        release(wiring, key)
    other = answer_file(batch_of(wiring, first))
    with pytest.raises(FaultError) as refused:
        do(wiring, FIRST, bank_acts.ANSWER, second, answer=other)
    assert [fault.code for fault in refused.value.faults] == ["payout_batch.other_batch"]
    assert preview(wiring, FIRST, bank_acts.ANSWER, second, answer=other) == {"batch": first}
    assert preview(wiring, FIRST, bank_acts.ANSWER, first, answer=other)["paid"] == 2
    unknown = TypedFile(other.name, other.content.replace(b"PB000001", b"PB000009"))
    with pytest.raises(FaultError, match="no batch PB000009"):
        preview(wiring, FIRST, bank_acts.ANSWER, first, answer=unknown)
    assert show(wiring, FIRST, pages.NOUN, first)["rows"][0]["state"] == "open"


def test_a_countys_officer_pays_and_sees_her_own_benefits_alone(wiring: Wiring) -> None:
    inside = officer(Role.FINANCE_PREPARER, "inside")
    key = prepare(wiring, by=inside, payees=PAYEES)
    assert {one.member_id for one in batch_of(wiring, key).orders} == {"here-1", "here-2"}
    whole = prepare(wiring, payees=PAYEES)
    assert {one.member_id for one in batch_of(wiring, whole).orders} == {"there-1"}
    assert [one.id for one in list_rows(wiring, inside, pages.NOUN)] == [key]
    assert {one.batch_id for one in list_rows(wiring, inside, payments.NOUN)} == {key}
    for noun, unseen in ((pages.NOUN, whole), (payments.NOUN, batch_of(wiring, whole).orders[0].reference)):
        with pytest.raises(FaultError, match="don't include this"):
            show(wiring, inside, noun, unseen)
    with pytest.raises(FaultError, match="is called gift-there"):
        prepare(wiring, by=inside, payees=PAYEES, rule="gift-there")


def test_an_account_that_somebody_moved_in_the_database_is_not_paid(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    kept = rows_in(wiring.database, select(payout_payees).order_by(payout_payees.c.reference))
    own, other = kept[0], kept[1]
    moved = update(payout_payees).where(payout_payees.c.reference == own.reference)
    change_in(wiring.database, moved.values(payee=other.payee))
    with pytest.raises(FaultError):
        release(wiring, key)
    change_in(wiring.database, moved.values(payee=own.payee))
    lift_all_guards(wiring.database)
    text = layout(more="header: false\n").model_dump_json()
    change_in(wiring.database, update(payout_layouts).values(layout=text))
    with pytest.raises(FaultError, match="was changed in the database"):
        release(wiring, key)
    assert batch_of(wiring, key).batch.state == "prepared"


def test_a_changed_layout_reads_no_answer_of_the_bank(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    release(wiring, key)
    lift_all_guards(wiring.database)
    turned = layout(
        replacing=("paid: 成功\nfailed: 失败、退汇", "paid: 退汇\nfailed: 成功")
    ).model_dump_json()
    change_in(wiring.database, update(payout_layouts).values(layout=turned))
    with pytest.raises(FaultError, match="was changed in the database"):
        do(wiring, FIRST, bank_acts.ANSWER, key, answer=answer_file(batch_of(wiring, key)))
    assert {one.state for one in batch_of(wiring, key).orders} == {"open"}


def test_a_layout_from_before_a_field_still_serves(wiring: Wiring) -> None:
    old = '{"paid": "成功", ' + layout().model_dump_json(exclude={"paid", "reasons"})[1:]
    row = {"digest": sha256(old.encode()).hexdigest(), "layout": old, "written_by": "li.min"}
    change_in(wiring.database, insert(payout_layouts).values(row | {"written_at": wiring.now()}))
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    release(wiring, key)
    assert batch_of(wiring, key).batch.state == "released"


@pytest.mark.parametrize("said", [{"bank": "工商银行"}, {"last_digits": "9999"}, {"digest": "0" * 64}])
def test_what_is_shown_of_an_account_is_what_is_paid(wiring: Wiring, said: dict[str, str]) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    reference = batch_of(wiring, key).orders[0].reference
    change_in(
        wiring.database, update(payout_payees).where(payout_payees.c.reference == reference).values(said)
    )
    with pytest.raises(FaultError, match=f"{reference} is not the one that is shown"):
        release(wiring, key)
    assert show(wiring, SECOND, pages.NOUN, key)["acts"] == ("cancel",)
    do(wiring, FIRST, acts.CANCEL, key, seen=1, reason="账户信息被改")


def test_an_officer_of_the_province_pays_what_a_rule_granted_that_is_gone(
    wiring: Wiring, tmp_path: Path
) -> None:
    left = tmp_path / "gift-here.yaml"
    left.write_bytes((wiring.settings.rules[0] / left.name).read_bytes())
    later = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path, rules=(left,)), now=wiring.now)
    key = prepare(later, by=officer(Role.FINANCE_PREPARER, "ancestor"), payees=PAYEES)
    assert {one.member_id for one in batch_of(later, key).orders} == {"here-1", "here-2", "there-1"}
    later.close()


def test_an_erased_member_leaves_no_account(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    erase_member_data(wiring, "here-1", "li.min", "本人要求")
    kept = rows_in(wiring.database, select(payout_payees).order_by(payout_payees.c.reference))
    assert (kept[0].payee, kept[0].digest, kept[0].last_digits) == (None, "", "")
    assert kept[1].payee and kept[1].digest
    with pytest.raises(FaultError, match="no longer there"):
        release(wiring, key)


def test_a_released_batch_is_paid_though_a_member_of_it_was_erased(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    release(wiring, key)
    erase_member_data(wiring, "here-1", "li.min", "本人要求")
    assert erase_member_data(wiring, "here-1", "li.min", "本人要求").rows == 0
    first = select(payout_payees).order_by(payout_payees.c.reference)
    kept = rows_in(wiring.database, first)[0]
    assert (kept.bank, kept.digest, kept.last_digits) == ("", "", "")
    given = give_file(wiring, SECOND, bank_acts.EXPORT, ActRequest(key), form_of(bank_acts.EXPORT, {}))
    assert "6222020200112230001" in given.content.decode("gb18030")
    do(wiring, FIRST, bank_acts.ANSWER, key, answer=answer_file(batch_of(wiring, key)))
    assert rows_in(wiring.database, first)[0].payee is None


@pytest.mark.needs("postgres")
def test_an_erasure_waits_for_a_release(migrated_server: str, tmp_path: Path) -> None:
    wiring = found_money(migrated_server, tmp_path)
    open_office(wiring)
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    digest = batch_of(wiring, key).batch.file_digest
    with ThreadPoolExecutor(1) as pool:
        with wiring.database.write() as connection:
            release_batch(connection, acting_officer(wiring, "zhao", "慰问"), key, lambda *_: digest)
            later = pool.submit(erase_member_data, wiring, "here-1", "li.min", "本人要求")
            until_somebody_waits(wiring.database)
        later.result(30)
    assert give_file(wiring, SECOND, bank_acts.EXPORT, ActRequest(key), form_of(bank_acts.EXPORT, {})).content
    wiring.close()


def test_accounts_that_the_bank_never_answers_for_are_forgotten_after_thirty_days(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    release(wiring, key)
    now = wiring.now()
    prepare(wiring, payees=PAYEES, rule="gift-there")  # never released
    for days, stay in ((30, 3), (31, 0)):
        wiring.now = lambda later=now + timedelta(days=days): later  # type: ignore[misc]
        forget_payout_accounts(wiring)
        kept = [one for one in rows_in(wiring.database, select(payout_payees)) if one.payee]
        assert len(kept) == stay


def test_a_rotation_of_the_vaults_key_takes_the_accounts_along(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    before = {one.key_id for one in rows_in(wiring.database, select(payout_payees))}
    rotate_vault(wiring)
    after = {one.key_id for one in rows_in(wiring.database, select(payout_payees))}
    assert len(after) == 1 and not after & before
    release(wiring, key)


def test_a_reason_of_the_bank_that_is_not_kept_is_said_in_the_readers_language(wiring: Wiring) -> None:
    key = prepare(wiring, payees=PAYEES, rule="gift-here")
    release(wiring, key)
    answers = answer_file(batch_of(wiring, key), failed=["here-1"], reason="张一本人拒收")
    do(wiring, FIRST, bank_acts.ANSWER, key, answer=answers)
    row, chinese = batch_of(wiring, key).orders[0].reference, load_language("zh")
    page = show_thing(wiring, FIRST, payments.NOUN, row, chinese).page
    [table] = [one for one in page.sections if isinstance(one, Table) and one.name == "answers"]
    [said] = [column.value(table.rows[0]) for column in table.columns if column.name == "reason"]
    assert cell_text(said, chinese) == "其他原因：见银行回单"


def test_the_rows_of_a_preview_lead_nowhere_and_her_own_data_holds_no_encrypted_account(
    wiring: Wiring,
) -> None:
    form = form_of(acts.PREPARE, {"payees": list_of(PAYEES), "rule": "gift-here"})
    shown = preview_act(wiring, FIRST, acts.PREPARE, ActRequest(), form, ENGLISH)
    [table] = [one for one in shown.sections if isinstance(one, Table) and one.name == "rows"]
    cells = [column.value(row) for column in table.columns for row in table.rows]
    assert not any(isinstance(cell, Link) for cell in cells)
    prepare(wiring, payees=PAYEES, rule="gift-here")
    with wiring.database.read() as connection:
        [row] = read_member_rows(connection, "here-1")["payout_payees"]
    assert row["last_digits"] == "0001" and "payee" not in row
