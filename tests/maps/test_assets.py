import pytest

from maps import Assets, embed_images


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
