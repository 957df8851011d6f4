"""A participant's keys at rest, and the root's statements about the working ones."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tongban import keys, signing
from tongban.clock import SeededEntropy
from tongban.errors import ConfigurationInvalid, FieldInvalid, KeyNotActive, MessageMalformed, SignatureInvalid
from tongban.keys import KeyStatement, NodeKeys

FROM = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
UNTIL = FROM + dt.timedelta(days=365)
NODE_KEYS = NodeKeys.generate(SeededEntropy(1))
FILES = [keys.ROOT_FILE, keys.SIGNING_FILE, keys.SEALING_FILE, keys.TLS_FILE]


@st.composite
def statements(draw: st.DrawFn) -> KeyStatement:
    start = draw(st.datetimes(max_value=dt.datetime(9000, 1, 1), timezones=st.just(dt.UTC)))  # noqa: DTZ001
    length = draw(st.timedeltas(dt.timedelta(microseconds=1), dt.timedelta(days=300_000)))
    owner = draw(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20))
    public = draw(st.binary(min_size=32, max_size=32))
    algorithm, purpose = draw(st.sampled_from([("ed25519", "sign"), ("x25519", "seal")]))
    key_id = signing.key_id_of(algorithm, public)
    return KeyStatement(owner, key_id, "sign" if purpose == "sign" else "seal", public, start, start + length)


def a_statement() -> KeyStatement:
    return NODE_KEYS.statements("nodes/350600", FROM, UNTIL)[0]


def test_keys_come_from_the_entropy_alone() -> None:
    again, other = NodeKeys.generate(SeededEntropy(1)), NodeKeys.generate(SeededEntropy(2))
    assert again.fingerprint == NODE_KEYS.fingerprint != other.fingerprint
    assert keys.private_pem(again.tls) == keys.private_pem(NODE_KEYS.tls) != keys.private_pem(other.tls)
    assert len({NODE_KEYS.root_public, NODE_KEYS.signing_public, NODE_KEYS.sealing_public}) == 3


def test_keys_are_stored_closed_and_come_back(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    NODE_KEYS.store(directory)
    assert sorted(path.name for path in directory.iterdir()) == sorted(FILES)
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}
    assert directory.stat().st_mode & 0o777 == 0o700
    loaded = NodeKeys.load(directory)
    for name in ("root_public", "signing_public", "sealing_public", "signing_key_id", "sealing_key_id"):
        assert getattr(loaded, name) == getattr(NODE_KEYS, name)
    assert keys.private_pem(loaded.tls) == keys.private_pem(NODE_KEYS.tls)
    with pytest.raises(ConfigurationInvalid):
        NodeKeys.generate(SeededEntropy(2)).store(directory)
    assert NodeKeys.load(directory).fingerprint == NODE_KEYS.fingerprint


@pytest.mark.parametrize("name", FILES)
def test_a_file_missing_open_or_cut_off_is_named(tmp_path: Path, name: str) -> None:
    directory = tmp_path / "keys"
    NODE_KEYS.store(directory)
    path = directory / name
    whole = path.read_bytes()
    path.chmod(0o644)
    with pytest.raises(ConfigurationInvalid, match="chmod 600"):
        NodeKeys.load(directory)
    path.chmod(0o600)
    other = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    wrong = [b"", b"nonsense", whole[: len(whole) // 2], whole[:-30], keys.private_pem(other)]
    for content in wrong:
        path.write_bytes(content)
        with pytest.raises(ConfigurationInvalid) as refused:
            NodeKeys.load(directory)
        assert refused.value.field == str(path)
    path.unlink()
    with pytest.raises(ConfigurationInvalid, match="missing"):
        NodeKeys.load(directory)


def test_a_tls_key_on_another_curve_is_refused(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    NODE_KEYS.store(directory)
    (directory / keys.TLS_FILE).write_bytes(keys.private_pem(ec.generate_private_key(ec.SECP384R1())))
    with pytest.raises(ConfigurationInvalid, match="P-256"):
        NodeKeys.load(directory)


def test_nothing_secret_is_printed() -> None:
    text = repr(NODE_KEYS) + str(NODE_KEYS) + repr(NODE_KEYS.signer())
    for secret in (NODE_KEYS.root, NODE_KEYS.signing, NODE_KEYS.sealing):
        assert secret.private_bytes_raw().hex() not in text
    assert "root" not in text


def test_a_fingerprint_can_be_read_aloud() -> None:
    assert keys.fingerprint(b"").startswith("e3b0 c442 98fc 1c14 ")
    assert len(NODE_KEYS.fingerprint) == 64 + 15


def test_the_signer_signs_with_the_working_key() -> None:
    signature = NODE_KEYS.signer().sign_one("type", b"payload")
    signing.Verifier({NODE_KEYS.signing_key_id: NODE_KEYS.signing_public}.get).verify("type", b"payload", signature)


def test_a_statement_is_text_that_a_person_can_read() -> None:
    assert a_statement().statement_bytes().decode().splitlines()[:4] == [
        "tongban key statement 1",
        "owner nodes/350600",
        f"key {NODE_KEYS.signing_key_id}",
        "purpose sign",
    ]
    assert b"from 2026-01-01T00:00:00.000000Z\n" in a_statement().statement_bytes()


def test_the_root_vouches_for_both_working_keys() -> None:
    for statement in NODE_KEYS.statements("nodes/350600", FROM, UNTIL):
        signature = keys.certify(NODE_KEYS.root, statement)
        keys.verify_statement(NODE_KEYS.root_public, statement, signature)
        with pytest.raises(SignatureInvalid):
            keys.verify_statement(NODE_KEYS.signing_public, statement, signature)
        with pytest.raises(SignatureInvalid):
            keys.verify_statement(b"short", statement, signature)
        other = dataclasses.replace(statement, owner="nodes/445100")
        with pytest.raises(SignatureInvalid):
            keys.verify_statement(NODE_KEYS.root_public, other, signature)


@given(statements(), st.data())
def test_statements_read_back_and_no_changed_byte_passes(statement: KeyStatement, data: st.DataObject) -> None:
    content = statement.statement_bytes()
    assert KeyStatement.parse(content) == statement
    signature = keys.certify(NODE_KEYS.root, statement)
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    try:
        parsed = KeyStatement.parse(changed)
    except (MessageMalformed, FieldInvalid):
        pass
    else:
        with pytest.raises(SignatureInvalid):
            keys.verify_statement(NODE_KEYS.root_public, parsed, signature)
    place = data.draw(st.integers(0, 63))
    forged = signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
    with pytest.raises(SignatureInvalid):
        keys.verify_statement(NODE_KEYS.root_public, statement, forged)


@given(statements(), statements())
def test_different_statements_have_different_bytes(a: KeyStatement, b: KeyStatement) -> None:
    assert (a.statement_bytes() == b.statement_bytes()) == (a == b)


@given(st.binary(max_size=300))
def test_other_bytes_are_no_statement(data: bytes) -> None:
    with pytest.raises(MessageMalformed):
        KeyStatement.parse(data)


def test_one_moment_has_one_form() -> None:
    beijing = dt.timezone(dt.timedelta(hours=8))
    same = dataclasses.replace(a_statement(), not_before=FROM.astimezone(beijing))
    assert same.statement_bytes() == a_statement().statement_bytes()
    content = a_statement().statement_bytes()
    for other in (content.replace(b".000000Z", b"Z"), content.replace(b"Z\n", b"+00:00\n"), content + b"\n"):
        with pytest.raises(MessageMalformed):
            KeyStatement.parse(other)


@pytest.mark.parametrize(
    "change",
    [
        {"owner": ""},
        {"owner": "nodes/1 x"},
        {"owner": "nodes/1\npurpose seal"},
        {"purpose": "seal"},
        {"purpose": "other"},
        {"public": b"short"},
        {"public": bytes(32)},
        {"key_id": "ed25519:aaaa"},
        {"key_id": "aaaa"},
        {"key_id": ""},
        {"not_before": dt.datetime(2026, 1, 1)},  # noqa: DTZ001 - the mistake under test
        {"not_after": FROM},
    ],
)
def test_a_statement_that_breaks_a_rule_cannot_be_built(change: dict[str, str]) -> None:
    with pytest.raises(FieldInvalid):
        dataclasses.replace(a_statement(), **change)  # type: ignore[arg-type]  # wrong types are the point


def test_a_key_holds_from_its_first_moment_to_before_its_last() -> None:
    statement, moment = a_statement(), dt.timedelta(microseconds=1)
    statement.check_active(FROM)
    statement.check_active(UNTIL - moment)
    with pytest.raises(KeyNotActive, match="not yet"):
        statement.check_active(FROM - moment)
    with pytest.raises(KeyNotActive, match="expired"):
        statement.check_active(UNTIL)


def test_a_statement_of_an_algorithm_of_the_future_can_be_carried() -> None:
    public = b"\x04" + bytes(64)
    statement = KeyStatement("nodes/1", signing.key_id_of("sm2", public), "sign", public, FROM, UNTIL)
    assert KeyStatement.parse(statement.statement_bytes()) == statement


def test_the_root_signs_nothing_that_passes_for_a_batch() -> None:
    signature = keys.certify(NODE_KEYS.root, a_statement())
    key_id = signing.key_id_of("ed25519", NODE_KEYS.root_public)
    verifier = signing.Verifier({key_id: NODE_KEYS.root_public}.get)
    share = signing.TreeSignature(key_id, signature, 0, 1, ())
    with pytest.raises(SignatureInvalid):
        verifier.verify(keys.KEY_STATEMENT_TYPE, a_statement().statement_bytes(), share)


def test_loading_checks_the_kind_of_each_key(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    NODE_KEYS.store(directory)
    (directory / keys.SEALING_FILE).write_bytes(keys.private_pem(Ed25519PrivateKey.from_private_bytes(bytes(32))))
    with pytest.raises(ConfigurationInvalid, match="X25519"):
        NodeKeys.load(directory)
