"""The Chinese names of the contract's fields and values in a written agreement."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from agreements.domain import words
from agreements.domain.difference_words import FIELDS
from agreements.reading import LANGUAGES
from tongban.identity import IdentityKind
from tongban.v1 import types_pb2

FEN: Final = "FeeTerms.amount_fen"
"""Written in yuan."""

_OTHERWISE: Final = {FEN: "金额元"}
"""Where the word of a sentence makes no good key."""

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AgreementDocument.name": "agreements/",
        "AgreementDocument.renews": "agreements/",
        "AgreementDocument.issuer": "nodes/",
        "AgreementDocument.coordinator": "nodes/",
        "Party.node": "nodes/",
        "Contact.node": "nodes/",
        "Clause.home": "nodes/",
        "Clause.accepting": "nodes/",
        "Clause.collecting": "nodes/",
        "Clause.printing": "nodes/",
        "Clause.items": "items/",
        "SealTerms.keeper": "nodes/",
        "SealTerms.answers": "nodes/",
    }
)
"""Names of one collection are written without it: `350600` for `nodes/350600`."""

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "Clause.identity_kinds": {
            kind.value: kind.label.partition("号码")[0].partition(" ")[0] for kind in IdentityKind
        },
        "Clause.languages": dict(LANGUAGES),
    }
)
"""Codes that have a word; the code itself is read too."""

_ENUMS: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {
        "Mode": words.MODES,
        "Channel": words.CHANNELS,
        "ApplicantKind": words.APPLICANT_KINDS,
        "Decider": {types_pb2.DECIDER_HOME: "业务属地", types_pb2.DECIDER_ACCEPTING: "收件地"},
        "AgreementKind": words.KINDS,
        "EntryRule": words.ENTRY_RULES,
        "PaperWay": words.PAPER_WAYS,
        "Payer": words.PAYERS,
        "PromisedStep": words.STEPS,
    }
)


def path_of(field: Any) -> str:
    """The field by its message and name."""
    return f"{field.containing_type.name}.{field.name}"


def key_of(field: Any) -> str:
    """The key under which a field is written."""
    path = path_of(field)
    return _OTHERWISE.get(path) or FIELDS[path][0]


def values_of(field: Any) -> Mapping[int, str]:
    """The words of an enumeration."""
    return _ENUMS[field.enum_type.name]


def texts_of(field: Any) -> Mapping[str, str]:
    """Words for codes; none for most fields."""
    return _TEXTS.get(path_of(field), {})
