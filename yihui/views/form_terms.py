"""Words of a form in place of the command's options, in texts that commands and pages share."""

import re
from collections.abc import Mapping
from dataclasses import replace

from yihui.runtime.errors import ErrorLine
from yihui.runtime.language import Language

_OPTION = re.compile(r"yihui plan demand|--[a-z](?:[a-z-]*[a-z])?( [a-z]+)?")


def replace_options(text: str, labels: Mapping[str, str], language: Language) -> str:
    """Return a text that names the fields of a form where it named options.

    ``labels`` are the English labels by option, by an option with one of its values, or by the command of the form.
    """

    def label(found: re.Match[str]) -> str:
        option, _, value = found[0].partition(" ")
        if (whole := labels.get(found[0])) is not None:
            return f"“{language.translate(whole)}”"
        if (known := labels.get(option)) is None:
            return found[0]
        return f"“{language.translate(known)}”{value and ' '}{value}"

    return _OPTION.sub(label, text)


def fault_in_form_terms(fault: ErrorLine, labels: Mapping[str, str], language: Language) -> ErrorLine:
    """Return a fault that names the fields of a form where it named options."""
    return replace(
        fault,
        field=replace_options(fault.field, labels, language).strip("“”") if fault.field else fault.field,
        message=replace_options(fault.message, labels, language),
        remedy=replace_options(fault.remedy, labels, language) if fault.remedy else fault.remedy,
    )
