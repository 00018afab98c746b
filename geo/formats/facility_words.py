"""Parse the facilities of a station from whole terms: what is there, what is not, and what no term explains.

轮椅 is no seat and 讲座 no chair: a term counts only where the whole text consists of listed words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.simplified import simplify_characters

FACILITY_TERMS: Mapping[str, str] = {
    "water": (
        "饮水 饮水机 饮水器 饮用水 饮水点 饮水处 饮水设备 饮水设施 直饮水 直饮 直饮机 直饮水机 "
        "茶水 茶水间 凉水 温水 冷水 凉开水 净水机 净水器 纯净水 矿泉水 瓶装水 桶装水 饮料 喝水 接水 茶饮 茶"
    ),
    "hot_water": (
        "热水 热水器 热水机 热水壶 热水瓶 热饮水机 热饮水 饮用热水 冷热水 冷热饮水 冷热饮水机 温热水 开水 开水器 开水机 开水炉 开水间 开水房 开水壶 "
        "暖水瓶 暖壶 饮用开水 打热水 打开水 接热水 喝热水"
    ),
    "ebike_charging": (
        "电动车充电 电车充电 电动自行车充电 电瓶车充电 电动摩托车充电 车辆充电 电动车充电桩 电动车充电站 电动车充电棚 电动自行车充电桩 "
        "电瓶车充电桩 单车充电 电单车充电"
    ),
    "ebike_parking": (
        "电动车停放 电动车停车 电动车停车位 电动车停车棚 电动车停放点 电车停放 电瓶车停放 电动自行车停放 非机动车停放 非机动车停车 "
        "非机动车停车位 非机动车停车棚 非机动车停放点 非机动车停放处 自行车停放 自行车停车 自行车停车棚 自行车停车位 摩托车停放 摩托车停车 摩托车停车位 "
        "单车停放 车棚 电动车棚 自行车棚 电动车位 非机动车车棚 非机动车棚 电动车车棚 自行车车棚 电瓶车车棚 摩托车车棚 非机动车位 "
        "非机动车停车区 非机动车停车点 自行车停车点 电动车停车点 电动车停车区 电动自行车停车位 电动自行车停车棚 电动自行车棚"
    ),
    "battery_swap": "换电 换电柜 换电站 电池更换 换电池 换电服务",
    "charging": (
        "充电 充电器 充电宝 充电线 充电桩 充电柜 充电插座 充电插口 充电口 充电站 充电点 充电接口 手机充电 手机充电器 手机充电线 手机充电站 "
        "插座 电源插座 电源 插排 插线板 排插 usb usb充电 无线充电 应急充电 快充 共享充电宝"
    ),
    "microwave": "微波炉 热饭 热餐 热饭机 热饭器 加热 加热饭菜 饭菜加热 微波加热 餐食加热 加热箱 蒸饭柜 蒸饭箱 热菜 热饭菜",
    "aircon": "空调 冷气 暖气 风扇 电风扇 电扇 冷暖空调 中央空调 纳凉 取暖 取暖器 避暑 制冷 制热 电暖气 供暖 冷暖设备 冷暖",
    "toilet": "卫生间 厕所 洗手间 公厕 公共厕所 公共卫生间 盥洗室 如厕 男厕 女厕 无障碍卫生间 无障碍厕所 卫生间厕所",
    "wifi": "wifi wi-fi 无线网 无线网络 无线上网 无线wifi 上网 网络 无线局域网 wlan",
    "medicine": (
        "药 药品 药箱 急救药品 急救药箱 应急药品 应急药箱 常用药 常用药品 常备药 常备药品 医药箱 小药箱 药包 急救药包 便民药箱 备用药品 "
        "防暑药品 防暑降温药品 暑药 急救箱药品 家用药箱 日常药品"
    ),
    "seats": (
        "桌 椅 座 桌椅 桌子 椅子 座椅 座位 桌凳 凳子 板凳 长椅 沙发 休息桌椅 休息座椅 休息椅 按摩椅 按摩椅子 躺椅 折叠椅 茶几 餐桌 餐桌椅 圆桌 座凳 软座 "
        "休息位 休息座位 休闲桌椅 休闲座椅 坐椅 坐凳 桌台 书桌"
    ),
    "nap": (
        "午休 午休室 午休间 午休区 午休处 午休点 午休椅 午休床 午休躺椅 午休折叠床 午休空间 午休设施 午睡 午睡床 午睡椅 午睡区 午睡室 "
        "小憩 小憩区 小憩室 睡眠舱 休眠舱 睡眠仓 太空舱 休息舱 休息床 床位 折叠床 行军床 简易床 沙发床"
    ),
    "fridge": "冰箱 冷藏 冷藏柜 冰柜 冷柜 冷冻柜 母乳冰箱 冷藏箱",
    "parking": "停车 停车场 停车位 停车区 停车点 汽车停车 汽车停车位 机动车停车 机动车停车位 车位 免费停车位",
    "rain_gear": "雨伞 雨衣 雨具 爱心雨伞 便民雨伞 共享雨伞 应急雨具 应急雨伞 爱心伞 便民伞 雨披",
    "sewing": "针线 针线包 针线盒 便民针线包",
    "reading": "阅览 阅览室 阅读室 图书室 图书馆 阅览区 阅读区 阅读角 电子阅览室 职工书屋 书吧",
    "books": "图书 书籍 报刊 报纸 杂志 阅读 书架 书报 期刊 书报架 报刊架 图书角 读物 书刊 书 图书架 图书阅览 图书阅读",
    "mother_comfort": "舒适型 舒适级 舒适型母婴室",
    "mother_standard": "标准型 标准级 标准型母婴室",
    "sink": "洗手台 洗手池 洗手盆 洗脸盆 水池 水槽 盥洗台 洗漱台",
    "changing_table": "尿布台 护理台 婴儿台 婴儿护理台 尿布更换台 换尿布台 母婴护理台 多功能护理台",
    "lock": "反锁 内锁 门反锁 门内反锁 房门反锁 室内反锁 门可反锁 房门可反锁 门能反锁 反锁门 内部反锁 反锁功能 门内锁 内侧门锁 门内插销",
    "shower": "淋浴 淋浴间 淋浴室 洗澡 洗澡间 浴室 冲凉 冲凉房",
    "gym": "健身 健身房 健身室 健身器材 健身设施 健身区 健身器械",
    "pool": "游泳 游泳池 游泳馆 泳池",
    "chess": "棋 棋牌 棋牌室 象棋 围棋 棋类 棋艺",
    "hall": "报告厅 礼堂 剧场 剧院 演艺厅 演艺 多功能厅 会堂 会议厅",
    "courses": "培训 培训班 培训室 课程 教室 公益课 公益课程 公益课堂 技能培训 公益培训",
}
_IMPLIED: Mapping[str, str] = {"hot_water": "water"}
_ABSENT = (
    "无 没有 没 暂无 暂时没有 尚无 缺 缺少 缺失 未配 未配备 未配置 未安装 未设 未设置 未提供 未开放 未启用 暂未配备 暂未提供 暂未开放 暂缺 不提供 不含 "
    "不配备 不设 不可用 不能用 不能使用 不可使用 不能 不可 不开放 不 否 取消 已取消 拆除 已拆除 已拆 拆了 停用 已停用 暂停 暂停使用 暂停开放 暂停服务 暂停提供 停止 停止使用 停止提供 禁止 谢绝 "
    "坏 坏了 已坏 已损坏 损坏 损毁 故障 有故障 待修 待维修 维修 维修中 正在维修 检修中 报修 报修中 异常 报废 已报废 缺货 不足 × ✗ ✘ x n no false 0 并无 均无 都没有 全无 未 未有 非 勿 停"
)
_PRESENT = "有 已有 均有 都有 是 √ ✓ ✔ ☑ y yes true 1 完好 正常 可用 良好 齐全 具备 配备 已配备 提供 设有 配有 可 能 开放 可使用 可以使用 能用"
_AROUND = (
    "提供 设有 配有 配备 配置 有 可 可以 能 能够 免费 便民 爱心 共享 公用 公共 智能 冷热 热 冷 新 简易 临时 应急 职工 司机 骑手 户外劳动者 户外 休息 休闲 "
    "手机 母婴 儿童 大 小 中 多功能 电 室内 室外 门口 楼下 附近 "
    "设施 设备 服务 装置 处 点 间 室 区 机 器 机器 用品 使用 供应 各 一 二 两 三 台 个 张 把 套 组 若干 等 的 及其 完善"
)
_JOINERS = "是否 和 及 与 以及 或 或者 & + ·"
_PARTS = re.compile(r"[,;|\n]|\s{2,}")
_LIST = re.compile(r"[、/]")
_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]")
_NOTHING = ("无", "暂无", "没有", "无设施", "不详", "未知", "no", "none")
_COUNT = re.compile(r"^[0-9一二两三四五六七八九十]+(?:台|个|张|把|套|组|间|处|位|只|件|本|册|部|盒|箱)?$")
_VALUE = re.compile(r"[:=]")


def _vocabulary() -> dict[str, str]:
    """Return the kind of each word: a code, ``-`` for absent, ``+`` for present, empty for no statement.

    A term's code is followed by what is there as well, which may still be there where the term is denied.
    """
    words = dict.fromkeys((*_AROUND.split(), *_JOINERS.split()), "")
    words |= {word: "+" for word in _PRESENT.split() if word not in words}
    words |= dict.fromkeys(_ABSENT.split(), "-")
    words |= {code: code for code in FACILITY_TERMS}
    return words | {
        term: f"{code} {_IMPLIED.get(code, '')}".strip()
        for code, terms in FACILITY_TERMS.items()
        for term in terms.split()
    }


_WORDS = _vocabulary()
_WORD = re.compile("|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class ParsedFacilities:
    """The codes of facilities that are there, of those that are not, and the texts that were not understood.

    ``unclear`` texts name a facility, but not whether it is there.
    """

    present: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    unclear: frozenset[str] = frozenset()

    @property
    def named(self) -> frozenset[str]:
        """The facilities that the text names, present or not; texts that were not understood stay."""
        return self.present | self.absent | self.unknown | self.unclear


@lru_cache(maxsize=1 << 14)  # a row's text is asked about several times
def parse_facilities(text: str) -> ParsedFacilities:
    """Parse facilities; a facility that is said to be there and not to be there is neither.

    >>> sorted(parse_facilities("饮水、空调；无卫生间，微波炉（坏）").present)
    ['aircon', 'water']
    """
    found = [_parse_clause(part.strip()) for part in _PARTS.split(simplify_characters(text)) if part.strip()]
    present, absent = _union(one.present for one in found), _union(one.absent for one in found)
    unclear = _union(one.unclear for one in found) | (present & absent)
    return ParsedFacilities(present - absent, absent - present, _union(one.unknown for one in found), unclear)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


def names_facility(header: str) -> bool:
    """Return whether a column's header is the name of a facility: 热水, 卫生间."""
    found = parse_facilities(header)
    return bool(found.present) and found.named == found.present


@lru_cache(maxsize=4096)  # a register repeats the same few words thousands of times
def _parse_clause(clause: str) -> ParsedFacilities:
    """Parse a list such as 饮水、空调. What follows a leading denial in it (无饮水、空调) is unknown."""
    found: dict[str, set[str]] = {"present": set(), "absent": set(), "unknown": set(), "unclear": set()}
    denied = False
    for part in filter(None, (part.strip(" -—_") for part in _LIST.split(clause))):
        kinds = _kinds(part)
        named = [kind.split() for kind in kinds or [] if len(kind) > 1]
        if kinds is None:
            found["unknown"].add(part)
        elif named:
            sort = "unclear" if _is_unclear(part, kinds, denied) else "absent" if "-" in kinds else "present"
            codes = {code for some in named for code in (some if sort == "present" else some[:1])}
            found[sort] |= {part} if sort == "unclear" else codes
        elif part not in _NOTHING:
            found["unclear"].add(part)
        denied = denied or bool(kinds and kinds[0] == "-")
    return ParsedFacilities(**{sort: frozenset(texts) for sort, texts in found.items()})


def _is_unclear(part: str, kinds: list[str], denied: bool) -> bool:
    """Return whether a part names a facility without a plain statement: 有无饮水, 不缺饮水, 饮水空调无."""
    if "-" not in kinds:
        return "是否" in part or (denied and "+" not in kinds)
    several = len([kind for kind in kinds if len(kind) > 1]) > 1
    return "有无" in part or "+" in kinds or kinds.count("-") > 1 or (several and kinds[0] != "-")


def _kinds(part: str) -> list[str] | None:
    """Return the kinds of a part's words in order; None if it has a word that is not listed."""
    outside = _BRACKETS.sub("", part)
    pieces = [*_VALUE.split(outside), *_BRACKETS.findall(part)]
    kinds: list[str] = []
    for piece in pieces:
        words = _split(re.sub(r"\s+", "", piece).casefold())
        if words is None:
            return None
        kinds += words
    return kinds


def _split(piece: str) -> list[str] | None:
    kinds: list[str] = []
    at = 0
    while at < len(piece):
        word = _WORD.match(piece, at)
        if word is None:
            return kinds if _COUNT.match(piece[at:]) else None
        kinds += [_WORDS[word[0]]] if _WORDS[word[0]] else []
        at = word.end()
    return kinds
