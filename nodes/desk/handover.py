"""Who stood at the window: what the event may say of it, and what is sealed beside.

The event tells kinds and salted digests, so that a dispute can be settled years later by whoever holds the sealed
parts.  Names, numbers, the mandate and the signature are sealed to the application's parties like everything else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from nodes.desk import forms
from tongban import errors, identity
from tongban.clock import Entropy
from tongban.sealing import salted_digest
from tongban.v1 import application_pb2, types_pb2, window_pb2


@dataclass(frozen=True, slots=True)
class Handover:
    """What may stand in the event, and the parts to be sealed."""

    identity_kind: str = ""
    mandate_kind: str = ""
    mandate_digest: bytes = b""
    signature_digest: bytes = b""
    parts: Mapping[str, bytes] = field(default_factory=dict)


def seen(collector: window_pb2.Collector, entropy: Entropy, *, agent: bool, path: str = "collector") -> Handover:
    """Check what the clerk recorded of a person, and pack it; an agent has a name, a document and a mandate."""
    _check(collector, agent=agent, path=path)
    kept = {
        name: value
        for name, value in (
            ("full_name", collector.full_name.strip()),
            ("identity_number", collector.identity_number.strip()),
        )
        if value
    }
    parts: dict[str, bytes] = {}
    digests: dict[str, bytes] = {}
    for name, content, media_type in (
        (forms.MANDATE_PART, collector.mandate, collector.mandate_media_type),
        (forms.SIGNATURE_PART, collector.signature, collector.signature_media_type),
    ):
        if not content:
            continue
        forms.check_media_type(media_type, f"{path}.{name}_media_type")
        salt = entropy.token(16)
        kept[f"{name}_salt"] = salt.hex()
        digests[name] = content_digest(salt, content)
        parts[name] = _file(name, content, media_type)
    if kept:
        parts[forms.COLLECTION_PART] = json.dumps(kept, ensure_ascii=False, sort_keys=True).encode("utf-8")
    return Handover(
        identity_kind=collector.identity_kind,
        mandate_kind=collector.mandate_kind,
        mandate_digest=digests.get(forms.MANDATE_PART, b""),
        signature_digest=digests.get(forms.SIGNATURE_PART, b""),
        parts=parts,
    )


def content_digest(salt: bytes, content: bytes) -> bytes:
    """What ties an event to a sealed file; only who has the salt can tell which file it is."""
    return salted_digest(salt, hashlib.sha256(content).hexdigest())


def is_agent(collector: window_pb2.Collector) -> bool:
    """Whether somebody came for the applicant."""
    return bool(collector.mandate_kind or collector.mandate)


def _check(collector: window_pb2.Collector, *, agent: bool, path: str) -> None:
    forms.check_text(collector.full_name, f"{path}.full_name", lines=False)
    if collector.identity_kind:
        if collector.identity_kind not in {kind.value for kind in identity.IdentityKind}:
            raise errors.FieldInvalid(
                field=f"{path}.identity_kind",
                problem="请选择证件类型",
                problem_en="choose the kind of document",
            )
        if collector.identity_number:
            kind = identity.IdentityKind(collector.identity_kind)
            identity.check(kind, collector.identity_number, field=f"{path}.identity_number")
    elif collector.identity_number:
        raise errors.FieldInvalid(
            field=f"{path}.identity_kind", problem="请选择证件类型", problem_en="choose the kind of document"
        )
    if not agent:
        if is_agent(collector):
            raise errors.FieldInvalid(
                field=f"{path}.mandate_kind",
                problem="本人领取不填委托",
                problem_en="an applicant needs no mandate",
            )
        return
    for name, there, zh, en in (
        ("identity_kind", collector.identity_kind, "须核验代办人的身份证件", "check the agent's identity document"),
        ("full_name", collector.full_name.strip(), "须登记代办人姓名", "the agent's name is needed"),
        ("mandate_kind", collector.mandate_kind, "须注明委托的种类", "say what the mandate is"),
        ("mandate", collector.mandate, "须附委托书扫描件", "a scan of the mandate is needed"),
    ):
        if not there:
            raise errors.FieldInvalid(field=f"{path}.{name}", problem=zh, problem_en=en)


def _file(code: str, content: bytes, media_type: str) -> bytes:
    material = application_pb2.Material(code=code, form=types_pb2.MATERIAL_FORM_ELECTRONIC)
    return window_pb2.MaterialContent(material=material, content=content, media_type=media_type).SerializeToString()
