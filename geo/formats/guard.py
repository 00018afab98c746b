"""Text in a spreadsheet that must not run as a formula (OWASP, CSV injection)."""

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: str) -> str:
    """A cell with an apostrophe in front where a spreadsheet would take it for a formula."""
    return "'" + cell if cell.lstrip("'").startswith(_DANGEROUS) else cell


def unguarded(cell: str) -> str:
    """A cell without the apostrophe that ``guarded`` put in front of it."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_DANGEROUS) else cell
