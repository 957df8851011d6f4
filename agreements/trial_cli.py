"""`tongban agreement trial`: the trial run that makes a party an active one, told step by step."""

from __future__ import annotations

import click
from google.protobuf.duration_pb2 import Duration

from agreements.door import NODE, USER, Door, at_node, full, say
from tongban.rpc.client import translated
from tongban.v1 import onboarding_pb2

_STEPS = len(onboarding_pb2.TrialStep.values()) - 1


def register(group: click.Group) -> None:
    """Add the command to `tongban agreement`."""
    group.add_command(trial)


@click.command("trial", short_help="试运行 · a trial run against a partner")
@NODE
@USER
@click.option("--partner", required=True, metavar="NODE", help="对方节点,如 445100 · the partner's node")
@click.option(
    "--patience",
    type=click.IntRange(1, 1800),
    default=120,
    show_default=True,
    help="每一步最多等几秒 · seconds to wait for a step",
)
@click.argument("name")
def trial(address: str, user: str, partner: str, patience: int, name: str) -> None:
    """与对方的试运行受理台走一遍真实流程(虚构申请人,不寄纸件),逐步报告用时;通过后本方即可正式办理。中断或失败后原样再运行,接着办。

    Go through the real journey with the partner's trial desk (a made-up applicant, no paper), each step with its time;
    once it has passed, real applications may go. Run it again after a failure: it goes on where it was.
    """
    request = onboarding_pb2.RunTrialRequest(
        agreement=full(name), partner=f"nodes/{partner.removeprefix('nodes/')}", patience=Duration(seconds=patience)
    )

    async def work(door: Door) -> None:
        spent = 0.0
        with translated(address):
            async for done in door.onboarding.RunTrial(request, metadata=door.metadata):
                seconds = done.duration.ToTimedelta().total_seconds()
                spent += seconds
                say(
                    f"{done.step:>2}/{_STEPS} ✓ {done.title_zh}({seconds:.1f} 秒):{done.detail_zh}",
                    f"{done.step:>2}/{_STEPS} ✓ {done.title_en} ({seconds:.1f} s): {done.detail_en}",
                )
        say(
            f"试运行通过:{request.agreement},对方 {request.partner},共用 {spent:.1f} 秒。现在可以正式办理。",
            f"The trial run has passed: {request.agreement}, partner {request.partner}, {spent:.1f} s in all. "
            "Real applications may go now.",
        )

    at_node(address, user, work)
