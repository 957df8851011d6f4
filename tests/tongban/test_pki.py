"""The gateway's certificates, as TLS itself sees them, and requests that are not what they should be."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from tongban import keys, pki
from tongban.clock import SeededEntropy, SystemClock
from tongban.errors import (
    CertificateMissing,
    ConfigurationInvalid,
    FieldInvalid,
    KeyOfAnotherNode,
    MessageMalformed,
    NameInvalid,
)

NOW = SystemClock().now()
ENTROPY = SeededEntropy(4)
AUTHORITY = pki.create_authority("通办网关", ENTROPY, NOW)
SERVER = pki.issue_server(AUTHORITY, ENTROPY, NOW, dns_names=["localhost"], addresses=["127.0.0.1", "::1"])
NODE = "nodes/350600"
TLS_KEY = keys.generate_tls_key(ENTROPY)
REQUEST = pki.make_request(TLS_KEY, NODE)
CERTIFICATE = pki.issue_node(AUTHORITY, REQUEST, NODE, ENTROPY, NOW)


def contexts(directory: Path, name: str = "client") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's context, both demanding the other's certificate of this authority."""
    SERVER.store(directory / "server")
    trust = directory / "ca.pem"
    pki.store_certificate(trust, AUTHORITY.certificate)
    (directory / "client.key").write_bytes(keys.private_pem(TLS_KEY))
    pki.store_certificate(directory / "client.pem", CERTIFICATE)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=trust)
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(directory / "server" / pki.CERTIFICATE_FILE, directory / "server" / pki.KEY_FILE)
    client = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=trust)
    if name == "client":
        client.load_cert_chain(directory / "client.pem", directory / "client.key")
    else:
        client.load_cert_chain(directory / "server" / pki.CERTIFICATE_FILE, directory / "server" / pki.KEY_FILE)
    return server, client


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> bytes:
    """The client's certificate as the server got it, over a real pair of sockets."""
    ours, theirs = socket.socketpair()
    seen: list[bytes | Exception] = []

    def serve() -> None:
        try:
            with server.wrap_socket(ours, server_side=True) as connection:
                seen.append(connection.getpeercert(binary_form=True) or b"")
                connection.sendall(b"!")
        except OSError as error:
            seen.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(theirs, server_hostname=host) as connection:
            connection.recv(1)
    finally:
        theirs.close()
        thread.join()
        ours.close()
    if isinstance(seen[0], Exception):
        raise seen[0]
    return seen[0]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_both_sides_accept_each_other_over_tls(tmp_path: Path, host: str) -> None:
    server, client = contexts(tmp_path)
    assert pki.node_of_certificate(shake_hands(server, client, host)) == NODE


def test_another_host_and_a_servers_certificate_as_a_clients_are_refused(tmp_path: Path) -> None:
    server, client = contexts(tmp_path)
    with pytest.raises(ssl.SSLError):
        shake_hands(server, client, "elsewhere.example")
    server, client = contexts(tmp_path / "again", "server")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake_hands(server, client, "localhost")


def test_a_certificate_says_what_it_should() -> None:
    CERTIFICATE.verify_directly_issued_by(AUTHORITY.certificate)
    SERVER.certificate.verify_directly_issued_by(AUTHORITY.certificate)
    assert CERTIFICATE.public_key() == TLS_KEY.public_key()
    assert CERTIFICATE.not_valid_after_utc == (NOW + dt.timedelta(days=365)).replace(microsecond=0)
    basic = CERTIFICATE.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert not basic.value.ca
    top = AUTHORITY.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (top.ca, top.path_length) == (True, 0)
    usage = CERTIFICATE.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_node_is_read_from_pem_and_der() -> None:
    assert pki.node_of_certificate(pki.pem(CERTIFICATE)) == NODE
    assert pki.node_of_certificate(CERTIFICATE.public_bytes(serialization.Encoding.DER)) == NODE


def test_the_same_chance_makes_the_same_certificates() -> None:
    def run() -> bytes:
        entropy = SeededEntropy(9)
        authority = pki.create_authority("gateway", entropy, NOW)
        request = pki.make_request(keys.generate_tls_key(entropy), NODE)
        return request + pki.pem(pki.issue_node(authority, request, NODE, entropy, NOW))

    assert run() == run()


def odd_certificate(common: list[str], uris: list[str] | None) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text) for text in common])
    builder = pki._builder(name, AUTHORITY.certificate.subject, TLS_KEY.public_key(), ENTROPY)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + pki.LEAF_LIFETIME)
    if uris is not None:
        names = [x509.UniformResourceIdentifier(uri) for uri in uris]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return pki.pem(builder.sign(AUTHORITY.key, hashes.SHA256()))


@pytest.mark.parametrize(
    ("common", "uris"),
    [
        ([NODE], None),
        ([NODE], []),
        ([NODE], ["https://nodes/350600"]),
        ([NODE], ["tongban:nodes/445100"]),
        ([NODE], ["tongban:nodes/350600", "tongban:nodes/445100"]),
        (["nodes/445100"], ["tongban:nodes/350600"]),
        ([], ["tongban:nodes/350600"]),
        ([NODE, "nodes/445100"], ["tongban:nodes/350600"]),
        (["regions/350600"], ["tongban:regions/350600"]),
        (["nodes/a/b"], ["tongban:nodes/a/b"]),
    ],
)
def test_a_certificate_that_names_no_single_node_is_none(common: list[str], uris: list[str] | None) -> None:
    with pytest.raises(CertificateMissing):
        pki.node_of_certificate(odd_certificate(common, uris))


@pytest.mark.parametrize("data", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_bytes_that_are_no_certificate_are_none(data: bytes) -> None:
    with pytest.raises(CertificateMissing):
        pki.node_of_certificate(data)
    with pytest.raises(CertificateMissing):
        pki.node_of_certificate(pki.pem(SERVER.certificate))


def test_a_request_for_another_node_is_refused() -> None:
    with pytest.raises(KeyOfAnotherNode):
        pki.issue_node(AUTHORITY, REQUEST, "nodes/445100", ENTROPY, NOW)
    anonymous = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(TLS_KEY, hashes.SHA256())
    with pytest.raises(KeyOfAnotherNode):
        pki.issue_node(AUTHORITY, anonymous.public_bytes(serialization.Encoding.PEM), NODE, ENTROPY, NOW)


# The library remarks on odd names and serial numbers, which a changed byte may make; here they are meant.
@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.data())
def test_a_request_changed_by_one_byte_is_refused(data: st.DataObject) -> None:
    der = x509.load_pem_x509_csr(REQUEST).public_bytes(serialization.Encoding.DER)
    at = data.draw(st.integers(0, len(der) - 1))
    changed = der[:at] + bytes([der[at] ^ data.draw(st.integers(1, 255))]) + der[at + 1 :]
    text = ssl.DER_cert_to_PEM_cert(changed).replace("CERTIFICATE", "CERTIFICATE REQUEST").encode()
    try:
        issued = pki.issue_node(AUTHORITY, text, NODE, ENTROPY, NOW)
    except (MessageMalformed, KeyOfAnotherNode):
        return
    # The library forgives one slip in how the signature's bits are counted; what is signed stays the same.
    assert (der[at - 2], der[at], changed[at]) == (0x03, 0, 1)
    assert issued.public_key() == TLS_KEY.public_key()


# The library remarks on odd names and serial numbers, which a changed byte may make; here they are meant.
@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.data())
def test_a_certificate_changed_by_one_byte_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    der = CERTIFICATE.public_bytes(serialization.Encoding.DER)
    at = data.draw(st.integers(0, len(der) - 1))
    changed = der[:at] + bytes([der[at] ^ data.draw(st.integers(1, 255))]) + der[at + 1 :]
    try:
        node = pki.node_of_certificate(changed)
    except CertificateMissing:
        return
    assert node == NODE


def test_a_request_with_another_kind_of_key_is_refused() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NODE)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    requests = [
        builder.sign(Ed25519PrivateKey.from_private_bytes(bytes(32)), None),
        builder.sign(ec.generate_private_key(ec.SECP384R1()), hashes.SHA256()),
    ]
    for request in requests:
        with pytest.raises(MessageMalformed, match="P-256"):
            pki.issue_node(AUTHORITY, request.public_bytes(serialization.Encoding.PEM), NODE, ENTROPY, NOW)
    with pytest.raises(MessageMalformed):
        pki.issue_node(AUTHORITY, b"nonsense", NODE, ENTROPY, NOW)


def test_a_request_asks_for_no_powers() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NODE)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    request = builder.sign(TLS_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    issued = pki.issue_node(AUTHORITY, request, NODE, ENTROPY, NOW)
    assert not issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize("node", ["", "350600", "nodes/", "nodes/a/b", "parcels/1", "nodes/" + "a" * 60, "nodes/漳州"])
def test_only_nodes_get_certificates(node: str) -> None:
    with pytest.raises(NameInvalid):
        pki.make_request(TLS_KEY, node)
    with pytest.raises(NameInvalid):
        pki.issue_node(AUTHORITY, REQUEST, node, ENTROPY, NOW)


def test_renewal_is_due_in_the_last_third() -> None:
    end, start = CERTIFICATE.not_valid_after_utc, CERTIFICATE.not_valid_before_utc
    border = end - (end - start) / 3
    assert not pki.renewal_due(CERTIFICATE, NOW)
    assert not pki.renewal_due(CERTIFICATE, border - dt.timedelta(seconds=1))
    assert pki.renewal_due(CERTIFICATE, border)
    assert pki.renewal_due(CERTIFICATE, end + dt.timedelta(days=400))


def test_no_certificate_outlives_its_authority() -> None:
    late = AUTHORITY.certificate.not_valid_after_utc - dt.timedelta(days=10)
    issued = pki.issue_node(AUTHORITY, REQUEST, NODE, ENTROPY, late)
    assert issued.not_valid_after_utc == AUTHORITY.certificate.not_valid_after_utc


def test_identities_are_stored_closed_and_come_back(tmp_path: Path) -> None:
    directory = tmp_path / "ca"
    AUTHORITY.store(directory)
    assert pki.Identity.load(directory).certificate == AUTHORITY.certificate
    assert pki.Identity.load(directory).key_pem == AUTHORITY.key_pem
    assert "key=" not in repr(AUTHORITY)
    with pytest.raises(ConfigurationInvalid):
        SERVER.store(directory)
    (directory / pki.KEY_FILE).write_bytes(SERVER.key_pem)
    with pytest.raises(ConfigurationInvalid, match="belong together"):
        pki.Identity.load(directory)
    (directory / pki.KEY_FILE).chmod(0o640)
    with pytest.raises(ConfigurationInvalid, match="chmod 600"):
        pki.Identity.load(directory)
    (directory / pki.CERTIFICATE_FILE).write_bytes(SERVER.certificate_pem[:99])
    with pytest.raises(ConfigurationInvalid, match="whole certificate"):
        pki.Identity.load(directory)


def test_a_renewed_certificate_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pem"
    pki.store_certificate(path, SERVER.certificate)
    pki.store_certificate(path, CERTIFICATE)
    assert pki.load_certificate(path) == CERTIFICATE


def test_a_gateway_needs_an_address_and_a_name() -> None:
    with pytest.raises(ConfigurationInvalid):
        pki.issue_server(AUTHORITY, ENTROPY, NOW)
    with pytest.raises(ConfigurationInvalid):
        pki.issue_server(AUTHORITY, ENTROPY, NOW, addresses=["not an address"])
    with pytest.raises(ConfigurationInvalid):
        pki.issue_server(AUTHORITY, ENTROPY, NOW, dns_names=["网关.中国"])
    for name in ("", "x" * 65):
        with pytest.raises(FieldInvalid):
            pki.create_authority(name, ENTROPY, NOW)
