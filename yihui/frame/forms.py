"""Show a form: its fields as components, each with what was typed into it and what is wrong with that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from core.text_marks import N_
from yihui.frame.components import render_component
from yihui.frame.fields import FieldKind, FormField
from yihui.runtime.errors import ErrorLine
from yihui.runtime.language import Language

_UNITS: Mapping[FieldKind, str] = {FieldKind.MONEY: N_("yuan")}
_HINTS: Mapping[FieldKind, str] = {FieldKind.PICTURE: N_("JPEG, PNG, WebP or PDF, at most 10 MB.")}
_PICTURES = "image/jpeg,image/png,image/webp,application/pdf"
NAMED_KINDS = {
    FieldKind.ORGANISATION: "organisations",
    FieldKind.STATION: "stations",
    FieldKind.MEMBER: "members",
    FieldKind.AREA: "areas",
}
_MOST_RADIOS = 4  # more choices are a select
_EMPTY_ROWS, _LEAST_ROWS = 2, 5  # beyond those that are filled, and at least, where a table has room
_NO_VALUES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as a page shows it: its fields, what stands in them by name, and the errors of the last try.

    None of a list's filters is needed, so that none says that it may stay empty.
    """

    fields: Sequence[FormField]
    language: Language
    values: Mapping[str, str] = field(default_factory=lambda: _NO_VALUES)
    errors: Sequence[ErrorLine] = ()
    prefix: str = "field"
    are_filters: bool = False

    @property
    def has_files(self) -> bool:
        return any(one.kind in (FieldKind.LIST, FieldKind.PICTURE, FieldKind.FILE) for one in self.fields)

    def __iter__(self) -> Iterator[Markup]:
        return (self._component(one) for one in self.fields)

    @property
    def near(self) -> Iterator[Markup]:
        """The fields that most who fill the form in need."""
        return (self._component(one) for one in self.fields if not one.prompt.is_further)

    @property
    def further(self) -> list[Markup]:
        """The fields that few need, which are folded up."""
        return [self._component(one) for one in self.fields if one.prompt.is_further]

    @property
    def summary(self) -> Markup:
        """Return the list of all errors, each with a link to its field; empty without any."""
        if not self.errors:
            return Markup()
        known, lines = {one.name: one for one in self.fields}, []
        for line in self.errors:
            name = (line.field or "").partition(".")[0]
            cell = name in known and known[name].columns and (line.field or "").count(".") == 2
            text = (
                f"{line.message}{self.language.translate(N_('; '))}{line.advice}"
                if line.advice
                else line.message
            )
            place = str(line.field) if cell else name
            lines.append({"text": text, **({"href": f"#{self.id_of(place)}"} if name in known else {})})
        title = N_("Nothing was searched for") if self.are_filters else N_("Nothing was changed")
        return render_component(
            "error-summary",
            titleText=self.language.translate(title),
            errorList=lines,
            attributes={"id": "problems"},
        )

    def id_of(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def _component(self, one: FormField) -> Markup:
        say, shown = self.language.translate, self.values.get(one.name, "")
        wrong = [
            line.message
            for line in self.errors
            if one.name in (line.field or "", (line.field or "").partition(".")[0])
        ]
        label = say(one.prompt.title) if one.required or one.prompt.is_proposed else self._optional(one)
        if one.kind is FieldKind.ROWS:
            return self._rows(one, label)
        if one.kind is FieldKind.HIDDEN:
            return Markup('<input type="hidden" name="{}" value="{}">').format(one.name, shown)
        given = {
            "id": self.id_of(one.name),
            "name": one.name,
            "hint": {"text": say(said)} if (said := one.prompt.hint or _HINTS.get(one.kind)) else None,
            "errorMessage": {
                "text": self.language.join_clauses(wrong),
                "visuallyHiddenText": say(N_("Wrong")),
            }
            if wrong
            else None,
        }
        required = {"required": ""} if one.required else {}
        if one.kind in (FieldKind.TICK, FieldKind.TARGET):
            ticked = {"value": "yes", "text": label, "checked": shown == "yes", "id": given.pop("id")}
            return render_component("checkboxes", items=[ticked], classes="govuk-checkboxes--small", **given)
        if one.kind is FieldKind.CHOICES:
            return self._choices(one, label, shown, given)
        if one.kind is FieldKind.CHOICE:
            return self._choice(one, label, shown, given, required)
        if one.kind is FieldKind.BOX:
            return render_component(
                "textarea",
                label={"text": label},
                rows=one.prompt.rows or 4,
                value=shown,
                attributes={"maxlength": str(one.longest)} | required if one.longest else required,
                **given,
            )
        if one.kind is FieldKind.LIST:
            return self._list(one, label, shown, given)
        if one.kind in (FieldKind.PICTURE, FieldKind.FILE):
            hint, kept = self._kept(one)
            endings = ",".join(f".{ending}" for ending in one.choices or ())
            taken = _PICTURES if one.kind is FieldKind.PICTURE else endings
            asked = {**({"accept": taken} if taken else {}), **({} if kept else required)}
            shown_file = {**given, "hint": hint or given["hint"]}
            return (
                render_component("file-upload", label={"text": label}, attributes=asked, **shown_file) + kept
            )
        if one.kind in NAMED_KINDS:
            return self._named(one, label, shown, given, required)
        number = one.kind in (FieldKind.WHOLE, FieldKind.NUMBER, FieldKind.MONEY)
        limit = {"maxlength": str(one.longest)} if one.longest and one.kind is FieldKind.TEXT else {}
        return render_component(
            "input",
            label={"text": label},
            value=shown,
            type={FieldKind.DAY: "date", FieldKind.INSTANT: "datetime-local"}.get(one.kind, "text"),
            inputmode="numeric" if one.kind is FieldKind.WHOLE else "decimal" if number else None,
            classes="govuk-input--width-10" if number or one.kind is FieldKind.DAY else None,
            suffix={"text": say(unit)} if (unit := one.prompt.unit or _UNITS.get(one.kind, "")) else None,
            autocomplete="off",
            attributes=limit | required,
            **given,
        )

    def _rows(self, one: FormField, label: str) -> Markup:
        """Return a table's rows, each a group of fields: those that are filled, and some empty ones."""
        count = min(one.longest, max(one.count_rows(self.values) + _EMPTY_ROWS, _LEAST_ROWS))
        row = Markup('<fieldset class="row"><legend class="govuk-visually-hidden">{}</legend>{}</fieldset>')
        rows = [
            row.format(
                self.language.render(N_("Row {number}"), number=place + 1),
                Markup().join(self._component(one.cell(place, column)) for column in one.columns),
            )
            for place in range(count)
        ]
        whole = (one.name, *(f"{one.name}.{place}" for place in range(count)))
        wrong = self.language.join_clauses([line.message for line in self.errors if line.field in whole])
        notes = (("govuk-hint", self.language.translate(one.prompt.hint)), ("govuk-error-message", wrong))
        said = [Markup('<p class="{}">{}</p>').format(*note) for note in notes if note[1]]
        table = Markup(
            '<fieldset class="govuk-fieldset rows" id="{}"><legend class="govuk-label">{}</legend>{}</fieldset>'
        )
        return table.format(self.id_of(one.name), label, Markup().join([*said, *rows]))

    def _choices(self, one: FormField, label: str, shown: str, given: Mapping[str, object]) -> Markup:
        assert one.choices is not None
        chosen = shown.split(",")
        items = [
            {
                "value": value,
                "text": self.language.title(title),
                "checked": value in chosen,
                "id": f"{given['id']}-{value}",
            }
            for value, title in one.choices.items()
        ]
        if items:
            items[0]["id"] = given["id"]
        asked = {name: value for name, value in given.items() if name != "id"}
        return render_component(
            "checkboxes",
            fieldset={"legend": {"text": label}},
            items=items,
            classes="govuk-checkboxes--small several",
            idPrefix=given["id"],
            **asked,
        )

    def _list(self, one: FormField, label: str, shown: str, given: Mapping[str, object]) -> Markup:
        """Return a box for lines, and below it the choice of a file; a file that a preview stored is named."""
        hint, kept = self._kept(one)
        box = render_component("textarea", label={"text": label}, rows=4, value=shown, **given)
        file = render_component(
            "file-upload",
            id=f"{given['id']}-file",
            name=one.name,
            label={"text": self.language.translate(N_("or a file: a workbook or CSV"))},
            hint=hint,
            attributes={"accept": ".xlsx,.xls,.csv"},
        )
        return box + file + kept

    def _kept(self, one: FormField) -> tuple[dict[str, str] | None, Markup]:
        """Return what says that the file of a preview is used, and the field that names it; nothing without one."""
        if not (stored := self.values.get(f"{one.name}_upload", "")):
            return None, Markup()
        said = self.language.translate(N_("The file that you sent is used, unless you choose another."))
        return {"text": said}, Markup('<input type="hidden" name="{}_upload" value="{}">').format(
            one.name, stored
        )

    def _named(
        self, one: FormField, label: str, shown: str, given: Mapping[str, object], required: Mapping[str, str]
    ) -> Markup:
        """Return a field in which a name is typed; names are suggested where there is script."""
        choices = f"{given['id']}-choices"
        method = "post" if one.kind is FieldKind.MEMBER else "get"  # no address holds a name or a number
        asked = {
            "list": choices,
            "maxlength": "150",
            f"data-hx-{method}": f"/desk/choices/{NAMED_KINDS[one.kind]}?field={one.name}",
            "data-hx-trigger": "input changed delay:300ms",
            "data-hx-target": f"#{choices}",
            "data-hx-swap": "innerHTML",
            "data-hx-push-url": "false",
        }
        field = render_component(
            "input",
            label={"text": label},
            value=shown,
            autocomplete="off",
            attributes={**asked, **required},
            **given,
        )
        return field + Markup('<datalist id="{}"></datalist>').format(choices)

    def _choice(
        self, one: FormField, label: str, shown: str, given: Mapping[str, object], required: Mapping[str, str]
    ) -> Markup:
        assert one.choices is not None
        items = [{"value": value, "text": self.language.title(title)} for value, title in one.choices.items()]
        is_sure = one.required or bool(one.default)
        if len(items) > _MOST_RADIOS or self.are_filters or not is_sure:
            shown = shown or one.begin(one.default) if self.are_filters else shown
            nothing = {"value": "", "text": self.language.translate(self._no_choice(one))}
            offered = items if one.default and not one.required else [nothing, *items]
            chosen = [{**item, "selected": item["value"] == shown} for item in offered]
            return render_component(
                "select", label={"text": label}, items=chosen, attributes=dict(required), **given
            )
        legend = {"legend": {"text": label}}
        radios = [{**item, "checked": item["value"] == shown or len(items) == 1} for item in items]
        return render_component(
            "radios",
            fieldset=legend,
            items=radios,
            classes="govuk-radios--inline govuk-radios--small",
            idPrefix=given["id"],
            **{name: value for name, value in given.items() if name != "id"},
        )

    def _no_choice(self, one: FormField) -> str:
        if one.required or "." in one.name:
            return N_("choose")
        return N_("all") if self.are_filters else N_("not said")

    def _optional(self, one: FormField) -> str:
        title = self.language.translate(one.prompt.title)
        if "." in one.name:  # which fields of a row are needed is said below its heading
            return title
        is_tick = one.kind in (FieldKind.TICK, FieldKind.TARGET)
        if is_tick or self.are_filters or one.begin(one.default):
            return title
        return self.language.render(N_("{title} (may stay empty)"), title=title)
