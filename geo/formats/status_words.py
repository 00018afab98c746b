"""Parse the status of a station from whole words; a word that is not listed leaves the status unknown."""

import re

from geo.simplified import simplify_characters
from geo.station import Status

_GOOD = (
    "撤销 撤站 裁撤 撤除 撤并 撤 关停 关站 永久关闭 永久停用 永久停业 永久 注销 拆除 拆掉 拆迁 拆了 拆 取消 废止 废弃 作废 报废 倒闭 "
    "closed_for_good"
)
_FOR_THE_TIME = (
    "暂停 停用 停业 停运 停止 停办 停开 停摆 停电 停水 歇业 休业 休馆 闭馆 闭站 闭店 关闭 关门 关张 打烊 停工 封闭 封控 封存 "
    "装修 维修 检修 整修 修缮 修理 改造 翻新 施工 升级 整改 整顿 搬迁 迁移 迁址 迁建 迁走 "
    "故障 损坏 异常 瘫痪 待修 闲置 空置 禁用 禁止 谢绝 不可用 筹建 筹备 在建 建设 新建 规划 拟建 临时关闭 暂时关闭 inactive closed disabled suspended closed_temporarily"
)
_ACTIVE = "正常 运行 运营 运转 启用 开放 对外开放 在用 使用 营业 服务 投用 投入使用 投入运行 投入运营 开馆 开门 开业 开启 可用 有效 试运行 试运营 试营业 试开放 open enabled normal active"
_WEAK = ("使用", "服务", "开启")  # name no state unless something precedes or follows them
_RETURN = "恢复 重新"
_NEGATION = "暂未 尚未 还未 仍未 从未 并未 未能 未 暂不 不再 不予 不能 不可 不对外 不 非 没有 没 无法 无 勿 待 拟 即将 将要 计划 预计 准备 尚待 等待 停止 暂停"
_DURING = "中 正在 状态 目前 现 已经 已 的 了 临时 暂时 全面 站点 驿站 站 内部 设施 设备 因 对 外 社会 公众 良好 情况"
_SIGNS = re.compile(r"[\s,、;。.:/!()\[\]【】\-—_]+")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_KINDS = {
    **dict.fromkeys(_words(_DURING), "-"),
    **dict.fromkeys(_words(_ACTIVE), "a"),
    **dict.fromkeys(_words(_RETURN), "r"),
    **dict.fromkeys(_words(_NEGATION), "n"),
    **dict.fromkeys(_words(_FOR_THE_TIME), "t"),
    **dict.fromkeys(_words(_GOOD), "g"),
}
_CLOSING = {"停止": "t", "暂停": "t"}  # deny what follows, and stand alone for a closure
_WORD = re.compile("|".join(re.escape(word) for word in sorted(_KINDS, key=len, reverse=True)))


def parse_status(text: str) -> Status | None:
    """Parse a status. An empty text is active; None if any word is not listed, or if two contradict each other.

    >>> parse_status("正常开放"), parse_status("暂未开放"), parse_status("还没想好")
    (<Status.ACTIVE: 'active'>, <Status.CLOSED_TEMPORARILY: 'closed_temporarily'>, None)
    """
    plain = simplify_characters(text).strip().casefold()
    if not plain:
        return Status.ACTIVE
    kinds = _kinds(plain)
    return None if kinds is None else _status(kinds)


def _kinds(plain: str) -> list[str] | None:
    """Return the kind of each word in order; None if a part of the text is no listed word."""
    if plain in _KINDS and plain.isascii():
        return [_KINDS[plain]]
    kinds: list[str] = []
    for part in filter(None, _SIGNS.split("".join(plain.split()))):
        at = 0
        while at < len(part):
            word = _WORD.match(part, at)
            if word is None:
                return None
            weak = word[0] in _WEAK and not kinds and word.end() == len(part)
            kinds.append("-" if weak else _CLOSING.get(word[0], _KINDS[word[0]]))
            at = word.end()
    return kinds


def _status(kinds: list[str]) -> Status | None:
    denied = _denied(kinds)
    if denied is None:
        return None
    said = set(kinds)
    returned = "r" in said
    if "g" in said:
        return None if returned else Status.CLOSED_FOR_GOOD
    if "t" in said or denied:
        return None if returned else Status.CLOSED_TEMPORARILY
    return Status.ACTIVE if said & {"a", "r"} else None


def _denied(kinds: list[str]) -> bool | None:
    """Return whether a word for service is denied; None where a closure is denied, or nothing."""
    denied = False
    meaning = [kind for kind in kinds if kind != "-"]
    for at, kind in enumerate(meaning):
        if kind != "n":
            continue
        following = meaning[at + 1] if at + 1 < len(meaning) else ""
        if following not in ("a", "r"):
            return None  # 未撤销, 不, 非…
        denied = True
    return denied
