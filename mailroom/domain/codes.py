"""What can be wrong with a parcel, as the `code` of a StreamException."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from tongban.lifecycle.engine import Step
from tongban.v1 import parcel_pb2


class ExceptionCode(enum.StrEnum):
    """Codes that the fold itself gives; those of `ParcelExceptionRaised` are kept as they were said."""

    OUT_OF_TURN = "out-of-turn"  # 次序不符; the engine writes it
    WRONG_POST = "wrong-post"  # 误投: taken in somewhere it was not addressed to
    ONE_SIDED = "one-sided"  # 单方扫描: taken in without the giver's scan
    SEAL_MISMATCH = "seal-mismatch"  # 封签号不符
    MANIFEST_MISMATCH = "manifest-mismatch"  # 清单不符
    NONCE_MISMATCH = "nonce-mismatch"  # 邮包码不符: not proven that this parcel was there, so custody stays
    WAYBILL_MISMATCH = "waybill-mismatch"  # 运单号不符
    LEG_MISMATCH = "leg-mismatch"  # 段次不符: the scan names a leg that the parcel was not on
    SCANNER_MISMATCH = "scanner-mismatch"  # 扫描单位不符: the scan names a post of another node than its author
    MISSING = "missing"  # 缺失
    EXTRA = "extra"  # 多出
    DAMAGED = "damaged"  # 破损
    WRONG_ITEM = "wrong-item"  # 错件
    COPY_FOR_ORIGINAL = "copy-for-original"  # 以复印件代原件
    PAGES_SHORT = "pages-short"  # 缺页
    SEAL_BROKEN = "seal-broken"  # 封签破损
    SIGNED_BY_OTHER = "signed-by-other"  # 代签、入柜: the carrier gave originals to somebody or something else
    PREMATURE = "premature"  # 未到期: raised by a clock before it was due


DISCREPANCIES: Final[Mapping[int, ExceptionCode]] = MappingProxyType(
    {
        parcel_pb2.CHECK_OUTCOME_MISSING: ExceptionCode.MISSING,
        parcel_pb2.CHECK_OUTCOME_EXTRA: ExceptionCode.EXTRA,
        parcel_pb2.CHECK_OUTCOME_DAMAGED: ExceptionCode.DAMAGED,
        parcel_pb2.CHECK_OUTCOME_WRONG_ITEM: ExceptionCode.WRONG_ITEM,
        parcel_pb2.CHECK_OUTCOME_COPY_FOR_ORIGINAL: ExceptionCode.COPY_FOR_ORIGINAL,
        parcel_pb2.CHECK_OUTCOME_PAGES_SHORT: ExceptionCode.PAGES_SHORT,
        parcel_pb2.CHECK_OUTCOME_SEAL_BROKEN: ExceptionCode.SEAL_BROKEN,
    }
)
"""The seven discrepancies."""

ABSENT: Final = frozenset(
    {
        parcel_pb2.CHECK_OUTCOME_MISSING,
        parcel_pb2.CHECK_OUTCOME_WRONG_ITEM,
        parcel_pb2.CHECK_OUTCOME_COPY_FOR_ORIGINAL,
    }
)
"""Outcomes that say that the listed original itself was not there, whatever lay in its place."""


def raise_exception(state: parcel_pb2.Parcel, step: Step, code: str, subject: str = "") -> None:
    """Write an exception, once for each code, subject and event."""
    body = step.event.WhichOneof("body") or ""
    # What this step has written stands last; looking at all would cost more with everything that was ever wrong.
    for known in reversed(state.exceptions):
        if known.version != step.version:
            break
        if (known.code, known.subject) == (code, subject):
            return
    raised = state.exceptions.add(event_type=body, version=step.version, code=code, subject=subject)
    raised.create_time.CopyFrom(step.event.claim_time)


def moment(time: Timestamp) -> tuple[int, int]:
    """A time that compares."""
    return time.seconds, time.nanos
