"""A status that is denied, or that no listed word states, is never active."""

import pytest

from geo.formats.wording import parse_status
from geo.station import Status

ACTIVE = (
    "", "正常", "正常开放", "运行中", "启用", "已启用", "在用", "使用中", "营业", "對外開放", "试运营", "恢复开放", "ＡＣＴＩＶＥ", "（正常）", "正常使用",
)  # fmt: skip
NOT_NOW = (
    "未开放", "不开放", "暂未开放", "尚未开放", "未启用", "尚未启用", "未啟用", "不在用", "非正常", "不正常", "暂停", "暂停开放", "暫停對外開放", "停用",
    "装修", "裝修中", "未营业", "不营业", "歇业", "停业", "闭馆", "維修", "待启用", "即将开放", "不能使用", "無法使用", "停止使用", "未投入使用", "损坏", "待修",
    "不对公众开放", "临时关闭", "已關閉", "inactive", "closed", "未 开 放", "未正常运行",
)  # fmt: skip
FOR_GOOD = ("关停", "撤销", "已撤销", "已拆", "已拆除", "撤站", "永久关闭", "註銷", "closed_for_good")
NO_STATUS = (
    "？？", "未撤销", "未停用", "不停业", "没有关闭", "否", "×", "是", "无", "使用", "谢绝外来人员", "不对外", "装修完毕", "部分开放", "9月起开放",
    "正常（6月装修）", "暂停后恢复开放", "有空调", "none", "暂停后撤销",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "status"),
    [
        *((text, Status.ACTIVE) for text in ACTIVE),
        *((text, Status.CLOSED_TEMPORARILY) for text in NOT_NOW),
        *((text, Status.CLOSED_FOR_GOOD) for text in FOR_GOOD),
        *((text, None) for text in NO_STATUS),
    ],
)
def test_a_status_consists_of_listed_words_and_a_denial_comes_first(text: str, status: Status | None) -> None:
    assert parse_status(text) is status
