"""Show a member's account of points, and what was spent."""

from collections.abc import Iterator, Mapping

from benefits import PointsAccount, PointsLot, Spending
from core.text_marks import N_
from yihui.runtime.language import Language

CHANGE_LABELS: Mapping[str, str] = {
    "earned": N_("earned"),
    "spent": N_("spent"),
    "given_back": N_("given back"),
    "expired": N_("expired"),
    "reversed": N_("taken back"),
}


def points_json(account: PointsAccount) -> dict[str, object]:
    """Return the account as JSON: what can be spent, the lots in that order, and every change."""
    return {
        "member": account.member_id,
        "on": account.on.isoformat(),
        "points": account.points,
        "lots": [_lot_json(lot) for lot in account.lots],
        "history": [
            {
                "on": change.on.isoformat(),
                "kind": change.kind,
                "points": change.points,
                "about": change.about,
                "grant": change.grant_id,
                "spending": change.spending_id,
            }
            for change in account.changes
        ],
    }


def _lot_json(lot: PointsLot) -> dict[str, object]:
    return {
        "grant": lot.grant_id,
        "rule": lot.rule_id,
        "title": lot.title,
        "points": lot.points,
        "earned_on": lot.earned_on.isoformat(),
        "expires_on": lot.expires_on.isoformat() if lot.expires_on else None,
        "is_usable": lot.is_usable,
    }


def points_lines(account: PointsAccount, language: Language) -> Iterator[str]:
    """Yield what can be spent, the lots in that order, and every change."""
    yield language.render(
        N_("{member}: {points} points can be spent"), member=account.member_id, points=f"{account.points:,}"
    )
    for lot in account.lots:
        yield f"  {lot.points:,}  {lot.title}  {lot_end_text(lot, language)}  ({lot.grant_id[:8]})"
    for change in account.changes:
        kind = language.translate(CHANGE_LABELS[change.kind])
        yield f"{change.on}  {change.points:+,}  {kind}  {change.about}".rstrip()


def lot_end_text(lot: PointsLot, language: Language) -> str:
    """Return until when the points of a lot can be spent."""
    if not lot.is_usable:
        return language.translate(N_("to be claimed first"))
    if lot.expires_on is None:
        return language.translate(N_("without end"))
    return language.render(N_("until {day}"), day=lot.expires_on)


def spending_json(done: Spending, left: int) -> dict[str, object]:
    """Return a spending as JSON, with what the account holds now."""
    return {
        "spending": done.id,
        "member": done.member_id,
        "points": done.points,
        "purpose": done.purpose,
        "spent_on": done.spent_on.isoformat(),
        "is_new": not done.already,
        "left": left,
    }


def spending_lines(done: Spending, left: int, language: Language) -> Iterator[str]:
    """Yield what was spent now, or before by the same request, and what is left."""
    template = (
        N_("{points} points were spent on {purpose} on {day} by the same request; {left} are left")
        if done.already
        else N_("{points} points spent on {purpose}; {left} are left")
    )
    yield language.render(
        template, points=f"{done.points:,}", purpose=done.purpose, day=done.spent_on, left=f"{left:,}"
    )
