"""The box on a map: title, time, legend, sources, and what the map is not."""

from collections.abc import Mapping

from geo.civil import CIVIL_TIME
from geo.station import Kind
from maps.classes import NO_DATA, Classes
from maps.labels import Labels, word
from maps.page import markup
from maps.symbols import symbol
from maps.view import CoverageView

PANEL = """<aside class="panel"><details open><summary>{{ title }}{% if sampled %}<span class="mark">{{ words.sample }}</span>{% endif %}</summary>
<p>{{ at }}</p>
<h2>{{ coverage }}</h2>
<ul>{% for colour, text in bands %}<li><svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill="{{ colour }}" fill-opacity="0.75"/></svg>{{ text }}</li>{% endfor %}</ul>
<h2>{{ words.places }}</h2>
<ul>{% for symbol, name, count in kinds %}<li><span class="spot" style="background-color: {{ symbol.colour }}">{{ symbol.character }}</span>{{ name }}<span class="count">{{ count }}</span></li>{% endfor %}</ul>
{% if not_placed %}<p class="small">{{ not_placed }}</p>{% endif %}
{% if sampled %}<p class="small">{{ words.sample_note }}</p>{% endif %}
<h2>{{ words.sources }}</h2>
<p class="small">{% for source in sources %}{{ source }}<br>{% endfor %}{{ words.datum }}</p>
<p class="small">{{ words.review }}</p>
</details></aside>"""


def panel(view: CoverageView, kinds: Mapping[Kind, int], labels: Labels) -> str:
    """The box as HTML, every text escaped."""
    not_placed = len(view.stations) - sum(kinds.values())
    return markup(
        PANEL,
        words=labels,
        title=labels.title,
        sampled=any(station.sample for station in view.stations),
        at=labels.at.format(at=view.at.astimezone(CIVIL_TIME).strftime("%Y-%m-%d %H:%M")),
        coverage=labels.coverage.format(radius=f"{view.radius_m:,.0f}"),
        bands=_bands(view.classes, labels),
        kinds=[(symbol(kind), word(labels.words.kinds, kind), f"{count:,}") for kind, count in kinds.items()],
        not_placed=labels.not_placed.format(count=not_placed) if not_placed else "",
        sources=[*view.sources, *sorted({s.source for s in view.stations if s.source})],
    )


def _bands(classes: Classes, labels: Labels) -> list[tuple[str, str]]:
    bands = classes.bands()
    texts = [labels.band] * (len(bands) - 1) + [labels.last_band]
    named = [
        (colour, text.format(low=f"{100 * low:g}", high=f"{100 * high:g}"))
        for text, (colour, low, high) in zip(texts, bands, strict=True)
    ]
    return [*named, (NO_DATA, labels.no_data)]
