"""Files of demand at every door: those of the officer's areas, how each was read, how one is uploaded, stored, deleted.

A file lies encrypted for its officer alone, for a day, until it was read without a fault and is stored under a name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter

from core.faults import Fault, FaultError
from core.prompts import Prompt
from core.text_marks import N_
from geo.registry.planning import (
    DemandFile,
    build_demand_file,
    count_owned_demand_files,
    delete_demand_file_row,
    find_demand_file,
    has_demand_file_named,
    planning_demand_files,
    record_demand_file,
    select_demand_files,
)
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Key, Kind
from yihui.frame.cells import Link, Officer
from yihui.frame.content import Advice, Fact, Facts, Prose, Section, Table, TableColumn, ThingPage
from yihui.frame.fields import fields_of
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import AreaCode, Form, FreeText, SentFile
from yihui.operations.uploads import change_upload_options, delete_upload, load_upload, store_upload
from yihui.planning.analysis.forms import PLANNING_TABS, name_page_faults
from yihui.planning.answer_texts import AnswerTexts
from yihui.planning.demand.request import DemandQuery, DemandReadingForm, read_form_of
from yihui.runtime.errors import ErrorLine, fault_line
from yihui.runtime.language import LANGUAGES, Language, load_language
from yihui.services.operation.demand_files import DEMAND_UPLOAD_FAULTS, MAX_DEMAND_FILES
from yihui.services.operation.job_runs import SHARES, JobKind, JobRun, observe_job
from yihui.services.operation.jobs import (
    JobRequest,
    JobState,
    find_latest_job,
    find_latest_result,
    insert_job,
)
from yihui.services.organisations.district_names import load_full_area_name

if TYPE_CHECKING:
    from yihui.planning.demand.file import DemandFileReading

DEMAND_JOB = "planning.demand"


@dataclass(frozen=True, slots=True)
class DemandReading:
    """What is known of a file: by language the sentences about it and its sums by area, and notes; or its faults.

    ``job`` is the one that reads it now.
    """

    texts: Mapping[str, AnswerTexts] = field(default_factory=dict)
    notes: Sequence[Fault] = ()
    faults: Sequence[Fault] = ()
    job: str = ""


READING: TypeAdapter[DemandReading] = TypeAdapter(DemandReading)  # as a job and a file of demand store it


def begin_reading(act: Doing[Any, Any], upload: str, name: str, area: str, page: str) -> None:
    """Store a job that reads an uploaded file, in the transaction of an act. *Raises*: FaultError."""
    request = JobRequest(DEMAND_JOB, area, name, page, {"upload": upload})
    insert_job(act.connection, act.actor, request, act.now)


def load_reading(wiring: Wiring, actor: Actor, page: str) -> DemandReading:
    """Load what is known of the officer's own upload, whose page is named."""
    job = find_latest_job(wiring, actor.id, page)
    if job is None or job.state is JobState.CANCELLED:
        return DemandReading()
    if not job.state.is_ended:
        return DemandReading(job=job.id)
    result = find_latest_result(wiring, actor.id, page) if job.state is JobState.DONE else None
    return DemandReading(faults=job.faults) if result is None else READING.validate_python(result)


def run_demand_job(run: JobRun) -> Mapping[str, object]:
    """Read the file of a job. *Raises*: FaultError with all faults of the file; JobCancelled; JobInterrupted."""
    from yihui.planning.demand.answer import build_demand_answer
    from yihui.planning.demand.run import read_uploaded_demand
    from yihui.planning.tables import answer_texts

    with observe_job(run):
        upload = load_upload(run.wiring, run.actor, str(run.job.parameters["upload"]))
        form, area = read_form_of(upload.options, upload.name), upload.options["area"]
        chosen = read_uploaded_demand(run.wiring, "", area, upload.content, form)
        assert chosen.file_reading is not None
        _refuse_persons(chosen.file_reading)
        query = DemandQuery(upload.name, area, form.spacing_m, form)
        languages = [load_language(code) for code in LANGUAGES]
        answers = [replace(build_demand_answer(query, chosen, one), notes=()) for one in languages]
    texts = {one.code: answer_texts(answer, one) for one, answer in zip(languages, answers, strict=True)}
    reading: Mapping[str, object] = READING.dump_python(DemandReading(texts, chosen.notes), mode="json")
    return reading


def _refuse_persons(found: "DemandFileReading") -> None:
    """*Raises*: FaultError where columns are about persons; “name” alone may be that of a place."""
    from members import find_personal_headers

    known = set(find_personal_headers(found).values())
    personal = [one for one in found.headers if "身份证" in one or (one in known and one.lower() != "name")]
    if personal:
        value = "、".join(personal)[:100]
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("personal", file=found.file, value=value))


DEMAND_JOB_KIND = JobKind(Right.PLAN, SHARES, run_demand_job, is_long=True)

PATH = "planning/demand"
_MOST_FAULTS = 200
_column = TableColumn[DemandFile]
_fault = TableColumn[ErrorLine]


class UploadPlace(Form):
    """A file of demand, and the area that it is about."""

    area: Annotated[
        AreaCode, Prompt(N_("Area"), help=N_("a province, a city or a county, by name or six-digit code"))
    ]
    upload: Annotated[
        SentFile,
        Prompt(
            N_("The file: CSV, XLSX, GeoJSON, GeoPackage, GeoParquet, zipped Shapefile or GeoTIFF"),
            hint=N_(
                "Points with coordinates, polygons, totals by district, or a raster of people, at most 16 MB. First you see how it is read and which rows are faulty; nothing is stored before you confirm. Take out columns about persons."
            ),
        ),
    ]


class DemandUploadForm(DemandReadingForm, UploadPlace):
    """A file of demand that a planner uploads: its area, and how it is read."""


class NameForm(Form):
    """The name under which a file of demand is stored."""

    name: Annotated[FreeText, Field(max_length=100), Prompt(N_("Name, as planners will see it"))]


def load(at: Doing[Any, Any] | Looking[Any], id_: str, lock: bool) -> DemandFile:
    """Return a stored file, or one that its officer uploaded and did not store yet. *Raises*: FaultError if there is none."""
    if (found := find_demand_file(at.connection, id_)) is not None:
        return found
    try:
        upload = load_upload(at.wiring, at.actor, id_)
        area = upload.options["area"]
    except (FaultError, KeyError) as error:
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("unknown", field="file", value=id_[:40])) from error
    size = len(upload.content)
    return DemandFile(id_, upload.name, at.actor.id, area, upload.name, upload.options, {}, size, at.now)


def _area(act: Doing[DemandUploadForm, DemandFile]) -> str:
    return act.form.area.ljust(6, "0")


def _type_options(form: DemandReadingForm) -> dict[str, str]:
    """Return the filled-in fields of how to read a file, as they are typed."""
    fields = fields_of(DemandReadingForm)
    return {one.name: typed for one in fields if (typed := one.begin(getattr(form, one.name)))}


def upload(act: Doing[DemandUploadForm, DemandFile]) -> Change:
    """Take a file for its officer, and begin to read it. *Raises*: FaultError."""
    from geo.formats.outlines import load_area_names

    sent, area = act.form.upload, _area(act)
    if area not in load_area_names():
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("area", field="area", value=area[:12]))
    options = {"area": area, **_type_options(act.form)}
    id_ = store_upload(act.wiring, act.actor, sent.name, sent.content, options)
    begin_reading(act, id_, sent.name, area, _page(id_))
    return Change(id_, {"size_bytes": len(sent.content)}, organisation=area)


def read_otherwise(act: Doing[DemandReadingForm, DemandFile]) -> Change:
    """Begin to read an uploaded file in another way. *Raises*: FaultError if it is stored already, or too many jobs wait."""
    id_, options = act.thing.id, {"area": act.thing.area, **_type_options(act.form)}
    begin_reading(act, id_, act.thing.name, act.thing.area, _page(id_))
    change_upload_options(act.wiring, act.actor, id_, options)  # last: no transaction takes it back
    return Change(id_)


def store(act: Doing[NameForm, DemandFile]) -> Change:
    """Store a file that was read without a fault under a name. *Raises*: FaultError with all faults of the file."""
    name, reading = act.form.name, load_reading(act.wiring, act.actor, _page(act.thing.id))
    if not reading.texts:
        raise FaultError(reading.faults or [DEMAND_UPLOAD_FAULTS.build("unread", field="file")])
    if has_demand_file_named(act.connection, act.actor.id, name):
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("same_name", field="name", value=name))
    if (count := count_owned_demand_files(act.connection, act.actor.id)) >= MAX_DEMAND_FILES:
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("too_many", field="name", count=count))
    made = replace(act.thing, name=name, summary=READING.dump_python(reading, mode="json"), stored_at=act.now)
    record_demand_file(act.connection, made, load_upload(act.wiring, act.actor, made.id).content)
    return Change(made.id, {"name": name, "size_bytes": made.size_bytes})


def _forget_upload(wiring: Wiring, form: NameForm, run: Callable[[], Key]) -> Key:
    """Delete the upload of a file once that is stored."""
    key = run()
    delete_upload(wiring, str(key))
    return key


def delete(act: Doing[Form, DemandFile]) -> Change:
    """Delete the officer's own file; figures that were computed with it stay. *Raises*: FaultError."""
    if act.thing.owner != act.actor.id:
        raise FaultError(DEMAND_UPLOAD_FAULTS.build("not_owner", field="file", value=act.thing.owner))
    delete_demand_file_row(act.connection, act.thing.id)
    return Change("", before={"name": act.thing.name}, about=("demand_file", act.thing.id))


def find(look: Looking[NoFilter]) -> RowSlice[DemandFile]:
    """Find the files for areas of the officer's subtrees by name, whoever uploaded them."""
    scope = planning_demand_files.c.area
    return find_selected(look, select_demand_files(), build_demand_file, scope=scope, right=Right.PLAN)


def show(look: Looking[BaseModel], one: DemandFile, language: Language) -> ThingPage:
    """Return how a file was read, or what is wrong with it; the job at work leads to its own page."""
    if is_stored := bool(one.summary):
        reading = READING.validate_python(one.summary)
    else:
        reading = load_reading(look.wiring, look.actor, _page(one.id))
    facts = (
        Fact("area", N_("Area"), load_full_area_name(one.area)),
        Fact("file", N_("Name of the file"), one.file_name),
        Fact("owner", N_("Uploaded by"), Officer(one.owner)),
        Fact("stored_at", N_("Uploaded"), one.stored_at if is_stored else None, is_on_page=is_stored),
    )
    acts = (("delete",) if one.owner == look.actor.id else ()) if is_stored else ("read",)
    if reading.texts and not is_stored:
        acts = ("store", *acts)
    sections = [*_sections(reading, language), Facts("", facts)]
    notice = "" if is_stored else language.translate(N_("Nothing is stored yet."))
    return ThingPage(one.name, sections, notice=notice, acts=acts, job=reading.job)


def _sections(reading: DemandReading, language: Language) -> Iterator[Section]:
    """Yield what is wrong with a file, or how it was read with its sums by area, in the words of its form."""
    faults, notes = (
        [fault_line(one, language) for one in name_page_faults(DemandUploadForm, several, language)]
        for several in (reading.faults, reading.notes)
    )
    if faults:
        title = language.render(N_("Faults: {count}"), count=len(faults))
        yield Table("faults", title, _FAULT_COLUMNS, faults[:_MOST_FAULTS], "")
    shown: AnswerTexts | None = reading.texts.get(language.code)
    if shown is None:
        return
    yield Prose("reading", N_("How it was read"), "\n".join(shown["lines"]))
    stop = language.translate(N_("; "))
    yield from (Advice(stop.join(filter(None, (note.message, note.advice)))) for note in notes)
    for table in shown["tables"]:
        heads = enumerate(table["columns"])
        columns = [TableColumn[Any](f"column_{place}", title, itemgetter(place)) for place, title in heads]
        yield Table("sums", table["title"], columns, table["rows"], "")


def _page(id_: str) -> str:
    return f"/desk/{PATH}/{id_}"


_FAULT_COLUMNS = (
    _fault("row", N_("Row"), lambda one: one.row),
    _fault("field", N_("Column"), lambda one: one.field, is_on_page=False),
    _fault("message", N_("What is wrong"), lambda one: one.message),
    _fault("advice", N_("How to mend it"), lambda one: one.advice),
)
DEMAND_FILE = Kind[DemandFile]("demand_file", load, lambda _: 1, lambda one: one.area, key=str)
UPLOAD = Act("upload", N_("Upload a file"), DemandUploadForm, upload, Right.PLAN, "planning.run.upload",
             N_("The file was uploaded."), DEMAND_FILE, makes=True, button=N_("Show how it is read"),
             doors=NO_JSON, places=lambda act: (_area(act),))  # fmt: skip
READ = Act("read", N_("Read it otherwise"), DemandReadingForm, read_otherwise, Right.PLAN, "planning.run.options",
           N_("The file was read again."), DEMAND_FILE, button=N_("Read it again"), begin=lambda one: one.options)  # fmt: skip
STORE = Act("store", N_("Store it"), NameForm, store, Right.PLAN, "planning.run.store",
            N_("The file is stored. Analyses of its area can be computed by it."), DEMAND_FILE,
            button=N_("Store the file"), around=_forget_upload)  # fmt: skip
DELETE = Act("delete", N_("Delete the file"), Form, delete, Right.PLAN, "planning.run.delete",
             N_("The file was deleted. Figures that were computed with it stay."), DEMAND_FILE, is_grave=True,
             ticked=N_("Delete it; figures that were computed with it stay"))  # fmt: skip
NOUN = Noun(PATH, N_("Files of demand"), DEMAND_FILE, Listing(
    N_("A file says how many people or orders are where. Analyses can be computed by it."), NoFilter, find,
    (
        _column("name", N_("Name"), lambda one: Link(_page(one.id), one.name)),
        _column("id", N_("Number"), lambda one: one.id, is_on_page=False),
        _column("area", N_("Area"), lambda one: load_full_area_name(one.area)),
        _column("owner", N_("Uploaded by"), lambda one: Officer(one.owner)),
        _column("stored_at", N_("Uploaded"), lambda one: one.stored_at),
    ),
    N_("No file has been uploaded for your areas yet.")
), show, Right.PLAN, (STORE, READ, DELETE, UPLOAD), tabs=PLANNING_TABS)  # fmt: skip
