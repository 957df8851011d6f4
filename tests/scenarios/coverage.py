"""Which of the systems that the sources describe run over the contract today: the rows, and the page made of them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
PAGE = FOLDER.parent.parent / "docs" / "coverage.md"
WORKS = "works"
NO_SCENARIO = "no scenario yet"


@dataclass(frozen=True, slots=True)
class Row:
    """One system, and when it counts as working."""

    id: str
    name: str
    needs: tuple[str, ...]
    works_when: str

    @property
    def scenario(self) -> Path:
        """The file of its scenario, whether or not it is there."""
        return FOLDER / f"test_{self.id.lower()}.py"


def rows() -> list[Row]:
    """All of them, in their order."""
    found = yaml.safe_load((FOLDER / "systems.yaml").read_text("utf-8"))["systems"]
    return [Row(row["id"], row["name"], tuple(row["needs"]), row["works_when"]) for row in found]


def capabilities() -> dict[str, str]:
    """What the rows need, by key."""
    found = yaml.safe_load((FOLDER / "systems.yaml").read_text("utf-8"))["capabilities"]
    return {str(key): str(text) for key, text in found.items()}


def still_missing(row: Row) -> str:
    """What a scenario that runs says of the rest of its row: its `STILL_MISSING`; empty for nothing."""
    if not row.scenario.exists():
        return ""
    for statement in ast.parse(row.scenario.read_text("utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="STILL_MISSING")], value=ast.Constant(value=str(text))):
                return text
    return ""


def state(row: Row, problems: Mapping[str, str]) -> str:
    """`works`, or `missing: …`; `problems` says of each row that has a scenario what failed, empty for nothing."""
    problem = problems.get(row.id, NO_SCENARIO) or still_missing(row)
    return f"missing: {problem}" if problem else WORKS


def page(problems: Mapping[str, str]) -> str:
    """The documentation's page."""
    found = {row: state(row, problems) for row in rows()}
    working = sum(each == WORKS for each in found.values())
    lines = [
        "# 覆盖情况 · Coverage",
        "",
        "由 `make scenarios` 生成,请勿手改。Made by `make scenarios`; not edited by hand.",
        "",
        f"来源描述了 {len(found)} 个系统或做法,其中 {working} 个已由真实进程经契约演练通过。",
        f"The sources describe {len(found)} systems and practices; {working} of them run over the contract today, each",
        "driven by its scenario under `tests/scenarios/` through separate processes.",
        "",
        "| 编号 | 系统或做法 | 现状 | 所需能力 | 何时算数 works when |",
        "|---|---|---|---|---|",
    ]
    for row, text in found.items():
        cells = (row.id, row.name, text, ", ".join(row.needs), row.works_when)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    lines += ["", "## 能力 · Capabilities", ""]
    lines += [f"- **{key}** {text}" for key, text in capabilities().items()]
    return "\n".join(lines) + "\n"
