"""The door between the error tree and gRPC: `TongbanError` ⇄ `google.rpc.Status`, both directions side by side.

Outward, every error becomes a Status with these details, so that any language's stub reads it without our code:

    ErrorInfo         reason, domain `tongban`, the facts, who can mend it, the party and the hop at fault
    BadRequest        the field's path, where one is at fault
    LocalizedMessage  the sentence in Chinese, and again in English
    RetryInfo         where waiting helps

A Status travels in HTTP/2 trailers, which peers bound to 8 KiB by default, and Chinese is percent-encoded there
(nine bytes a character): so texts and facts are clipped until the whole fits `MAX_DETAILS`.  Nothing else is
lost on the way, and DebugInfo is never sent: a stack trace is for the log.

Inward, a reason that is known here becomes its own class with its facts; an unknown one keeps the peer's words
under the class that its code fits; and a status without our details (from the transport, a proxy, another
program) becomes the class that tells the caller what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import DecodeError, Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from tongban.errors import (
    AlreadyExists,
    Conflict,
    Damaged,
    Forbidden,
    InvalidInput,
    Mender,
    MessageTooLarge,
    NotFound,
    Overloaded,
    Refused,
    TongbanError,
    Unauthenticated,
    Unavailable,
    UnsupportedProtocolVersion,
    errors_by_reason,
)
from tongban.faults import Party
from tongban.faults.reasons import fault_of

DOMAIN = "tongban"
MAX_DETAILS = 4096
_DETAILS_KEY = "grpc-status-details-bin"
_CLIPS = (400, 160, 60, 20)
_MAX_FACTS = 16
_MENDERS = frozenset(mender.value for mender in Mender)
_TOO_LARGE = re.compile(r"larger than max \((\d+) vs\. (\d+)\)")

_BY_CODE: dict[str, type[TongbanError]] = {
    "INVALID_ARGUMENT": InvalidInput,
    "OUT_OF_RANGE": InvalidInput,
    "UNAUTHENTICATED": Unauthenticated,
    "PERMISSION_DENIED": Forbidden,
    "NOT_FOUND": NotFound,
    "ALREADY_EXISTS": AlreadyExists,
    "ABORTED": Conflict,
    "FAILED_PRECONDITION": Refused,
    "RESOURCE_EXHAUSTED": Overloaded,
    "UNAVAILABLE": Unavailable,
    "DEADLINE_EXCEEDED": Unavailable,
    "CANCELLED": Unavailable,
    "UNIMPLEMENTED": UnsupportedProtocolVersion,
    "DATA_LOSS": Damaged,
}


def to_status(error: TongbanError, speaker: Party = Party.OWN_NODE) -> status_pb2.Status:
    """The status that says all of `error` to the caller; total over the tree.  `speaker` is who says it."""
    for clip in _CLIPS:
        status = _status(error, clip, speaker)
        if _wire_size(status) <= MAX_DETAILS:
            break
    return status


def internal_status(incident: str, speaker: Party = Party.OWN_NODE) -> status_pb2.Status:
    """The status for what nobody foresaw: the number under which it was logged, and nothing of what it was."""
    zh = f"系统内部错误(编号 {incident}),此次操作可能未完成。请重试;如再次出现,请把编号告知管理员。"
    en = f"Internal error {incident}; this may not be done. Try again, and if it recurs, tell the operator the number."
    error = TongbanError.quoted(TongbanError.reason(), zh, en, incident=incident)
    status = to_status(error, speaker)
    status.code = code_pb2.INTERNAL
    return status


def to_grpc(status: status_pb2.Status) -> tuple[grpc.StatusCode, str, tuple[tuple[str, bytes], ...]]:
    """The three parts that `context.abort` takes."""
    parts = rpc_status.to_status(status)
    return parts.code, parts.details, cast("tuple[tuple[str, bytes], ...]", parts.trailing_metadata)


def from_rpc_error(error: grpc.RpcError, *, peer: str = "") -> TongbanError:
    """What a failed call says; `peer` names who was called, for errors that the transport made itself."""
    code: grpc.StatusCode = error.code()
    details = _text(error.details())
    status = _rich_status(error.trailing_metadata())
    if status is not None:
        found = from_status(status)
        if found is not None:
            return found
    return _from_transport(code.name, details, peer)


def from_status(status: status_pb2.Status) -> TongbanError | None:
    """The error that a status of ours carries; None for a status that names no reason in our domain."""
    info = error_details_pb2.ErrorInfo()
    if not _unpack(status.details, info) or info.domain != DOMAIN:
        return None
    facts = dict(info.metadata)
    mender = facts.pop("mender", "")
    party, hop = facts.pop("party", ""), facts.pop("hop", "")
    field = facts.pop("field", "")
    bad_request = error_details_pb2.BadRequest()
    if _unpack(status.details, bad_request) and bad_request.field_violations:
        field = bad_request.field_violations[0].field
    code = code_pb2.Code.Name(status.code) if status.code in code_pb2.Code.values() else "UNKNOWN"
    known = errors_by_reason().get(info.reason)
    if known is None or (known is TongbanError and status.message):
        cls = known or _BY_CODE.get(code, TongbanError)
        zh, en = _sentences(status)
        error = cls.quoted(info.reason, zh, en, **{"field": field, **facts})
        if mender in _MENDERS:
            error.mender = Mender(mender)
    else:
        error = known(**{"field": field, **facts})
    error.party, error.hop = party, hop
    retry = error_details_pb2.RetryInfo()
    if _unpack(status.details, retry):
        error.retry_seconds = retry.retry_delay.ToTimedelta().total_seconds()
    return error


def _status(error: TongbanError, clip: int, speaker: Party) -> status_pb2.Status:
    fault = fault_of(error, speaker)
    zh, en = _clipped(error.text("zh"), clip), _clipped(error.text("en"), clip)
    facts = list(error.facts.items())[:_MAX_FACTS]
    details: list[Message] = [
        error_details_pb2.ErrorInfo(
            reason=error.wire_reason,
            domain=DOMAIN,
            metadata={
                **{key: _clipped(value, clip) for key, value in facts if key != "field"},
                "mender": error.mender.value,
                "party": fault.party.value,
                "hop": fault.hop.value,
            },
        )
    ]
    if error.field:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=_clipped(error.field, clip), description=zh, reason=error.wire_reason
        )
        violation.localized_message.CopyFrom(error_details_pb2.LocalizedMessage(locale="en", message=en))
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    details.append(error_details_pb2.LocalizedMessage(locale="zh-CN", message=zh))
    details.append(error_details_pb2.LocalizedMessage(locale="en", message=en))
    if error.retry_seconds is not None:
        delay = duration_pb2.Duration()
        delay.FromNanoseconds(round(error.retry_seconds * 1e9))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    status = status_pb2.Status(code=code_pb2.Code.Value(error.grpc_code), message=f"{en} / {zh}")
    for detail in details:
        status.details.add().Pack(detail)
    return status


def _wire_size(status: status_pb2.Status) -> int:
    # The message goes twice: inside the details (base64) and percent-encoded beside them.
    escaped = sum(1 if 0x20 <= byte < 0x7F and byte != 0x25 else 3 for byte in status.message.encode())
    size: int = status.ByteSize()
    return size * 4 // 3 + escaped


def _clipped(text: str, limit: int) -> str:
    # A lone surrogate cannot be sent at all, and must not turn a refusal into an internal error.
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _unpack(details: Iterable[any_pb2.Any], into: Message) -> bool:
    for detail in details:
        if detail.type_url.rpartition("/")[2] == into.DESCRIPTOR.full_name:
            try:
                into.ParseFromString(detail.value)
            except DecodeError:
                return False
            return True
    return False


def _rich_status(metadata: Any) -> status_pb2.Status | None:
    for key, value in metadata or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                return None
    return None


def _sentences(status: status_pb2.Status) -> tuple[str, str]:
    zh = en = ""
    message = error_details_pb2.LocalizedMessage()
    for detail in status.details:
        if _unpack([detail], message):
            if message.locale.startswith("zh"):
                zh = message.message
            elif message.locale.startswith("en"):
                en = message.message
    return zh or en or status.message, en or zh or status.message


def _text(details: str | bytes | None) -> str:
    text = details.decode("utf-8", "replace") if isinstance(details, bytes) else details or ""
    return _clipped(text, _CLIPS[0])


def _from_transport(code: str, details: str, peer: str) -> TongbanError:
    """An error for a status that is not ours: from the transport, a proxy, or another program."""
    too_large = _TOO_LARGE.search(details)
    if code == "RESOURCE_EXHAUSTED" and too_large:
        return MessageTooLarge(field="message", size=too_large[1], limit=too_large[2])
    cls = _BY_CODE.get(code, TongbanError)
    if cls is Unavailable:
        return Unavailable(what=peer or "对端 (the peer)", code=code, problem=details)
    if cls is Overloaded:
        return Overloaded(retry=Overloaded.retry_seconds, problem=details)
    if cls is UnsupportedProtocolVersion:
        return UnsupportedProtocolVersion(version=details or "?", supported=peer or "?")
    sentence = f"{peer}: {details or code}" if peer else details or code
    return cls.quoted(cls.reason(), f"{cls().text('zh')}({sentence})", sentence, problem=details)
