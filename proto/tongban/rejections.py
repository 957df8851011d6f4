"""The gateway's refusal of one event: `TongbanError` ⇄ `tongban.v1.Rejection`, both directions side by side.

A rejection is kept as long as the event it answers, so it carries its sentences in both languages instead of
facts: it reads the same in ten years, whatever has become of the class that made it.
"""

from __future__ import annotations

from tongban.errors import InvalidInput, Mender, Refused, TongbanError, errors_by_reason
from tongban.v1 import envelope_pb2, types_pb2

MAX_SENTENCE = 600
MAX_FIELD = 200

_TO_WIRE: dict[Mender, envelope_pb2.Mender] = {
    Mender.CLERK: envelope_pb2.MENDER_CLERK,
    Mender.AUTHOR: envelope_pb2.MENDER_AUTHOR,
    Mender.HOME: envelope_pb2.MENDER_HOME,
    Mender.OPERATOR: envelope_pb2.MENDER_OPERATOR,
    Mender.NOBODY: envelope_pb2.MENDER_NOBODY,
}
_FROM_WIRE = {wire: mender for mender, wire in _TO_WIRE.items()}


def to_rejection(error: TongbanError, *, found: types_pb2.StreamPosition | None = None) -> envelope_pb2.Rejection:
    """The rejection that says `error`; `found` is where the stream stood, for a conflict."""
    return envelope_pb2.Rejection(
        reason=error.wire_reason,
        message_zh=_sendable(error.text("zh"), MAX_SENTENCE),
        message_en=_sendable(error.text("en"), MAX_SENTENCE),
        field=_sendable(error.field, MAX_FIELD),
        mender=_TO_WIRE[error.mender],
        found=found,
    )


def from_rejection(rejection: envelope_pb2.Rejection) -> TongbanError:
    """The error that a rejection says, in the gateway's words.

    A reason that is not known here is `InvalidInput` where it names a field, else `Refused`: either way final.
    """
    cls = errors_by_reason().get(rejection.reason) or (InvalidInput if rejection.field else Refused)
    error = cls.quoted(rejection.reason, rejection.message_zh, rejection.message_en, field=rejection.field)
    if rejection.HasField("found"):
        error.facts |= {"found": str(rejection.found.version), "stream": rejection.found.stream}
    if rejection.mender in _FROM_WIRE:
        error.mender = _FROM_WIRE[rejection.mender]
    return error


def _sendable(text: str, limit: int) -> str:
    # A lone surrogate cannot be serialised, and must not turn a refusal into an internal error.
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"
