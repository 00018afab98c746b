"""A comparison of scenarios whose gaps are named by crossings says whose their names are."""

from tests.yihui.planning.scenario.test_pictures import figures_of
from yihui.planning.scenario.text import terms_text
from yihui.runtime.language import load_language

OSM = "© OpenStreetMap 贡献者（ODbL）"


def test_the_source_of_crossings_is_shown_only_where_they_name_gaps() -> None:
    language = load_language("zh")
    with_crossings, without, older = (
        terms_text(figures_of(demand_title="常住人口", **more), language)
        for more in ({"has_crossings": True}, {"has_crossings": False}, {})
    )
    assert OSM in with_crossings
    assert with_crossings.startswith(without)
    assert without == older
    assert OSM not in without
