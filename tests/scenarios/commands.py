"""One warm process that carries out `tongban` commands, one after the other: `python -m tests.scenarios.commands`.

A dozen nodes join in the scenarios with the operator's own commands.  A Python started for each of them would be most
of a run's time; this process is started once, and does the same commands with the same arguments, inputs and answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from asyncio.subprocess import PIPE, Process

from click.testing import CliRunner

from nodes.demo.cast import Text
from nodes.demo.processes import DemoFailed
from tongban.cli import tongban


class Commands:
    """The process, as the tests hold it; in the place of `nodes.demo.processes.command`."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._one = asyncio.Lock()

    async def run(self, *arguments: str, language: str = "zh", stdin: str = "") -> str:
        """A command to its end, and what it printed; DemoFailed with its own words when it refuses."""
        asked = json.dumps({"arguments": ["--lang", language, *arguments], "stdin": stdin})
        async with self._one:
            if self._process is None:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "tests.scenarios.commands"), stdin=PIPE, stdout=PIPE, start_new_session=True
                )
            process = self._process
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(asked.encode() + b"\n")
            await process.stdin.drain()
            answer = json.loads(await process.stdout.readline())
        if answer["code"]:
            said, shown = answer["said"].strip(), " ".join(arguments[:2])
            raise DemoFailed(
                Text(f"命令 tongban {shown} 失败:\n{said}", f"The command tongban {shown} failed:\n{said}")
            )
        return str(answer["printed"])

    async def stop(self) -> int:
        """Let the process end, with its exit code."""
        if self._process is None:
            return 0
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await self._process.wait()


def main() -> None:
    """Carry out what comes in, a line a command."""
    runner, answers = CliRunner(), sys.stdout
    for line in sys.stdin:
        asked = json.loads(line)
        result = runner.invoke(tongban, asked["arguments"], input=asked["stdin"])
        said = result.stderr or result.stdout
        if result.exc_info is not None and not isinstance(result.exception, SystemExit):
            said += "".join(traceback.format_exception(*result.exc_info))
        answers.write(json.dumps({"code": result.exit_code, "printed": result.stdout, "said": said}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
