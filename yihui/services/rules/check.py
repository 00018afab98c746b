"""Check a rule's text while it is written: every finding with its line, and the rule for its sentence in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from rules import MAX_RULE_FILE_CHARACTERS, Rule
from yihui.bootstrap import Wiring
from yihui.services.rules.desk import load_draft_rule
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.life import RuleService

RULE_CHECK_FAULTS = FaultTable(
    "rule_check",
    {
        "too_long": (
            N_("the text has {count} characters; a rule has at most {most}"),
            N_("one text holds one rule, its table at most 200 rows: split it"),
        ),
        "empty": (N_("the text is empty"), N_("begin with a template, or paste the rule here")),
    },
)


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """What a text would be: ``rule`` is None for one that can't be read yet."""

    faults: Sequence[Fault] = ()
    warnings: Sequence[Fault] = ()
    rule: Rule | None = None


def check_rule_text(wiring: Wiring, file: RuleFile, *, takes_over: bool) -> RuleCheck:
    """Examine a text as submitting would, and store nothing.

    Of a text with faults the rule is returned where it can be read alone.
    """
    if fault := _length_fault(file):
        return RuleCheck([fault])
    found = _examine(wiring, file, takes_over=takes_over)
    if not found.faults or takes_over:
        return found
    # That it overlaps the version before is found first, and would hide what the linter finds.
    beside = _examine(wiring, file, takes_over=True)
    more = [fault for fault in beside.faults if fault not in found.faults]
    return RuleCheck([*found.faults, *more], beside.warnings, beside.rule)


def _examine(wiring: Wiring, file: RuleFile, *, takes_over: bool) -> RuleCheck:
    try:
        candidate = RuleService(wiring).examine_file(file, takes_over=takes_over).candidate
    except FaultError as error:
        return RuleCheck(error.faults, rule=load_draft_rule(wiring, file))
    return RuleCheck((), candidate.warnings, candidate.rule)


def _length_fault(file: RuleFile) -> Fault | None:
    if not file.text.strip():
        return RULE_CHECK_FAULTS.build("empty", field="text")
    longest = max(len(text) for _, text in file.texts())
    if longest <= MAX_RULE_FILE_CHARACTERS:
        return None
    return RULE_CHECK_FAULTS.build("too_long", field="text", count=longest, most=MAX_RULE_FILE_CHARACTERS)
