"""The versions of an agreement that can be laid beside each other."""

from __future__ import annotations

from agreements.domain.difference import Change, difference
from tongban import errors
from tongban.v1 import agreement_pb2

_Document = agreement_pb2.AgreementDocument


def versions(agreement: agreement_pb2.Agreement) -> dict[int, _Document]:
    """Every text that is known, by its version: earlier ones, the present one, and the amendment that waits."""
    texts = [text.document for text in reversed(agreement.past)]
    texts.append(agreement.document)
    if agreement.HasField("amendment"):
        texts.append(agreement.amendment.document)
    return {text.document_version: text for text in texts}


def compared(agreement: agreement_pb2.Agreement, old: int = 0, new: int = 0) -> tuple[int, int, tuple[Change, ...]]:
    """The versions and what differs between them.

    Without `new`, the newest one: the amendment where one waits.  Without `old`, the one before it.
    """
    known = versions(agreement)
    numbers = sorted(known)
    later = new or numbers[-1]
    earlier = old or max((number for number in numbers if number < later), default=0)
    for field, number in (("to", later), ("from", earlier)):
        if number not in known:
            raise _unknown(agreement.name, field, number, numbers)
    return earlier, later, difference(known[earlier], known[later])


def _unknown(name: str, field: str, number: int, known: list[int]) -> errors.FieldInvalid:
    if not number:
        return errors.FieldInvalid(
            field=field, problem=f"{name} 此前没有其他版本", problem_en=f"{name} has no earlier version"
        )
    listed = ", ".join(map(str, known))
    return errors.FieldInvalid(
        field=field,
        problem=f"{name} 没有可比较的第 {number} 版;现有:{listed}",
        problem_en=f"{name} has no version {number} here; known: {listed}",
    )
