"""Which keys a node's root vouches for, read from the node's own directory events.

A key ring begins with the node's registration: its root key must have the fingerprint that the text pins, and each
working key the root's signature over its statement.  Every event is signed by a key that was certified before it (the
registration by one that it brings itself), so nothing in a ring is there unproven.

A key that a later rotation retired or revoked counts for what was signed before (`tongban.retirement`).  A proof has no
times but those that events claim, so the time of admission, which bounds a retired key at the gateway, is taken to be
the claimed one.  Whoever has stolen a revoked key can still leave the revocation out of a proof that he makes himself;
the root keeps him from more than that, and any node that knows of the revocation tells.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from tongban import errors
from tongban.directory import check_keys, check_retirements
from tongban.journal import envelopes
from tongban.journal.envelopes import Opened
from tongban.retirement import Signing, in_dates, retirement_of
from tongban.signing import Verifier
from tongban.v1 import directory_pb2, envelope_pb2, event_pb2, proof_pb2
from tongban.validation import check


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong at a place, and the node that can mend it (empty: whoever gave the proof)."""

    place: str
    zh: str
    en: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """An event under a good signature."""

    node: str
    event: event_pb2.Event
    envelope: envelope_pb2.Envelope
    key_id: str
    root: bytes
    statement: directory_pb2.NodeKey

    @property
    def time(self) -> dt.datetime:
        """When it was signed, as claimed."""
        return self.event.claim_time.ToDatetime(dt.UTC)


@dataclass(slots=True)
class Keyring:
    """A node's certified signing keys."""

    node: str
    root: bytes = b""
    keys: dict[str, directory_pb2.NodeKey] = field(default_factory=dict)
    retirements: list[directory_pb2.KeyRetirement] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)

    @classmethod
    def read(cls, entry: proof_pb2.NodeKeyEvents, pin: bytes | None, where: str) -> Keyring:
        """The ring that these events make; what is wrong with them is in its flaws, and adds no key."""
        ring = cls(entry.node)
        for place, envelope in enumerate(entry.events):
            at = f"{where}.events[{place}]"
            try:
                ring._take(envelope, pin, at, first=place == 0)
            except errors.TongbanError as error:
                ring.flaws.append(Flaw(f"proof.{at}", error.text("zh"), error.text("en"), entry.node))
                break
        return ring

    def opened(self, opened: Opened, where: str) -> Signed | Flaw:
        """The event, if a key of this ring signed it within the key's dates."""
        signature = opened.wire.envelope.signature
        try:
            envelopes.verify(opened, Verifier(self._public), field=where)
        except errors.KeyUnknown:
            zh = f"签名密钥 {signature.key_id} 未经 {self.node} 的根密钥认证"
            return Flaw(f"proof.{where}", zh, f"{signature.key_id} is not certified by {self.node}'s root", self.node)
        except errors.TongbanError as error:
            return Flaw(f"proof.{where}", error.text("zh"), error.text("en"), self.node)
        key = self.keys[signature.key_id]
        signing = Signing.of(opened.event, opened.event.claim_time.ToDatetime(dt.UTC))
        if not in_dates(key, signing):
            at = opened.event.claim_time.ToDatetime(dt.UTC)
            zh = f"{at:%Y-%m-%d %H:%M} UTC 不在密钥 {key.key_id} 的有效期内"
            return Flaw(f"proof.{where}", zh, f"{key.key_id} was not in its dates at {at:%F %R} UTC", self.node)
        try:
            self._check_in_use(key.key_id, signing, where)
        except errors.KeyNotActive as error:
            return Flaw(f"proof.{where}", error.text("zh"), error.text("en"), self.node)
        return Signed(self.node, opened.event, opened.wire.envelope, key.key_id, self.root, key)

    def _take(self, envelope: envelope_pb2.Envelope, pin: bytes | None, where: str, *, first: bool) -> None:
        opened = envelopes.parse(envelope_pb2.SignedEvent(envelope=envelope), field=where)
        event = opened.event
        check(event, where=where)
        body = event.WhichOneof("body")
        expected = "node_registered" if first else "node_keys_rotated"
        if body != expected or event.stream != self.node or event.author != self.node:
            raise errors.FieldInvalid(
                field=where,
                problem=f"应为 {self.node} 自己的 {expected} 事件",
                problem_en=f"it must be {self.node}'s own {expected}",
            )
        if first:
            root = event.node_registered.root_public_key
            if pin is not None and hashlib.sha256(root).digest() != pin:
                raise errors.FieldInvalid(
                    field=f"{where}.root_public_key",
                    problem=f"与文本所载 {self.node} 的根密钥指纹不符",
                    problem_en=f"not the root key that the text pins for {self.node}",
                )
            self.root = root
        keys = list(getattr(event, body).keys)
        check_keys(self.node, self.root, keys, field=f"{where}.keys")
        certified = {key.key_id: key for key in keys if key.purpose == directory_pb2.KEY_PURPOSE_SIGN}
        trusted = certified if first else self.keys
        envelopes.verify(opened, Verifier(lambda key_id: _public(trusted, key_id)), field=where)
        if not first:
            signing = Signing.of(event, event.claim_time.ToDatetime(dt.UTC))
            self._check_in_use(envelope.signature.key_id, signing, where)
            self._retire(event, certified)
        self.keys.update(certified)

    def _check_in_use(self, key_id: str, signing: Signing, where: str) -> None:
        """The key had not gone out of use by the rotations that are here."""
        gone = [each for each in self.retirements if each.key_id == key_id]
        check_retirements(gone, signing, field=f"{where}.signature.key_id")

    def _retire(self, event: event_pb2.Event, certified: Collection[str]) -> None:
        out = {each.key_id for each in self.retirements}
        leaving = {key_id for key_id in self.keys if key_id not in certified} - out
        revoked = set(event.node_keys_rotated.revoked_key_ids)
        self.retirements.extend(retirement_of(key_id, event) for key_id in sorted(leaving | revoked))

    def _public(self, key_id: str) -> bytes | None:
        return _public(self.keys, key_id)


def said(digest: bytes) -> str:
    """The beginning of a digest, as much as people compare at a glance."""
    return digest.hex()[:16]


def _public(keys: dict[str, directory_pb2.NodeKey], key_id: str) -> bytes | None:
    key = keys.get(key_id)
    return key.public_key if key is not None else None
