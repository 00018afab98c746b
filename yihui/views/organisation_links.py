"""The printed code of an organisation: SVG and PNG of the code, and an A5 page with name and three steps."""

import io

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.organisations.links import PrintableLink
from yihui.views.page_template import render_file_page

_STEPS = (
    N_("Scan the code with the phone's camera or with WeChat."),
    N_("Say who you are: name, ID number, phone."),
    N_("Confirm. You are told at once whether you are in."),
)
_PNG_SCALE = 12  # pixels for each module: sharp on 10 cm of paper at 300 dpi


def render_link_svg(printable: PrintableLink) -> str:
    """Render the code as SVG."""
    return render_address_svg(printable.address)


def render_address_svg(address: str) -> str:
    """Render the code of an address as SVG."""
    out = io.BytesIO()
    _code(address).save(
        out, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, nl=False, omitsize=True
    )
    return out.getvalue().decode()


def render_link_png(printable: PrintableLink) -> bytes:
    """Render the code as PNG."""
    out = io.BytesIO()
    _code(printable.address).save(out, kind="png", scale=_PNG_SCALE, border=4, light="#fff")
    return out.getvalue()


def render_link_page(printable: PrintableLink, language: Language) -> str:
    """Render the A5 page for printing: one file without scripts and network."""
    return render_file_page(
        "organisation_qr.html",
        language,
        name=printable.name,
        picture=render_link_svg(printable),
        steps=_STEPS,
        address=printable.address,
        number=printable.link.link[:8],
    )


def organisation_link_json(printable: PrintableLink) -> dict[str, object]:
    """Return the link as JSON data."""
    return {
        "organisation": printable.code,
        "name": printable.name,
        "link": printable.link.link,
        "address": printable.address,
    }


def _code(address: str):  # type: ignore[no-untyped-def]
    import segno

    return segno.make(address, error="m", micro=False)
