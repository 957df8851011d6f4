"""What came of all rounds: medians, ratios of the same round, and how far they ranged."""

from __future__ import annotations

import argparse
import io
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from tests.bench import isolation
from tests.bench.admit import Admitted
from tests.bench.applications import Applied
from tests.bench.storm import Stormed

GOALS = {"admit_vs_unary": 2.0, "admit_vs_batched": 0.4, "admit_p99_ms": 100.0, "applications": 40.0}


@dataclass(slots=True)
class Results:
    """Everything that was measured, a list entry a round."""

    unary: list[float] = field(default_factory=list)
    batched: list[float] = field(default_factory=list)
    admitted: list[Admitted] = field(default_factory=list)
    steady: list[Admitted] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)
    stormed: Stormed | None = None
    lookup: dict[str, float] = field(default_factory=dict)
    isolated: dict[str, isolation.Measured] = field(default_factory=dict)
    beside: dict[str, float] = field(default_factory=dict)
    """What other runs found: without the signer, after an absence."""
    idle_mib: float = 0.0
    event_bytes: float = 0.0

    def series(self) -> dict[str, list[float]]:
        """Each figure's values, a round each."""
        rates = [each.rate for each in self.admitted]
        return {
            "unary_ceiling": self.unary,
            "batched_ceiling": self.batched,
            "admit": rates,
            "admit_vs_unary": [rate / raw for rate, raw in zip(rates, self.unary, strict=True)],
            "admit_vs_batched": [rate / raw for rate, raw in zip(rates, self.batched, strict=True)],
            "admit_cpu_us": [each.cpu_us for each in self.admitted],
            "admit_p50_ms": [each.p50_ms for each in self.steady],
            "admit_p99_ms": [each.p99_ms for each in self.steady],
            "applications": [each.rate for each in self.applied],
            "application_p50_ms": [each.p50_ms for each in self.applied],
            "application_p99_ms": [each.p99_ms for each in self.applied],
            "application_gateway_cpu_ms": [each.gateway_cpu_ms for each in self.applied],
            "application_nodes_cpu_ms": [each.nodes_cpu_ms for each in self.applied],
        }

    def summary(self) -> dict[str, float]:
        """The medians, and what was measured once."""
        found = {name: _round(statistics.median(values)) for name, values in self.series().items()}
        found["rounds"] = len(self.unary)
        found["event_bytes"] = _round(self.event_bytes)
        found["gateway_idle_mib"] = _round(self.idle_mib)
        if self.stormed is not None:
            found["storm_streams"] = self.stormed.streams
            found["storm_failures"] = self.stormed.failures + self.stormed.again_failures
            found["storm_seconds"] = _round(self.stormed.again_seconds)
            found["kib_per_stream"] = _round(self.stormed.kib_per_stream)
        found.update(isolation.summary(self.isolated))
        found.update(self.beside)
        found.update({f"lookup_{name}": value for name, value in self.lookup.items()})
        return found


def row(results: Results) -> str:
    """The last round, in one line."""
    return "  ".join(f"{name}={_round(values[-1])}" for name, values in results.series().items())


_LABELS = {
    "unary_ceiling": ("a1 raw unary", "rows/s"),
    "batched_ceiling": ("a2 raw batched, 16 rows a message", "rows/s"),
    "admit": ("b  admit path", "events/s"),
    "admit_vs_unary": ("b / a1", "× (goal 2.0)"),
    "admit_vs_batched": ("b / a2", "× (goal 0.4)"),
    "admit_cpu_us": ("b  gateway CPU", "µs/event"),
    "admit_p50_ms": ("b  p50 at 70 % of peak", "ms"),
    "admit_p99_ms": ("b  p99 at 70 % of peak", "ms (goal < 100)"),
    "applications": ("c  whole applications", "1/s (goal 40)"),
    "application_p50_ms": ("c  p50", "ms"),
    "application_p99_ms": ("c  p99", "ms"),
    "application_gateway_cpu_ms": ("c  gateway CPU", "ms/application"),
    "application_nodes_cpu_ms": ("c  CPU of both nodes", "ms/application"),
}


_BESIDE = {
    "signer_away_p99_ratio": ("p99 without the checkpoint signer", "× with it (goal 1.2)"),
    "drain_begin_seconds": ("back from absence: first answer", "s (goal 5)"),
    "drain_seconds": ("back from absence: last answer", "s (goal 60)"),
    "others_p99_during_drain_ms": ("others' p99 meanwhile", "ms"),
    "custody_rows": ("rows of custody at a node", ""),
    "custody_held_p50_ms": ("who held it at a time: p50", "ms"),
    "custody_held_p99_ms": ("who held it at a time: p99", "ms (goal < 100)"),
    "custody_held_vs_read": ("p50 / one row by its key", "×"),
    "custody_day_ms": ("a day's ledger", "ms"),
    "custody_month_ms": ("a month's figures", "ms"),
    "custody_laid_out_seconds": ("laying out an old database", "s"),
    "push_p50_seconds": ("a carrier's push on two clerks' pages: p50", "s"),
    "push_p95_seconds": ("a carrier's push on two clerks' pages: p95", "s (goal < 2)"),
}


def table(results: Results, options: argparse.Namespace) -> str:
    """For people: the median of the rounds, and the lowest and highest."""
    database = "PostgreSQL" if options.postgres else "SQLite"
    made = Table(title=f"{options.rounds} × {options.seconds:g} s, gateways on {database}", title_justify="left")
    made.add_column("what")
    for column in ("median", "lowest", "highest"):
        made.add_column(column, justify="right")
    made.add_column("unit")
    for name, values in results.series().items():
        label, unit = _LABELS[name]
        made.add_row(label, *_numbers([statistics.median(values), min(values), max(values)]), unit)
    made.add_row("b  bytes of an event with its parts", *_numbers([results.event_bytes]), "", "", "bytes")
    made.add_row("idle gateway", *_numbers([results.idle_mib]), "", "", "MiB (goal < 120)")
    if (stormed := results.stormed) is not None:
        failures = f"{stormed.failures}+{stormed.again_failures}"
        made.add_row(f"d  storm of {stormed.streams}: failures", failures, "", "", "first + again (goal 0)")
        made.add_row("d  seconds", *_numbers([stormed.again_seconds]), "", "", "until all are welcomed")
        made.add_row("d  a held stream", *_numbers([stormed.kib_per_stream]), "", "", "KiB (goal 64)")
    for name, (label, unit) in _BESIDE.items():
        if name in results.beside:
            made.add_row(label, *_numbers([results.beside[name]]), "", "", unit)
    for line in isolation.rows(results.isolated):
        made.add_row(*line)
    if results.lookup:
        size = f"{results.lookup['agreements']:,} agreements, {results.lookup['clauses']:,} clauses"
        made.add_row(f"coverage lookup, {size}", *_numbers([results.lookup["p50_us"]]), "", "", "µs, median")
        made.add_row("coverage, mean of 1,000,000", *_numbers([results.lookup["mean_us"]]), "", "", "µs")
        made.add_row("coverage lookup, p99", *_numbers([results.lookup["p99_us"]]), "", "", "µs")
        made.add_row("coverage index", *_numbers([results.lookup["memory_mib"]]), "", "", "MiB")
    text = io.StringIO()
    Console(file=text, width=100).print(made)
    return text.getvalue()


def _numbers(values: Sequence[float]) -> list[str]:
    return [f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" for value in values]


def _round(value: float) -> float:
    return round(value, 1) if abs(value) >= 100 else round(value, 3)
