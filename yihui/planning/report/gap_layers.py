"""The gaps on a printed map: every one coloured by its rank, and numbered where its number has room."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd

from core.text_marks import N_
from yihui.planning.report.map_image import LegendKey, MapProjection
from yihui.planning.report.map_labels import LabelBoxes, label_size
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from geo.gaps import Gap

# From Okabe and Ito's vermilion to a light tint of it: the first ranks are the darkest.
RANK_CLASSES = ((10, "#a63603"), (50, "#d55e00"), (200, "#f08a3c"), (1_000, "#f7b583"), (None, "#fbdcc4"))
TEMPORARY_GAP_COLOUR = "#f0e442"
MAX_LEADER_RANK = 30  # up to this rank, a number without room in its gap stands beside it; all, if few
_FEW = 100
_FIRST = 10
_INK, _EDGE, _TEMPORARY_INK = "#161c22", "#ffffff", "#6b5d00"
_FIRST_PT, _OTHER_PT, _MANY_PT, _TEMPORARY_PT = 5.5, 4.6, 3.4, 4.0  # small where there are many


def rank_colour(rank: int) -> str:
    """Return the colour of a lasting gap, by its rank from 1."""
    return next(colour for last, colour in RANK_CLASSES if last is None or rank <= last)


def rank_legend_keys(count: int, language: Language) -> Iterator[LegendKey]:
    """Yield the classes of ranks that ``count`` gaps take."""
    first = 1
    for last, colour in RANK_CLASSES:
        if first > count:
            return
        if last is None or last > count:
            last = count
        text = N_("rank {first} to {last}") if first < last else N_("rank {first}")
        yield LegendKey(colour, language.render(text, first=f"{first:,}", last=f"{last:,}"))
        first = last + 1


def draw_gaps(
    axes: "Axes",
    flat: MapProjection,
    lasting: "Sequence[Gap]",
    at_times: "Sequence[Gap]",
    opacity: float | None = None,
) -> None:
    """Fill every gap: the lasting ones by rank, the others in one colour."""
    width = 0.35 if len(lasting) + len(at_times) <= 1_000 else 0.1
    for gaps, colours in (
        (at_times, [TEMPORARY_GAP_COLOUR] * len(at_times)),
        (lasting, [rank_colour(rank) for rank in range(1, len(lasting) + 1)]),
    ):
        if gaps:
            _shapes(flat, gaps).plot(
                ax=axes, color=colours, edgecolor=_EDGE, linewidth=width, aspect=None, alpha=opacity
            )


def draw_ranks(
    axes: "Axes", flat: MapProjection, gaps: "Sequence[Gap]", boxes: LabelBoxes, metre: float
) -> int:
    """Number the lasting gaps by rank, where the number hides no name and no other number; return how many.

    ``metre`` is the length in the plane of a typographic point. The first ranks may stand beside their gap, at the
    end of a line.
    """
    few = len(gaps) <= _FEW
    beside, other = (len(gaps), _OTHER_PT) if few else (MAX_LEADER_RANK, _MANY_PT)
    drawn = 0
    for rank, ground in enumerate(_shapes(flat, gaps).geometry if gaps else (), 1):
        font = _FIRST_PT if rank <= _FIRST else other
        size = label_size(str(rank), font, metre, padding_em=0.7 if rank <= _FIRST else 0.15)
        middle, inner = ground.centroid, ground.representative_point()
        spot = boxes.place_inside([(middle.x, middle.y), (inner.x, inner.y)], size, ground)
        if spot is None and rank <= beside:
            spot = boxes.place_beside((inner.x, inner.y), size)
            if spot is not None:
                axes.plot(
                    [inner.x, spot[0]], [inner.y, spot[1]], color=_INK, linewidth=0.4, zorder=6,
                    solid_capstyle="butt",
                )  # fmt: skip
        if spot is not None:
            _number(axes, spot, rank, font)
            drawn += 1
    return drawn


def draw_temporary_ranks(
    axes: "Axes", flat: MapProjection, gaps: "Sequence[Gap]", boxes: LabelBoxes, metre: float
) -> None:
    """Number the gaps at some hours where the number lies on its own gap; their ranks are a list of their own."""
    for rank, ground in enumerate(_shapes(flat, gaps).geometry if gaps else (), 1):
        inner = ground.representative_point()
        size = label_size(str(rank), _TEMPORARY_PT, metre, padding_em=0.1)
        above = (inner.x, inner.y + size[1] / 2)  # clear of the place in the middle
        spot = boxes.place_inside([above, (inner.x, inner.y)], size, ground)
        if spot is not None:
            axes.text(
                *spot, str(rank), fontsize=_TEMPORARY_PT, style="italic", color=_TEMPORARY_INK, ha="center",
                va="center_baseline", zorder=7, clip_on=True,
            )  # fmt: skip


def _number(axes: "Axes", spot: tuple[float, float], rank: int, font: float) -> None:
    from matplotlib.patheffects import withStroke

    if rank <= _FIRST:
        axes.text(
            *spot, str(rank), fontsize=font, fontweight="bold", color="white", ha="center", va="center",
            zorder=8, clip_on=True,
            bbox={"boxstyle": "circle,pad=0.22", "facecolor": _INK, "edgecolor": "white", "linewidth": 0.5},
        )  # fmt: skip
        return
    axes.text(
        *spot, str(rank), fontsize=font, color=_INK, ha="center", va="center", zorder=7, clip_on=True,
        path_effects=[withStroke(linewidth=1.1, foreground="white")],
    )  # fmt: skip


def _shapes(flat: MapProjection, gaps: "Sequence[Gap]") -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(geometry=[gap.geometry for gap in gaps], crs="EPSG:4326")
    return flat.project_frame(frame)
