"""Exchanges of one open site for a closed one while any helps, and shakes that find better valleys."""

from collections.abc import Callable, Iterable

import numpy as np

from geo.siting.benefit import Worth
from geo.siting.existing import Standing
from geo.siting.greedy import fill
from geo.siting.limits import Ints
from geo.siting.problem import Floats
from geo.siting.sparse import distinct

_REL = 1e-12
_NOISE = 0.1  # of gains while refilling: without it, greedy mostly takes back what was closed


def swap(worth: Worth, standing: Standing, among: Iterable[int], goes_on: Callable[[], bool]) -> None:
    """Exchange open sites for better ones until none of ``among``, or of what changed near them, can be."""
    queue = dict.fromkeys(int(site) for site in among)
    while queue and goes_on():
        gone = next(iter(queue))
        del queue[gone]
        if not standing.open[gone]:
            continue
        gains = np.where(standing.may_replace(gone), worth.gains_without(gone), -np.inf)
        best = int(gains.argmax())
        if gains[best] <= _REL * max(1.0, abs(worth.total)):
            continue
        exchange(worth, standing, gone, best)
        near = np.concatenate((worth.touched(gone), worth.touched(best)))
        queue.update(dict.fromkeys(near[standing.open[near]].tolist()))


def prune(worth: Worth, standing: Standing, among: Ints) -> None:
    """Close what is worth less than it costs; nothing where sites cost nothing."""
    for site in among.tolist():
        if standing.open[site] and worth.loss(site) < -_REL and standing.may_drop(site):
            worth.drop(site)
            standing.drop(site)


def exchange(worth: Worth, standing: Standing, gone: int, come: int) -> None:
    worth.drop(gone)
    standing.drop(gone)
    worth.add(come)
    standing.add(come)


def move_to(worth: Worth, standing: Standing, sites: Ints) -> None:
    """Open exactly these."""
    wanted = np.zeros(len(standing.open), dtype=bool)
    wanted[sites] = True
    for site in np.flatnonzero(standing.open & ~wanted).tolist():
        worth.drop(site)
        standing.drop(site)
    for site in np.flatnonzero(wanted & ~standing.open).tolist():
        worth.add(site)
        standing.add(site)


def shake(worth: Worth, standing: Standing, chance: np.random.Generator, how_many: int) -> Ints:
    """Close some open sites near one of them; what is open and near afterwards is returned."""
    opened = standing.opened
    if not len(opened):
        return opened
    centre = int(chance.choice(opened))
    near = worth.touched(centre)
    near = near[standing.open[near]]
    around = [near, *(worth.touched(int(site)) for site in near[:8])]
    second = distinct(np.concatenate(around), len(standing.open))
    pool = second[standing.open[second] & (second != centre)]
    gone = chance.permutation(pool)[: how_many - 1].tolist()
    for site in [centre, *gone]:
        if standing.may_drop(site):
            worth.drop(site)
            standing.drop(site)
    return second


def polish(
    worth: Worth,
    standing: Standing,
    cost: Floats,
    chance: np.random.Generator,
    goes_on: Callable[[], bool],
    better: Callable[[Ints, float], None],
    patience: int,
) -> None:
    """Iterated local search: shake, refill, swap; keep what is at least as good, tell what is better.

    It ends when so many shakes in a row (``patience``) have found nothing better.
    """
    best, kept = worth.total, standing.opened
    fruitless = 0
    while fruitless < patience and goes_on():
        fruitless += 1
        near = shake(worth, standing, chance, int(chance.integers(1, 6)))
        fill(worth, standing, cost * np.exp(chance.normal(0.0, _NOISE, len(cost))))
        prune(worth, standing, near)
        swap(worth, standing, near, goes_on)
        if worth.total >= best - _REL * max(1.0, abs(best)) and standing.is_sound:
            if worth.total > best + _REL * max(1.0, abs(best)):
                better(standing.opened, worth.total)
                fruitless = 0
            best, kept = max(best, worth.total), standing.opened
        else:
            move_to(worth, standing, kept)
