"""Align a table for the terminal."""

from collections.abc import Collection, Iterator, Sequence

_WIDEST_FIGURE = 20  # wider columns hold texts


def text_table_lines(
    head: Sequence[str], rows: Sequence[Sequence[str]], texts: Collection[int] = (0,)
) -> Iterator[str]:
    """Yield aligned rows: the columns of ``texts``, and wide ones, flush left, figures flush right.

    A Chinese character is two cells wide.
    """
    from rich.cells import cell_len

    widths = [max(cell_len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    for row in (head, *rows):
        cells = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - cell_len(cell))
            cells.append(cell + space if number in texts or width > _WIDEST_FIGURE else space + cell)
        yield "  ".join(cells).rstrip()
