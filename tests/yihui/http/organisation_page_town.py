"""Organisations with written pages, for tests of the page."""

import struct
import zlib
from pathlib import Path

from tests.yihui.organising import edit_page, found, make_link, publish_page
from yihui.bootstrap import Wiring

CODE = "370102001"
PAGE = """\
about: |
  服务辖区内 **快递员、外卖员** 和网约车司机。

  - 每月 5 日法律咨询
  - [市总工会](https://example.org/)
join: 带身份证到站点，或扫码入会。
members: 会员活动室每晚开放，在二楼。
contact: {address: 解放路 1 号, phone: 0531-12351, hours: 周一至周五 9:00-17:00}
posts:
  - {post: 主席, name: 张三, name_for: 公开, from: 2024-03-01, until: 2027-02-28}
  - {post: 副主席, name: 李四, from: 2024-03-01}
  - {post: 前主席, name: 王五, name_for: public, until: 2024-02-29}
notices:
  - {title: 冬季送温暖, text: "12 月 1 日起到驿站领取。", on: 2026-11-01}
  - {title: 会员大会, text: 周五下午, on: 2026-11-10, for: 会员}
  - {title: 过去的公告, on: 2026-01-10, until: 2026-02-01}
  - {title: 以后的公告, on: 2026-12-24}
stations: [%s]
theme: {name: 解放路职工之家, colour: "#a3231b", accent: "#8a3a00", logo: logo.png}
"""
NAMES = {"370102": "历下区总工会", CODE: "解放路街道工会联合会"}


def png(
    width: int = 64, height: int = 64, colour: bytes = b"\xa3\x23\x1b", *extra: tuple[bytes, bytes]
) -> bytes:
    """A picture of one colour, with further chunks before its pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = zlib.compress((b"\0" + colour * width) * height)
    middle = b"".join(chunk(kind, data) for kind, data in extra)
    return b"\x89PNG\r\n\x1a\n" + head + middle + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def write_page(folder: Path, text: str) -> Path:
    file = folder / "page.yaml"
    file.write_text(text, "utf-8")
    (folder / "logo.png").write_bytes(png())
    return file


def plant_pages(wiring: Wiring, stations: str) -> None:
    """Found two organisations; the lower one has a published page and a link for joining."""
    for code, name in NAMES.items():
        found(wiring, code, name)
    edit_page(wiring, CODE, write_page(wiring.data_folder, PAGE % stations))
    publish_page(wiring, CODE)
    make_link(wiring, CODE)
