"""One yuan followed from a paragraph of a document to the bank's word that it arrived, and all the way back."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.yihui.commands import Command, Done
from tests.yihui.money.payouts.paying import PAYEES, TERMS
from tools.servers.sending import Sender

DOCUMENT = "鲁工发〔2026〕1号"
RULE = """\
id: one-yuan
title: 一元钱
basis:
  - {{kind: document, document: {document}, clause: 第三条第（二）项}}
owner: "370000"
in_force: {{from: 2026-05-01, until: 2026-12-31}}
on: member.birthday
require:
  - that: member.status == 'active'
    else: 会籍已暂停
    remedy: 请激活会员卡
benefit: {{kind: cash, title: 生日一元, amount_fen: 100}}
limit: {{times: 1, per: [member], every: calendar_year}}
budget: one-yuan-2026
"""


class Office:
    """Two officers, a database, days that pass."""

    def __init__(self, yihui: Command, folder: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.yihui, self.folder, self.target, self.monkeypatch = yihui, folder, target, monkeypatch

    def on(self, day: str) -> None:
        self.monkeypatch.setenv("YIHUI_NOW", f"{day}T12:00+08:00")

    def __call__(self, *arguments: object, code: int = 0) -> Done:
        done = self.yihui("--db", self.target, *arguments)
        assert done.code == code, (arguments, done.words)
        return done

    def told(self, *arguments: object, code: int = 0) -> dict[str, object]:
        found: dict[str, object] = json.loads(self(*arguments, "--json", code=code).out)
        return found

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path


@pytest.fixture
def office(yihui: Command, tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(yihui, tmp_path, target, monkeypatch)


def test_one_yuan_from_document_to_bank_return_and_back(office: Office, tmp_path: Path) -> None:
    # document → rule, by two officers
    office.on("2026-04-20")
    rule = office.file("one-yuan.yaml", RULE.format(document=DOCUMENT))
    office("rules", "submit", rule, "--as", "li.min")
    office("rules", "approve", "one-yuan", "--as", "gh-017")
    office("budgets", "set", "one-yuan-2026", "--amount", "100", "--as", "gh-001", "--reason", "年度预算")

    # event → decision → grant
    office.on("2026-05-20")
    send = Sender()
    events = office.file("events.jsonl", "\n".join([send.imported("m-1"), send.birthday("m-1")]) + "\n")
    office("run", events)
    grants = json.loads(office("benefits", "list", "--member", "m-1", "--json").out)
    [grant] = [each["id"] for each in _listed(grants) if each["rule_id"] == "one-yuan"]

    # grant → batch → release by a second person → file for the bank
    office("members", "vault", "create-key")
    bank = office.file("bank.yaml", TERMS + "# 样例\n")
    office("payout", "layout", "write", "--file", bank, "--as", "gh-001")
    payees = office.file("payees.csv", PAYEES)
    made = office.told("payout", "prepare", "--payees", payees, "--as", "li.min", "--rule", "one-yuan")
    batch = str(made["id"])
    assert (made["orders"], made["amount_fen"], made["state"]) == (1, 100, "prepared")
    assert "不能" in office("payout", "release", batch, "--as", "Li.Min", code=1).err
    office("payout", "release", batch, "--as", "gh-017")
    order_file = tmp_path / "to-bank.csv"
    office("payout", "export", batch, "--to", order_file, "--as", "li.min")
    content = order_file.read_bytes()
    assert sha256(content).hexdigest() == made["file_digest"]
    assert order_file.stat().st_mode & 0o077 == 0, "only its owner can read it"
    assert "6222020200112230001,张一,1.00,CNY,PB000001-000001" in content.decode("gb18030")

    # the bank: first it fails, then (with the account corrected) it arrives
    office.on("2026-05-22")
    head = "附言,金额,状态,原因,日期\n"
    failed = office.file("r1.csv", head + "PB000001-000001,1.00,退汇,户名不符(张一),2026-05-21\n")
    office("payout", "answer", batch, "--answer", failed, "--as", "li.min")
    payees.write_text(PAYEES.replace("6222020200112230001", "6222020200112239991"), "utf-8")
    again = office.told("payout", "prepare", "--payees", payees, "--as", "gh-017", "--rule", "one-yuan")
    second = str(again["id"])
    office("payout", "release", second, "--as", "li.min")
    office("payout", "export", second, "--to", tmp_path / "second.csv", "--as", "li.min")
    paid = office.file("r2.csv", head + f"{second}-000001,1.00元,成功,,20260522\n")
    for known in (0, 1):  # the same file twice
        taken = ("payout", "answer", second, "--answer", paid, "--as", "gh-017")
        done = office.told(*taken, "--preview")
        assert (done["paid"], done["already"]) == (1 - known, known)
        office(*taken)
    office("payout", "prepare", "--payees", payees, "--as", "li.min", "--rule", "one-yuan", code=1)

    # verify, seal, verify again
    office("ledger", "seal")
    assert office.told("ledger", "verify")["sound"] is True

    # and back: from the bank's word to the paragraph
    found = office.told("vouchers", "show", f"{second}-000001")
    assert (found["grant"], found["rule"]) == (grant, "one-yuan")
    assert [(one["document"], one["clause"]) for one in _listed(found["basis"])] == [
        (DOCUMENT, "第三条第（二）项")
    ]
    acts = [(act["event"], act["by"]) for act in _listed(found["events"])]
    assert acts[-2:] == [("approved", "gh-017"), ("submitted", "li.min")]
    assert {("released", "li.min"), ("prepared", "gh-017")} <= set(acts)
    proof = {one["what"]: one for one in _listed(found["proof"])}
    assert found["event"] == "member.birthday" and proof["event_digest"]["id"]
    moves = _listed(found["moves"])
    steps = list(dict.fromkeys((one["transaction"], one["step"]) for one in moves))
    assert [step for _, step in steps] == ["promise", "issue", "pay", "bounce", "pay", "settle"]
    sealed = {one["id"] for one in _listed(found["proof"]) if one["state"] == "sealed"}
    assert sealed == {proof["decision"]["id"], *(id_ for id_, _ in steps)}
    for transaction, _ in steps:
        assert sum(int(one["amount"]) for one in moves if one["transaction"] == transaction) == 0
    assert [one["answer"] for one in _listed(found["answers"])] == ["failed", "paid"]
    assert {name: fen for name, fen in found.items() if name.startswith("fen_")} == {"fen_settled": 100}

    # forward again from the other ends: the same records
    for mark in (grant, moves[0]["posting"], "PB000001-000001"):
        assert {**office.told("vouchers", "show", mark), "key": found["key"]} == found
    words = office("vouchers", "show", grant).out
    for wanted in (
        DOCUMENT,
        "第三条第（二）项",
        "gh-017",
        "户名不符",
        "已结清",
        "2026-05-22",
        "与封存时一致",
    ):
        assert wanted in words

    # no account and no name anywhere but in the files for the bank
    everything = words + office("ledger", "export").out + office("payout", "list", "--json").out
    everything += office("payout", "show", second, "--json").out
    for secret in ("622202", "张一"):
        assert secret not in everything


def test_a_mark_that_leads_nowhere_is_told(office: Office) -> None:
    for mark in ("x", "7", "9" * 30):
        assert "的记录" in office("vouchers", "show", mark, code=1).err


def _listed(found: object) -> list[dict[str, str]]:
    assert isinstance(found, list)
    return found
