"""Align a table for the terminal."""

from collections.abc import Iterator, Sequence


def text_table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield aligned rows: the first column flush left, figures flush right.

    A Chinese character is two cells wide.
    """
    from rich.cells import cell_len

    widths = [max(cell_len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    for row in (head, *rows):
        first = row[0] + " " * (widths[0] - cell_len(row[0]))
        rest = (
            " " * (width - cell_len(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True)
        )
        yield "  ".join((first, *rest)).rstrip()
