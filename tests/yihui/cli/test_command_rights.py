"""An officer without the right of a command is refused before it runs."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from store import open_database
from tests.tiers import budget
from tests.yihui.access.meanwhile import Change, end_sessions, meanwhile, withdraw_roles
from tests.yihui.cli.test_command_tree import leaves
from tests.yihui.commands import Command, Done, build_command_once
from tools.servers.officers import add_officer, appoint
from yihui.access.roles import NEW_ACCOUNT_RIGHTS, RIGHTS, Role
from yihui.access.session_rows import bind_session
from yihui.access.sessions import SessionKind, open_session
from yihui.access.tables import audit_entries, officer_accounts
from yihui.bootstrap import Wiring, build_wiring, load_settings
from yihui.cli.command_rights import COMMAND_RIGHTS
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.access.console_actor import store_console_session
from yihui.services.access.secret_marks import secret_marker
from yihui.services.rules.rules import SHIPPED_RULES

SET = ("budgets", "set", "cakes", "--amount", "100", "--reason", "年度")


@pytest.fixture
def real(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """An installation that is no demo, with a running clock, a database and two officers."""
    assert yihui("ledger", "seal").code == 0
    (tmp_path / DEMO_MARKER_FILE).unlink()
    monkeypatch.delenv("YIHUI_NOW")
    monkeypatch.setenv("YIHUI_RULES", str(SHIPPED_RULES))
    return yihui


@pytest.fixture
def log_in(real: Command, tmp_path: Path) -> Callable[..., None]:
    wiring: Wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}))
    accounts: dict[str, int] = {}

    def log_in(name: str, role: str | None, organisation: str = "370000", **more: date) -> None:
        now = wiring.now()
        with wiring.database.write() as connection:
            if name not in accounts:
                accounts[name] = add_officer(connection, name)
            if role is not None:
                appoint(connection, name, role, organisation, **more)
            opened = open_session(
                connection, officer_id=name, account_id=accounts[name], kind=SessionKind.CONSOLE,
                factors=("pwd", "otp"), device="test", provider_session=None, now=now,
            )  # fmt: skip
        store_console_session(wiring, bind_session(secret_marker(wiring), opened))

    return log_in


_SAMPLES = {"code": "370200", "organisation": "370200", "verdict": "upheld", "choice": "keep"}


def words_of(path: str, command: Any) -> list[str]:
    """A command line with something for each argument and each option that must be there."""
    words: list[str] = []
    entry = COMMAND_RIGHTS[path]
    shown = (entry.argument, entry.only_with) if entry.only_with else ()
    for one in command.params:
        if "--as" in one.opts or not (one.required or one.name in shown):
            continue
        value = _SAMPLES.get(one.name, "1")
        is_flag = getattr(one, "is_flag", False)
        words += (
            [value] if one.param_type_name == "argument" else [one.opts[0], *([] if is_flag else [value])]
        )
    return [*path.split(), *words]


@pytest.mark.deeper
def test_an_officer_without_the_right_is_refused_by_every_command(
    real: Command, log_in: Callable[..., None], tmp_path: Path
) -> None:
    log_in("zhao", "planner")
    commands = dict(leaves(build_command_once("en")))
    refused = [one for one, entry in COMMAND_RIGHTS.items() if entry.right not in RIGHTS[Role.PLANNER]]
    for path in refused[:: len(refused) // budget(len(refused))]:
        done = real(*words_of(path, commands[path]), lang="en")
        assert (done.code, "your roles don't include" in done.err) == (1, True), (path, done.words)
    with open_database(str(tmp_path / "yihui.db")).read() as connection:
        actors = connection.execute(
            select(audit_entries.c.act).where(audit_entries.c.actor == "zhao")
        ).scalars()
        assert set(actors) == {"sessions.open"}, "what was refused leaves no entry of an act"


@pytest.mark.deeper
def test_an_officer_whose_account_nobody_confirmed_is_refused_by_every_command(
    real: Command, log_in: Callable[..., None], tmp_path: Path
) -> None:
    for role in Role:
        log_in("zhao", role)
    with open_database(str(tmp_path / "yihui.db")).write() as connection:
        connection.execute(officer_accounts.update().values(confirmed_by=None, confirmed_at=None))
    commands = dict(leaves(build_command_once("en")))
    keys = "--organisation 370000 --until 2027-01-31 --sources /hr/ --uses events --types member.joined"
    asked = [words_of(path, commands[path]) for path in COMMAND_RIGHTS]
    asked = [
        *asked[:: len(asked) // budget(len(asked))],
        ["senders", "add", "hr", *keys.split()],
        ["officers", "add", "other", "--post", "市总"],
        ["officers", "appoint", "other", "planner", "370000"],
    ]
    assert not any(entry.right in NEW_ACCOUNT_RIGHTS for entry in COMMAND_RIGHTS.values())
    for words in asked:
        done = real(*words, lang="en")
        assert (done.code, "may look but not act" in done.err) == (1, True), (words, done.words)


def test_as_names_only_who_is_logged_in_here(
    real: Command, log_in: Callable[..., None], tmp_path: Path
) -> None:
    def set_budget(id_: str, *by: str) -> Done:
        return real("budgets", "set", id_, "--amount", "100", "--reason", "年度", *by)

    refused = set_budget("cakes", "--as", "li.min")
    assert refused.code == 1 and "yihui login" in refused.err
    assert set_budget("cakes").code == 0, "the user of the operating system acts"
    log_in("wang", "finance_preparer")
    assert "登录的是 wang" in set_budget("tea", "--as", "li.min").err
    assert set_budget("tea", "--as", "WANG").code == 0
    assert set_budget("milk").code == 0, "who is logged in acts without --as"
    with open_database(str(tmp_path / "yihui.db")).read() as connection:
        rows = connection.execute(
            select(
                audit_entries.c.actor,
                audit_entries.c.actor_kind,
                audit_entries.c.role,
                audit_entries.c.object_id,
            )
            .where(audit_entries.c.object_kind == "budget")
            .order_by(audit_entries.c.sequence)
        ).all()
    assert rows[0][0].startswith("console:")
    assert [tuple(row) for row in rows[1:]] == [
        ("wang", "officer", "finance_preparer", budget) for budget in ("tea", "milk")
    ]


def test_a_role_elsewhere_or_over_is_refused(real: Command, log_in: Callable[..., None]) -> None:
    found = ("organisations", "rename", "370100", "--name", "济南市总工会")
    log_in("qd", "administrator", "370200")
    assert "for 370100" in real(*found, lang="en").err
    log_in("old", "administrator", "370000", until=date(2026, 2, 1))
    assert "ended" in real(*found, lang="en").err
    log_in("province", "administrator", "370000")
    assert "your role" not in real(*found, lang="en").err, "what is above the organisation may"


def test_a_blank_name_is_nobody_and_never_the_user_of_the_system(yihui: Command) -> None:
    for blank in ("", "  ", "\u3000"):
        assert yihui(*SET, "--as", blank).code == 1
    for wrong in ("ｌｉ", "李敏", "console:root", "13812345678", "li min"):
        refused = yihui(*SET, "--as", wrong)
        assert refused.code == 1 and "13812345678" not in refused.err


def test_a_rule_file_is_submitted_only_for_an_owner_in_the_officers_subtree(
    real: Command, log_in: Callable[..., None], tmp_path: Path
) -> None:
    file = tmp_path / "new.yaml"
    drafted = real(
        "rules", "draft", "--from", "voucher", "--id", "new-voucher", "--owner", "370202", "--to", file
    )
    assert drafted.code == 0, drafted.words
    log_in("zhao", "rule_author", "370100")
    refused = real("rules", "submit", file, lang="en")
    assert (refused.code, "for 370202: write and submit rules" in refused.err) == (1, True), refused.words
    log_in("wang", "rule_author", "370202")
    done = real("rules", "submit", file)
    assert done.code == 0, done.words
    with open_database(str(tmp_path / "yihui.db")).read() as connection:
        c = audit_entries.c
        rows = connection.execute(
            select(c.actor, c.role, c.organisation).where(c.act == "rules.write: rules submit")
        ).all()
    assert [tuple(row) for row in rows] == [("wang", "rule_author", "370202")]


def test_a_user_of_the_operating_system_begins_nothing_that_takes_two_people(
    real: Command, tmp_path: Path
) -> None:
    file = tmp_path / "new.yaml"
    assert real("rules", "draft", "--from", "voucher", "--id", "new-voucher", "--to", file).code == 0
    refused = real("rules", "submit", file)
    assert refused.code == 1 and "yihui login" in refused.err, refused.words
    assert real(*SET).code == 0, "the first amount limits: one person"
    assert real("budgets", "change", "cakes", "--amount", "200", "--reason", "年度").code == 1
    listed = json.loads(real("budgets", "list", "--json").out)
    assert [one["state"] for one in listed if one["budget"] == "cakes"] == ["ok"], "nothing waits"


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (withdraw_roles, "has ended"),
        pytest.param(end_sessions, "nobody is logged in", marks=pytest.mark.endure),
    ],
)
@pytest.mark.parametrize(
    "words",
    [
        SET,
        (
            "senders",
            "add",
            "hr",
            "--organisation",
            "370100",
            "--until",
            "2030-12-31",
            "--sources",
            "/hr/",
            "--uses",
            "events",
            "--types",
            "member.joined",
        ),
    ],
    ids=["in the table", "asked by its service"],
)
def test_a_command_whose_officer_may_no_longer_act_writes_nothing(
    real: Command,
    log_in: Callable[..., None],
    tmp_path: Path,
    words: tuple[str, ...],
    end: Callable[[str], Change],
    told: str,
) -> None:
    log_in("wang", "finance_preparer")
    log_in("wang", "administrator")
    target = str(tmp_path / "yihui.db")
    with meanwhile(target, end("wang")):
        refused = real(*words, "--as", "wang", lang="en")
    assert refused.code == 1 and told in refused.err, refused.words
    with open_database(target).read() as connection:
        acts = connection.execute(
            select(audit_entries.c.act).where(audit_entries.c.actor == "wang")
        ).scalars()
        assert set(acts) <= {"sessions.open", "sessions.end"}
