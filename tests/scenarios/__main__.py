"""Run every scenario and say which systems work: `python -m tests.scenarios`.

Prints a table over all systems that the sources describe, writes docs/coverage.md, and prints as its last line one
JSON object: a system's id to `works` or `missing: …`.
"""

from __future__ import annotations

import json
import sys

import pytest
from rich.console import Console
from rich.table import Table

from tests.scenarios import coverage


class Outcomes:
    """Collects, for each scenario file, what failed first."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test."""
        file, _, test = report.nodeid.partition("::")
        row = file.rpartition("/test_")[2].removesuffix(".py").upper()
        if report.failed:
            self._note(row, f"{test} failed ({report.when})")
        elif report.when == "call":
            self.problems.setdefault(row, "")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot even be read."""
        if report.failed:
            row = report.nodeid.rpartition("/test_")[2].removesuffix(".py").upper()
            self._note(row, "the scenario cannot be loaded")

    def _note(self, row: str, problem: str) -> None:
        if not self.problems.get(row):
            self.problems[row] = problem


def main() -> int:
    """Run, show, write."""
    rows = coverage.rows()
    outcomes = Outcomes()
    files = [str(row.scenario) for row in rows if row.scenario.exists()]
    status = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *files], plugins=[outcomes])
    table = Table(box=None, pad_edge=False)
    for head in ("编号", "系统或做法", "现状"):
        table.add_column(head, overflow="fold")
    for row in rows:
        found = coverage.state(row, outcomes.problems)
        table.add_row(row.id, row.name, f"[green]{found}[/]" if found == coverage.WORKS else found)
    Console().print(table)
    coverage.PAGE.write_text(coverage.page(outcomes.problems), "utf-8")
    answer = {row.id: coverage.state(row, outcomes.problems) for row in rows}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
