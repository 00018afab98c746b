"""Write text in half width and in simplified characters, so that each word of a vocabulary is listed once."""

import unicodedata

# Only what the vocabularies of this folder need.
_TRADITIONAL = (
    "請務臺檯櫃員職場內僅對開鑰錀匙證換導帶領協門鎖掃碼會專諮詢聯繫絡辦處進業體驗設無須館"
    "隨時間單廠學飲電廁藥書療養創園傘針線氣總機護衛導鈴覽廳沒眾與為縣區東雲蓮蘭義連車動"
    "暫絕謝閉營損壞銷註啟運狀態關裝檢遷築劃擬異癱廢併裡裏輪講軟熱爐風暖凍儲換樁網絡報閱"
    "椅嬰兒臺燈貨補給遊戲樂場課訓劇棋洗澡層級維續訂復還從來後應該過達滿備齊將閒礙準許顧陽"
)
_SIMPLE = (
    "请务台台柜员职场内仅对开钥钥匙证换导带领协门锁扫码会专咨询联系络办处进业体验设无须馆"
    "随时间单厂学饮电厕药书疗养创园伞针线气总机护卫导铃览厅没众与为县区东云莲兰义连车动"
    "暂绝谢闭营损坏销注启运状态关装检迁筑划拟异瘫废并里里轮讲软热炉风暖冻储换桩网络报阅"
    "椅婴儿台灯货补给游戏乐场课训剧棋洗澡层级维续订复还从来后应该过达满备齐将闲碍准许顾阳"
)
_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLE)


def simplify_characters(text: str) -> str:
    """Convert text to half width and to simplified characters, as far as these words need them.

    >>> simplify_characters("暫停對外開放（維修）")
    '暂停对外开放(维修)'
    """
    return unicodedata.normalize("NFKC", text).translate(_SIMPLIFIED)
