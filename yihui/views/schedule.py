"""Show the jobs of the schedule, and what a run did."""

from collections.abc import Iterable, Iterator, Mapping

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.events.schedule import JobResult, ScheduledJob

JOB_LABELS: Mapping[str, str] = {
    "birthday": N_("birthdays of members"),
    "anniversary": N_("anniversaries of joining"),
    "hardship_review": N_("reviews of hardship cases"),
    "festival": N_("festivals"),
    "voucher_ending": N_("last days of vouchers"),
}


def job_lines(jobs: Iterable[ScheduledJob], language: Language) -> Iterator[str]:
    """Yield a line for each job."""
    never = language.translate(N_("never run"))
    template = N_("{job} ({name}): complete up to {day}; days waiting: {waiting}; rules that react: {rules}")
    for job in jobs:
        yield language.render(
            template,
            job=job.name,
            name=language.translate(JOB_LABELS[job.name]),
            day=job.complete or never,
            waiting=job.waiting_days,
            rules=job.rules,
        )


def result_lines(results: Iterable[JobResult], language: Language, *, dry_run: bool) -> Iterator[str]:
    """Yield a line for each job of a run."""
    template = (
        N_("{job}: days {days}, found {found}, would publish {published}")
        if dry_run
        else N_("{job}: days {days}, found {found}, published {published}")
    )
    for result in results:
        yield language.render(
            template,
            job=language.translate(JOB_LABELS[result.job]),
            days=result.days,
            found=f"{result.found:,}",
            published=f"{result.published:,}",
        )
