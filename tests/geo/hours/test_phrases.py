"""Phrases and what they say, in OSM's syntax; each for a reason."""

from datetime import date

import pytest

from core.calendars import Calendar, workday_table
from geo.hours import DaysOff, classify_days_off, list_unparsed_hours, parse_hours
from geo.hours.dates import bit_runs, osm_plan_of_date, plan_of_date
from tests.geo.hours.written import written_hours

UNDERSTOOD = [
    # text, syntax, why it is here
    ("周一至周日9:00—17:00", "Mo-Su 09:00-17:00", "the commonest form"),
    ("上午8点半到12点、下午2点半至6点", "Mo-Su 08:30-12:00,14:30-18:00", "下午 counts for both ends"),
    ("9:00-17:00(午休12:00-13:30)", "Mo-Su 09:00-12:00,13:30-17:00", "noon break in brackets"),
    ("週一至週五08:00-17:00 (12:00-13:00休息)", "Mo-Fr 08:00-12:00,13:00-17:00", "a break named after its span"),
    ("8:30-17:30 周六日休息", "Mo-Fr 08:30-17:30", "周六日 is two days"),
    ("８：３０－１７：３０", "Mo-Su 08:30-17:30", "full-width digits and dash"),
    ("週一~週五0800-1730", "Mo-Fr 08:00-17:30", "four digits without a colon"),
    ("周一至周五 8时30分至17时", "Mo-Fr 08:30-17:00", "时 and 分"),
    ("8-17点", "Mo-Su 08:00-17:00", "the first hour has no sign of its own"),
    ("早8:30-晚5:30", "Mo-Su 08:30-17:30", "晚 before a bare small hour"),
    ("週一至週日中午12時至晚間9時", "Mo-Su 12:00-21:00", "noon"),
    ("18:00-02:00", "Mo-Su 18:00-02:00", "over midnight, every night alike"),
    ("周一至周日 06:00~隔日01:00", "Mo-Su 06:00-01:00", "the next day said"),
    (
        "周五、周六 20:00-02:00",
        "Fr 20:00-24:00; Sa 00:00-02:00,20:00-24:00; Su 00:00-02:00",
        "a night belongs to the day on which it began",
    ),
    ("週二、四11:00-19:00\n週三、五、六、日09:00-17:00", "Tu,Th 11:00-19:00; We,Fr-Su 09:00-17:00", "bare day names"),
    ("週五至週三 上午9:00~下午5:00", "Mo-We,Fr-Su 09:00-17:00", "a range over the end of the week"),
    ("1.週日至週三 11:00~21:30\n2.週四至週六 11:00~22:00", "Mo-We,Su 11:00-21:30; Th-Sa 11:00-22:00", "numbered lines"),
    ("9:30-17:30(週三休館)", "Mo,Tu,Th-Su 09:30-17:30", "a closing day in brackets"),
    (
        "週日、週一 09:00-17:00 週二至週六08:30-21:00（每月第一個星期四不開放）",
        "Mo,Su 09:00-17:00; Tu-Sa 08:30-21:00; Th[1] off",
        "the n-th weekday of a month",
    ),
    (
        "4月1日至10月31日9:00-17:00 11月1日至3月31日9:30-16:30",
        "Jan 01-Mar 31 Mo-Su 09:30-16:30; Apr 01-Oct 31 Mo-Su 09:00-17:00; Nov 01-Dec 31 Mo-Su 09:30-16:30",
        "seasons with dates",
    ),
    (
        "夏季(5月1日-9月30日)8:00-18:00 冬季(10月1日-4月30日)8:30-17:30",
        "Jan 01-Apr 30 Mo-Su 08:30-17:30; May 01-Sep 30 Mo-Su 08:00-18:00; Oct 01-Dec 31 Mo-Su 08:30-17:30",
        "named seasons that state their dates",
    ),
    ("9:00-12:00(周一至周五) 14:00-17:00(周六)", "Mo-Fr 09:00-12:00; Sa 14:00-17:00", "days in brackets after each"),
    (
        "8:00-12:00，14:00-18:00（周一至周五），9:00-12:00（周六）",
        "Mo-Fr 08:00-12:00,14:00-18:00; Sa 09:00-12:00",
        "mornings of its own, so that Saturday takes none from the other days",
    ),
    ("24小时开放，22:00-6:00停止服务", "Mo-Su 06:00-22:00", "a break over midnight"),
    ("全天开放（凌晨0:00-5:00除外）", "Mo-Su 05:00-24:00", "an exception of hours"),
    ("午休12:00-13:00，周一至周五9:00-17:00", "Mo-Fr 09:00-12:00,13:00-17:00", "the break comes first"),
    ("周一至周五（午休12:00-13:00）9:00-17:00", "Mo-Fr 09:00-12:00,13:00-17:00", "the break in between"),
    ("晚10点-早6点", "Mo-Su 22:00-06:00", "a night by its marks"),
    ("Mo-Fr 08:00-18:00; Sa off", "Mo-Fr 08:00-18:00; Sa off", "OSM syntax is taken as it is"),
    ("9:00-17:00（周五周六延长至21:00）", "Mo-Th,Su 09:00-17:00; Fr,Sa 09:00-21:00", "longer on some days"),
    (
        "9:00-17:00，7、8月延长至20:00",
        "Jan 01-Jun 30 Mo-Su 09:00-17:00; Jul 01-Jul 31 Mo-Su 09:00-20:00; Aug 01-Aug 31 Mo-Su 09:00-20:00; "
        "Sep 01-Dec 31 Mo-Su 09:00-17:00",
        "longer in some months",
    ),
    (
        "6月至9月 8:00-20:00，其他时间 9:00-17:00",
        "Jan 01-May 31 Mo-Su 09:00-17:00; Jun 01-Sep 30 Mo-Su 08:00-20:00; Oct 01-Dec 31 Mo-Su 09:00-17:00",
        "dates, and the rest of the year",
    ),
    (
        "9:00-17:00（7月1日至8月31日8:00-20:00）",
        "Jan 01-Jun 30 Mo-Su 09:00-17:00; Jul 01-Aug 31 Mo-Su 08:00-20:00; Sep 01-Dec 31 Mo-Su 09:00-17:00",
        "dates with hours of their own",
    ),
    ("3月至11月9:00-17:00，其余时间闭馆", "Mar 01-Nov 30 Mo-Su 09:00-17:00", "closed in the rest of the year"),
    (
        "5月至10月8:00-18:00，11月至4月9:00-16:00，7月1日至7月15日暂停开放",
        "Jan 01-Apr 30 Mo-Su 09:00-16:00; May 01-Jun 30 Mo-Su 08:00-18:00; Jul 16-Oct 31 Mo-Su 08:00-18:00; "
        "Nov 01-Dec 31 Mo-Su 09:00-16:00",
        "closed on some dates of a season",
    ),
    ("9:00-17:00，12:00-14:00暂停开放", "Mo-Su 09:00-12:00,14:00-17:00", "closed at noon alone"),
    ("上午九点至下午五点半", "Mo-Su 09:00-17:30", "Chinese numerals"),
    ("周五八点至十二点", "Fr 08:00-12:00", "周五 keeps its 五"),
    ("周六十点至二十点", "Sa 10:00-20:00", "周六 keeps its 六"),
    ("上午八时三十分至十二时，下午两点一刻至五点四十五分", "Mo-Su 08:30-12:00,14:15-17:45", "minutes"),
    (
        "五月一日至九月三十日9:00-18:00 十月一日至四月三十日9:00-17:00",
        "Jan 01-Apr 30 Mo-Su 09:00-17:00; May 01-Sep 30 Mo-Su 09:00-18:00; Oct 01-Dec 31 Mo-Su 09:00-17:00",
        "dates in Chinese numerals",
    ),
    ("週二到週六上午830到下午21:00", "Tu-Sa 08:30-21:00", "three digits after 上午"),
    ("9:00-17:00（周一淋浴不开放，周二闭馆）", "Mo,We-Su 09:00-17:00", "a part on one day, all on another"),
    ("24小时自助，周一闭馆", "Tu-Su 00:00-24:00", "the closure names no part"),
    ("週二至週日 09:00~17:00 (週六延長至20:00)", "Tu-Fr,Su 09:00-17:00; Sa 09:00-20:00", "a day on which the end is later"),
    ("二-日1130-2230", "Tu-Su 11:30-22:30", "days without 周, hours without a colon"),
    ("一至六1100-2300。日1100-1700", "Mo-Sa 11:00-23:00; Su 11:00-17:00", "日 alone, after other days"),
    ("Sun-Thu 12:00~22:00 / Fri 12:00~23:30", "Mo-Th,Su 12:00-22:00; Fr 12:00-23:30", "English days"),
    ("周一至周五930-1730", "Mo-Fr 09:30-17:30", "three digits, then four"),
    ("下午三點到晚上一點", "Mo-Su 15:00-01:00", "晚上一点 is after midnight"),
    ("週三~日- 11:00 ~ 17:00", "We-Su 11:00-17:00", "a dash that means nothing"),
    ("12：00~0：00（週日至17：30）", "Mo-Sa 12:00-24:00; Su 12:00-17:30", "another end on one day"),
    ("9:00-17:00，每月倒数第二个周日公休", "Mo-Su 09:00-17:00; Su[-2] off", "the last but one"),
    ("9:00-17:00 每月第二、四週一公休", "Mo-Su 09:00-17:00; Mo[2] off; Mo[4] off", "two of a month"),
    (
        "8:30-17:00 (4月1日-10月31日 周二-周日) 8:30-16:30 (11月1日-次年3月31日 周二-周日)",
        "Jan 01-Mar 31 Tu-Su 08:30-16:30; Apr 01-Oct 31 Tu-Su 08:30-17:00; Nov 01-Dec 31 Tu-Su 08:30-16:30",
        "dates and days in brackets after each",
    ),
]  # fmt: skip
# Several ways to say the same.
ALIKE = {
    "24/7": (
        "全天", "24小时", "24H自助", "全日24小時開放", "7*24小时 全年无休", "0-24:00", "24/7",
        "24小时（22:00后刷卡进入）", "24小時（２２：００ 後刷卡進入）",  # how to get in at night
    ),
    "Mo-Su 09:00-17:00": (
        "9-17点", "早9晚5", "早九晚五", "9:00 AM - 5:00 PM", "9.00-17.00", "9时至17时", "9点~17点",
        # how to get in, who may enter and remarks change no hours
        "9:00-17:00（刷脸进门）", "9:00-17:00（以实际营业为准）", "9:00-17:00（含节假日）", "僅供員工使用，9:00-17:00",
        "9:00-17:00（请按门铃，专人值守）", "9:00-17:00（按鈴開門）", "9:00-17:00（无午休）", "9:00-17:00，不午休",
        # nor does a case that changes nothing
        "开馆时间：9:00，闭馆时间：17:00", "9:00开馆，17:00闭馆", "上午9:00開門，下午5:00關門", "9am-5pm",
        "9:00-17:00，电话：8700-1810", "预约(06)302 0000 周一至周日9:00-17:00",
        "9:00-17:00（10:00后需按门铃）",  # within the hours
        "9:00-17:00（如遇停电照常开放）", "9:00-17:00，如遇特殊情况请关注官网通知", "9:00-17:00（雨天照常）",
        # a part of it is closed, and the place is not
        "9:00-17:00（二楼暂停开放）", "9:00-17:00，周一淋浴不开放", "9:00-17:00，周一不提供熱飯", "9:00-17:00，充电周末停用",
        "9:00-17:00，２楼周一、三关闭", "9:00-17:00（淋浴除外）", "9:00-17:00 周一淋浴和充电维修", "9:00-17:00，7月不供应热水",
    ),
    "Mo-Fr 09:00-17:00": ("星期1-5 9:00-17:00", "周一～周五 9：00～17：00", "周一至周五9:00-17:00，其余时间关闭"),
    "Tu-Su 09:00-17:00": (
        "09:00-17:00（週二至週日）", "每周一闭馆，周二至周日9:00-17:00", "休馆日：周一，9:00-17:00", "9:00-17:00(周一休)",
        "９：００～１７：００（一休）", "9:00-17:00 公休：周一", "9:00-17:00, 公休日期： 每週一公休", "9:00-17:00，周一歇业", "9:00-17:00 店休日：周一",
        "周一休息，其余时间9:00-17:00", "除周一外每天9:00-17:00", "9:00-17:00，周一暂停开放",
        "星期二到星期日，每天9:00~17:00;星期一闭馆，设备检修。",  # 每天 means each of those days
    ),
    "Mo-Su 09:00-12:00,13:00-17:00": (
        "9:00-17:00 午休12:00-13:00", "9:00-17:00（除12:00-13:00）", "9:00-17:00，中午12点到1点休息", "9:00-12:00 午休 13:00-17:00",
    ),
    "off": (  # closed altogether, whatever hours are named
        "9:00-17:00（暂停开放）", "装修中，暂停开放，恢复时间另行通知", "装修中，暂停使用，9:00-17:00", "9:00-17:00，因设备检修，暫停開放",
    ),
}  # fmt: skip

IN_DOUBT = [
    ("9:00-17:00 不定休", "Mo-Su 09:00-17:00 unknown", "on some day it is closed"),
    ("9:00-17:00（店休日請洽粉絲專頁）", "Mo-Su 09:00-17:00 unknown", "the same"),
    ("9:00-17:00 休館日由單位公告為主", "Mo-Su 09:00-17:00 unknown", "the same"),
    *(
        (f"9:00-17:00（{last}）", "Mo-Su 09:00-16:30, Mo-Su 16:30-17:00 unknown", "the last entry")
        for last in (
            *("最晚进入16:30", "16:30最後入場", "停止售票时间:16:30；停止入场时间:16:40", "最迟16:30前入馆"),
            *("16:30停止办理", "16:30后停止入场", "闭馆前半小时停止入馆", "關門前３０分鐘停止入場"),
        )
    ),
    (
        "12:00~19:30  12:00~22:30 (五) 公休：週一",
        "Tu-Th,Sa,Su 12:00-19:30; Fr 12:00-19:30, Fr 19:30-22:30 unknown",
        "two rules for Friday",
    ),
    *(
        (f"9:00-17:00（{entry}）", "Mo-Su 09:00-17:00, Mo-Su 22:00-09:00 unknown", "is it open at night?")
        for entry in ("22:00后刷卡进入", "22:00后需按门铃", "晚上10点后需按门鈴", "22:00-06:00刷卡进入")
    ),
    ("9:00-17:00，周六需按门铃", "Mo-Fr,Su 09:00-17:00; Sa 00:00-24:00 unknown", "at other hours?"),
    ("9:00-17:00（午休）", "Mo-Su 09:00-11:00,15:00-17:00, Mo-Su 11:00-15:00 unknown", "when at noon?"),
    ("9:00-17:00，中午关门", "Mo-Su 09:00-11:00,15:00-17:00, Mo-Su 11:00-15:00 unknown", "the same"),
    ("9:00-17:00，高溫天氣延長至20:00", "Mo-Su 09:00-17:00, Mo-Su 17:00-20:00 unknown", "traditional"),
    *(
        (f"9:00-17:00，{case}", "Mo-Su 09:00-17:00 unknown", "closed if that happens, and not for good")
        for case in (
            *("如遇停电停水暂停服务", "如遇装修暂停开放", "遇消防检修临时关闭", "凡遇装修关闭"),
            *("如遇停電、停水，暫停開放", "停电停水时暂停服务", "因停电暂停服务", "遇有故障等情况，停止营业"),
            *("若停电则暂停服务", "如有突发情况，停止服务", "遇设备停用", "如遇系统升级，暂停使用"),
        )
    ),
    (
        "8:00-12:00，14:00-18:00（5月-9月），13:30-17:30（10月-4月）",
        "Jan 01-Apr 30 Mo-Su 13:30-17:30, Jan 01-Apr 30 Mo-Su 08:00-12:00 unknown; "
        "May 01-Sep 30 Mo-Su 08:00-12:00,14:00-18:00; "
        "Oct 01-Dec 31 Mo-Su 13:30-17:30, Oct 01-Dec 31 Mo-Su 08:00-12:00 unknown",
        "the brackets may belong to the afternoons alone",
    ),
    (
        "8:00-12:00，14:00-18:00（周一至周五），13:30-17:30（周六日）",
        "Mo-Fr 08:00-12:00,14:00-18:00; Sa,Su 13:30-17:30, Sa,Su 08:00-12:00 unknown",
        "the same with days",
    ),
    *(
        (
            f"9:00-17:00，{part}",
            "Mo 09:00-17:00 unknown; Tu-Su 09:00-17:00",
            "the place may offer nothing else",
        )
        for part in (
            *("周一自助服务不开放", "自助服务周一暂停", "週一母嬰室不開放", "周一人工服务除外"),
            "周一一楼、二楼关闭",
        )
    ),
    ("24小时，遇停水停用", "Mo-Su 00:00-24:00 unknown", "the same"),
    (
        "周一至周五9:00-17:00，遇暴雨、台风等恶劣天气停止开放",
        "Mo-Fr 09:00-17:00 unknown",
        "if the weather is bad",
    ),
    ("9:00-17:00（视天气情况开放）", "Mo-Su 09:00-17:00 unknown", "the same"),
    (
        "9:00-17:00（高温天气延长至20:00）",
        "Mo-Su 09:00-17:00, Mo-Su 17:00-20:00 unknown",
        "only the time beyond depends on the weather",
    ),
    ("周一至周日9:00-17:00 延长至20:00", "Mo-Su 09:00-17:00, Mo-Su 17:00-20:00 unknown", "on which days?"),
    ("周一至周五9:00-17:00，寒暑假除外", "Mo-Fr 09:00-17:00 unknown", "school holidays have no table"),
    (
        "9:00-18:00（冬季至17:00）",
        "Mo-Su 09:00-17:00, Mo-Su 17:00-18:00 unknown",
        "issue: nobody says when winter begins",
    ),
    ("9:00-18:00（夏季至21:00）", "Mo-Su 09:00-18:00, Mo-Su 18:00-21:00 unknown", "nor summer"),
    (
        "周一至周五9:00-17:00，周末另行通知",
        "Mo-Fr 09:00-17:00; Sa,Su 00:00-24:00 unknown",
        "days about which the sign says nothing yet",
    ),
    (
        "夏季8:00-18:30 冬季8:30-17:30",
        "Mo-Su 08:30-17:30, Mo-Su 08:00-08:30,17:30-18:30 unknown",
        "issue: nobody says when summer begins; both seasons agree on the rest",
    ),
    (
        "9:00-17:00（16:30停止入场）",
        "Mo-Su 09:00-16:30, Mo-Su 16:30-17:00 unknown",
        "after the last entry the place is open and nobody gets in",
    ),
    (
        "週二至週六 9:00~18:00\n週三13:00~21:00",
        "Tu,Th-Sa 09:00-18:00; We 13:00-18:00, We 09:00-13:00,18:00-21:00 unknown",
        "two rules for one day that disagree",
    ),
    (
        "每天9:00-17:00(每月第一周星期一休馆)",
        "Mo-Su 09:00-17:00; Mo[1] 09:00-17:00 unknown; Mo[2] 09:00-17:00 unknown",
        "the Monday of the first week is the first or the second Monday",
    ),
    (
        "周二至周六 8:00-21:00 周日 8:00-17:00 (中午12:00-12:30休息)",
        "Tu-Sa 08:00-12:00,12:30-21:00, Tu-Sa 12:00-12:30 unknown; Su 08:00-12:00,12:30-17:00",
        "a break after the last of several rules may be meant for all",
    ),
]

NOT_UNDERSTOOD = {
    "a negation": ("9:00-17:00，高溫天氣不延長", "24小时（22:00后不可刷卡进入）", "24小时（22:00后刷卡进入除外）"),
    "hours of weekends alone, and on work-days a break?": ("9:00-17:00（周末无午休）", "9:00-17:00（除周末外无午休）"),
    "days without 周, or something else?": (
        "一、9:00-12:00 二、13:00-17:00", "(一)周一至周五9:00-17:00(二)周六10:00-12:00", "一到三楼9:00-17:00", "六日9:00-17:00",
        "9:00-17:00（六日）", "9:00-17:00（六一休）", "9:00-17:00，一日休", "做一休一 9:00-17:00", "9:00-17:00 一不休", "9:00-17:00（非周一）",
    ),
    "not hours but a telephone": ("(02) 8700-0810", "2700-3001", "870-0810", "咨询电话：0531-88886666（9:00-17:00）"),
    "the hours of a telephone": ("24小时服务热线 0512-65551234", "２４小時 客服熱線：65551234", "8:00-12:00咨询电话：65551234"),
    "on which of the days?": ("9:00-17:00，周末休一天", "9:00-17:00，周六、日休一天", "9:00-17:00，法定节假日均休息１天", "節假日休三天，9:00-17:00"),
    "a word turned about": (
        "9:00-17:00，不需按门铃", "9:00-17:00，周一至周五刷卡进入", "9:00-17:00，16:30前停止入场", "9:00开放，17:00不闭馆",
        "9:00-17:00，公休日期：无", "9:00-17:00，闭馆时间：17:00", "除节假日外周一不闭馆，9:00-17:00", "9:00-17:00，公休日期：除周一外",
    ),
    "from, until or but for a day of one year": (
        "9:00-17:00，2026年10月1日起闭馆", "9:00-17:00，自2026年10月1日闭馆", "9:00-17:00，2026年10月1日前闭馆",
        "9:00-17:00，2026年10月1日除外", "2026年10月1日，9:00-17:00", "9:00-17:00，2026年2月30日闭馆",
    ),
    "who may enter, not when": ("僅供職場內部限定", "暂不对外开放。周一至周五 8:00-16:00"),
    "days without hours, or nothing": ("工作日开放", "週一至週日", "全年無休", "营业时间", "9:00-17:00，夏季"),
    "the hours of something else": ("同网点营业时间", "上班时间8:30-17:30", "设备检修 9:00-17:00", "专人值守9:00-17:00"),
    "morning or afternoon?": ("上午9:00-5:00", "9:00-12:00 2:00-5:00", "1:30-5:30", "上午5時至下午12時", "周一、二十点至十二点"),
    "nothing or a whole day": ("9:00-9:00",),
    "a typing error": ("週一至週五08:30-07:00", "週一至週五08:00~175:30", "週二~週五9:30~17:0", "25:99-30:00"),
    "which hours have which days?": ("9:00-12:00(周一至周五) 14:00-17:00", "周一9:00至周五17:00", "大厅9:00-17:00，自助区24小时"),
    "hours of closing": ("周一至周五9:00-17:00闭馆", "周一至周五9:00-17:00闭馆，周六9:00-20:00"),
    "whoever wrote it wasn't sure, or a sign was lost": ("9:00-17:00？", "9:00-17:00，周一闭馆?", "9:00-17:00（?）"),
    "a condition": ("周一至周五9:00-17:00，其余时间预约开放", "9:00-17:00（有人值守时开放）"),
    "a clause that changes the hours": ("周一至周日9:00-21:00(演出期间延至闭馆)", "9:00-17:00，5月起8:00-18:00"),
    "an end before the start": ("9:00-17:00（冬季至8:00）",),
    "OSM: holidays alone, school holidays, days beside holidays, nights, hours besides others": (
        "PH 10:00-12:00", "Mo-Fr 09:00-17:00; SH off", "Mo-Fr 09:00-17:00; PH -1 day off", "Fr 20:00-02:00; PH off",
        "Mo-Fr 09:00-17:00, PH 09:00-12:00",
    ),
    "OSM that needs the place, means otherwise or has a comment": ("sunrise-sunset", "Mo-Fr", 'Mo-Fr 08:00-17:00 "by appointment"'),
    "a part of it": (
        "9:00-17:00，设备停用", "9:00-17:00，场馆内部设备停用", "9:00-17:00，设备检修，停用", "9:00-17:00，机器检修，暂停使用",
        "9:00-17:00，系统暂停服务", "9:00-17:00，自助服务暂停使用", "9:00-17:00，暂停使用自助服务", "9:00-17:00，会员卡停用",
        "9:00-17:00，刷脸暂停使用", "暂停营业，24小时自助服务",
    ),
    "the part, the place itself, or other days than those beside the part": (
        "9:00-17:00，周一闭馆，自助服务开放", "9:00-17:00，12:00-14:00自助服务不开放", "周一闭馆淋浴不开放，9:00-17:00",
        *(
            f"9:00-17:00，{phrase}"
            for phrase in (
                "全馆及淋浴暂停开放", "周一更衣室、全馆关闭", "周一淋浴闭馆", "一楼、二楼全部暂停开放", "周一闭馆二楼开放",
                "周一不开放 淋浴开放", "周一仅提供热水不开放", "周末二楼开放一楼关闭", "周一和淋浴不开放", "周一、二楼不开放",
                "周一，淋浴不开放", "每月最后一个周五，淋浴维修", "淋浴检修，暂停开放", "一楼装修，暂停开放", "周一空调故障关闭",
                "淋浴周末关闭，周一至周五开放", "周一闭馆，淋浴除外", "周一\n淋浴不开放",
            )
        ),
    ),
    "a case": ("9:00-17:00，如遇暂停开放，另行通知", "9:00-17:00，遇停电（检修），暂停开放", "9:00-17:00，雨天（7月）暂停开放"),
    "when is it closed?": ("9:00-17:00，不定期，暂停开放", "暂停开放，其他时间正常开放", "暂停开放，周一除外"),
    "what is longer or later?": (
        "9:00-17:00，延长至20:00（周五）", "9:00-17:00（冬季延至10:00）", "9:00-12:00，周末推迟至14:00", "9:00-12:00，周末延后至14:00",
        "周二至周五9:00-17:00，周六延长至20:00", "9:00-17:00，逢节假日顺延",
    ),
    "no day off for all; and never Friday and Thursday": ("周一至周五9:00-17:00，五四休息",),
    "longer than any door plate": ("周一至周五 9:00-17:00" * 60,),
}  # fmt: skip


def test_a_phrase_becomes_osm_syntax() -> None:
    alike = [(text, osm, "") for osm, texts in ALIKE.items() for text in texts]
    phrases = [(parse_hours(text), osm, why) for text, osm, why in UNDERSTOOD + alike + IN_DOUBT]
    wrong = [
        (phrase.text, written_hours(phrase.text), why)
        for phrase, osm, why in phrases
        if (written_hours(phrase.text), phrase.understood, phrase.needs_workdays) != (osm, True, False)
    ]
    assert wrong == []


def test_what_is_not_understood_wholly_is_not_used_at_all() -> None:
    for why, text in [(why, text) for why, texts in NOT_UNDERSTOOD.items() for text in texts]:
        phrase = parse_hours(text)
        assert (written_hours(text), phrase.understood, phrase.text) == (None, False, text), why
        assert phrase.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("  ", "no hours given"),
        ("同网点营业时间", "the text points to hours that stand elsewhere"),
        ("以官网公告为准", "the text points to hours that stand elsewhere"),
        ("歡迎光臨", "the text names no hours"),
        ("周一至周日", "the text names no hours"),
        ("9:00-9:00", "hours not understood"),
        ("PH 10:00-12:00", "opening_hours syntax that can't be followed here"),
    ],
)
def test_no_hours_are_told_from_hours_elsewhere_and_hours_not_understood(text: str, reason: str) -> None:
    phrase = parse_hours(text)
    assert (phrase.understood, phrase.reason) == (False, reason)


def test_refused_osm_syntax_names_the_word_for_which_it_is_refused() -> None:
    assert parse_hours("PH 10:00-12:00").unread == "PH"
    assert parse_hours("week 02-53 10:00-12:00").unread == "week"
    assert parse_hours('Mo 10:00-12:00 "by appointment"').unread == '"'


_DAY = "09:00-17:00"
_WEEK = "周一至周五 8:30—11:30 13:30-17:30；周六日 9:00-16:00"
HOLIDAY_WORDS = [
    # text, date of 2026, open, perhaps open, why
    ("工作日9:00-17:00", "01-02", "", "", "a day off"),
    ("工作日9:00-17:00", "10-10", _DAY, "", "a make-up Saturday"),
    ("周一至周五9:00-17:00，节假日除外", "10-01", "", "", "it speaks of days off"),
    ("周一至周五9:00-17:00，节假日除外", "10-10", "", _DAY, "but not of make-up days"),
    (
        "周一至周五节假日除外 9:00-17:00",
        "02-16",
        "",
        "",
        "an exception after a range is no part of the range",
    ),
    ("周一至周五工作日9:00-17:00", "10-01", "", "", "a work-day beside Monday to Friday narrows it"),
    ("工作日（周一至周五）9:00-17:00", "10-10", "", _DAY, "is the make-up Saturday meant?"),
    ("周一至周五（工作日）9:00-17:00", "10-10", "", _DAY, "is it meant here?"),
    ("周一至周五9:00-17:00", "10-01", "", _DAY, "it doesn't speak of days off"),
    ("周一至周日9:00-17:00", "10-01", _DAY, "", "every day is every day"),
    ("工作日 20:00-02:00", "10-01", "00:00-02:00", "", "the night into a holiday is still open"),
    ("周二至周日9:00-17:00，周一闭馆（逢法定节假日顺延）", "10-05", "", _DAY, "a Monday off: open instead?"),
    ("周二至周日9:00-17:00，周一闭馆（逢法定节假日顺延）", "10-06", "", _DAY, "put off to the next day?"),
    ("周二至周日9:00-17:00，周一闭馆（逢法定节假日顺延）", "10-08", "", _DAY, "or to the first work-day?"),
    ("周二至周日9:00-17:00，周一闭馆（逢法定节假日顺延）", "10-09", _DAY, "", "a day later all is as ever"),
    ("周二至周日9:00-17:00，周一闭馆（逢法定节假日顺延）", "10-12", "", "", "an ordinary Monday"),
    ("9:00-17:00，国庆节休息", "10-01", "", "", "the very day is sure"),
    ("9:00-17:00，国庆期间休息", "10-04", "", _DAY, "some take three days, some seven"),
    ("9:00-17:00，国庆期间休息", "10-08", _DAY, "", "over"),
    ("9:00-17:00，五一、十一休息", "10-01", "", "", "two festivals"),
    ("周一至周五9:00-17:00，五一期间休息", "05-08", _DAY, "", "五一 isn't Friday and Monday"),
    ("9:00-17:00，清明、端午、中秋休息", "06-19", "", _DAY, "a movable festival"),
    ("9:00-17:00，清明、端午、中秋休息", "06-22", _DAY, "", "after it"),
    ("除法定节假日外，周一闭馆，9:00-17:00", "10-01", _DAY, "", "the exception lifts the closure alone"),
    ("除法定節假日外，全年實行周一全天閉館，9:00-17:00", "10-05", "", _DAY, "a Monday off"),
    ("除法定节假日外，周一闭馆，9:00-17:00", "10-12", "", "", "an ordinary Monday"),
    ("9:00-17:00，节假日需按门铃", "10-12", _DAY, "", "holidays alone are in doubt"),
    ("周一至周五9:00-17:00；2026年10月1日12:00-次日1:00", "10-01", "12:00-24:00", "", "a day of one year"),
    ("周一至周五9:00-17:00；2026年10月1日12:00-次日1:00", "10-02", "00:00-01:00", _DAY, "its night"),
    ("9:00-17:00（２０２６年１０月１日至7日閉館）", "10-07", "", "", "days of one year"),
    ("9:00-17:00，2026-10-01闭馆", "10-08", _DAY, "", "after it"),
    ("9:00-17:00，隔週週三店休", "10-14", "", _DAY, "which Wednesdays?"),
    ("9:00-17:00，公休日除外", "10-01", "", "", "公休日 names days here, it isn't a closing"),
    ("9:00-17:00，公休日除外", "10-17", "", _DAY, "an ordinary Saturday is one too, surely"),
    ("9:00-17:00，节假日及公休日除外", "10-01", "", "", "the same in a list"),
    ("9:00-17:00，公休日：周一", "10-12", "", "", "here it is a closing"),
    *(
        (
            f"{_WEEK}{closing}",
            "10-05",
            "08:30-11:30,13:30-17:30",
            "11:30-13:30",
            "a Monday off, as on a Monday",
        )
        for closing in (
            "，节假日照常",
            "；节假日正常开放",
            "。节假日照常",
            "\n节假日照常",
            " 节假日不休",
            "，周末及节假日照常",
        )
    ),
    (f"{_WEEK}，节假日照常", "10-03", "09:00-16:00", "", "a Saturday off has hours of its own"),
    (f"{_WEEK}，节假日照常", "10-17", "09:00-16:00", "", "节假日 adds nothing to an ordinary Saturday"),
    (f"{_WEEK}，周末照常", "10-05", "", "08:30-17:30", "weekends are no holidays"),
    (f"{_WEEK}，春节照常", "10-05", "", "08:30-17:30", "nor is another holiday"),
    (f"{_WEEK}；节假日休息", "10-05", "", "", "closed, whatever the clause"),
    (f"{_WEEK}\n节假日休息", "10-03", "", "", "on Saturdays too"),
    ("周一至周五9:00-17:00，节假日照常", "10-03", "", "09:00-17:00", "Saturday has no hours that go on"),
    ("周一至周四9:00-12:00，节假日前一天9:00-17:00", "09-30", "09:00-12:00", "12:00-17:00", "an eve"),
    ("周一至周四9:00-12:00，节假日前一天9:00-17:00", "10-12", "09:00-12:00", "", "no eve"),
    (
        "节假日9:00-17:00，春节10:00-12:00，工作日8:00-20:00",
        "02-17",
        "10:00-12:00",
        "09:00-10:00,12:00-17:00",
        "春节",
    ),
]


OSM_HOLIDAYS = [
    # text, hours on National Day (a Thursday), perhaps
    ("Mo-Fr 09:00-17:00; PH off", "", ""),
    ("Mo-Fr 09:00-17:00; PH 10:00-12:00", "10:00-12:00", ""),
    ("Mo-Fr 05:30-21:00; PH,Su 06:00-21:00; Sa 06:00-21:00", "06:00-21:00", ""),
    ("PH off; Mo-Fr 09:00-17:00", "", "09:00-17:00"),  # by the order of rules the later one holds
]


@pytest.mark.parametrize(("text", "sure", "perhaps"), OSM_HOLIDAYS)
def test_osms_public_holidays_are_those_of_the_work_day_table(text: str, sure: str, perhaps: str) -> None:
    osm, table = parse_hours(text).osm, workday_table(Calendar.CN)
    assert osm is not None
    plan = osm_plan_of_date(osm, date(2026, 10, 1), table)
    assert (_times(plan.open), _times(plan.unknown)) == (sure, perhaps)
    plain = osm_plan_of_date(osm, date(2026, 11, 26), table)
    assert plain == osm_plan_of_date(osm, date(2026, 11, 26), None) and plain.open and not plain.unknown


def test_words_for_holidays_hold_on_their_dates() -> None:
    for text, day, sure, perhaps, why in HOLIDAY_WORDS:
        timetable = parse_hours(text).timetable
        assert timetable is not None, parse_hours(text).unread
        plan = plan_of_date(timetable, date.fromisoformat(f"2026-{day}"), workday_table(Calendar.CN))
        assert (_times(plan.open), _times(plan.unknown)) == (sure, perhaps), (text, why)


def _times(bits: int) -> str:
    return ",".join(f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in bit_runs(bits))


def test_a_year_without_a_table_leaves_days_of_the_week_in_doubt_where_days_off_may_be() -> None:
    table, weekdays = workday_table(Calendar.CN), parse_hours("周一至周五8:30-17:30").timetable
    assert weekdays is not None
    for month, day, sure in ((10, 8, ""), (11, 3, "08:30-17:30")):
        plan = plan_of_date(weekdays, date(table.last_year + 1, month, day), table)
        assert _times(plan.open) == sure


def test_opening_on_holidays_needs_no_table_where_every_day_is_alike() -> None:
    assert not parse_hours("每日 06:00-23:00 全年无休，节假日正常开放").needs_workdays
    assert parse_hours("周二至周日 9:00-17:00 节假日正常开放").needs_workdays


def test_weekdays_as_usual_on_holidays_stay_known_in_a_year_without_a_table() -> None:
    table, phrase = workday_table(Calendar.CN), parse_hours(f"{_WEEK}，节假日照常")
    assert phrase.timetable is not None and not phrase.needs_workdays
    for month, day in ((10, 8), (11, 2)):
        on = date(table.last_year + 1, month, day)
        assert on.weekday() < 5
        assert _times(plan_of_date(phrase.timetable, on, table).open) == "08:30-11:30,13:30-17:30"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{_WEEK}，节假日照常", DaysOff.USUAL),
        ("周二至周日9:00-17:00（周一闭馆），节假日照常", DaysOff.USUAL),
        ("24小时", DaysOff.USUAL),
        (f"{_WEEK}，法定节假日除外", DaysOff.CLOSED),
        ("20:00-02:00，节假日休息", DaysOff.CLOSED),
        ("Mo-Fr 09:00-17:00; PH off", DaysOff.CLOSED),
        ("8:00-20:00，节假日10:00-16:00", DaysOff.OWN),
        (_WEEK, DaysOff.UNCLEAR),
        ("9:00-17:00", DaysOff.UNCLEAR),  # cards say so on 春节 and 国庆
        ("9:00-17:00，春节休息", DaysOff.UNCLEAR),
    ],
)
def test_what_a_text_says_of_days_off_is_told(text: str, said: DaysOff) -> None:
    assert classify_days_off(text, Calendar.CN) is said


def test_unread_texts_are_listed_most_frequent_first_and_counted_across_forms() -> None:
    texts = [("依門診時間", 2), ("9:00-17:00", 50), ("依门诊时间 ", 3), ("僅供職場內部限定", 4), ("", 9)]
    assert [(one.text, count) for one, count in list_unparsed_hours(texts)] == [
        ("依門診時間", 5),
        ("僅供職場內部限定", 4),
    ]


def test_reading_ends_where_the_first_unknown_word_stands() -> None:
    assert parse_hours("周一至周五9:00-17:00，演出时除外").unread.startswith("演出时")


@pytest.mark.parametrize(
    ("day", "sure", "perhaps"),
    [
        ("09-30", "00:00-02:00,20:00-24:00", ""),
        ("10-01", "", "00:00-02:00,20:00-24:00"),  # off
        ("10-08", "20:00-24:00", "00:00-02:00"),  # the night of a day off goes on
        ("10-10", "", "00:00-02:00,20:00-24:00"),  # made up
    ],
)
def test_osms_own_syntax_is_in_doubt_on_days_off_and_make_up_days(day: str, sure: str, perhaps: str) -> None:
    date_, table = date.fromisoformat(f"2026-{day}"), workday_table(Calendar.CN)
    plan = osm_plan_of_date("Mo-Fr 20:00-02:00", date_, table)
    assert (_times(plan.open), _times(plan.unknown)) == (sure, perhaps)
    at_word = osm_plan_of_date("Mo-Fr 20:00-02:00", date(2026, 10, 1), None)
    assert _times(at_word.open) == "00:00-02:00,20:00-24:00"
