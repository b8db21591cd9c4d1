"""The figures as a page: medians, spreads, ratios, and whether targets are met."""

from statistics import median

from comparisons import COMPARISONS, Comparison, Goal
from runner import Figures

Measured = dict[str, list[Figures]]

UNITS = {"rows_per_s": "rows/s", "rss_mb": "MB", "rss_mb_above_model": "MB", "seconds": "s",
         "step_s": "s", "gflops": "GFLOP/s"}


def page(date: str, found: dict) -> str:
    """The whole page, in Markdown."""
    measured: dict[str, Measured] = found["measured"]
    comparisons = [one for one in COMPARISONS if one.name in measured]
    lines = [f"# Speed beside PyTorch, {date}", "",
             "Made by `make bench-peers`; [benchmarks](../../benchmarks/README.md) says how to read it.",
             "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in found["machine"].items()]
    lines += ["", "## Targets", "",
              "| target | what | in | figure [min – max] | against [min – max] | ratio | wanted "
              "| |",
              "|---|---|---|---:|---:|---:|---:|---|"]
    for comparison in sorted(comparisons, key=lambda one: min(g.target for g in one.goals)):
        lines += [row(goal, measured[comparison.name]) for goal in comparison.goals]
    lines += [f"\n{one.note}" for one in comparisons if one.note]
    lines += agreement_lines(found["agreement"]) + rounding_lines(found.get("rounding", []))
    lines += ["", "## All speeds and memory", "",
              "| comparison | side | rows/s | seconds | peak memory, MB | repeats |",
              "|---|---|---:|---:|---:|---:|"]
    for comparison in comparisons:
        lines += side_rows(comparison, measured[comparison.name])
    return "\n".join(lines) + "\n"


def agreement_lines(agreement: list[Figures]) -> list[str]:
    return ["", "## Ten training steps from the same weights", "",
            "| twin | largest relative difference of a loss | largest difference of a gradient | |",
            "|---|---:|---:|---|"] + [
        f"| {found['twin']} | {found['loss_difference']:.1e} | {found['gradient_difference']:.1e} | "
        f"{'agree' if found['agrees'] else '**differ**'} |" for found in agreement]


def rounding_lines(rounding: list[dict]) -> list[str]:
    """What large steps show; nothing is wanted of it."""
    if not rounding:
        return []
    return ["", "## The same with large steps, where rounding decides", "",
            "Largest relative difference of a loss. The third column is how far a twin is from itself",
            "when its initial weights are moved by one unit in the last place.", "",
            "| twin | ours to the twin | the twin to itself, one ulp apart | ours to 64 bits | "
            "the twin to 64 bits |",
            "|---|---:|---:|---:|---:|"] + [
        f"| {found['twin']} | {found['ours_to_twin']:.1e} | "
        f"{', '.join(f'{moved:.1e}' for moved in found['moved_to_twin'])} | "
        f"{found['ours_to_exact']:.1e} | {found['twin_to_exact']:.1e} |" for found in rounding]


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
    start = f"| {goal.target} | {goal.title} | {UNITS[goal.over[1]]} |"
    if not over or not under:
        return f"{start} not available | | | {wanted} | |"
    ratio = median(over) / median(under)
    met = ratio >= goal.at_least if goal.at_least is not None else ratio <= (goal.at_most or 0)
    against, shown = (spread(under), f"{ratio:.3f}") if goal.under else ("", "")
    return (f"{start} {spread(over)} | {against} | {shown} | {wanted} | "
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
