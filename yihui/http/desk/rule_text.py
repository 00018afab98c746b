"""/desk/rules/new/check: what the linter finds in a rule's text as one types, and its sentence in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import Fault
from rules import MAX_RULE_FILE_CHARACTERS
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.pages import FormFeedback, OfficerPages, build_link
from yihui.http.desk.visit import OfficerVisit
from yihui.runtime.errors import ErrorLine, fault_line
from yihui.services.rules.documents import RuleFile

MAX_TEXT_BYTES = 256 << 10  # of the whole form: a Chinese character takes nine bytes in it
TABLE_PREFIX = "table:"
RULE_NAME = "rule.yaml"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault or a warning, and the field in which its line lies; empty for one of another file."""

    line: ErrorLine
    target: str


@dataclass(frozen=True, slots=True)
class TextPreview:
    """What stands beside the text."""

    lines: Sequence[str] = ()
    problems: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.post("/rules/new/check")
    async def check(request: Request) -> Response:
        """Show the form again with what the text would be; nothing is stored."""
        visit = await pages.open_form(request, Right.WRITE_RULES)
        sent = await read_form(request, MAX_TEXT_BYTES)
        return await run_in_threadpool(_check, pages, visit, sent)


def read_rule_file(sent: FormFields) -> RuleFile:
    """Return the rule and its tables as a form holds them; the text is empty if it holds none."""
    tables = {
        name.removeprefix(TABLE_PREFIX): _with_newlines(values[-1])
        for name, values in sent.items()
        if name.startswith(TABLE_PREFIX)
    }
    return RuleFile(RULE_NAME, _with_newlines(form_value(sent, "text")), tables)


def submit_rule_file(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, file: RuleFile) -> str:
    """Submit a version. *Raises*: RuleFaults with every finding and its line."""
    from yihui.services.rules.desk import submit_version

    takes_over = form_value(sent, "takes_over") == "yes"
    stated = submit_version(pages.site.wiring, visit.actor, file, takes_over=takes_over).candidate.stated
    return build_link(f"/desk/rules/versions/{stated.hash}", done="submitted")


def strip_command_comments(text: str) -> str:
    """Return a draft without the comments for the command line."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not (line.startswith("#") and "yihui rules" in line))


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n") + "\n"


def render_text_form(
    pages: OfficerPages, visit: OfficerVisit, feedback: FormFeedback, preview: TextPreview | None = None
) -> Response:
    """Render the form with the text, the tables that it names, and what stands beside it."""
    from yihui.services.rules.drafts import list_templates
    from yihui.services.rules.versions import list_versions

    sources = [
        *list_templates(),
        *dict.fromkeys(one.rule for one in list_versions(pages.site.wiring)),
    ]
    tables = {name: values[-1] for name, values in feedback.sent.items() if name.startswith(TABLE_PREFIX)}
    return pages.render(
        visit,
        "rule_form.html",
        feedback,
        sources=sources,
        tables=tables,
        preview=preview,
        most=MAX_RULE_FILE_CHARACTERS,
    )


def _check(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> Response:
    from yihui.services.rules.desk import check_rule_text
    from yihui.views.rules import rule_lines

    file = read_rule_file(sent)
    found = check_rule_text(pages.site.wiring, file, takes_over=form_value(sent, "takes_over") == "yes")
    lines = [*rule_lines(found.rule, visit.language, pages.record_names())] if found.rule else []
    problems = _findings(found.faults, file, visit)
    preview = TextPreview(lines, problems, _findings(found.warnings, file, visit))
    return render_text_form(pages, visit, FormFeedback(sent=sent, form="submit"), preview)


def _findings(faults: Sequence[Fault], file: RuleFile, visit: OfficerVisit) -> list[Finding]:
    targets = {RULE_NAME: "text"}
    targets |= {f"{RULE_NAME}/{name}": f"t{number}" for number, name in enumerate(file.tables, 1)}
    return [Finding(fault_line(one, visit.language), targets.get(one.file or "", "")) for one in faults]
