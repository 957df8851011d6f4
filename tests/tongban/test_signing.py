"""One signature a batch: every member proves itself alone, and nothing else passes."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tongban import merkle, signing
from tongban.errors import KeyNotActive, KeyUnknown, SignatureInvalid
from tongban.pae import pae
from tongban.signing import Signer, TreeSignature, Verifier

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
PUBLIC = PRIVATE.public_key().public_bytes_raw()
SIGNER = Signer.of(PRIVATE)

items = st.tuples(st.text(max_size=10), st.binary(max_size=30))
batches = st.lists(items, min_size=1, max_size=20)
# Equal envelopes in one batch hold each other's places rightly, so moving one to the other is no forgery.
distinct_batches = st.lists(items, min_size=1, max_size=20, unique=True)


class CountingEd25519(signing.Ed25519Algorithm):
    def __init__(self) -> None:
        self.calls = 0

    def verify(self, public: bytes, value: bytes, message: bytes) -> bool:
        self.calls += 1
        return super().verify(public, value, message)


def a_verifier(algorithm: signing.Algorithm | None = None, remembered: int = 4096) -> Verifier:
    algorithms = signing.ALGORITHMS if algorithm is None else {signing.ED25519: algorithm}
    return Verifier({SIGNER.key_id: PUBLIC}.get, algorithms=algorithms, remembered=remembered)


def test_the_key_id_is_the_documented_one() -> None:
    assert SIGNER.key_id == signing.key_id_of("ed25519", PUBLIC)
    assert signing.algorithm_of(SIGNER.key_id) == "ed25519"
    assert len(SIGNER.key_id) == len("ed25519:") + 32
    assert SIGNER.key_id in repr(SIGNER)


def test_a_batch_of_one_is_a_plain_signature_over_its_leaf() -> None:
    signature = SIGNER.sign_one("type", b"payload")
    assert signature.path == ()
    leaf = merkle.leaf_hash(pae("type", b"payload"))
    message = pae("application/vnd.tongban.signed-tree.v1", bytes(7) + b"\x01" + leaf)
    PRIVATE.public_key().verify(signature.value, message)


@given(batches)
def test_every_member_verifies_alone(batch: list[tuple[str, bytes]]) -> None:
    signatures = SIGNER.sign_many(batch)
    assert len({signature.value for signature in signatures}) == 1
    for (kind, payload), signature in zip(batch, signatures, strict=True):
        a_verifier().verify(kind, payload, signature)


@given(distinct_batches, st.data())
def test_any_change_is_refused(batch: list[tuple[str, bytes]], data: st.DataObject) -> None:
    verifier = a_verifier()
    at = data.draw(st.integers(0, len(batch) - 1))
    signatures = SIGNER.sign_many(batch)
    kind, payload = batch[at]
    good = signatures[at]
    if data.draw(st.booleans(), label="the batch is already known"):
        verifier.verify(kind, payload, good)

    def flipped(content: bytes) -> bytes:
        place = data.draw(st.integers(0, len(content) - 1))
        return content[:place] + bytes([content[place] ^ (1 << data.draw(st.integers(0, 7)))]) + content[place + 1 :]

    other_size = data.draw(st.integers(-1, 5000).filter(lambda size: size != good.tree_size))
    other_index = data.draw(st.integers(-1, 5000).filter(lambda index: index != good.leaf_index))
    bad = [
        dataclasses.replace(good, value=flipped(good.value)),
        dataclasses.replace(good, value=good.value[:-1]),
        dataclasses.replace(good, value=b""),
        dataclasses.replace(good, tree_size=other_size),
        dataclasses.replace(good, path=(*good.path, bytes(32))),
        dataclasses.replace(good, leaf_index=other_index),
    ]
    if good.path:
        step = data.draw(st.integers(0, len(good.path) - 1))
        path = [*good.path[:step], flipped(good.path[step]), *good.path[step + 1 :]]
        bad.append(dataclasses.replace(good, path=tuple(path)))
        bad.append(dataclasses.replace(good, path=good.path[:-1]))
    for signature in bad:
        with pytest.raises(SignatureInvalid):
            verifier.verify(kind, payload, signature)
    with pytest.raises(SignatureInvalid):
        verifier.verify(kind + "x", payload, good)
    with pytest.raises(SignatureInvalid):
        verifier.verify(kind, flipped(payload) if payload else b"x", good)
    verifier.verify(kind, payload, good)


def test_a_batch_costs_one_verification() -> None:
    algorithm = CountingEd25519()
    verifier = a_verifier(algorithm)
    batch = [("type", b"%d" % number) for number in range(64)]
    for (kind, payload), signature in zip(batch, SIGNER.sign_many(batch), strict=True):
        verifier.verify(kind, payload, signature)
    assert algorithm.calls == 1


def test_what_is_remembered_is_bounded_and_failures_are_not_remembered() -> None:
    algorithm = CountingEd25519()
    verifier = a_verifier(algorithm, remembered=2)
    a, b, c = (SIGNER.sign_one("type", payload) for payload in (b"a", b"b", b"c"))
    for payload, signature in ((b"a", a), (b"b", b), (b"a", a), (b"c", c), (b"a", a)):
        verifier.verify("type", payload, signature)
    assert algorithm.calls == 3
    verifier.verify("type", b"b", b)
    assert algorithm.calls == 4
    for _ in range(2):
        with pytest.raises(SignatureInvalid):
            verifier.verify("type", b"d", b)
    assert algorithm.calls == 6


def test_the_resolver_is_asked_every_time() -> None:
    known = {SIGNER.key_id: PUBLIC}
    verifier = Verifier(known.get)
    signature = SIGNER.sign_one("type", b"payload")
    verifier.verify("type", b"payload", signature)
    known.clear()
    with pytest.raises(KeyUnknown) as unknown:
        verifier.verify("type", b"payload", signature, field="signatures[0]")
    assert unknown.value.field == "signatures[0].key_id"

    def retired(key_id: str) -> bytes | None:
        raise KeyNotActive(key=key_id, state="retired")

    with pytest.raises(KeyNotActive):
        Verifier(retired).verify("type", b"payload", signature)


def test_a_directory_that_swaps_the_key_under_an_id_is_not_believed() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
    known = {SIGNER.key_id: PUBLIC}
    verifier = Verifier(known.get)
    verifier.verify("type", b"payload", SIGNER.sign_one("type", b"payload"))
    known[SIGNER.key_id] = other.public_key().public_bytes_raw()
    for signer in (SIGNER, Signer(SIGNER.key_id, other)):
        with pytest.raises(KeyUnknown):
            verifier.verify("type", b"payload", signer.sign_one("type", b"payload"))


@pytest.mark.parametrize("algorithm", ["sm2", "x25519", ""])
def test_an_algorithm_nobody_brought_is_unknown(algorithm: str) -> None:
    key_id = signing.key_id_of(algorithm, PUBLIC)
    with pytest.raises(KeyUnknown):
        Verifier({key_id: PUBLIC}.get).verify("t", b"p", Signer(key_id, PRIVATE).sign_one("t", b"p"))


def test_a_further_algorithm_is_one_more_entry() -> None:
    class Agreeable:
        def verify(self, public: bytes, value: bytes, message: bytes) -> bool:
            return value == b"yes"

    key_id = signing.key_id_of("sm2", b"public")
    verifier = Verifier({key_id: b"public"}.get, algorithms={**signing.ALGORITHMS, "sm2": Agreeable()})
    verifier.verify("t", b"p", TreeSignature(key_id, b"yes", 0, 1, ()))
    with pytest.raises(SignatureInvalid):
        verifier.verify("t", b"p", TreeSignature(key_id, b"no", 0, 1, ()))


def test_the_size_of_a_batch_is_bounded_on_both_sides() -> None:
    assert SIGNER.sign_many([]) == []
    with pytest.raises(ValueError, match="over 4096"):
        SIGNER.sign_many([("t", b"")] * 4097)
    whole = SIGNER.sign_many([("t", b"")] * 4096)
    a_verifier().verify("t", b"", whole[-1])
    leaf = merkle.leaf_hash(pae("t", b""))
    root, paths = merkle.root_and_paths([leaf] * 4097)
    value = PRIVATE.sign(signing.signed_tree_message(4097, root))
    with pytest.raises(SignatureInvalid):
        a_verifier().verify("t", b"", TreeSignature(SIGNER.key_id, value, 0, 4097, paths[0]))


def test_an_event_is_known_by_the_digest_of_its_bytes() -> None:
    assert signing.event_digest(b"") == merkle.EMPTY_ROOT
