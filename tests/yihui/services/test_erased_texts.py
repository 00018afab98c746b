"""What officers wrote about a member goes with her erasure, wherever it stood; what they wrote about others stays."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import String, cast, select, update
from sqlalchemy.exc import DBAPIError

from events import check_row_batches
from members.hardship.case import FileAct
from members.hardship.tables import hardship_file_events
from members.hotline.callers import Caller
from members.hotline.case import CaseAct
from members.mutual_aid.claim import ClaimAct
from store import ERASED_PREFIX, Database, StoreError, metadata
from tests.yihui.services.hardship_office import LIXIA, PERSONS, WORKER
from tests.yihui.services.hotline_desk import AGENT
from tests.yihui.services.mutual_aid_office import FIRST, OTHER, SECOND, AidOffice
from yihui.access.audit import check_erased_entries
from yihui.access.tables import AUDIT_BATCHES
from yihui.services.hardship.case_files import (
    ActOnFile,
    FileChange,
    change_file,
    close_file,
    record_measure,
    reopen_file,
    review_file,
)
from yihui.services.hardship.lists import load_file
from yihui.services.hardship.visits import end_visit
from yihui.services.hotline.cases import (
    ActOnCase,
    accept_case,
    call_back,
    close_case,
    dispatch_case,
    open_case,
    resume_case,
    suspend_case,
)
from yihui.services.hotline.intake import CaseIntake
from yihui.services.hotline.lists import load_case
from yihui.services.members.members import erase_member_data
from yihui.services.mutual_aid.claims import ActOnClaim, correct_claim, refuse_claim, send_back_claim

ILLNESS = "尿毒症透析"  # each planted text begins with it


@pytest.fixture
def office(target: str, tmp_path: Path) -> AidOffice:
    return AidOffice(target, tmp_path)


def planted(number: int) -> str:
    return f"{ILLNESS}{number}"


def plant_case_file(office: AidOffice) -> int:
    """Write down a household, change it, and close it again, each with a text of its own."""
    number = office.open(persons=PERSONS, plan=planted(1)).file.number
    wiring = office.wiring

    def act(named: FileAct, text: int) -> ActOnFile:
        return ActOnFile(number, named, None, planted(text))

    review_file(wiring, SECOND, act(FileAct.REVIEW, 2), "深度困难")
    change_file(wiring, FIRST, act(FileAct.CHANGE, 3), FileChange(plan=planted(4)))
    record_measure(wiring, FIRST, act(FileAct.MEASURE, 5), "allowance", planted(6))
    office.plan(number, purpose=planted(7))
    end_visit(wiring, FIRST, act(FileAct.END_VISIT, 8), 1)
    close_file(wiring, FIRST, act(FileAct.CLOSE, 9))
    reopen_file(wiring, FIRST, act(FileAct.REOPEN, 10), "一般困难")
    return number


def plant_claim(office: AidOffice) -> None:
    """Correct an enrolment and send a claim back, correct and refuse it, each with a text of its own."""
    policy = office.policy()
    office.correct_enrolment(policy, reason=planted(11), covered_from=date(2026, 1, 2))
    office.correct_enrolment(policy, OTHER, reason="名单核对无误", covered_from=date(2026, 1, 3))
    number = office.submit(policy).number

    def act(named: ClaimAct, text: int) -> ActOnClaim:
        return ActOnClaim(number, named, None, planted(text))

    send_back_claim(office.wiring, SECOND, act(ClaimAct.SEND_BACK, 12))
    correct_claim(office.wiring, FIRST, act(ClaimAct.CORRECT, 13), office.bill(receipt=""))
    refuse_claim(office.wiring, SECOND, act(ClaimAct.REFUSE, 14))


def plant_call(office: AidOffice) -> int:
    """Take a call from the member, and one from somebody else; return the number of hers."""
    wiring = office.wiring
    said = {"organisation": LIXIA, "channel": "call", "category": "rights"}
    caller = Caller("张三", "13800001234", planted(15))
    mine = CaseIntake(**said, summary=planted(16), caller=caller, member=WORKER)
    number = open_case(wiring, AGENT, mine).case.number
    open_case(
        wiring, AGENT, CaseIntake(**said, summary="别人的事情", caller=Caller("李四", "13900001234", ""))
    )

    def act(named: CaseAct, text: int) -> ActOnCase:
        return ActOnCase(number, named, reason=planted(text))

    dispatch_case(wiring, AGENT, act(CaseAct.DISPATCH, 18), LIXIA, None)
    accept_case(wiring, AGENT, act(CaseAct.ACCEPT, 19), LIXIA)
    suspend_case(wiring, AGENT, act(CaseAct.SUSPEND, 20), office.now.date() + timedelta(days=2))
    resume_case(wiring, AGENT, act(CaseAct.RESUME, 21))
    close_case(wiring, AGENT, act(CaseAct.CLOSE, 22), planted(23), LIXIA)
    call_back(wiring, AGENT, act(CaseAct.CALL_BACK, 24), "satisfied")
    return number


def find_texts(database: Database) -> str:
    """Return all that a database holds: a file's bytes, or the texts of all rows."""
    if database.is_sqlite:
        folder = Path(database.target).parent
        return b"".join(one.read_bytes() for one in folder.glob("yihui.db*")).decode("utf-8", "ignore")
    with database.read() as connection:
        columns = [column for table in metadata.sorted_tables for column in table.columns]
        return "\n".join(
            text
            for column in columns
            for text in connection.execute(select(cast(column, String)).where(column.is_not(None))).scalars()
        )


def test_what_officers_wrote_about_a_member_goes_with_her_erasure(office: AidOffice) -> None:
    file, case = plant_case_file(office), plant_call(office)
    plant_claim(office)
    database = office.wiring.database
    there = find_texts(database)
    assert [
        number for number in range(1, 25) if planted(number) not in there and number not in (15, 17)
    ] == []
    erase_member_data(office.wiring, WORKER, "li.min", "本人要求")
    left = find_texts(database)
    assert ILLNESS not in left, left[max(0, left.find(ILLNESS) - 200) :][:400]
    assert "名单核对无误" in left and "别人的事情" in left, "what is about others stays"
    with database.read() as connection:
        assert [*check_erased_entries(connection)] == []
        assert check_row_batches(connection, office.now, (AUDIT_BATCHES,)).faults == []
    shown = load_file(office.wiring, FIRST, file).status.file
    assert shown.plan == "" and shown.level == "一般困难" and shown.measures[0].kind == "allowance"
    assert load_case(office.wiring, AGENT, case).status.case.answers[0].sentences == ("",)
    assert erase_member_data(office.wiring, WORKER, "li.min", "本人要求").rows == 0, "nothing is left"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("{}", "rows are only ever added"),
        (f'{ERASED_PREFIX}{"f" * 32}","plan":"x"}}', "no erasure of its member"),
    ],
    ids=["rewritten", "erased by nobody"],
)
def test_a_history_is_not_rewritten_under_the_name_of_an_erasure(
    office: AidOffice, data: str, told: str
) -> None:
    number, database = office.open().file.number, office.wiring.database
    rewriting = (
        update(hardship_file_events).where(hardship_file_events.c.file_number == number).values(data=data)
    )
    if not data.startswith(ERASED_PREFIX):
        with pytest.raises((DBAPIError, StoreError), match=told), database.write() as connection:
            connection.execute(rewriting)
        return
    with database.write() as connection:
        connection.execute(rewriting)
    with database.read() as connection:
        (fault,) = check_erased_entries(connection)
    assert told in fault.text and "hardship_file_events" in fault.text
