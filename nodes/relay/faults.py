"""A carrier's fault in the words of whoever has to do something about it.

The answer says who mends it; whether the carrier as a whole waits or this number alone, says its scope.

    what failed                      who mends it             told as
    the line, their server           nobody, it is repeated   CarrierUnreachable
    too many calls                   nobody, it is repeated   CarrierBusy
    signature, permission, address   our administrator        CarrierAccessDenied
    what they answered               the carrier              CarrierAnswerUnreadable
    this number, this order          the clerk                CarrierRefused
    not offered by this carrier      the clerk, by hand       CarrierCannot

The account that was asked is named in each.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from mailroom.carriers.base import CarrierFault, FaultKind
from tongban import errors


class Scope(enum.Enum):
    """What a fault is about."""

    CARRIER = "carrier"
    """Whatever else is asked of it now would fare the same."""
    NUMBER = "number"
    """This number or order alone."""
    EITHER = "either"
    """An answer that nobody can read: the carrier may be down, or stumble over this number."""


_SCOPES: Final[Mapping[FaultKind, Scope]] = {
    FaultKind.THROTTLED: Scope.CARRIER,
    FaultKind.BAD_SIGNATURE: Scope.CARRIER,
    FaultKind.NO_PERMISSION: Scope.CARRIER,
    FaultKind.DOWNSTREAM: Scope.CARRIER,
    FaultKind.MALFORMED: Scope.EITHER,
}

_ERRORS: Final[Mapping[FaultKind, type[errors.TongbanError]]] = {
    FaultKind.THROTTLED: errors.CarrierBusy,
    FaultKind.BAD_SIGNATURE: errors.CarrierAccessDenied,
    FaultKind.NO_PERMISSION: errors.CarrierAccessDenied,
    FaultKind.DOWNSTREAM: errors.CarrierUnreachable,
    FaultKind.MALFORMED: errors.CarrierAnswerUnreadable,
    FaultKind.UNSUPPORTED: errors.CarrierCannot,
}

MENDED_BY_US: Final = frozenset({FaultKind.BAD_SIGNATURE, FaultKind.NO_PERMISSION})
"""Nothing gets better by asking again soon."""


def scope_of(fault: CarrierFault) -> Scope:
    """What a fault is about."""
    return _SCOPES.get(fault.kind, Scope.NUMBER)


def error_of(fault: CarrierFault, carrier: str) -> errors.TongbanError:
    """The fault as an error of the tree; `carrier` is the account that was asked."""
    kind = _ERRORS.get(fault.kind, errors.CarrierRefused)
    said = " ".join(part for part in (fault.code, fault.text) if part) or fault.kind.value
    return kind(carrier=carrier, code=fault.code or fault.kind.value, said=said, where=fault.where or "-", what=said)
