"""A user at a desk: a database, files, and `yihui stations` typed on them."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyproj import Geod
from sqlalchemy import text

from store import open_database
from yihui.cli import run_command_line

GOOD = (
    "编号,名称,类型,经度,纬度,地址,区县,开放时间,备注,设施\n"
    "A,泉城路驿站,户外劳动者驿站,117.0204,36.6683,泉城路1号,历下区,24小时,自行前往,饮水、充电\n"
    "B,大明湖妈妈小屋,妈妈小屋,117.0254,36.6733,明湖路2号,历下区,每天9:00-17:00,请洽服务人员,饮水\n"
    "C,没有位置的驿站,驿站,,,经十路3号,历下区,9:00-17:00,,\n"
)
WGS84 = ("--datum", "wgs84")
XLSX_HEAD = ["名称", "类型", "经度", "纬度"]
AT = ("--at", "2026-10-03T23:10+08:00")


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        document: dict[str, object] = json.loads(self.out)
        return document


@dataclass
class Desk:
    """A user's desk: a database, a folder with files, and the command line."""

    folder: Path
    database: Path
    capture: pytest.CaptureFixture[str]
    lang: str = "zh"

    def __call__(self, *arguments: str) -> Said:
        return self.run("stations", *arguments)

    def run(self, *arguments: str) -> Said:
        self.capture.readouterr()
        code = run_command_line(["--db", str(self.database), *arguments], self.lang)
        out, err = self.capture.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    def file(self, content: str | bytes, name: str = "stations.csv") -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything in the three tables."""
        with open_database(str(self.database)).read() as connection:
            return {
                table: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]
                for table in ("registers", "stations", "station_changes")
            }


def geodesic_m(start: tuple[float, float], end: tuple[float, float]) -> float:
    return float(Geod(ellps="WGS84").inv(*start, *end)[2])
