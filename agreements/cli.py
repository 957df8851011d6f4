"""`tongban agreement …`: write, negotiate, sign and end agreements through a running node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from agreements import example_cli, life_cli, print_cli, text_cli, trial_cli
from agreements.door import NODE, USER, Door, with_door
from tongban.v1 import agreement_pb2

T = TypeVar("T")


@click.group(short_help="协议:起草、商议、签署、中止、终止 · agreements, their whole life")
def agreement() -> None:
    """协议:起草、检查、提出、商议、签署、中止、退出、终止。密码取自环境变量 TONGBAN_PASSWORD,否则提示输入。

    Agreements: draft, check, propose, negotiate, sign, suspend, leave, terminate. The password comes from
    TONGBAN_PASSWORD, or is asked for.
    """


async def _with_node(address: str, user: str, work: Callable[[Any, Any], Awaitable[T]]) -> T:
    return await with_door(address, user, lambda door: work(door.registry, door.session))


async def _find(registry: Any, session: Any, name: str) -> agreement_pb2.Agreement:
    return await Door(registry, None, session).agreement(name)


text_cli.register(agreement)
agreement.add_command(example_cli.example)
life_cli.register(agreement)
trial_cli.register(agreement)
print_cli.register(agreement, (USER, NODE), _with_node, _find)
