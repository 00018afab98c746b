"""Prevent cell texts from running as formulas in a spreadsheet (OWASP, CSV injection)."""

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(cell: str) -> str:
    """Prefix a cell with an apostrophe if a spreadsheet would run it as a formula."""
    return "'" + cell if cell.lstrip("'").startswith(_DANGEROUS) else cell


def unescape_formula(cell: str) -> str:
    """Remove the apostrophe that `escape_formula` added."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_DANGEROUS) else cell
