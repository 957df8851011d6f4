"""Who failed: every way in which something stops, with the party at fault, the hop it happened at, and what to do.

    窗口 ─► 本节点 ─► 线路 ─► 网关 ─► 对方线路 ─► 对方节点 ─► 对方经办 ┈┈► 寄递
    desk    node     line    gateway   far line     partner      far desk        courier

An error says *what* went wrong.  People who run connected systems complain that it does not say *who*: they telephone
the neighbour for a fault of their own, or wait for an operator who does not know.  So each fault has one entry here:

    party     who has to act, as seen from the node that shows it
    hop       where on the way it happened
    what      what happened (an error of the tree says that itself)
    remedy    what to do, in the words of the person who does it
    effect    whether the desk can go on meanwhile: with everything, with everything but this one, or not at all

`reasons.yaml` holds one entry for each reason of `tongban.errors`, `conditions.yaml` those for what a node or a gateway
sees without any error: a name that is not found, a partner that has been away for days, a disk that is full.  Codes are
in SCREAMING_SNAKE, like reasons, and unique over both.

What is promised: an entry is total (a test holds it against the tree), a `Finding` never names a person, and it can be
made from facts alone, so that what the console says and what the command says is the same.

What can go wrong: a fault that two parties can mend (a name missing in the gateway's certificate, or mistyped here).
Then the party is the one who can mend it for everybody, and the remedy names the other way too.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

Words = tuple[str, str]
"""Chinese, then English."""


class Party(enum.StrEnum):
    """Whose fault it is to mend: a participant, a person at a desk, or the network between."""

    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    OWN_NODE = "own-node"
    NETWORK = "network"
    GATEWAY = "gateway"
    PARTNER = "partner"
    CARRIER = "carrier"
    APPLICANT = "applicant"
    SPEAKER = "speaker"
    """Whoever says it; the doors put the participant in its place."""
    NOBODY = "nobody"


class Hop(enum.StrEnum):
    """Where it happened, in the order in which work travels."""

    DESK = "desk"
    NODE = "node"
    LINE = "line"
    GATEWAY = "gateway"
    FAR_LINE = "far-line"
    PARTNER = "partner"
    FAR_DESK = "far-desk"
    COURIER = "courier"


class Effect(enum.StrEnum):
    """Whether the desk can go on meanwhile."""

    GO_ON = "go-on"
    THIS_ONE_WAITS = "this-one-waits"
    STOP = "stop"


PARTY_WORDS: Final[Mapping[Party, Words]] = MappingProxyType(
    {
        Party.CLERK: ("经办人", "the clerk"),
        Party.SUPERVISOR: ("本单位主管", "your supervisor"),
        Party.OWN_NODE: ("本节点管理员", "this node's administrator"),
        Party.NETWORK: ("本单位网络管理员", "your network's administrator"),
        Party.GATEWAY: ("网关管理员", "the gateway's operator"),
        Party.PARTNER: ("对方节点", "the partner node"),
        Party.CARRIER: ("寄递方", "the carrier"),
        Party.APPLICANT: ("申请人", "the applicant"),
        Party.SPEAKER: ("本节点管理员", "this node's administrator"),
        Party.NOBODY: ("不用处理", "nobody"),
    }
)

HOP_WORDS: Final[Mapping[Hop, Words]] = MappingProxyType(
    {
        Hop.DESK: ("窗口", "desk"),
        Hop.NODE: ("本节点", "this node"),
        Hop.LINE: ("线路", "line"),
        Hop.GATEWAY: ("网关", "gateway"),
        Hop.FAR_LINE: ("对方线路", "partner's line"),
        Hop.PARTNER: ("对方节点", "partner's node"),
        Hop.FAR_DESK: ("对方经办", "partner's desk"),
        Hop.COURIER: ("寄递", "courier"),
    }
)

EFFECT_WORDS: Final[Mapping[Effect, Words]] = MappingProxyType(
    {
        Effect.GO_ON: ("能。其他业务照常办理。", "Yes. All other work goes on."),
        Effect.THIS_ONE_WAITS: (
            "能。只有这一件停下,其他业务照常办理。",
            "Yes. Only this one waits; all other work goes on.",
        ),
        Effect.STOP: ("不能。请先停办新业务。", "No. Take in nothing new for now."),
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry.  `what` is empty where an error of the tree says it."""

    code: str
    party: Party
    hop: Hop
    remedy: Words
    what: Words = ("", "")
    effect: Effect = Effect.GO_ON


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that was found: with its facts, since when, and whom by name."""

    fault: Fault
    facts: Mapping[str, str] = field(default_factory=dict)
    since: dt.datetime | None = None
    about: str = ""
    """The stream that it concerns; empty where it concerns the node as a whole."""
    name: str = ""
    """The party's resource name, where it is one of several: `nodes/350600`."""
    said: Words = ("", "")
    """What happened in the words of an error, where one said it."""
    party: Party | None = None
    """The party, where it is not the entry's."""

    @property
    def at_fault(self) -> Party:
        """Who has to act."""
        return self.party or self.fault.party

    def what(self, language: str = "zh") -> str:
        """What happened."""
        place = 1 if language == "en" else 0
        return self.said[place] or self._filled(self.fault.what[place], language)

    def remedy(self, language: str = "zh") -> str:
        """What to do."""
        return self._filled(self.fault.remedy[1 if language == "en" else 0], language)

    def who(self, language: str = "zh", title: str = "") -> str:
        """The party in words; `title` is what people call it, where it is one of several."""
        words = PARTY_WORDS[self.at_fault][1 if language == "en" else 0]
        return f"{words} {title}" if title and self.at_fault is Party.PARTNER else words

    def where(self, language: str = "zh") -> str:
        """The hop in words."""
        return HOP_WORDS[self.fault.hop][1 if language == "en" else 0]

    def goes_on(self, language: str = "zh") -> str:
        """Whether the desk can go on, in words."""
        return EFFECT_WORDS[self.fault.effect][1 if language == "en" else 0]

    def _filled(self, template: str, language: str) -> str:
        return template.format_map(_Facts(self.facts, language))


class _Facts(dict[str, str]):
    """Facts in the reader's language: `title_en` stands in for `title`; what nobody knows is a dash."""

    def __init__(self, facts: Mapping[str, str], language: str) -> None:
        super().__init__(facts)
        self._language = language

    def __missing__(self, key: str) -> str:
        return "-"

    def __getitem__(self, key: str) -> str:
        return self.get(f"{key}_{self._language}") or self.get(key) or "-"
