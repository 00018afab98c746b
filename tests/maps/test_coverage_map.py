import re
from dataclasses import replace

import geopandas as gpd
import pytest
from folium import Map

from maps import Assets, Labels, MapView, coverage_map, embed_images
from maps.symbols import OTHER_SYMBOL, SYMBOLS
from yihui.runtime.assets import load_map_assets


def test_the_page_links_to_nothing_outside_itself(view: MapView) -> None:
    page = coverage_map(view, Labels(), load_map_assets())
    assert not re.search(r"<(link|img|iframe)\b|<script[^>]+src=", page)
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert not re.search(r"@import|url\((?!data:)", styles.replace("url(#default#VML)", ""))
    assert "default-src 'none'" in page


def test_the_same_content_gives_the_same_page(view: MapView) -> None:
    assets = load_map_assets()
    assert coverage_map(view, Labels(), assets) == coverage_map(view, Labels(), assets)


def test_a_name_ends_no_element_and_is_no_template(full: MapView) -> None:
    page = coverage_map(full, Labels(), load_map_assets())
    assert "<img src=x" not in page
    assert "alert(2)</script>" not in page
    assert "1337" not in page  # 7 * 191
    assert page.count("{{ 7 * 191 }}") > 5


def test_folium_itself_stays_as_it_was(view: MapView) -> None:
    links = list(Map.default_js), list(Map.default_css)
    coverage_map(view, Labels(), load_map_assets())
    assert (list(Map.default_js), list(Map.default_css)) == links
    assert links[0]


def test_a_map_of_nothing_shows_china(levels: list[gpd.GeoDataFrame], view: MapView) -> None:
    nothing = MapView(stations=(), levels=[frame.iloc[:0] for frame in levels], at=view.at, reach="1 公里")
    assert '"bounds":[[18.0,74.0],[53.0,134.0]]' in coverage_map(nothing, Labels(), load_map_assets())


def test_districts_in_another_system_are_refused(view: MapView) -> None:
    projected = [frame.to_crs(3857) for frame in view.levels]
    with pytest.raises(ValueError, match="EPSG:4326"):
        coverage_map(replace(view, levels=projected), Labels(), load_map_assets())


@pytest.mark.parametrize("colour", [symbol.colour for symbol in (*SYMBOLS.values(), OTHER_SYMBOL)])
def test_white_letters_on_a_symbol_have_enough_contrast(colour: str) -> None:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def test_an_image_goes_into_the_style_and_an_unknown_one_becomes_nothing() -> None:
    style = embed_images(
        "a{background:url(images/a.png)} b{background:url('x/b.png')}", {"a.png": b"\x89PNG"}
    )
    assert "url(data:image/png;base64,iVBORw==)" in style
    assert "b.png" not in style
    Assets(scripts=(), styles=(style,))


@pytest.mark.parametrize(
    ("scripts", "styles"),
    [
        (("var a = '</SCRIPT>'",), ()),  # would end its element
        ((), ("a{}</style>",)),
        ((), ("@import 'https://example.org/a.css';",)),  # would fetch
        ((), ("a{background:url(images/a.png)}",)),
    ],
)
def test_a_text_that_would_break_out_or_fetch_is_refused(
    scripts: tuple[str, ...], styles: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r"can't stand inside a page|embed it"):
        Assets(scripts=scripts, styles=styles)
