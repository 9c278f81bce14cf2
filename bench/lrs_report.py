"""The figures of ``bench.lrs`` as Markdown tables, with what was aimed at."""

from collections import Counter
from dataclasses import dataclass
from statistics import median

from bench.lrs_load import Middle, Walk

BATCH_AIM, SINGLE_AIM = 0.35, 0.30
"""Parts of the floor, at least."""
PAGE_AIM, GROWTH_AIM = 10.0, 1.3
"""Times the floor, and times the p50 of the small store, at most."""
LEVEL = 1.3
"""So many times the first tenth the last may take where a walk is linear."""
FLAT = 1.1
"""So many times the first third the last may hold where memory is flat."""


@dataclass(frozen=True)
class Round:
    """Writing, once through the server and once straight into the database: statements per second."""

    ours: float
    floor: dict[str, float]
    """By way; the first is the floor proper."""
    cpu: float
    """CPU milliseconds of the server for a statement."""
    busy: float
    """How many cores the server kept busy."""


@dataclass(frozen=True)
class Measured:
    """All figures of one database."""

    name: str
    sizes: tuple[int, int, int]
    """Statements in the store: at the first questions, at the writing, at the last questions."""
    batch: list[Round]
    single: list[Round]
    small: dict[str, Middle]
    large: dict[str, Middle]
    walked: Walk
    memory: dict[str, tuple[float, float]]
    """MiB of the largest worker in the first and the last third, while statements stream in, and out."""
    problems: Counter[str]


def show(told: Measured) -> None:
    """Print everything."""
    print(f"\n## {told.name}\n")
    _writing(told)
    _asking(told)
    _streaming(told)
    print(f"\nok: {str(not told.problems).lower()}")
    for problem, times in told.problems.most_common(10):
        print(f"  {times} times: {problem}")


def _writing(told: Measured) -> None:
    _row(f"into a store of {told.sizes[1]:,}", "ours /s", "floor /s", "ours / floor", "rounds", "aim", "server's CPU")
    _row(*["---"] * 7)
    for name, rounds, aim in (
        ("batches of 100, 4 clients", told.batch, BATCH_AIM),
        ("single statements, 16 clients", told.single, SINGLE_AIM),
    ):
        ours = median(one.ours for one in rounds)
        cpu, busy = median(one.cpu for one in rounds), median(one.busy for one in rounds)
        for way in rounds[0].floor:
            floor = median(one.floor[way] for one in rounds)
            ratios = sorted(one.ours / one.floor[way] for one in rounds)
            ratio = median(ratios)
            _row(
                f"{name}; floor: {way}" if way else name,
                f"{ours:,.0f}",
                f"{floor:,.0f}",
                f"**{ratio:.0%}**",
                f"{ratios[0]:.0%} to {ratios[-1]:.0%}",
                f"{aim:.0%} {_verdict(ratio >= aim)}",
                f"{cpu:.2f} ms each, {busy:.1f} cores",
            )


def _asking(told: Measured) -> None:
    small, large = (f"{size:,}" for size in (told.sizes[0], told.sizes[2]))
    print("\nFirst pages, p50 in milliseconds: ours, floor, bare rows (how many rows)\n")
    _row(
        "asked for",
        f"of {small}",
        f"of {large}",
        "ours / floor",
        "ours / bare",
        f"{large} / {small}",
        "the floor's",
        "CPU",
    )
    _row(*["---"] * 8)
    for kind, before in told.small.items():
        after = told.large[kind]
        ratio, growth = after.ours / after.floor, after.ours / before.ours
        aim = "" if kind == "statementId" else _verdict(ratio <= PAGE_AIM)  # no filter
        _row(
            kind,
            *(f"{one.ours:.2f}, {one.floor:.2f}, {one.bare:.2f} ({one.rows:.0f})" for one in (before, after)),
            f"{ratio:.1f} {aim}",
            f"{after.ours / after.bare:.1f}",
            f"{growth:.2f} {_verdict(growth <= GROWTH_AIM)}",
            f"{after.floor / before.floor:.2f}",
            f"{after.cpu:.1f} ms",
        )


def _streaming(told: Measured) -> None:
    walked = told.walked
    level = walked.last_page / walked.first_page
    print(
        f"\nPaging through all {walked.statements:,}: {walked.statements / walked.seconds:,.0f} statements/s; a page "
        f"takes {walked.first_page:.1f} ms in the first tenth, {walked.last_page:.1f} ms in the last: "
        f"{level:.2f} times {_verdict(level <= LEVEL)}"
    )
    for way, (first, last) in told.memory.items():
        print(
            f"A worker's memory while statements stream {way}: {first:.0f} MiB in the first third, "
            f"{last:.0f} MiB in the last {_verdict(last / first <= FLAT)}"
        )


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def _verdict(met: bool) -> str:  # noqa: FBT001 - its one argument
    return "(met)" if met else "(missed)"
