"""Made-up articles of the hotline's knowledge base, and questions about them as callers put them.

Nothing is taken from a real knowledge base: sentences are put together from lists of words. An article and its
question share whom it is about and what it is about; the intent is put in other words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from random import Random

from members.hotline.article import Article

_PERSONS = (
    "女职工", "农民工", "外卖骑手", "快递员", "退休会员", "网约车司机", "困难职工", "环卫工人", "新入会会员", "劳动模范",
    "货车司机", "家政服务员", "建筑工人", "单亲职工", "残疾职工", "保安员", "派遣工", "实习学生", "企业工会主席", "职工代表",
)  # fmt: skip
_MATTERS = (
    "法律援助", "生育慰问金", "住院互助金", "金秋助学", "夏送清凉", "疗休养名额", "技能补贴", "婚育假期", "拖欠工资",
    "工伤认定", "体检套餐", "职工书屋", "心理咨询", "驿站热水", "会员卡挂失", "组织关系转移", "会费缴纳", "集体合同",
    "劳动争议调解", "经济补偿", "加班工资", "高温津贴", "公积金提取", "子女托管", "母婴休息室", "春节慰问",
    "大病救助", "互助保障续保", "健身场馆优惠", "观影券",
)  # fmt: skip
_INTENTS = (  # in the title of an article, and as a caller says it
    ("需要提交哪些材料", "要带什么材料去"),
    ("在哪里办理", "到哪里去办"),
    ("办理时限是多少天", "几天能办好"),
    ("补助标准是多少", "一次能拿多少钱"),
    ("能否由他人代办", "家里人代办行不行"),
    ("被退回以后怎么办", "退回来了该怎么办"),
    ("是否可以线上申请", "手机上线上能申请吗"),
    ("申请条件有哪些", "什么条件才能申请"),
    ("每年可以享受几次", "一年可以享受几回"),
    ("单位不配合如何处理", "单位不配合怎么处理"),
    ("过期以后能否补办", "过期了还能补办吗"),
    ("与其他待遇能否同时享受", "跟其他待遇同时享受可以吗"),
    ("进度如何查询", "怎么查询进度"),
    ("咨询电话和服务时间", "服务时间是几点到几点"),
    ("信息填错如何更正", "信息填错了怎么更正"),
)
_OPENINGS = ("您好，请问", "我想问一下，", "麻烦问下", "我是{person}，", "你好我是{person}，想了解", "")
_SENTENCES = (
    "{person}先向所在单位的工会提出，单位没有工会的，向街道工会提出。",
    "{matter}由受理的工会登记，并在规定的日子里答复。",
    "材料不齐的，工会一次说清还缺什么。",
    "对答复不满意的，可以请上一级工会复核。",
    "关于“{intent}”，以当年的通知为准。",
    "{person}的{matter}每季度公示一次。",
)
_NOISE = "嗯呃啊那这个就是"
COUNT = len(_PERSONS) * len(_MATTERS) * len(_INTENTS)


@dataclass(frozen=True, slots=True)
class PlantedQuestion:
    """A question, and the place of the article that answers it."""

    text: str
    place: int


def build_articles(seed: int = 7) -> Iterator[Article]:
    """Yield the articles, every combination of person, matter and intent once."""
    random = Random(seed)
    for number, (person, matter, (intent, _)) in enumerate(product(_PERSONS, _MATTERS, _INTENTS)):
        words = {"person": person, "matter": matter, "intent": intent}
        sentences = random.sample(_SENTENCES, 4)
        yield Article(
            kind="question",
            title=f"{person}{matter}{intent}",
            text="".join(one.format(**words) for one in sentences),
            source="自拟问答",
            clause=f"第{number + 1}问",
            valid_from=date(2026, 1, 1),
        )


def build_questions(count: int, seed: int = 7) -> Iterator[PlantedQuestion]:
    """Yield questions about articles drawn by chance; every fifth one has a character typed wrong."""
    random = Random(seed)
    combinations = list(product(_PERSONS, _MATTERS, _INTENTS))
    for number, place in enumerate(random.sample(range(COUNT), count)):
        person, matter, (_, intent) = combinations[place]
        opening = random.choice(_OPENINGS)
        about = "" if "{person}" in opening else f"{person}的"
        text = (
            f"{opening.format(person=person)}{about}{matter}{random.choice(('，', '', '这个事'))}{intent}？"
        )
        if number % 5 == 0:
            wrong = random.randrange(len(text))
            text = text[:wrong] + random.choice(_NOISE) + text[wrong + 1 :]
        yield PlantedQuestion(text, place)
