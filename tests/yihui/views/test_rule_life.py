"""What an officer reads after taking back what was granted wrongly."""

from benefits import ReversalResult, SpentGrant
from yihui.runtime.language import load_language
from yihui.views.rule_life import reversal_lines

ZH = load_language("zh")


def spent(kind: str, unit: str = "fen", redeemed: int = 0, settled: int = 0, number: int = 1) -> SpentGrant:
    return SpentGrant(f"g-{number}", f"m-{number}", kind, "慰问", unit, redeemed, settled)


def lines(*left: SpentGrant, grants: int = 1) -> list[str]:
    done = ReversalResult(7, grants, grants, 20_000 * grants, 0, left)
    return list(reversal_lines("cake", done, ZH))


def test_paid_in_transit_and_used_are_listed_with_what_follows() -> None:
    told = lines(
        spent("cash", settled=10_000),
        spent("cash", redeemed=5_000, settled=2_500, number=2),
        spent("voucher", redeemed=1_200, settled=300, number=3),
        spent("item", "份", redeemed=2, number=4),
    )
    assert "200 元" in told[0]
    assert told[1:] == [
        "已付给会员 2 项：",
        "    → 请向会员追回；银行退回的款项回到预算",
        "    g-1  慰问  100 元",
        "    g-2  慰问  25 元",
        "已送银行、尚未到账 1 项：",
        "    → 如被银行退回，款项回到预算，不再支付",
        "    g-2  慰问  50 元",
        "已在商家使用 2 项：",
        "    → 商家照常结算；商家退回的部分回到预算",
        "    g-3  慰问  15 元",
        "    g-4  慰问  2 份",
    ]


def test_what_is_wholly_used_is_listed_although_nothing_is_taken_back() -> None:
    told = lines(spent("voucher", redeemed=100), grants=0)
    assert (told[0], told[1]) == ("cake 没有可收回的发放", "已在商家使用 1 项：")
