"""A QR code as the path of an SVG, one unit a module, which a page embeds in its own text."""

_QUIET = 4  # modules of white border, which readers need to find the code (ISO/IEC 18004)


def qr_path(text: str) -> tuple[int, str]:
    """Return the side in modules with its border, and the path of the dark modules."""
    import segno

    rows = segno.make(text, error="m", micro=False).matrix
    parts = [
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    ]
    return len(rows) + 2 * _QUIET, "".join(parts)
