"""How days stand in the member's pages."""

from datetime import date

from yihui.http.me.pages import reword_days_of_page
from yihui.runtime.language import load_language


def test_days_in_tags_and_in_what_somebody_typed_stay_as_programs_read_them() -> None:
    kept = '<input type="date" max="2026-12-01"><textarea name="text">自 2026-12-01 起\n是</textarea>'
    page = f'{kept}<time datetime="2026-12-01">2026-12-01 10:00</time>'
    shown = reword_days_of_page(page, load_language("zh"), date(2026, 11, 20))
    assert shown == f'{kept}<time datetime="2026-12-01">12月1日 10:00</time>'
