"""The boxes on a map: title, time, legend, sources and disclaimers; the area shown; the hour slider."""

from collections.abc import Mapping

from markupsafe import Markup

from core.civil_time import CIVIL_TIME
from geo.datum import UNSHIFTED_DATUMS
from geo.station import Kind
from maps.classes import NO_DATA_COLOUR, ColourClasses
from maps.labels import Labels, label_for_code
from maps.page import render_markup
from maps.places import MAX_MARKERS
from maps.symbols import symbol_for_kind
from maps.view import MapView

PANEL_TEMPLATE = """<aside class="panel"><details open><summary>{{ title }}{% if sampled %}<span class="mark">{{ words.sample }}</span>{% endif %}</summary>
<p class="at">{{ at }}</p>
{% if view.levels %}<h2>{{ coverage }}</h2>
<ul>{% for colour, text in bands %}<li><svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill="{{ colour }}"/></svg>{{ text }}</li>{% endfor %}</ul>{% endif %}
{% if view.gaps or view.proposals %}<ul class="marks">
{% if view.gaps %}<li><svg class="swatch gap-key" aria-hidden="true"><rect width="100%" height="100%" fill="url(#hatching)"/></svg><span><b>{{ words.gaps }}</b> {{ gap_key }}{% if heaviest %} <i>{{ heaviest }}</i>{% endif %}</span><span class="count">{{ view.gaps|length }}</span></li>{% endif %}
{% if view.proposals %}<li><span class="pin-key">1</span><span><b>{{ words.proposals }}</b> {{ words.proposal_key }}</span><span class="count">{{ view.proposals|length }}</span></li>{% endif %}</ul>{% endif %}
<h2>{{ words.places }}</h2>
<ul>{% for symbol, name, count in kinds %}<li><span class="spot" style="--kind: {{ symbol.colour }}">{{ symbol.character }}</span>{{ name }}<span class="count">{{ count }}</span></li>{% endfor %}</ul>
{% for note in notes %}<p class="small">{{ note }}</p>{% endfor %}
<h2>{{ words.sources }}</h2>
<p class="small">{% for source in sources %}{{ source }}<br>{% endfor %}{{ datum }}</p>
{% if online %}<p class="small online">{{ online }}</p>{% endif %}
<p class="small">{{ words.review }}</p>
</details></aside>
{% if view.levels %}<nav class="scope" aria-label="{{ words.area }}"><div class="steps"><ol></ol><select class="inner" aria-label="{{ words.choose }}"></select></div>
<dl></dl><fieldset aria-label="{{ words.colours_by }}"></fieldset></nav>{% endif %}
{% if view.week %}<section class="week" aria-label="{{ words.hour }}"><div class="hour"><button type="button" class="back" aria-label="{{ words.hour_back }}">‹</button><output></output><button type="button" class="on" aria-label="{{ words.hour_on }}">›</button><span class="most"></span></div>
<svg class="trend" viewBox="0 0 168 30" preserveAspectRatio="none" aria-hidden="true"></svg>
<input type="range" min="0" max="167" step="1" aria-label="{{ words.hour }}">
<div class="days"></div></section>{% endif %}
<svg class="north" viewBox="0 0 24 34" role="img" aria-label="{{ words.north }}"><path d="M12 10 4 33l8-5 8 5z"/><text x="12" y="9">N</text></svg>"""


def render_panel(view: MapView, kinds: Mapping[Kind, int], labels: Labels) -> Markup:
    """Render the boxes as HTML, with every text escaped."""
    served = {"ground": labels.ground, "people": labels.people}.get(view.served, view.served)
    shifted = view.tiles.datum not in UNSHIFTED_DATUMS
    return render_markup(
        PANEL_TEMPLATE,
        view=view,
        words=labels,
        title=labels.title,
        sampled=any(station.sample for station in view.stations),
        at=labels.at.format(at=view.at.astimezone(CIVIL_TIME).strftime("%Y-%m-%d %H:%M")),
        coverage=labels.coverage.format(served=served, reach=view.reach),
        gap_key=(labels.night_gap_key if view.gaps_by_night else labels.gap_key).format(reach=view.reach),
        heaviest=_heaviest(view, labels),
        bands=_bands(view.classes, labels),
        kinds=[
            (symbol_for_kind(kind), label_for_code(labels.words.kinds, kind), f"{count:,}")
            for kind, count in kinds.items()
        ],
        notes=_notes(view, sum(kinds.values()), labels),
        sources=_sources(view),
        datum=labels.shifted if shifted else labels.datum,
        online=labels.online.format(hosts=", ".join(view.tiles.hosts)) if view.tiles.hosts else "",
    )


def _heaviest(view: MapView, labels: Labels) -> str:
    if view.gaps_found <= len(view.gaps):
        return ""
    return labels.heaviest.format(shown=f"{len(view.gaps):,}", all=f"{view.gaps_found:,}")


def _sources(view: MapView) -> list[str]:
    """Return the view's sources, then those that stations name and that are not among them."""
    named = sorted({station.source for station in view.stations if station.source})
    return [*view.sources, *(one for one in named if not any(one in given for given in view.sources))]


def _notes(view: MapView, placed: int, labels: Labels) -> list[str]:
    notes = []
    if view.week or view.states:
        notes = [labels.dot] if placed > MAX_MARKERS else [labels.badge, labels.closed_place]
    if not_placed := len(view.stations) - placed:
        notes.append(labels.not_placed.format(count=f"{not_placed:,}"))
    if any(station.sample for station in view.stations):
        notes.append(labels.sample_note)
    return notes


def _bands(classes: ColourClasses, labels: Labels) -> list[tuple[str, str]]:
    bands = classes.bands()
    texts = [labels.band] * (len(bands) - 1) + [labels.last_band]
    named = [
        (colour, text.format(low=f"{100 * low:g}", high=f"{100 * high:g}"))
        for text, (colour, low, high) in zip(texts, bands, strict=True)
    ]
    return [*named, (NO_DATA_COLOUR, labels.no_data)]
