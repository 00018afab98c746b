"""Officers who keep case files, with their organisations, members and clock, for tests."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from members.hardship.case import HardshipFile
from tests.members.organisations.acting import event_of, handle
from tests.yihui.nouns import do, list_rows
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.bootstrap import Settings, Wiring
from yihui.cases.hardship import files, photos, visits
from yihui.cases.hardship.pages import NOUN
from yihui.cases.hardship.queries import FileStatus, load_statuses
from yihui.cases.kernel.forms import ReasonForm
from yihui.files.pictures import PicturedFile
from yihui.frame.acts import Act
from yihui.frame.doing import ActRequest, reveal_act
from yihui.frame.fields import TypedFile
from yihui.frame.listing import Looking, NoFilter
from yihui.frame.looking import show_thing
from yihui.services.members.vault_upkeep import create_vault_key
from yihui.services.rules.rules import SHIPPED_RULES

NINE = datetime(2026, 11, 18, 1, tzinfo=UTC)
PROVINCE, JINAN, LIXIA, QINGDAO, SHINAN = "370000", "370100", "370102", "370200", "370202"
WORKER, SPOUSE, STRANGER = "m-1", "m-2", "m-9"  # the stranger is of another city


def sent_file(content: bytes) -> TypedFile:
    """A file that was checked and drawn."""
    drawn = content + b"drawn"
    return TypedFile("a.jpg", content, PicturedFile("image/jpeg", drawn, (drawn,)))


RECEIPT, OTHER_RECEIPT, PHOTO = sent_file(b"receipt"), sent_file(b"other receipt"), sent_file(b"photo")
TITLE = "入户照片"
NAMES = {
    PROVINCE: "省总工会",
    JINAN: "济南市总工会",
    LIXIA: "历下区总工会",
    QINGDAO: "青岛市总工会",
    SHINAN: "市南区总工会",
}


def officer(
    name: str, organisation: str = LIXIA, role: Role = Role.CASE_WORKER, at: datetime = NINE
) -> Actor:
    """An officer who has just logged in."""
    assignments = (Assignment(role, organisation, date(2026, 1, 1)),)
    return Actor(name, name, ActorKind.OFFICER, assignments, authenticated_at=at)


FIRST, SECOND = officer("li.min"), officer("wang.fang")
OTHERS: list[dict[str, str]] = [
    {"relation": "spouse", "name": "李四", "income": "0"},
    {"relation": "child", "name": "张小一", "income": "0"},
]
HOUSEHOLD = {
    "organisation": LIXIA,
    "member": WORKER,
    "income": "2400",
    "name": "张三",
    "others": OTHERS,
    "level": "深度困难",
    "causes": ["illness"],
    "plan": "申请大病救助",
}


class FoundedOffice:
    """An office of unions and members that can be founded, whose clock stands still until it is set."""

    def __init__(self, target: str, folder: Path, **settings: Any) -> None:
        self.now = NINE
        self.wiring = Wiring(
            Settings(target, folder / "data", (SHIPPED_RULES,), **settings), lambda: self.now
        )
        if not self.wiring.vault_key_store.has_keys:
            create_vault_key(self.wiring)

    def found(self) -> Self:
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


class Office(FoundedOffice):
    """An office of case files."""

    def read(self, number: int) -> FileStatus:
        """Read a case file as it stands; nothing is recorded."""
        with self.wiring.database.read() as connection:
            look = Looking(self.wiring, connection, FIRST, self.now, NoFilter())
            return load_statuses(look, [files.HISTORY.require(connection, number)])[0]

    def look(self, actor: Actor, number: int) -> HardshipFile:
        """Look at a case file as an officer, who may be refused."""
        found = show_thing(self.wiring, actor, NOUN, number, self.wiring.language)
        assert isinstance(found.thing, HardshipFile)
        return found.thing

    def listed(self, actor: Actor = FIRST, **asked: Any) -> list[int]:
        return [row.file.number for row in list_rows(self.wiring, actor, NOUN, **asked)]

    def act(
        self, act: Act[Any, Any], number: int | None, actor: Actor, seen: int | None = None, **said: Any
    ) -> FileStatus:
        return self.read(int(do(self.wiring, actor, act, number, seen=seen, **said)))

    def open(self, actor: Actor = FIRST, **written: Any) -> FileStatus:
        return self.act(files.OPEN, None, actor, **{**HOUSEHOLD, **written})

    def review(
        self, number: int, actor: Actor = SECOND, level: str = "深度困难", reason: str = "按规定"
    ) -> FileStatus:
        return self.act(files.REVIEW, number, actor, level=level, reason=reason)

    def on_file(self, **written: Any) -> int:
        number = self.open(**written).file.number
        self.review(number)
        return number

    def change(self, number: int, actor: Actor = FIRST, **changed: Any) -> FileStatus:
        return self.act(files.CHANGE, number, actor, **{"reason": "按规定", **changed})

    def persons(self, number: int, others: list[dict[str, str]], actor: Actor = FIRST) -> FileStatus:
        return self.act(files.PERSONS, number, actor, income="2400", others=others, reason="按规定")

    def measure(self, number: int, seen: int | None = None, text: str = "推荐保洁岗位") -> FileStatus:
        return self.act(files.MEASURE, number, FIRST, seen, kind="job", text=text)

    def photo(self, number: int, file: TypedFile = PHOTO, actor: Actor = FIRST) -> FileStatus:
        return self.act(photos.PHOTO, number, actor, title=TITLE, picture=file, reason="入户走访")

    def delete_photo(
        self,
        number: int,
        photo: int,
        actor: Actor = FIRST,
        seen: int | None = None,
        reason: str = "照片拍到邻居",
    ) -> FileStatus:
        return self.act(photos.DELETE_PHOTO, number, actor, seen, photo=photo, reason=reason)

    def close(self, number: int, actor: Actor = FIRST, reason: str = "已脱困") -> FileStatus:
        return self.act(files.CLOSE, number, actor, reason=reason)

    def reopen(self, number: int, actor: Actor = FIRST, reason: str = "返困") -> FileStatus:
        return self.act(files.REOPEN, number, actor, level="一般困难", reason=reason)

    def unmask(self, number: int, reason: str, actor: Actor = FIRST) -> str:
        """Return what shows the names of a household in clear."""
        form = ReasonForm(reason=reason)
        (shown,) = reveal_act(self.wiring, actor, files.UNMASK, ActRequest(number), form).sections
        return repr([shown.cells(row) for row in shown.rows])  # type: ignore[union-attr]

    def plan(self, number: int, actor: Actor = FIRST, **planned: Any) -> FileStatus:
        plan = {
            "member": WORKER,
            "on": date(2026, 11, 20),
            "amount": "1000",
            "purpose": "元旦慰问",
            **planned,
        }
        return self.act(visits.PLAN, number, actor, **plan)

    def release(self, number: int, visit: int = 1, actor: Actor = SECOND) -> FileStatus:
        return self.act(visits.RELEASE, number, actor, visit=visit)

    def receipt(
        self, number: int, visit: int = 1, file: TypedFile = RECEIPT, actor: Actor = FIRST
    ) -> FileStatus:
        return self.act(visits.HAND_OVER, number, actor, visit=visit, kind="signed", picture=file)

    def end(self, number: int, visit: int = 1, actor: Actor = FIRST, reason: str = "家中无人") -> FileStatus:
        return self.act(visits.END, number, actor, visit=visit, reason=reason)

    def later(self, **time: float) -> "Office":
        self.now += timedelta(**time)
        return self
