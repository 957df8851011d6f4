"""The words that all carriers' feeds share: what was observed, asked, ordered and refused.

A codec turns requests into bytes and bytes into these values; whoever calls it sends and receives. Time and chance come
in with `Call`; credentials come in with `Account`, whose repr shows none of its secrets.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

MAX_BODY: Final = 1 << 20
"""The largest body that is read, in bytes; a server must cut off at this too."""

JSON: Final = "application/json; charset=utf-8"


class Meaning(enum.StrEnum):
    """A carrier's word in ours, in rising rank."""

    UNKNOWN = "unknown"  # 未知, or said before anything was handed over
    ACCEPTED = "accepted"  # 已揽收
    MOVING = "moving"  # 运输中
    CUSTOMS = "customs"  # 清关
    PROBLEM = "problem"  # 疑难
    DELIVERING = "delivering"  # 派送中
    RETURNED = "returned"  # 退回
    DELIVERED = "delivered"  # 签收


class SignedBy(enum.StrEnum):
    """Who took it from the courier, as far as the courier says."""

    NOBODY = ""
    SELF = "self"  # 本人签收
    AGENT = "agent"  # 代签
    LOCKER = "locker"  # 柜或站


class ZoneBasis(enum.StrEnum):
    """How the offset of a local time was decided."""

    STATED = "stated"  # the text itself says it
    CARRIER_LOCAL = "carrier-local"  # the carrier's feed is known to be written in it
    ASSUMED = "assumed"  # nothing says it


class Source(enum.StrEnum):
    """How an observation reached us."""

    PUSH = "push"
    PULL = "pull"
    MANUAL = "manual"


class Capability(enum.StrEnum):
    """What a carrier's interface can do."""

    QUERY = "query"
    SUBSCRIBE = "subscribe"
    PUSH = "push"
    ORDER = "order"
    FIND_ORDER = "find-order"
    CANCEL = "cancel"


class FaultKind(enum.StrEnum):
    """Why a carrier did not do what was asked."""

    THROTTLED = "throttled"
    BAD_SIGNATURE = "bad-signature"
    BAD_NUMBER = "bad-number"
    DUPLICATE_ORDER = "duplicate-order"
    NO_PERMISSION = "no-permission"
    MISSING_PARAMETER = "missing-parameter"
    DOWNSTREAM = "downstream"
    NOT_FOUND = "not-found"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


class CarrierFault(Exception):
    """A carrier's refusal, or an answer that cannot be read; `where` says in which field.

    It stays between a codec and the relay, which decides by `retryable`; no peer and no user ever sees it as such.
    """

    def __init__(
        self,
        kind: FaultKind,
        code: str = "",
        text: str = "",
        *,
        carrier: str = "",
        where: str = "",
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        self.kind, self.code, self.text = kind, code[:40], text[:200]
        self.carrier, self.where = carrier, where
        self.retryable, self.retry_after = retryable, retry_after
        super().__init__(" ".join(part for part in (carrier, kind, self.code, where, self.text) if part))


@dataclass(frozen=True, slots=True)
class Flaw:
    """One entry of a feed that could not be read; the entries beside it were."""

    where: str
    problem: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One word of a carrier about one waybill.

    `code` begins with the feed's name (`kd.3.304`, `sf.80`), so that it means one thing wherever it is read.
    """

    carrier: str
    waybill: str
    code: str
    meaning: Meaning
    text: str
    place: str
    local_time: str
    observe_time: dt.datetime
    zone_offset_minutes: int
    zone_basis: ZoneBasis
    signed_by: SignedBy = SignedBy.NOBODY
    source: Source = Source.PULL
    carrier_id: str = ""
    exception: str = ""
    """The exception that this word calls for by itself, as a code; empty for none."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A waybill to ask about. `carrier` is the leg's (`shunfeng`, `ems`, `jd`); `phone` may be whole or its last 4."""

    carrier: str
    waybill: str
    phone: str = field(default="", repr=False)
    origin: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What one request needs from outside: the time, and an id that was never used before."""

    now: dt.datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class Account:
    """Access to one carrier, from settings. What each field means is told by the codec that reads it."""

    base_url: str = ""
    customer: str = ""
    key: str = field(default="", repr=False)
    salt: str = field(default="", repr=False)
    authorization: str = field(default="", repr=False)
    monthly_account: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to be sent as it stands. Its body may hold secrets, so it is not shown."""

    method: str
    url: str
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a carrier's server answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feed:
    """The answer to a query: what was observed of each waybill asked for, and what could not be read."""

    observations: Mapping[str, tuple[Observation, ...]]
    flaws: tuple[Flaw, ...] = ()


class Signature(enum.StrEnum):
    """What a push's signature is worth."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"  # the carrier signs nothing: a pull must confirm
    FORGED = "forged"  # a signature was due and is missing or wrong: nothing of it is read


class Watch(enum.StrEnum):
    """What a push says about the subscription itself."""

    POLLING = "polling"  # 监控中
    SHUTDOWN = "shutdown"  # 结束
    ABORT = "abort"  # 中止: subscribe again later
    UPDATE_ALL = "updateall"  # 重新推送


@dataclass(frozen=True, slots=True)
class Notice:
    """The state of one subscription; `carrier_new` where the aggregator found that another courier carries it."""

    waybill: str
    watch: Watch
    text: str = ""
    carrier_old: str = ""
    carrier_new: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class PushReply:
    """Exactly what a pushing carrier wants to read back."""

    status: int
    body: bytes
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class PushBatch:
    """A push that was read. Nothing of it may count unless `signed`, or a pull says the same."""

    signature: Signature
    success: PushReply
    failure: PushReply
    observations: tuple[Observation, ...] = ()
    notices: tuple[Notice, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    @property
    def signed(self) -> bool:
        """Whether it proves by itself that the carrier said it."""
        return self.signature is Signature.SIGNED

    @property
    def waybills(self) -> frozenset[str]:
        """The waybills to pull when the push alone does not count."""
        return frozenset(o.waybill for o in self.observations) | {n.waybill for n in self.notices}


@dataclass(frozen=True, slots=True)
class Contact:
    """One end of a waybill."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    province: str
    city: str
    county: str
    address: str = field(repr=False)
    company: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A waybill to be ordered. `key` is the leg's name: the same leg never gets two."""

    key: str
    sender: Contact
    receiver: Contact
    contents: str
    weight_grams: int = 500
    remark: str = ""


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What a carrier assigned to a leg."""

    waybill: str
    reference: str
    """The carrier's name for the order: ours (`order_reference`) where it takes one."""


class CarrierCodec(Protocol):
    """One carrier's wire format. Every method is pure; what a carrier cannot do raises `FaultKind.UNSUPPORTED`.

    Every `read_…` raises CarrierFault for a refusal or for what cannot be read, and nothing else.
    """

    @property
    def name(self) -> str:
        """The feed's name: `kuaidi100`, `shunfeng`, `ems`, or the leg's carrier where there is no feed."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this carrier offers."""

    @property
    def min_interval_seconds(self) -> int:
        """The least time between two queries of one waybill."""

    @property
    def max_batch(self) -> int:
        """How many waybills one query may name."""

    @property
    def push_failure(self) -> PushReply:
        """The answer to a push that could not even be read."""

    def query(self, waybills: Sequence[Tracked], call: Call) -> HttpRequest:
        """Ask for everything known of these waybills, at most `max_batch`."""

    def read_query(self, waybills: Sequence[Tracked], reply: Reply) -> Feed:
        """Read the answer to `query` of the same waybills."""

    def subscribe(self, waybill: Tracked, callback_url: str, call: Call) -> HttpRequest:
        """Ask for pushes about a waybill."""

    def read_subscribe(self, reply: Reply) -> None:
        """Return if the subscription stands, also if it stood before."""

    def read_push(self, headers: Mapping[str, str], body: bytes) -> PushBatch:
        """Read what a stranger sent to the push address."""

    def order(self, order: OrderRequest, call: Call) -> HttpRequest:
        """Order a waybill for a leg."""

    def read_order(self, order: OrderRequest, reply: Reply) -> OrderResult:
        """Read the answer to `order` or `find_order`; DUPLICATE_ORDER means: ask `find_order`, never order again."""

    def find_order(self, order: OrderRequest, call: Call) -> HttpRequest:
        """Ask for the waybill that the leg's earlier order got."""

    def cancel(self, key: str, waybill: str, call: Call) -> HttpRequest:
        """Cancel the order of a leg."""

    def read_cancel(self, reply: Reply) -> None:
        """Return if the order is cancelled, also if it was before."""
