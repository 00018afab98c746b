"""Two made-up feeds of quite different shapes, and persons who don't exist."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from stdnum.cn import ric

NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
KEY = b"k" * 32
ORGANISATION = "370202001-00017"
PHONE = "13912345678"

APP = """\
# 一个应用：嵌套的 JSON，毫秒时间，里面有手机号
feed: zibo-aigonghui
title: 爱·工惠（样例）
source: https://aigonghui.example/feed
format: jsonl
id: recordId
version: 版本
about: {user: 用户.openId, id_number: 用户.证件.号码}
time: {from: eventTimeMs, format: epoch_ms}
kind: bizType
skip: [LOGIN]
events:
  - when: JOIN
    type: member.joined
    data:
      organisation: {from: 单位.名称, words: {老名称: "370202001"}, as: organisation}
      joined_on: {from: eventTimeMs, format: epoch_ms}
      district: {from: 单位.区划}
      trade: {from: 用户.标签.0.岗位, words: {骑手: 外卖员, 快递: 快递员}}
      honours: 荣誉.*.名称
  - when: [SURVEY, 问卷]
    type: poll.completed
    data: {poll: 详情.问卷名称, answers: 详情.答题数}
  - when: CERT
    type: member.skill_certified
    data:
      trade: {value: 电工}
      level: {from: 详情.等级, words: {"3": 高级工, "4": 中级工}}
      certificate_digest: 详情.证书号
      certified_on: {from: 详情.发证日, format: YYYY/MM/DD}
drop: [用户.姓名, 用户.手机, 设备]
"""

TABLE = """\
# 一张表：GB18030 的 CSV，一个代码里合着工种和等级，本地时间不带时区
feed: qingdao-table
title: 某市技能表（样例）
source: https://union.example/skills
format: csv
id: [年度, 编号]
about: {id_number: 身份证号}
time: {from: 登记时间, format: "YYYY-MM-DD HH:mm:ss", zone: Asia/Shanghai}
kind: 类别代码
skip: "99"
events:
  - when: "01"
    type: member.skill_certified
    data:
      trade: {from: 工种等级, words: {D3: 电工, D4: 电工, H3: 焊工}}
      level: {from: 工种等级, words: {D3: 高级工, D4: 中级工, H3: 高级工}}
      certificate_digest: 证书编号
      certified_on: 发证日期
  - when: "02"
    type: application.submitted
    data:
      programme: {value: 金秋助学}
      year: 年度
      application: 编号
      amount_fen: {from: 金额, as: yuan}
      attachments: {from: 证书编号, split: ";"}
drop: [姓名, 电话]
"""
HEADER = (
    "年度",
    "编号",
    "姓名",
    "身份证号",
    "电话",
    "登记时间",
    "类别代码",
    "工种等级",
    "证书编号",
    "发证日期",
    "金额",
)


def id_number(serial: int = 1, birthday: str = "19900101") -> str:
    """A well-formed ID number of nobody."""
    stem = f"370202{birthday}{serial:03d}"
    return stem + ric.calc_check_digit(stem + "0")


def millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def joining(
    number: object = 1, user: str = "u-1", id_card: str | None = None, **more: object
) -> dict[str, object]:
    return {
        "recordId": number,
        "版本": 1,
        "bizType": "JOIN",
        "eventTimeMs": millis("2026-03-01T09:00:00+08:00"),
        "用户": {
            "openId": user,
            "证件": {"类型": "身份证", "号码": id_card or id_number()},
            "姓名": "张三",
            "手机": PHONE,
            "标签": [{"岗位": "骑手"}],
        },
        "单位": {"名称": ORGANISATION, "区划": "370202001003"},
        "荣誉": [{"名称": "最美骑手"}],
        **more,
    }


def survey(number: object = 2, user: str = "u-1", answers: object = 9, **more: object) -> dict[str, object]:
    return {
        "recordId": number,
        "版本": 1,
        "bizType": "SURVEY",
        "eventTimeMs": millis("2026-05-01T09:00:00+08:00"),
        "用户": {"openId": user},
        "详情": {"问卷名称": "职工需求问卷", "答题数": answers},
        **more,
    }


def lines(*records: object) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def certificate(number: int = 1, **cells: str) -> Mapping[str, str]:
    made = {
        "年度": "2026",
        "编号": f"A{number:04d}",
        "姓名": "李四",
        "身份证号": id_number(),
        "电话": PHONE,
        "登记时间": "2026-04-02 10:30:00",
        "类别代码": "01",
        "工种等级": "D3",
        "证书编号": f"S{number:08d}",
        "发证日期": "2026.4.1",
        "金额": "",
    }
    return {**made, **cells}


def csv_of(rows: Sequence[Mapping[str, str]], encoding: str = "gb18030") -> bytes:
    text = "\r\n".join([",".join(HEADER), *(",".join(row[name] for name in HEADER) for row in rows)])
    return (text + "\r\n").encode(encoding)
