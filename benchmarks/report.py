"""The figures as a page: medians, spreads, ratios, and whether targets are met."""

from statistics import median

from comparisons import COMPARISONS, Comparison, Goal
from runner import Figures

Measured = dict[str, list[Figures]]


def page(date: str, machine: dict[str, str], agreement: list[Figures],
         measured: dict[str, Measured]) -> str:
    """The whole page, in Markdown."""
    lines = [f"# Speed beside PyTorch, {date}", "",
             "Made by `make bench-peers`; [benchmarks](../../benchmarks/README.md) says how to read it.",
             "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in machine.items()]
    lines += ["", "## Targets", "",
              "| target | what | figure [min – max] | against [min – max] | ratio | wanted | |",
              "|---|---|---:|---:|---:|---:|---|"]
    for comparison in sorted(COMPARISONS, key=lambda one: min(g.target for g in one.goals)):
        if comparison.name in measured:
            lines += [row(goal, measured[comparison.name]) for goal in comparison.goals]
    lines += ["", "## Ten training steps from the same weights", "",
              "| twin | largest relative difference of a loss | largest difference of a gradient | |",
              "|---|---:|---:|---|"]
    lines += [
        f"| {found['twin']} | {found['loss_difference']:.1e} | {found['gradient_difference']:.1e} | "
        f"{'agree' if found['agrees'] else '**differ**'} |" for found in agreement]
    lines += ["", "## All speeds and memory", "",
              "| comparison | side | rows/s | seconds | peak memory, MB | repeats |",
              "|---|---|---:|---:|---:|---:|"]
    for comparison in COMPARISONS:
        if comparison.name in measured:
            lines += side_rows(comparison, measured[comparison.name])
    return "\n".join(lines) + "\n"


def values(measured: Measured, side: str, key: str) -> list[float]:
    return [float(found[key]) for found in measured.get(side, []) if key in found]


def spread(found: list[float]) -> str:
    return f"{number(median(found))} [{number(min(found))} – {number(max(found))}]"


def number(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 2 if abs(value) >= 1 else 4
    return f"{value:,.{digits}f}"


def row(goal: Goal, measured: Measured) -> str:
    """One goal: the ratio of medians, and whether it is met."""
    over = values(measured, *goal.over)
    under = values(measured, *goal.under) if goal.under else [1.0]
    wanted = f"≥ {goal.at_least}" if goal.at_least is not None else f"≤ {goal.at_most}"
    if not over or not under:
        return f"| {goal.target} | {goal.title} | not available | | | {wanted} | |"
    ratio = median(over) / median(under)
    met = ratio >= goal.at_least if goal.at_least is not None else ratio <= (goal.at_most or 0)
    against = spread(under) if goal.under else ""
    shown = f"{ratio:.2f}" if goal.under else number(ratio)
    return (f"| {goal.target} | {goal.title} | {spread(over)} | {against} | {shown} | {wanted} | "
            f"{'met' if met else '**not met**'} |")


def side_rows(comparison: Comparison, measured: Measured) -> list[str]:
    """One line per side; what could not be measured says why."""
    lines = []
    for side, found in measured.items():
        reason = next((f["unavailable"] for f in found if "unavailable" in f), None)
        cells = [
            spread(values(measured, side, key)) if values(measured, side, key) else ""
            for key in ("rows_per_s", "seconds", "rss_mb")]
        if reason:
            cells[0] = f"not available: {reason}"
        lines.append(f"| {comparison.name} | {side} | {' | '.join(cells)} | {len(found)} |")
    return lines
