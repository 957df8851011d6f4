"""What a trial holds: a made-up applicant, and what was read of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from google.protobuf.message import DecodeError

from agreements.domain import catalogue
from nodes.desk import forms
from nodes.journal.sealer import Sealer
from tongban.storage.base import Transaction
from tongban.v1 import application_pb2, directory_pb2, types_pb2, window_pb2

WISH = "other-trial"
"""The material that says what the partner's desk is asked for beside deciding."""

_NUMBER = "000000190001010000"
"""As long as an identity number, and of no county: it can be nobody's."""
_TEXT = "试运行,非真实办件"
_VALUES: Mapping[str, str] = {"date": "2000-01-01", "phone": "00000000000", "text": _TEXT}
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sealed result of a trial says."""

    trial: str
    read: str
    """Digest of what was read in the form."""
    in_return: str = ""
    """The trial that the other side has filed in its turn."""
    problem: str = ""
    problem_en: str = ""
    """Why it filed none, though it was asked to."""


def form(item: directory_pb2.ItemDocument) -> dict[str, str]:
    """Every field of an item's form, filled for nobody."""
    choices = catalogue.choices(item)
    filled = {
        field.name: next(iter(choices.get(field.name, ())), _VALUES.get(field.kind, _NUMBER))
        for field in catalogue.fields(item)
    }
    if "identity_kind" in filled:
        filled["identity_kind"] = "resident_id"
    return filled


def materials(
    item: directory_pb2.ItemDocument, filled: Mapping[str, str], *, in_return: bool
) -> list[window_pb2.MaterialContent]:
    """What the item needs, as far as that can be electronic, and what is wished for."""
    found = [
        _content(each.code, _TEXT.encode("utf-8"), "text/plain")
        for each in catalogue.needed(item, filled)
        if types_pb2.MATERIAL_FORM_ELECTRONIC in each.forms
    ]
    return [*found, _content(WISH, json.dumps({"in_return": in_return}).encode("ascii"), _JSON)]


def _content(code: str, content: bytes, media_type: str) -> window_pb2.MaterialContent:
    material = application_pb2.Material(code=code, form=types_pb2.MATERIAL_FORM_ELECTRONIC)
    return window_pb2.MaterialContent(material=material, content=content, media_type=media_type)


def reading(parts: Mapping[str, bytes]) -> str:
    """What only somebody who opened these parts can say of them."""
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode("utf-8")).hexdigest()


def filed(sealer: Sealer, tx: Transaction, stream: str) -> dict[str, bytes]:
    """What was filed, opened; SealNotForUs where it does not open here."""
    return {
        name: plaintext
        for event, name, plaintext in sealer.open_all(tx, stream)
        if event.HasField("application_submitted")
    }


def wishes_return(parts: Mapping[str, bytes]) -> bool:
    """Whether the other side asks for a trial in return."""
    for name, plaintext in parts.items():
        if name == forms.FORM_PART:
            continue
        try:
            content = window_pb2.MaterialContent.FromString(plaintext)
            if content.material.code == WISH:
                wish = json.loads(content.content)
                return isinstance(wish, dict) and wish.get("in_return") is True
        except (ValueError, DecodeError, RecursionError):
            continue  # Whatever a partner seals into a trial, it must not stop the desk for the others.
    return False


def written(answer: Answer) -> tuple[bytes, str]:
    """The result's content, and what kind of file it is."""
    return json.dumps(asdict(answer), ensure_ascii=False, sort_keys=True).encode("utf-8"), _JSON


def answered(sealer: Sealer, tx: Transaction, stream: str) -> Answer | None:
    """The result, opened; None where there is none, or it is no answer to a trial."""
    opened: Sequence[bytes] = [text for _, name, text in sealer.open_all(tx, stream) if name == forms.RESULT_PART]
    for plaintext in opened:
        try:
            said = json.loads(window_pb2.MaterialContent.FromString(plaintext).content)
            return Answer(**{key: str(said.get(key, "")) for key in Answer.__slots__})
        except (ValueError, AttributeError, DecodeError, RecursionError):
            continue
    return None
