"""The manifest's digest and the spelling of seals."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.manifest import check_manifest, manifest_digest, normal_seals
from tests.mailroom.events import COPIED, COPY, DEED, LICENCE, ORIGINAL
from tongban.errors import FieldInvalid
from tongban.v1.parcel_pb2 import ManifestEntry, PaperOwner
from tongban.v1.types_pb2 import MaterialForm

entries = st.lists(
    st.builds(
        ManifestEntry,
        item=st.sampled_from([LICENCE, DEED, COPY]) | st.text(max_size=30),
        form=st.sampled_from([ORIGINAL, COPIED]),
        pages=st.integers(0, 2**32 - 1),
        serial_digest=st.binary(max_size=32),
        photo_digest=st.sampled_from([b"", b"\x01" * 32]),
        owner=st.sampled_from(PaperOwner.values()),
        kind=st.sampled_from(["", "deed"]),
    ),
    max_size=6,
)


def _key(entry: ManifestEntry) -> tuple[object, ...]:
    plain = entry.item, entry.form, entry.pages, entry.serial_digest
    return (*plain, entry.photo_digest, entry.owner, entry.kind)


def test_the_bytes_are_as_the_documentation_lays_them_out() -> None:
    item = DEED.encode()
    expected = b"tongban.manifest.v1\0\0" + b"\0\0\0\x01"
    expected += len(item).to_bytes(4, "big") + item + b"\0\0\0\x01" + b"\0\0\0\x0c" + b"\0\0\0\x20" + b"\x07" * 32
    entry = ManifestEntry(item=DEED, form=ORIGINAL, pages=12, serial_digest=b"\x07" * 32)
    assert manifest_digest([entry]) == hashlib.sha256(expected).digest()


def test_the_digest_never_changes() -> None:
    entries = [ManifestEntry(item=LICENCE, form=ORIGINAL, pages=2), ManifestEntry(item=COPY, form=COPIED, pages=1)]
    assert manifest_digest(entries).hex() == "82264bb58f64c5c6ee41113f1f2d734e3623d7c2d25fbd60c8d23fea40465c70"


def test_the_richer_bytes_are_as_the_documentation_lays_them_out() -> None:
    item = DEED.encode()
    expected = b"tongban.manifest.v2\0\0" + b"\0\0\0\x01"
    expected += len(item).to_bytes(4, "big") + item + b"\0\0\0\x01" + b"\0\0\0\x0c" + b"\0\0\0\0"
    expected += b"\0\0\0\x20" + b"\x09" * 32 + b"\0\0\0\x01" + b"\0\0\0\x04deed"
    owner = PaperOwner.PAPER_OWNER_APPLICANT
    entry = ManifestEntry(item=DEED, form=ORIGINAL, pages=12, photo_digest=b"\x09" * 32, owner=owner, kind="deed")
    assert manifest_digest([entry]) == hashlib.sha256(expected).digest()


@given(entries.flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_order_does_not_matter(manifests: tuple[list[ManifestEntry], list[ManifestEntry]]) -> None:
    assert manifest_digest(manifests[0]) == manifest_digest(manifests[1])


@given(entries, entries)
def test_different_manifests_have_different_digests(one: list[ManifestEntry], other: list[ManifestEntry]) -> None:
    same = sorted(map(_key, one)) == sorted(map(_key, other))
    assert (manifest_digest(one) == manifest_digest(other)) == same


@given(st.lists(st.text(max_size=8)))
def test_seals_have_one_spelling(seals: list[str]) -> None:
    normal = normal_seals(seals)
    assert normal == normal_seals(reversed(normal))
    assert list(normal) == sorted(set(normal))
    assert "" not in normal


def test_seals_are_compared_as_people_write_them() -> None:
    assert normal_seals([" cz-0002", "CZ-0001", "CZ-0002 "]) == ("CZ-0001", "CZ-0002")


@pytest.mark.parametrize(
    ("manifest", "field"),
    [
        ([(DEED, ORIGINAL), (DEED, ORIGINAL)], "m[1].item"),
        ([(COPY, ORIGINAL)], "m[0].form"),
        ([(DEED, COPIED)], "m[0].form"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(manifest: list[tuple[str, MaterialForm]], field: str) -> None:
    made = [ManifestEntry(item=item, form=form, pages=1) for item, form in manifest]
    with pytest.raises(FieldInvalid) as caught:
        check_manifest(made, "m")
    assert caught.value.field == field
