"""What carriers' codes mean, as data: one YAML file a feed, read once.

A file names the feed's `prefix`, its `codes` and its `faults`.  A code that no file lists means `unknown` and calls for
a person to read what the carrier wrote (`UNKNOWN_CODE`).  So does one that is `disputed`: it is listed, but its sources
disagree.  So does trouble for which we have no name of our own, such as a failed attempt or an unexplained return.
Of a delivery whose code does not say who signed, the carrier's own text is asked, by the words in `signers.yaml`: a
word too many there opens an exception that a person closes, one too few lets an original lie in a locker unseen.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

import yaml

from mailroom.carriers.base import CarrierFault, FaultKind, Meaning, SignedBy

UNKNOWN_CODE: Final = "unknown-code"
FEEDS: Final = ("kuaidi100", "shunfeng", "ems", "manual")
_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code of a feed in our words."""

    code: str
    title: str
    meaning: Meaning
    signed_by: SignedBy = SignedBy.NOBODY
    exception: str = ""
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """One error code of a carrier in our words."""

    kind: FaultKind
    title: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class CodeTable:
    """All codes of one feed."""

    feed: str
    prefix: str
    entries: Mapping[str, CodeEntry]
    faults: Mapping[str, Mapping[str, FaultEntry]]

    def entry(self, raw: str) -> CodeEntry:
        """What a code means, as the feed wrote it."""
        found = self.entries.get(raw)
        if found is not None:
            return found
        kept = raw if _CODE.fullmatch(raw) else re.sub(r"[^A-Za-z0-9._-]", "-", raw)[:32] or "blank"
        return CodeEntry(f"{self.prefix}.{kept}", "", Meaning.UNKNOWN, exception=UNKNOWN_CODE)

    def fault(self, carrier: str, interface: str, code: str, text: str) -> CarrierFault:
        """The fault behind an error code of one of the feed's interfaces; an unlisted one is UNKNOWN."""
        listed = self.faults.get(interface, {}).get(code)
        if listed is None:
            return CarrierFault(FaultKind.UNKNOWN, code, text, carrier=carrier)
        after = listed.retry_after
        return CarrierFault(
            listed.kind, code, text or listed.title, carrier=carrier, retryable=after is not None, retry_after=after
        )


@functools.cache
def code_table(feed: str) -> CodeTable:
    """The table of a feed."""
    data = read_data(f"{feed}.yaml")
    prefix: str = data["prefix"]
    entries = {raw: _entry(prefix, raw, said) for raw, said in data["codes"].items()}
    faults = {
        interface: MappingProxyType({code: _fault(said) for code, said in listed.items()})
        for interface, listed in data.get("faults", {}).items()
    }
    return CodeTable(feed, prefix, MappingProxyType(entries), MappingProxyType(faults))


def entry_of(code: str) -> CodeEntry:
    """What the code of an observation means, whichever feed it came from."""
    prefix, _, raw = code.partition(".")
    for feed in FEEDS:
        table = code_table(feed)
        if table.prefix == prefix:
            return table.entry(raw)
    return CodeEntry(code, "", Meaning.UNKNOWN, exception=UNKNOWN_CODE)


def signer(entry: CodeEntry, text: str) -> SignedBy:
    """Who took it: the code's word, else the text's where the code says delivered."""
    if entry.signed_by is not SignedBy.NOBODY or entry.meaning is not Meaning.DELIVERED:
        return entry.signed_by
    return next((who for who, words in _signers() if any(word in text for word in words)), SignedBy.NOBODY)


def read_data(name: str) -> dict[str, Any]:
    """A YAML file of this package."""
    read: dict[str, Any] = yaml.safe_load(resources.files(__package__).joinpath(name).read_text("utf-8"))
    return read


def _entry(prefix: str, raw: str, said: Mapping[str, Any]) -> CodeEntry:
    disputed = bool(said.get("disputed", False))
    return CodeEntry(
        f"{prefix}.{raw}",
        said["title"],
        Meaning(said["meaning"]),
        SignedBy(said.get("signed_by", "")),
        UNKNOWN_CODE if disputed else said.get("exception", ""),
        disputed,
    )


def _fault(said: Mapping[str, Any]) -> FaultEntry:
    after = said.get("retry_after")
    return FaultEntry(FaultKind(said["kind"]), said["title"], None if after is None else float(after))


@functools.cache
def _signers() -> tuple[tuple[SignedBy, tuple[str, ...]], ...]:
    return tuple((SignedBy(who), tuple(words)) for who, words in read_data("signers.yaml").items())
