"""Officers who keep case files, with their organisations, members and clock, for tests."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from members.hardship.case import FileAct
from tests.members.organisations.acting import event_of, handle
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.bootstrap import Settings, Wiring
from yihui.files.pictures import PicturedFile
from yihui.services.attachments.attachments import SentFile
from yihui.services.hardship.case_files import (
    ActOnFile,
    FileChange,
    FileIntake,
    change_file,
    close_file,
    open_file,
    reopen_file,
    review_file,
)
from yihui.services.hardship.intake import WrittenPerson
from yihui.services.hardship.lists import FileStatus
from yihui.services.hardship.photos import add_photo
from yihui.services.hardship.visits import (
    VisitPlan,
    end_visit,
    plan_visit,
    record_receipt,
    release_visit,
)
from yihui.services.members.vault_upkeep import create_vault_key
from yihui.services.rules.rules import SHIPPED_RULES

NINE = datetime(2026, 11, 18, 1, tzinfo=UTC)
PROVINCE, JINAN, LIXIA, QINGDAO = "370000", "370100", "370102", "370200"
WORKER, SPOUSE, STRANGER = "m-1", "m-2", "m-9"  # the stranger is of another city


def sent_file(content: bytes, title: str = "收条") -> SentFile:
    """A file that was checked and drawn."""
    return SentFile(title, content, PicturedFile("image/jpeg", content + b"drawn", (content + b"drawn",)))


RECEIPT, OTHER_RECEIPT = sent_file(b"receipt"), sent_file(b"other receipt")
PHOTO = sent_file(b"photo", "入户照片")
NAMES = {PROVINCE: "省总工会", JINAN: "济南市总工会", LIXIA: "历下区总工会", QINGDAO: "青岛市总工会"}


def officer(name: str, organisation: str = LIXIA, role: Role = Role.CASE_WORKER) -> Actor:
    """An officer who has just logged in."""
    assignments = (Assignment(role, organisation, date(2026, 1, 1)),)
    return Actor(name, name, ActorKind.OFFICER, assignments, authenticated_at=NINE)


FIRST, SECOND = officer("li.min"), officer("wang.fang")
PERSONS = (
    WrittenPerson("self", WORKER, "2400", "张三"),
    WrittenPerson("spouse", "", "", "李四"),
    WrittenPerson("child", "", "0", "张小一"),
)


class Office:
    """An office whose clock stands still until it is set."""

    def __init__(self, target: str, folder: Path, **settings: Any) -> None:
        self.now = NINE
        self.wiring = Wiring(
            Settings(target, folder / "data", (SHIPPED_RULES,), **settings), lambda: self.now
        )
        if not self.wiring.vault_key_store.has_keys:
            create_vault_key(self.wiring)

    def found(self) -> "Office":
        """Found the organisations and their members."""
        with self.wiring.database.write() as connection:
            founded = [
                event_of("organisation.founded", code, "2010-01-01", name=name)
                for code, name in NAMES.items()
            ]
            joined = [
                event_of("member.imported", member, "2020-01-01", organisation=home, joined_on="2020-01-01")
                for member, home in ((WORKER, LIXIA), (SPOUSE, LIXIA), (STRANGER, QINGDAO))
            ]
            assert not handle(connection, *founded, *joined).dead_letters
        return self

    def open(self, actor: Actor = FIRST, **written: Any) -> FileStatus:
        intake = {
            "organisation": LIXIA,
            "level": "深度困难",
            "persons": PERSONS,
            "causes": ["illness"],
            "plan": "申请大病救助",
            **written,
        }
        return open_file(self.wiring, actor, FileIntake(**intake))

    def act(self, number: int, act: FileAct, reason: str = "按规定", seen: int | None = None) -> ActOnFile:
        return ActOnFile(number, act, seen, reason)

    def review(self, number: int, actor: Actor = SECOND, level: str = "深度困难") -> FileStatus:
        return review_file(self.wiring, actor, self.act(number, FileAct.REVIEW), level)

    def on_file(self, **written: Any) -> int:
        number = self.open(**written).file.number
        self.review(number)
        return number

    def change(self, number: int, actor: Actor = FIRST, **changed: Any) -> FileStatus:
        return change_file(self.wiring, actor, self.act(number, FileAct.CHANGE), FileChange(**changed))

    def photo(self, number: int, file: SentFile = PHOTO, actor: Actor = FIRST) -> FileStatus:
        return add_photo(self.wiring, actor, self.act(number, FileAct.CHANGE, "入户走访"), file)

    def close(self, number: int, actor: Actor = FIRST) -> FileStatus:
        return close_file(self.wiring, actor, self.act(number, FileAct.CLOSE, "已脱困"))

    def reopen(self, number: int, actor: Actor = FIRST) -> FileStatus:
        return reopen_file(self.wiring, actor, self.act(number, FileAct.REOPEN, "返困"), "一般困难")

    def plan(self, number: int, actor: Actor = FIRST, **planned: Any) -> FileStatus:
        plan = {
            "member": WORKER,
            "on": date(2026, 11, 20),
            "amount": "1000",
            "purpose": "元旦慰问",
            **planned,
        }
        return plan_visit(self.wiring, actor, self.act(number, FileAct.PLAN_VISIT), VisitPlan(**plan))

    def release(self, number: int, visit: int = 1, actor: Actor = SECOND) -> FileStatus:
        return release_visit(self.wiring, actor, self.act(number, FileAct.RELEASE_VISIT), visit)

    def receipt(
        self, number: int, visit: int = 1, file: SentFile = RECEIPT, actor: Actor = FIRST
    ) -> FileStatus:
        wanted = self.act(number, FileAct.HAND_OVER)
        return record_receipt(self.wiring, actor, wanted, visit, "signed", file)

    def end(self, number: int, visit: int = 1, actor: Actor = FIRST) -> FileStatus:
        return end_visit(self.wiring, actor, self.act(number, FileAct.END_VISIT, "家中无人"), visit)

    def later(self, **time: float) -> "Office":
        self.now += timedelta(**time)
        return self
