"""The entries of `tongban.faults` for the reasons of `tongban.errors`, and how an error finds its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tongban.errors import TongbanError
from tongban.faults import Fault, Finding, Hop, Party
from tongban.faults.entries import read

BY_REASON: Final[Mapping[str, Fault]] = read("reasons.yaml")
CONDITIONS: Final[Mapping[str, Fault]] = read("conditions.yaml")
_OF_THE_AUTHOR: Final = frozenset({"SIGNATURE_INVALID", "ATTACHMENT_MISMATCH"})
"""Whoever made it has to mend it; what the gateway refuses was made by the node that it says so to."""
_NAMING: Final = ("decider", "holder", "peer", "node")


def fault_of(error: TongbanError, speaker: Party = Party.OWN_NODE) -> Fault:
    """The entry for an error, as `speaker` says it; what the peer itself named goes first.

    A reason of a newer version has the entry of its kind.
    """
    known = BY_REASON.get(error.wire_reason) or BY_REASON[_kind(error)]
    named = _named(error)
    if named is not None:
        return replace(known, party=named[0], hop=named[1])
    if speaker is Party.GATEWAY and known.code in _OF_THE_AUTHOR:
        return replace(known, party=Party.OWN_NODE, hop=Hop.NODE)
    if known.party is Party.SPEAKER:
        return replace(known, party=speaker, hop=Hop.GATEWAY if speaker is Party.GATEWAY else known.hop)
    return known


def finding_of(error: TongbanError, speaker: Party = Party.OWN_NODE, *, about: str = "", name: str = "") -> Finding:
    """An error as a finding, in its own words."""
    said = (error.text("zh"), error.text("en"))
    return Finding(fault_of(error, speaker), error.facts, about=about, name=name or node_named(error), said=said)


def node_named(error: TongbanError) -> str:
    """The node that an error's facts name as the one to turn to."""
    facts = (error.facts.get(key, "") for key in _NAMING)
    return next((fact for fact in facts if fact.startswith("nodes/")), "")


def _kind(error: TongbanError) -> str:
    kinds = (cls.reason() for cls in type(error).__mro__ if issubclass(cls, TongbanError))
    return next(reason for reason in kinds if reason in BY_REASON)


def _named(error: TongbanError) -> tuple[Party, Hop] | None:
    try:
        return Party(error.party), Hop(error.hop)
    except ValueError:
        return None
