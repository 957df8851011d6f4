"""Signatures that serve a whole batch: one Ed25519 signature over the root of a Merkle tree.

A node signs everything it sends, and each event has to prove its author for years, alone, after it has been
taken out of the frame it came in.  An Ed25519 signature costs 80 µs to make and more than 200 to check,
which at one an event would be the largest cost of the whole path.  So an author signs what it has at hand
together:

    leaf    = SHA-256(0x00 || pae(payload_type, payload))            one an envelope
    root    = RFC 6962 root over the leaves
    message = pae("application/vnd.tongban.signed-tree.v1", uint64be(tree_size) || root)
    value   = Ed25519(signing key, message)                          one a batch

An envelope carries `value` with its own place and path (`TreeSignature`): it verifies with nothing else at
hand, as a batch of one as well as a batch of 64, and shows nothing of its neighbours but hashes.  A
receiver that gets the batch together checks the one signature once: `Verifier` remembers the roots it has
seen proven.

Promised: `verify` returns only if the key named by `key_id` signed a tree in which exactly this type and
payload stand at exactly this place; a path that is longer, shorter or misplaced is refused, so there is one
valid `TreeSignature` a place and signed root.  The resolver is asked for every envelope, so a key it no
longer gives stops working at once, whatever is remembered.  What can go wrong: `KeyUnknown` and
`SignatureInvalid`.  Not judged here: whether the key may sign at that time, and whether it is the author's
(see `tongban.keys`).

**Key ids** name the algorithm and the key: `ed25519:` and the first 20 bytes of SHA-256 over the raw public
key in base32 (RFC 4648, lower case, 32 characters).  The prefix fixes the algorithm, so nothing beside the
key can talk a verifier into another one.  A further algorithm (SM2 with SM3) is one more entry in the table
handed to `Verifier`.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongban import merkle
from tongban.errors import KeyUnknown, MessageMalformed, SignatureInvalid
from tongban.pae import pae

SIGNED_TREE_TYPE = "application/vnd.tongban.signed-tree.v1"
MAX_TREE_SIZE = 4096
ED25519 = "ed25519"
X25519 = "x25519"

Resolver = Callable[[str], bytes | None]
"""From a key id to the raw public key, or None if it is not in the directory; may raise `KeyNotActive`."""


@dataclass(frozen=True, slots=True)
class TreeSignature:
    """One envelope's share of a batch signature."""

    key_id: str
    value: bytes
    leaf_index: int
    tree_size: int
    path: tuple[bytes, ...]


class Algorithm(Protocol):
    """How signatures of one key id prefix are checked."""

    def verify(self, public: bytes, value: bytes, message: bytes) -> bool:
        """Whether `value` is the key's signature over `message`; MUST NOT raise for malformed input."""
        ...


class Ed25519Algorithm:
    """Ed25519 (RFC 8032), pure."""

    def verify(self, public: bytes, value: bytes, message: bytes) -> bool:
        """Whether `value` is this key's signature over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(value, message)
        except (InvalidSignature, ValueError):
            return False
        return True


ALGORITHMS: Mapping[str, Algorithm] = {ED25519: Ed25519Algorithm()}


@functools.lru_cache(maxsize=4096)  # asked for every new root, of few keys
def key_id_of(algorithm: str, public: bytes) -> str:
    """The id of a raw public key, as the essay above defines it."""
    digest = hashlib.sha256(public).digest()[:20]
    return f"{algorithm}:{base64.b32encode(digest).decode('ascii').lower()}"


def algorithm_of(key_id: str) -> str:
    """The algorithm that a key id fixes: what stands before the colon."""
    return key_id.partition(":")[0]


def event_digest(payload: bytes) -> bytes:
    """The digest that names an event's bytes to its successors (`expected_head`): plain SHA-256."""
    return hashlib.sha256(payload).digest()


def signed_tree_message(tree_size: int, root: bytes) -> bytes:
    """The bytes that a batch signature is over."""
    return pae(SIGNED_TREE_TYPE, tree_size.to_bytes(8, "big") + root)


class Signer:
    """Signs batches of envelopes with one Ed25519 key."""

    def __init__(self, key_id: str, private: Ed25519PrivateKey) -> None:
        self.key_id = key_id
        self._private = private

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> Signer:
        """The signer of a key under the id that its public half has."""
        return cls(key_id_of(ED25519, private.public_key().public_bytes_raw()), private)

    def __repr__(self) -> str:
        return f"Signer({self.key_id})"

    def sign_many(self, items: Sequence[tuple[str, bytes]]) -> list[TreeSignature]:
        """One signature over all these (payload type, payload), shared out in their order.

        The caller cuts its batches: more than `MAX_TREE_SIZE` is its mistake (ValueError).
        """
        if len(items) > MAX_TREE_SIZE:
            raise ValueError(f"{len(items)} envelopes in one batch, over {MAX_TREE_SIZE}")
        if not items:
            return []
        root, paths = merkle.root_and_paths([merkle.leaf_hash(pae(kind, payload)) for kind, payload in items])
        value = self._private.sign(signed_tree_message(len(items), root))
        return [TreeSignature(self.key_id, value, index, len(items), path) for index, path in enumerate(paths)]

    def sign_one(self, payload_type: str, payload: bytes) -> TreeSignature:
        """A batch of one."""
        return self.sign_many([(payload_type, payload)])[0]


class Verifier:
    """Checks envelopes against the keys that a resolver knows, each signed root once.

    Remembers up to `remembered` proven roots, the least recently used going first; a failure is never
    remembered.  Not for several threads at once.
    """

    def __init__(
        self,
        resolver: Resolver,
        *,
        remembered: int = 4096,
        algorithms: Mapping[str, Algorithm] = ALGORITHMS,
    ) -> None:
        self._resolver = resolver
        self._remembered = remembered
        self._algorithms = algorithms
        self._proven: OrderedDict[tuple[str, bytes, int, bytes, bytes], None] = OrderedDict()

    def verify(self, payload_type: str, payload: bytes, signature: TreeSignature, *, field: str = "signature") -> None:
        """Return if the signature is good; `field` is the path that an error names."""
        key_id, size = signature.key_id, signature.tree_size
        public = self._resolver(key_id)
        if public is None:
            raise KeyUnknown(field=f"{field}.key_id", key=key_id)
        if not 1 <= size <= MAX_TREE_SIZE:
            raise SignatureInvalid(field=field, key=key_id, problem=f"tree of {size}")
        leaf = merkle.leaf_hash(pae(payload_type, payload))
        try:
            root = merkle.root_from_path(leaf, signature.leaf_index, size, signature.path)
        except MessageMalformed as error:
            raise SignatureInvalid(field=field, key=key_id, problem=error.facts["problem"]) from error
        # The public key is part of what was proven: if the directory ever gave another key under the same id,
        # nothing proven under the first would count for it.
        proven = (key_id, public, size, root, signature.value)
        if proven in self._proven:
            self._proven.move_to_end(proven)
            return
        name = algorithm_of(key_id)
        algorithm = self._algorithms.get(name)
        if algorithm is None or key_id_of(name, public) != key_id:
            raise KeyUnknown(field=f"{field}.key_id", key=key_id)
        if not algorithm.verify(public, signature.value, signed_tree_message(size, root)):
            raise SignatureInvalid(field=field, key=key_id)
        self._proven[proven] = None
        if len(self._proven) > self._remembered:
            self._proven.popitem(last=False)
