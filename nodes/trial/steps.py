"""The steps of a trial in words, and what a failing one says."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.core import NodeCore
from nodes.domain.diagnosis import minute
from tongban import errors
from tongban.v1 import onboarding_pb2

_P = onboarding_pb2
TITLES: dict[int, tuple[str, str]] = {
    _P.TRIAL_STEP_AGREEMENT: ("核对协议", "the agreement"),
    _P.TRIAL_STEP_PARTNER: ("联系对方", "the partner's line"),
    _P.TRIAL_STEP_ITEM: ("选择事项", "choosing an item"),
    _P.TRIAL_STEP_FILING: ("封装收件", "filing, sealed"),
    _P.TRIAL_STEP_ADMISSION: ("网关准入", "admission by the gateway"),
    _P.TRIAL_STEP_ACCEPTANCE: ("拆阅受理", "opened and accepted"),
    _P.TRIAL_STEP_DECISION: ("审批出证", "decided, result issued"),
    _P.TRIAL_STEP_RESULT: ("拆阅结果", "opening the result"),
    _P.TRIAL_STEP_CLOSING: ("取证办结", "collected and closed"),
    _P.TRIAL_STEP_EVIDENCE: ("核对回执", "histories and receipts"),
    _P.TRIAL_STEP_REVERSE: ("反向试运行", "the other way round"),
    _P.TRIAL_STEP_RECORD: ("登记通过", "recording it"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in both languages."""

    zh: str
    en: str


OWN = Said("本节点", "this node")
LINE = Said("本节点到网关的线路", "this node's line to the gateway")
GATEWAY = Said("网关", "the gateway")
AGAIN = Said("之后再运行同一命令即可接着办", "then run the same command again, it goes on")


class Failed(Exception):
    """A step that did not succeed: who has to act, and what it is."""

    def __init__(self, member: Said, zh: str, en: str) -> None:
        super().__init__(en)
        self.member = member
        self.problem = Said(zh, en)

    def at(self, step: int) -> errors.TrialFailed:
        """As whoever asked is told."""
        zh, en = TITLES[step]
        return errors.TrialFailed(
            step=zh,
            step_en=en,
            member=self.member.zh,
            member_en=self.member.en,
            problem=self.problem.zh,
            problem_en=self.problem.en,
        )


def titled(core: NodeCore, node: str) -> Said:
    """What a node is called."""
    found = core.shared.directory.find(node)
    title = found.profile.title if found is not None else node
    return Said(f"{title}({node})", f"{title} ({node})")


def unreachable(core: NodeCore) -> Failed | None:
    """What is wrong with the own line, if anything is."""
    if core.line.connected:
        return None
    error = core.line.error
    said = Said(error.text("zh"), error.text("en")) if error is not None else Said("未连接。", "it is down.")
    return Failed(LINE, f"{said.zh} 线路恢复{AGAIN.zh}。", f"{said.en} Once the line is back, {AGAIN.en}.")


def away(core: NodeCore, partner: str) -> Failed | None:
    """That the partner's node is not connected, and since when; None where it is, or nobody knows."""
    link = core.line.links.get(partner)
    if link is None or link.connected:
        return None
    since = minute(link.since)
    when, when_en = (f"自 {since} 起离线", f"offline since {since}") if since else ("从未连接过", "never seen online")
    return Failed(
        titled(core, partner),
        f"{when}。请对方启动节点或恢复线路,{AGAIN.zh}。",
        f"{when_en}. Ask them to start their node or to mend their line, {AGAIN.en}.",
    )
