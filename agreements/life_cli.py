"""`tongban agreement list`, `suspend`, `leave`, `terminate`, …: an agreement's life after it was signed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click
from google.protobuf.message import Message

from agreements.domain.terms import SHANGHAI
from agreements.door import NODE, USER, Door, at_node, full, say
from agreements.summary import summarise
from tongban.cli import language
from tongban.clock import SystemClock
from tongban.v1 import agreement_pb2, negotiation_pb2

_MOMENT = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%d"])
_DAY = click.DateTime(["%Y-%m-%d"])


def register(group: click.Group) -> None:
    """Add the commands to `tongban agreement`."""
    for command in (
        list_agreements,
        conflicts,
        history,
        suspend,
        resume,
        leave,
        terminate,
        decline,
    ):
        group.add_command(command)


@click.command("list", short_help="列出协议 · list agreements")
@NODE
@USER
def list_agreements(address: str, user: str) -> None:
    """列出本节点所知的协议:现状、期限、还差谁签署;相互抵触的另列。

    List the agreements that the node knows: where each stands, until when, whose signatures are missing; and those that
    contradict each other.
    """

    async def work(door: Door) -> None:
        now, nodes = SystemClock().now(), await door.nodes()
        titles = {name: each.profile.title for name, each in nodes.items()}
        for found in await door.agreements():
            at = summarise(found, now)
            waits = "、".join(titles.get(node, node) for node in at.waits_for or at.unsigned) or "-"
            signed = f"{len(found.signatures)}/{len(found.document.parties)}"
            name = f"{found.name}\t{found.document.title}"
            say(
                f"{name}\t{at.zh}\t期限 {at.until_zh}\t已签 {signed}\t待签 {waits}",
                f"{name}\t{at.en}\t{at.until_en}\tsigned {signed}\twaiting for {waits}",
            )
        await _tell_conflicts(door)

    at_node(address, user, work)


@click.command("conflicts", short_help="相抵触的协议 · agreements that contradict")
@NODE
@USER
def conflicts(address: str, user: str) -> None:
    """列出与本节点有关、相互抵触的有效协议:以哪一份为准,为什么。

    List the agreements in force that contradict each other and concern this node: which wins, and why.
    """

    async def work(door: Door) -> None:
        if not await _tell_conflicts(door):
            say("没有相抵触的协议", "no agreements contradict each other")

    at_node(address, user, work)


@click.command("history", short_help="经过 · what happened")
@NODE
@USER
@click.argument("name")
def history(address: str, user: str, name: str) -> None:
    """按先后列出一份协议上发生的每一步。

    List every step of an agreement, in order.
    """

    async def work(door: Door) -> None:
        request = negotiation_pb2.GetAgreementHistoryRequest(name=full(name))
        given = await door.ask(door.negotiation.GetAgreementHistory, request)
        nodes = await door.nodes()
        for each in given.history:
            author = nodes[each.author].profile.title if each.author in nodes else each.author
            when = dt.datetime.fromisoformat(each.claim_time).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
            title = each.event_type.replace("_", " ") if language() == "en" else each.title_zh
            click.echo(f"{when}\t{author}\t{title}\t{each.event_id}\t{each.rejection}".rstrip())

    at_node(address, user, work)


@click.command("suspend", short_help="中止 · suspend")
@NODE
@USER
@click.option("--part", is_flag=True, help="只中止本方的部分 · only this node's part")
@click.option("--item", "items", multiple=True, help="只中止本方的这一事项,可多次 · only this item of ours; may repeat")
@click.option(
    "--from", "since", type=_MOMENT, help="何时起(北京时间),不写即现在 · from when, Beijing time; now by default"
)
@click.option(
    "--honour-until",
    "honour",
    type=_MOMENT,
    help="此前的收件承认到何时(北京时间,只写日期即当日零时),不写即不承认 · until when earlier filings are honoured",
)
@click.option(
    "--comment", "why", default="", help="原因(部分中止时随中止公布)· why (published with a part's suspension)"
)
@click.argument("name")
def suspend(
    address: str,
    user: str,
    part: bool,
    items: tuple[str, ...],
    since: dt.datetime | None,
    honour: dt.datetime | None,
    why: str,
    name: str,
) -> None:
    """中止协议:整体(默认)、本方的部分(--part),或本方的若干事项(--item)。

    Suspend the whole (by default), this node's part, or some of its items.
    """
    request = negotiation_pb2.SuspendAgreementRequest(
        name=full(name), part=part, items=[each if "/" in each else f"items/{each}" for each in items], comment=why
    )
    if since is not None:
        request.effect_time.FromDatetime(since.replace(tzinfo=SHANGHAI))
    if honour is not None:
        request.honour_time.FromDatetime(honour.replace(tzinfo=SHANGHAI))
    found = _do(address, user, "SuspendAgreement", request)
    for each in found.part_suspensions:
        what = "、".join(each.items) or "全部 (all)"
        say(f"部分中止 {each.event_id}:{each.node} {what}", f"part {each.event_id}: {each.node} {what}")


@click.command("resume", short_help="恢复 · resume")
@NODE
@USER
@click.option(
    "--suspension", default="", help="部分中止的编号,不写即恢复整体 · the part's suspension; the whole by default"
)
@click.argument("name")
def resume(address: str, user: str, suspension: str, name: str) -> None:
    """恢复协议,或恢复本方中止的一个部分(编号见 suspend 的输出和 history)。

    Resume the whole, or a part that this node suspended (see what suspend printed, or history).
    """
    _do(
        address,
        user,
        "ResumeAgreement",
        negotiation_pb2.ResumeAgreementRequest(name=full(name), suspension=suspension),
    )


@click.command("leave", short_help="退出 · leave")
@NODE
@USER
@click.option("--on", "day", type=_DAY, help="自哪一日起,不写即最早的日子 · from which day; the earliest by default")
@click.argument("name")
def leave(address: str, user: str, day: dt.datetime | None, name: str) -> None:
    """本方退出联盟,协议在其余各方之间继续。

    Leave; the agreement goes on among the others.
    """
    request = negotiation_pb2.LeaveAgreementRequest(name=full(name))
    found = _do(address, user, "LeaveAgreement", _dated(request, "effect_date", day))
    for each in found.leavings:
        on = f"{each.effect_date.year}-{each.effect_date.month:02}-{each.effect_date.day:02}"
        say(f"{each.node} 自 {on} 起退出", f"{each.node} leaves on {on}")


@click.command("terminate", short_help="终止 · terminate")
@NODE
@USER
@click.option("--on", "day", type=_DAY, help="自哪一日起,不写即最早的日子 · from which day; the earliest by default")
@click.confirmation_option(prompt="终止不能撤销,确定吗? · this is final; go on?", help="不再询问 · do not ask")
@click.argument("name")
def terminate(address: str, user: str, day: dt.datetime | None, name: str) -> None:
    """为各方终止协议。不能撤销。

    End the agreement for all.  This is final.
    """
    request = negotiation_pb2.TerminateAgreementRequest(name=full(name))
    _do(address, user, "TerminateAgreement", _dated(request, "effect_date", day))


@click.command("decline-renewal", short_help="不再续期 · decline the renewal")
@NODE
@USER
@click.option("--on", "day", type=_DAY, help="最后一日,不写即最近的期末 · the last day; the nearest end by default")
@click.argument("name")
def decline(address: str, user: str, day: dt.datetime | None, name: str) -> None:
    """声明不再续期:协议到期末为止。

    Decline the prolongation: the agreement ends with its term.
    """
    request = negotiation_pb2.DeclineRenewalRequest(name=full(name))
    _do(address, user, "DeclineRenewal", _dated(request, "expire_date", day))


def _do(address: str, user: str, method: str, request: Message) -> agreement_pb2.Agreement:
    """One step, and where the agreement stands after it."""

    async def work(door: Door) -> agreement_pb2.Agreement:
        found: agreement_pb2.Agreement = await door.ask(getattr(door.negotiation, method), request)
        return found

    found = at_node(address, user, work)
    at = summarise(found, SystemClock().now())
    say(f"{found.name}: {at.zh},期限 {at.until_zh}", f"{found.name}: {at.en}, {at.until_en}")
    return found


def _dated(request: Any, field: str, day: dt.datetime | None) -> Message:
    if day is not None:
        target = getattr(request, field)
        target.year, target.month, target.day = day.year, day.month, day.day
    made: Message = request
    return made


async def _tell_conflicts(door: Door) -> bool:
    given = await door.ask(door.negotiation.ListAgreementConflicts, negotiation_pb2.ListAgreementConflictsRequest())
    for each in given.conflicts:
        say(f"注意:{each.message_zh}", f"Note: {each.message_en}")
    return bool(given.conflicts)
