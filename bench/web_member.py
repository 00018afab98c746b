"""Benchmark a member's list on a slow phone in a slow network: seconds until it is readable, and bytes loaded."""

import tempfile
from pathlib import Path
from statistics import median

from bench.measurement import Measurement
from bench.web_page import GOAL_KB, GOAL_S, PHONE_SLOWDOWN, ROUNDS, Load, load_page
from bench.web_server import start_server
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.own_benefits import ME, NOW, build_own_benefits

LISTS = ("/me", "/me/decisions", "/me/messages")
_LISTED = "main li"


def measure() -> list[Measurement]:
    from tools.browser import open_chromium

    with tempfile.TemporaryDirectory() as name, open_chromium() as browser:
        folder = Path(name)
        wiring = build_own_benefits(str(folder / "yihui.db"), folder)
        given = {
            "YIHUI_DATABASE_URL": str(folder / "yihui.db"),
            "YIHUI_DATA_FOLDER": name,
            "YIHUI_NOW": NOW.isoformat(),
        }
        with start_server(["-m", "yihui", "serve"], given) as server:

            def load(path: str, *, throttled: bool) -> Load:
                address = f"http://{server.host}"
                return load_page(
                    browser,
                    address + path,
                    _LISTED,
                    throttled=throttled,
                    before=lambda context: log_in_browser(context, address, wiring, ME),
                )

            slow = {path: [load(path, throttled=True) for _ in range(ROUNDS)] for path in LISTS}
            heaviest = max(load(path, throttled=False).bytes for path in LISTS) / 1e3
        wiring.close()
    medians = {path: median(one.readable_s for one in loads) for path, loads in slow.items()}
    path, readable_s = max(medians.items(), key=lambda one: one[1])
    return [
        Measurement(
            "web.member_list_slow_3g", readable_s, "s", None, "<=", GOAL_S, readable_s < GOAL_S,
            f"the slowest of {', '.join(LISTS)}, which is {path}, by Chromium's slow 3G (2 s and 400 kbit/s), processor "
            f"slowed {PHONE_SLOWDOWN} ×; median of {ROUNDS}",
        ),
        Measurement(
            "web.member_first_load", heaviest, "kB", None, "<=", GOAL_KB, heaviest < GOAL_KB,
            "the heaviest of these lists with all that it loads by itself, gzip",
        ),
    ]  # fmt: skip
