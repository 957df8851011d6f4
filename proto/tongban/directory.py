"""The directory in memory: which key is whose, certified by whom, and good when.

Built from the folded `nodes/…` streams.  A working key counts only when its node's root key certified it; the root's
fingerprint is what agreements pin, so nobody between two nodes can put another key in.  Retired keys stay known: what
they signed before stays valid, and what was on its way drains (`tongban.retirement`); they sign nothing new.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from tongban import errors
from tongban.keys import KeyStatement, Purpose, verify_statement
from tongban.lifecycle.directory import GATEWAY_AUTHOR
from tongban.lifecycle.words import states
from tongban.retirement import Signing, in_dates, still_signs
from tongban.v1 import directory_pb2, lifecycle_pb2

_PURPOSES: dict[int, Purpose] = {directory_pb2.KEY_PURPOSE_SIGN: "sign", directory_pb2.KEY_PURPOSE_SEAL: "seal"}
_KEY_FIELD = "event.envelope.signature.key_id"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A working key and whose it is."""

    node: str
    key: directory_pb2.NodeKey
    retired: bool
    retirements: tuple[directory_pb2.KeyRetirement, ...] = ()
    """How it went out of use, first retired and then revoked; none for one that was retired before that was noted."""


def check_retirements(
    retirements: Iterable[directory_pb2.KeyRetirement], signing: Signing, *, field: str = _KEY_FIELD
) -> None:
    """Refuse what a key signed after it was retired or revoked, by each of these."""
    for each in retirements:
        if not still_signs(each, signing):
            state, state_en = ("已撤销", "revoked") if each.revoked else ("已停用", "retired")
            raise errors.KeyNotActive(field=field, key=each.key_id, state=state, state_en=state_en)


def check_keys(owner: str, root_public_key: bytes, keys: list[directory_pb2.NodeKey], *, field: str) -> None:
    """Every key must be certified by the root, under the id that its bytes give it."""
    for index, key in enumerate(keys):
        statement = statement_of(owner, key)
        try:
            verify_statement(root_public_key, statement, key.root_signature)
        except errors.SignatureInvalid as error:
            raise errors.SignatureInvalid(field=f"{field}[{index}].root_signature", key=key.key_id) from error


def statement_of(owner: str, key: directory_pb2.NodeKey) -> KeyStatement:
    """What a root key says of a working key."""
    return KeyStatement(
        owner=owner,
        key_id=key.key_id,
        purpose=_PURPOSES[key.purpose],
        public=key.public_key,
        not_before=key.valid_from_time.ToDatetime(dt.UTC),
        not_after=key.valid_until_time.ToDatetime(dt.UTC),
    )


class Directory:
    """Nodes by name and working keys by id.  One thread at a time."""

    def __init__(self) -> None:
        self._nodes: dict[str, directory_pb2.Node] = {}
        self._keys: dict[str, KnownKey] = {}

    def put(self, node: directory_pb2.Node) -> None:
        """Take in a node's present state.  A key stays with the node that had it first."""
        self._nodes[node.name] = node
        retirements: dict[str, tuple[directory_pb2.KeyRetirement, ...]] = {}
        for each in node.retirements:
            retirements[each.key_id] = (*retirements.get(each.key_id, ()), each)
        for retired, keys in ((True, node.retired_keys), (False, node.keys)):
            for key in keys:
                known = self._keys.get(key.key_id)
                if known is None or known.node == node.name:
                    gone = retirements.get(key.key_id, ())
                    self._keys[key.key_id] = KnownKey(node.name, key, retired, gone)

    def check_own(self, owner: str, keys: Iterable[directory_pb2.NodeKey], *, field: str) -> None:
        """None of these keys may be another node's: it would speak in that node's place."""
        for index, key in enumerate(keys):
            known = self._keys.get(key.key_id)
            if known is not None and known.node != owner:
                raise errors.KeyOfAnotherNode(field=f"{field}[{index}].key_id", author=owner, peer=known.node)

    def nodes(self) -> list[directory_pb2.Node]:
        """All nodes, by name."""
        return [self._nodes[name] for name in sorted(self._nodes)]

    def participants(self) -> list[directory_pb2.Node]:
        """All nodes that have joined, by name: without the gateway itself."""
        return [node for node in self.nodes() if node.name != GATEWAY_AUTHOR]

    def members(self) -> list[directory_pb2.Node]:
        """All nodes of regions, by name: without the gateway and the relays, which have no mailrooms."""
        return [node for node in self.participants() if not node.profile.relay]

    def relays(self) -> list[directory_pb2.Node]:
        """The mailroom relays that a leg may name, by name: those that are not suspended."""
        active = lifecycle_pb2.NODE_STATE_ACTIVE
        return [node for node in self.participants() if node.profile.relay and node.state == active]

    def find(self, name: str) -> directory_pb2.Node | None:
        """A node, or None."""
        return self._nodes.get(name)

    def node(self, name: str) -> directory_pb2.Node:
        """A node, which must be there."""
        found = self._nodes.get(name)
        if found is None:
            raise errors.NodeNotFound(name=name)
        return found

    def public_key(self, key_id: str) -> bytes | None:
        """The raw public key of any known key, retired ones too: for what was signed before."""
        known = self._keys.get(key_id)
        return known.key.public_key if known else None

    def retirements(self, key_id: str) -> tuple[directory_pb2.KeyRetirement, ...]:
        """How a key went out of use; none where it did not, or is not known."""
        known = self._keys.get(key_id)
        return known.retirements if known else ()

    def signing_key(self, key_id: str, *, field: str = _KEY_FIELD) -> KnownKey:
        """Whose signing key it is; retired ones too."""
        known = self._keys.get(key_id)
        if known is None or known.key.purpose != directory_pb2.KEY_PURPOSE_SIGN:
            raise errors.KeyUnknown(field=field, key=key_id)
        return known

    def check_signed(self, key_id: str, author: str, signing: Signing, *, field: str = _KEY_FIELD) -> KnownKey:
        """The key must be the author's own, and one that may have signed this: in force then, or draining."""
        known = self.signing_key(key_id, field=field)
        if known.node != author:
            raise errors.KeyOfAnotherNode(field=field, author=author, peer=known.node)
        check_retirements(known.retirements, signing, field=field)
        if not in_dates(known.key, signing):
            raise errors.KeyNotActive(field=field, key=key_id, state="不在有效期内", state_en="out of its dates")
        return known

    def check_may_sign(self, key_id: str, author: str, signing: Signing, *, field: str = _KEY_FIELD) -> None:
        """The same, and the author must be active, for what is to be admitted now; `field` is the key's path."""
        known = self.check_signed(key_id, author, signing, field=field)
        if known.retired and not known.retirements:
            raise errors.KeyNotActive(field=field, key=key_id, state="已停用", state_en="retired")
        node = self.node(author)
        if node.state != lifecycle_pb2.NODE_STATE_ACTIVE:
            zh, en = states("nodes", [node.state])
            raise errors.NodeNotActive(field="event.author", node=author, state=zh, state_en=en)

    def sealing_key(self, name: str) -> directory_pb2.NodeKey:
        """The key that grants to this node are sealed to: the newest in force."""
        keys = [k for k in self.node(name).keys if k.purpose == directory_pb2.KEY_PURPOSE_SEAL]
        if not keys:
            raise errors.KeyUnknown(field="recipient", key=name)
        return max(keys, key=lambda k: k.valid_from_time.seconds)
