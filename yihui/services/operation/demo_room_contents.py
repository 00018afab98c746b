"""What lies in the officers' rooms of the demo, all made up: households, mutual aid, applications, calls, articles.

Members are those of 历下区 on the demo's roll; their names are those of days in the farmers' calendar.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

from members.hotline.article import Article
from members.persons import PersonalData
from yihui.cases.hardship.forms import LineForm
from yihui.cases.hardship.forms import OpenForm as OpenFileForm
from yihui.cases.hotline.forms import OpenForm
from yihui.cases.mutual_aid.forms import ClaimForm, PolicyForm
from yihui.cases.organisations.forms import ConsentForm
from yihui.cases.polls.acts import PollForm

CITY, DISTRICT, TOWN = "370100", "370102", "370102001"
NAMES = {
    "m-000118": "周小满", "m-000120": "吴立夏", "m-000130": "郑谷雨", "m-000192": "冯白露",
    "m-000203": "陈霜降", "m-000239": "褚立秋", "m-000242": "卫小雪", "m-000251": "蒋大寒",
    "m-000282": "沈清明", "m-000291": "韩惊蛰", "m-000298": "杨处暑", "m-000319": "朱寒露",
}  # fmt: skip
MEMBER, PHONE = "m-000282", "13800138000"  # logs in at /me; the demo writes her codes into codes.jsonl
PERSONS = {
    member: PersonalData(name=name, phone=PHONE if member == MEMBER else None)
    for member, name in NAMES.items()
}
CONSENT = ConsentForm(
    handler="【示例】示例省总工会，济南市历下区示例路 1 号，电话 0531-12345678；查阅、更正、删除可在“我的数据”办理，也可来人来电",
    purpose="核对您是谁，避免重复入会；没有身份证号无法确认会员身份。不办理网上入会的，可到工会现场填表",
    period="未确认的申请 24 小时后删除；未通过的，决定后即删除；入会后保存到退会，另有规定的从其规定",
    law="《中华人民共和国个人信息保护法》第十三条、第十四条、第十七条、第二十八条、第二十九条；《中华人民共和国工会法》第三条",
)
POLL = PollForm.model_validate(
    {
        "id": "autumn-trip",
        "title": "秋季职工活动去哪里",
        "scope": DISTRICT,
        "anonymous": "no",
        "opens": "2026-09-28 00:00",
        "closes": "2026-10-16 00:00",
        "questions": [
            {"id": "place", "text": "您想去哪里", "kind": "single", "options": "千佛山登高；大明湖健步走；图书馆读书会"},
            {"id": "wishes", "text": "还希望有什么", "kind": "multiple", "options": "午餐；接送班车；亲子项目", "most": 2, "required": "no"},
            {"id": "note", "text": "还想说的话", "kind": "text", "most": 200, "required": "no"},
        ],
    }
)  # fmt: skip


def _household(
    member: str, income: str, level: str, causes: str, plan: str, *others: tuple[str, str, str]
) -> OpenFileForm:
    """Return a household as an officer writes it down; of each other person the relation, the income and the name."""
    rows = [dict(zip(("relation", "income", "name"), one, strict=True)) for one in others]
    worker = {"member": member, "income": income, "name": NAMES[member], "others": rows}
    file = {"organisation": DISTRICT, "level": level, "causes": causes.split(), "plan": plan}
    return OpenFileForm.model_validate({**file, **worker})


ILL = _household(
    "m-000118", "2600", "深度困难", "illness low_income",
    "协助申请大病救助，每季度入户一次，帮助配偶找一份离家近的工作",
    ("spouse", "0", "钱小暑"), ("child", "0", "周大暑"),
)  # fmt: skip
SCHOOLING = _household(
    "m-000120", "3800", "相对困难", "schooling", "金秋助学，寒暑假托管班优先", ("child", "0", "吴白露")
)
ACCIDENT = _household(
    "m-000130", "1900", "意外致困", "accident", "核对事故认定书后核定等级", ("parent", "1200", "孙立冬")
)
JOBLESS = _household("m-000192", "0", "一般困难", "job_loss", "推荐技能培训和岗位")
HOUSEHOLDS = (ILL, SCHOOLING, ACCIDENT, JOBLESS)
INCOME_LINE = LineForm(
    organisation=CITY, line=110_000, since=date(2026, 1, 1), document="示例市总工会文件〔2026〕1号"
)

POLICY = PolicyForm.model_validate(
    {
        "organisation": DISTRICT,
        "year": 2026,
        "contribution": "60",
        "waiting_days": 30,
        "deductible": "1000",
        "bands": "1000-10000=50%; 10000-50000=60%; 50000-=70%",
        "claim_cap": "30000",
        "year_cap": "50000",
        "document": "示例职工医疗互助办法",
        "clause": "第九条",
    }
)
NEXT_POLICY = PolicyForm.model_validate(
    {
        **POLICY.model_dump(),
        "year": 2027,
        "contribution": "80",
        "deductible": "800",
        "bands": "800-10000=50%; 10000-50000=60%; 50000-=70%",
        "year_cap": "60000",
        "document": "示例职工医疗互助办法（2027年）",
    }
)
INSURED = ("m-000203", "m-000239", "m-000242", "m-000251", "m-000118")
_BILLS = (
    ("m-000203", "2026-06-02", "2026-06-15", "38600", "21400", "2200", "15000", "SL-2026-0203"),
    ("m-000239", "2026-08-11", "2026-08-20", "16800", "9300", "1100", "6400", "SL-2026-0239"),
    ("m-000242", "2026-09-01", "2026-09-08", "9200", "5100", "600", "3500", "SL-2026-0242"),
    ("m-000251", "2026-03-20", "2026-04-02", "27500", "15200", "1300", "11000", "SL-2026-0251"),
)
_BILL = ("member", "admitted_on", "discharged_on", "total", "insurance", "other", "self_paid", "receipt")
CLAIMS = tuple(ClaimForm.model_validate(dict(zip(_BILL, bill, strict=True))) for bill in _BILLS)


@dataclass(frozen=True, slots=True)
class Application:
    """An application of a member: the rule, what she typed, its papers, and what officers did with it since."""

    member: str
    rule: str
    answers: Mapping[str, str]
    papers: tuple[str, ...] = ()
    acts: tuple[tuple[str, str], ...] = field(default=())  # what, and why


_AID_PAPERS = ("收入证明", "诊断证明")
APPLICATIONS = (
    Application("m-000118", "hardship-aid", {"year": "2026", "case_level": "深度困难"}, _AID_PAPERS),
    Application(
        "m-000130",
        "hardship-aid",
        {"year": "2026", "case_level": "意外致困"},
        _AID_PAPERS,
        (("accept", "材料齐全"), ("accept", "已入户核实"), ("publish", "")),
    ),
    Application(
        MEMBER,
        "hospital-visit",
        {"year": "2026", "occasion": "住院", "days": "9", "note": "在示例医院住院九天"},
        ("出院小结",),
    ),
    Application(
        "m-000291",
        "hospital-visit",
        {"year": "2026", "occasion": "住院", "days": "5"},
        ("出院小结",),
        (("return", "出院小结没有盖章，请补盖章后再交"),),
    ),
    Application("m-000298", "mutual-aid-enrolment", {"year": "2026"}),
    Application(
        "m-000319", "mutual-aid-enrolment", {"year": "2026"}, (), (("accept", "已核对会籍"),)
    ),
    Application(
        MEMBER,
        "wedding-gift",
        {"year": "2026"},
        ("结婚证",),
        (("refuse", "结婚证上的姓名与会籍登记的姓名不一致"),),
    ),
    Application(
        MEMBER,
        "mutual-aid-enrolment",
        {"year": "2026"},
        (),
        (("refuse", "没有查到您今年的缴费记录"), ("appeal", "我三月在街道工会缴的费，收据还在，请再查一次")),
    ),
)  # fmt: skip

# The first one is about a member with several decisions: it shows how a question is answered from the ledger.
CALLS = (
    OpenForm(
        organisation=DISTRICT, category="benefit", summary="想知道国庆前后的待遇是怎么定的", member="m-000101"
    ),
    OpenForm(
        organisation=DISTRICT, category="station", summary="公园边的驿站晚上没有热水",
        name="示例来电人", phone="19900000001", text="晚上八点以后热水机就关了，送餐间隙喝不上热水",
    ),
    OpenForm(
        organisation=DISTRICT, channel="transfer", category="rights", summary="用工单位两个月没有发加班工资",
        from_office="12345",
    ),
    OpenForm(
        organisation=DISTRICT, channel="page", category="hardship", summary="家里有人生病，想问怎么建困难职工档案",
        member="m-000203",
    ),
    OpenForm(
        organisation=CITY, category="complaint", summary="商户说券过期了不肯收，手机上显示还没有过期",
        name="示例会员", phone="19900000002", text="昨天去面包房用券，店员说系统里查不到",
    ),
)  # fmt: skip
ANSWER = "已请街道工会把热水机改为全天供应，今天晚上起恢复"

_SOURCE = "示例工会办事指南"
ARTICLES = tuple(
    Article(
        kind="question", title=title, text=text, source=_SOURCE, clause=clause, valid_from=date(2026, 1, 1)
    )
    for title, text, clause in (
        (
            "怎样建困难职工档案",
            "向所在基层工会提出，带身份证、收入证明和致困原因的材料。基层工会入户核实，十个工作日内答复。",
            "第一节",
        ),
        (
            "住院以后怎样申请住院慰问",
            "出院后一年内，在“我的申请”里填写住院天数，上传出院小结。基层工会审核后发放。",
            "第二节",
        ),
        (
            "医疗互助的互助金怎样算",
            "先减去起付线，再按档次表逐档计算，不超过一件和一年的封顶额。每一步都可以在报销单上看到。",
            "第三节",
        ),
        (
            "驿站没有热水找谁",
            "在驿站页面点“反馈”，选“设施坏了”。管理员会收到，三个工作日内答复；也可以拨打12351。",
            "第四节",
        ),
        (
            "券过期了还能补吗",
            "过期的券不能补发。过期前商户没有收的，请保留日期，由经办人员核对后处理。",
            "第五节",
        ),
    )
)


def draw_paper(title: str, number: int) -> bytes:
    """Draw a picture that stands for a paper: lines on a sheet, other ones for each title and number."""
    from PIL import Image, ImageDraw

    sheet = Image.new("RGB", (620, 877), "white")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((40, 40, 580, 837), outline="black", width=3)
    for line, letter in enumerate(title * 3):
        length = 120 + (ord(letter) * (line + 3 + number)) % 360
        pen.rectangle((80, 110 + 50 * line, 80 + length, 124 + 50 * line), fill="gray")
    pen.ellipse((420, 660, 550, 790), outline="red", width=6)
    content = BytesIO()
    sheet.save(content, "PNG")
    return content.getvalue()
