"""`tongban agreement …`: write, negotiate, sign and end agreements through a running node."""

from __future__ import annotations

import click

from agreements import example_cli, life_cli, print_cli, text_cli, trial_cli


@click.group(short_help="协议:起草、商议、签署、中止、终止 · agreements, their whole life")
def agreement() -> None:
    """协议:起草、检查、提出、商议、签署、中止、退出、终止。密码取自环境变量 TONGBAN_PASSWORD,否则提示输入。

    Agreements: draft, check, propose, negotiate, sign, suspend, leave, terminate. The password comes from
    TONGBAN_PASSWORD, or is asked for.
    """


text_cli.register(agreement)
agreement.add_command(example_cli.example)
life_cli.register(agreement)
trial_cli.register(agreement)
print_cli.register(agreement)
