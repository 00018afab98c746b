"""The vocabulary of opening-hours phrases in simplified characters, with the token kind of each word.

A word that isn't listed here makes the whole phrase *not understood*. A half-parsed text could send a
rider to a locked door, so a word is listed as NOTE only if it can't change the hours.
"""

from enum import StrEnum, auto


class TokenKind(StrEnum):
    WEEKDAY = auto()  # 周一: 0…6
    DAY_CHAR = auto()  # the bare 五 of 周一至五
    WEEKEND = auto()
    EVERY_DAY = auto()
    DAY_CLASS = auto()  # 工作日, 节假日
    NTH = auto()  # 每月第一个
    MARK = auto()  # 上午
    CLOCK = auto()  # 8:30, 8时30分, 0830
    NUMBER = auto()  # the 8 of 8-17点
    NEXT_DAY = auto()
    ALL_DAY = auto()
    ON_DATE = auto()  # 2026年10月1日
    DATE = auto()
    MONTH = auto()
    SEASON = auto()
    CLOSED = auto()
    SUSPENDED = auto()  # 暂停开放: closed altogether, unless days or hours stand beside it
    REST = auto()  # 午休
    EXCEPT = auto()
    EXCLUDING = auto()  # the 除 of 除周一外
    POSTPONED = auto()  # 逢节假日顺延
    EXTENDED = auto()  # 周六延长至20:00
    AS_USUAL = auto()
    OPENED = auto()  # the 开放 of 节假日开放
    INCLUDING = auto()  # the 含 of 含节假日
    WITHOUT = auto()  # the 不含 of 不含节假日
    OTHERWISE = auto()  # 其余时间
    UNCERTAIN = auto()  # 另行通知
    LAST_ENTRY = auto()
    EARLY_ENTRY = auto()  # 闭馆前30分钟停止入场
    LABEL = auto()  # 办公时间: names office hours, so it must not stand for "every day"
    MAINTENANCE = auto()  # the reason of a closure; alone it would be read as an opening
    NOTE = auto()
    NIGHT_ENTRY = auto()  # 22:00后刷卡进入: perhaps open by night too
    REMARK = auto()  # how to get in, who is there, or that noon is as the rest
    PART = auto()  # 淋浴, 二楼: a part of the place, or of what it offers
    TO = auto()
    AND = auto()
    BREAK = auto()
    LINE = auto()
    LEFT = auto()
    RIGHT = auto()


class DayClass(StrEnum):
    """Classes of days that only a dated work-day table can resolve."""

    WORKDAY = auto()  # follows make-up work-days
    ORDINARY = auto()  # Monday to Friday unless a day off; unknown on make-up days
    USUAL = auto()  # 平日, alone in a text: Monday to Friday, perhaps other days too
    OTHER = auto()  # 平时 beside holidays, seasons or a closing day: every other day
    STATUTORY = auto()  # 法定节假日
    FESTIVE = auto()  # 节假日: days off; unknown whether ordinary weekends are included
    REST_DAY = auto()  # 假日, 例假日: weekends and days off
    SPRING = auto()  # 除夕, 春节: the table's run of days off; the exact days are unknown
    EVE = auto()  # 节假日前一天: unknown which eves are meant
    # Festivals by name, as `core.calendars.Festival`: the day itself is sure, the rest of its run is not.
    NEW_YEAR = auto()
    QINGMING = auto()
    LABOUR = auto()
    DRAGON_BOAT = auto()
    MID_AUTUMN = auto()
    NATIONAL = auto()


WEEKDAYS = "一二三四五六日"

_CLASSES = {
    DayClass.WORKDAY: "工作日 上班日 办公日 上班工作日 法定工作日 国家法定工作日",
    DayClass.USUAL: "平日 平时 平常 平常日 平常时间 日常",
    DayClass.ORDINARY: "非假日 非节假日 非法定节假日",
    DayClass.STATUTORY: (
        "法定节假日 法定假日 法定假期 法定节日 国家法定节假日 国家法定假日 国家法定节日 国定假日 国定节日 "
        "国定 国定日 国定假期 公众假期 公众假日 政府公告之国定假日 国家规定节假日"
    ),
    DayClass.FESTIVE: "节假日 节日 节、假日 国家节假日 国定例假日",
    DayClass.REST_DAY: "假日 例假日 法定公休日 法定休息日",
    DayClass.SPRING: (
        "除夕 除夕日 农历除夕 除夕夜 大年初一 年初一 初一 初二 初三 正月初一 正月初二 春节 农历春节 "
        "农历新年 农历过年 春节期间 过年 民俗假日 农历除夕夜 大年三十 年三十 农历年 除夕至初二 除夕至初三 春节除夕至初二 春节除夕至初三 春节假期 春节放假"
    ),
    DayClass.NEW_YEAR: "元旦 元旦节",
    DayClass.QINGMING: "清明 清明节",
    DayClass.LABOUR: "五一 五一节 五一劳动节 劳动节 五一国际劳动节",
    DayClass.DRAGON_BOAT: "端午 端午节",
    DayClass.MID_AUTUMN: "中秋 中秋节",
    DayClass.NATIONAL: "国庆 国庆节 十一 国庆日 十一国庆",
}
_EVES = ("前一天", "前1天", "前一日", "前1日", "前夕")
_BEFORE_EVES = (DayClass.STATUTORY, DayClass.FESTIVE, DayClass.REST_DAY)

_PLAIN = {
    TokenKind.EVERY_DAY: "每日 每天 天天 每一天 每周7天 一周7天 每周七天 一周七天 全周 整周 每天都",
    TokenKind.ALL_DAY: (
        "24小时 24h 全天 全日 全天候 全日24小时 全天24小时 24小时全天 24小时全天候 7*24小时 7x24小时 7×24小时 "
        "24小时皆 24小时均 24小时都 24/7 无时间限制 无设限时间 不限时间 时间不限 不限时 全天候24小时 7*24 7x24 7*24h 二十四小时"
    ),
    TokenKind.CLOSED: (
        "休息 休馆 闭馆 公休 休假 不开放 未开放 不对外开放 闭园 休园 关闭 闭门 停止开放 闭馆日 休馆日 公休日 休息日 "
        "休假日 闭园日 固定公休 固定休馆 例行闭馆 例行休馆 为闭馆日 为休馆日 为休息日 歇业 定休 定休日 店休日 closed 闭馆整休 闭馆维护 闭馆检修 "
        "闭馆休整 闭馆休息 闭馆修整 闭馆整修 全天闭馆 全天休馆 全天休息 全馆休馆 休业 停业 店休 不营业 休馆时间 闭馆时间 不办公 固定闭馆 "
        "闭馆不开放 休馆未开放 休馆不开放 清馆日休息 休诊 均休息 均休馆 均闭馆 停休 不上班 不提供服务 停止服务 不对外 休 不开 不开门 停开 关门 为公休日 休园日 内部休整"
    ),
    TokenKind.REST: "午休 午休时间 中午休息 午间休息 中午午休 午休息 中间休息 中午休息时间",
    TokenKind.EXCEPT: "除外 例外 不在此限 外 以外 之外",
    TokenKind.EXCLUDING: "除了 除",
    TokenKind.POSTPONED: "顺延 则顺延 顺延一天 顺延一日 顺延闭馆 顺延至次日 顺延至第二天 往后顺延 闭馆顺延 闭馆时间顺延 闭馆日顺延",
    TokenKind.EXTENDED: "延长至 延长到 延时至 延长开放至 延长开放到 延长开放时间至 延长营业至 延长服务至 延时开放至 开放至",
    TokenKind.AS_USUAL: (
        "照常 照常开放 不打烊 不关门 不停业 不歇业 不放假 照常服务 正常服务 正常使用 正常开放 正常开馆 照常开馆 照常营业 正常营业 不休 不休息 不闭馆 无休 照开 正常上班 均正常开放 除外正常开放"
    ),
    TokenKind.INCLUDING: "含 包含 包括 包含了 含有 含着",
    TokenKind.WITHOUT: "不含 不包含 不包括 不含有",
    TokenKind.OTHERWISE: "其余月份 其他月份 其它月份 其他季节 其余时间 其他时间 其它时间 其余时段 其他时段 其余 其余日期 其余日子 其他日子 其余各天 其余每天",
    TokenKind.UNCERTAIN: (
        "另行通知 时间另行通知 另行公告 时间另行公告 另行安排 看情况 视情况 视情况而定 视情况开放 以通知为准 以公告为准 待定 时间待定 待通知 "
        "开放时间另行通知 不定 不定时 不定期"
    ),
    TokenKind.LAST_ENTRY: "停票",
    TokenKind.LABEL: "上班时间 办公时间 门诊时间 上课时间 工作时间",
    TokenKind.SEASON: "夏季 冬季 春季 秋季 夏令时 冬令时 夏令 冬令 旺季 淡季 夏时制 冬时制 夏 冬 春 秋 夏天 冬天 夏日 冬日 夏秋季 冬春季 春夏季 秋冬季 暑假 暑期 寒假 寒暑假 汛期",
    TokenKind.NEXT_DAY: "次日 翌日 隔日 隔天 第二天",
    TokenKind.MARK: "上午 早上 早晨 清晨 早 下午 午后 晚上 晚间 傍晚 夜间 夜晚 晚 中午 正午 中午时 午间 凌晨 am pm a.m. p.m.",
    TokenKind.MAINTENANCE: "设备检修 检修 整修 内部整修 机器检修 例行维护 维护 设备维护 保养",
    TokenKind.TO: "- ~ 至 到 — 起至",
    TokenKind.AND: "、 及 和 与 & . ･ · 以及 暨",
    TokenKind.BREAK: ", ; 。 / ! | ❘ …",
    TokenKind.LEFT: "( [ 【 《 〈 「",
    TokenKind.RIGHT: ") ] 】 》 〉 」",
    TokenKind.REMARK: (
        "中午不休 中午不休息 中午照常 午间不休 中午不闭馆 中午不休馆 中午无休 午间不休息 午休不休息 中午不打烊 午间照常 午休照常 午间不打烊 "
        # 以实际为准 names no other hours: every sign may say so, and cards show it. Of some days (节假日以实际为准) it
        # leaves the hours in doubt, as does what is asked for elsewhere; 以现场为准, 大概 and 如有变动 aren't read at all.
        "以实际营业为准 以实际营业时间为准 以实际开放时间为准 以实际开放为准 以实际为准 以实际情况为准 以实际时间为准 依实际营业时间为主 依实际营业时间为准 依实际为准 具体以实际为准 具体时间以实际为准 "
        "请洽服务台 洽服务台 请洽询服务台 请洽柜台 请洽警卫 请询问服务台 请自行前往服务台登记 有需求请洽服务台 有需要的民众请询问服务台 请洽询病房护理站 请洽询护理站 请洽护理站 配合亲子馆开放时间 依门诊时间开放 按门诊时间开放 特殊情况请关注官网通知 请关注官网通知 收费 不收费 免费使用 免费服务 免费 "
        "无午休 无午休息 不午休 没有午休 没午休 午间无休 无中午休息 无午间休息 取消午休"
    ),
    TokenKind.NOTE: (
        "开放时间 营业时间 服务时间 参观时间 开馆时间 开放时段 开园时间 对外开放时间 对外服务时间 使用时间 营业 开放 开馆 开园 "
        "开放日期 开放日 对外开放 对外 供应 提供 服务 使用 自助 自助服务 免费开放 免费参观 免费对外开放 均开放 皆开放 都开放 开放使用 提供使用 均 仅 每 "
        "每周 每星期 每月 于 为 时间 时段 期间 : 次周 次年 翌年  逢 遇 凡 的 全年 常年 全年无休 终年无休 年中无休 全年开放 常年开放 全年对外开放 365天 全年365天 "
        "皆可 民众使用 提供民众使用 供民众使用 开放民众使用 全时段开放 整 "
        "全馆 供应民众使用哺集乳室 营业中 观众 我馆 本馆 馆 自 从 起 每年 如遇 若遇 如逢 遇到 风雨无阻 政府 等 之 期间开放 馆内 免预约 无需预约 不用预约 国家 "
        "皆有人员派驻 有人员派驻 亲子馆 清洁日 "
        "实行 执行 购票入场之民众 仅提供购票入场之民众"
    ),
}

_FOR = ("仅供", "仅限", "只限", "仅提供", "只供", "专供", "供", "限", "仅对", "只对")
_WHOM = "员工 职工 职员 内部员工 内部职工 内部人员 本单位职工 本单位员工 会员 工会会员 同仁 内部同仁 教职员工 职工会员 户外劳动者 骑手 内部 本单位"
_MAY = ("", "使用", "进入", "专用", "开放")
# Who may enter changes no hours; `geo.formats.wording` reads it.
_ACCESS_NOTES = [a + b + c for a in _FOR for b in _WHOM.split() for c in _MAY]

_PARTS = (
    "淋浴 洗澡 洗浴 沐浴 充电 充电桩 换电 热饭 热水 开水 饮水 饮水机 茶水 微波炉 冰箱 空调 无线网 wifi 洗衣 洗衣机 烘干机 按摩椅 "
    "卫生间 厕所 洗手间 更衣室 咖啡 停车 停车场 地下室"
)
# A station may be nothing else: 自助服务周一不开放 leaves open whether anybody gets in.
_PERHAPS_ALL = (
    "自助 人工服务 人工窗口 服务窗口 服务台 咨询台 母婴 哺乳室 哺集乳室 阅览室 图书室 自习室 健身房 健身室 棋牌室 活动室 会议室 "
    "培训室 报告厅 展厅 食堂 餐厅 泳池 游泳池 理发 儿童区"
)
PERHAPS_ALL = tuple(_PERHAPS_ALL.split())
_PART_ENDS = ("", "服务", "设施", "设备", "功能", "区", "区域", "室", "间")

TOKENS_BY_TERM: dict[str, tuple[TokenKind, str]] = {
    **{
        part + end: (TokenKind.PART, part + end)
        for part in (*_PARTS.split(), *PERHAPS_ALL[1:])
        for end in _PART_ENDS
    },
    **{note: (TokenKind.NOTE, note) for note in _ACCESS_NOTES},
    **{word: (kind, word) for kind, words in _PLAIN.items() for word in words.split()},
    **{word: (TokenKind.DAY_CLASS, cls.value) for cls, words in _CLASSES.items() for word in words.split()},
    **{
        word + eve: (TokenKind.DAY_CLASS, DayClass.EVE.value)
        for cls in _BEFORE_EVES
        for word in _CLASSES[cls].split()
        for eve in _EVES
    },
}

_OPENING = "营业 开放 开馆 开园 对外开放 均开放 皆开放 都开放 开放使用 免费开放 对外 服务 供应 提供使用"
# After days these words say that the place is open then; elsewhere they change nothing.
OPENING_WORDS = frozenset(_OPENING.split())
FESTIVALS = frozenset(
    {
        *(DayClass.NEW_YEAR, DayClass.QINGMING, DayClass.LABOUR),
        *(DayClass.DRAGON_BOAT, DayClass.MID_AUTUMN, DayClass.NATIONAL),
    }
)
HOLIDAYS = FESTIVALS | {DayClass.STATUTORY, DayClass.FESTIVE, DayClass.REST_DAY, DayClass.SPRING}

MORNING = frozenset(["上午", "早上", "早晨", "清晨", "早", "am", "a.m."])
AFTERNOON = frozenset(["下午", "午后", "pm", "p.m."])
EVENING = frozenset(["晚上", "晚间", "傍晚", "夜间", "夜晚", "晚"])
NOON = frozenset(["中午", "正午", "中午时", "午间"])
SMALL_HOURS = frozenset({"凌晨"})
