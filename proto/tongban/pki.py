"""The gateway's own certificate authority, and the certificates that connections are made with.

TLS says who is at the other end of a connection, nothing more: what a node says is proven by its
signatures, and its certificate may be lost, renewed or replaced without touching a single event.

    authority   P-256, 10 years, made with the gateway and kept by it; signs leaves only (path length 0)
    server      the gateway's, with every DNS name and address it is reached by, 1 year
    node        a client certificate, 1 year, for the key that the node made and whose request (CSR) it signed

A node's certificate names it twice, as common name `nodes/350600` for people and as the URI
`tongban:nodes/350600` for programs; `node_of_certificate` reads it only if both agree.  Of a request, only
the key and the name are used: what may stand in a certificate is the authority's to say, and the caller
states which node it has admitted.

Certificates begin a day before they are made, because a laptop's clock may be behind.  They are renewed
when a third of their time is left (`renewal_due`), and an expired one still renews by proof of the signing
key.

All randomness is the injected `Entropy`'s, signatures are deterministic ECDSA (RFC 6979) and time is the
caller's (`now`, from a `Clock`), so that a replayed run makes the same certificates.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tongban.clock import Entropy
from tongban.errors import (
    CertificateMissing,
    ConfigurationInvalid,
    FieldInvalid,
    KeyOfAnotherNode,
    MessageMalformed,
    NameInvalid,
)
from tongban.ids import Collection, parse_name
from tongban.keys import generate_tls_key, load_tls_key, private_pem
from tongban.private_files import PUBLIC, create_private_directory, read_public, write_file

AUTHORITY_YEARS = 10
LEAF_LIFETIME = dt.timedelta(days=365)
BACKDATED = dt.timedelta(days=1)
CERTIFICATE_FILE, KEY_FILE = "certificate.pem", "key.pem"

_MAX_COMMON_NAME = 64
_SCHEME = "tongban:"
# What the library raises for bytes that are no sound X.509, some of it only when a field is looked at.
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key: the authority's, or a server's."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def certificate_pem(self) -> bytes:
        """The certificate, for the peers."""
        return pem(self.certificate)

    @property
    def key_pem(self) -> bytes:
        """The private key, for the TLS library of this process and nobody else."""
        return private_pem(self.key)

    def store(self, directory: Path) -> None:
        """Write both into a new directory (0700), all or none."""
        create_private_directory(directory, {CERTIFICATE_FILE: self.certificate_pem, KEY_FILE: self.key_pem})

    @classmethod
    def load(cls, directory: Path) -> Identity:
        """The identity stored in a directory; a key that is not the certificate's is refused."""
        certificate = load_certificate(directory / CERTIFICATE_FILE)
        key = load_tls_key(directory / KEY_FILE)
        if certificate.public_key() != key.public_key():
            raise ConfigurationInvalid(
                field=str(directory), problem="证书与私钥不成对 (certificate and key do not belong together)"
            )
        return cls(certificate, key)


def create_authority(name: str, entropy: Entropy, now: dt.datetime) -> Identity:
    """A new authority; `name` is the gateway's, for people to read."""
    key = generate_tls_key(entropy)
    subject = _name(name)
    certificate = (
        _builder(subject, subject, key.public_key(), entropy)
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + dt.timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return Identity(certificate, key)


def issue_server(
    authority: Identity,
    entropy: Entropy,
    now: dt.datetime,
    *,
    dns_names: Sequence[str] = (),
    addresses: Sequence[str] = (),
) -> Identity:
    """A certificate for the gateway itself, under every name and IP address that nodes dial."""
    try:
        names: list[x509.GeneralName] = [x509.DNSName(name) for name in dns_names]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    except ValueError as error:
        raise ConfigurationInvalid(field="gateway.addresses", problem=str(error)) from error
    if not names:
        raise ConfigurationInvalid(field="gateway.addresses", problem="至少一个 (at least one is needed)")
    key = generate_tls_key(entropy)
    subject = _name((*dns_names, *addresses)[0][:_MAX_COMMON_NAME])
    certificate = _leaf(authority, subject, key.public_key(), names, ExtendedKeyUsageOID.SERVER_AUTH, entropy, now)
    return Identity(certificate, key)


def make_request(key: ec.EllipticCurvePrivateKey, node: str) -> bytes:
    """A node's signing request (CSR, PEM) for its own TLS key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(_checked(node)))
    request = builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    return request.public_bytes(serialization.Encoding.PEM)


def issue_node(
    authority: Identity, request_pem: bytes, node: str, entropy: Entropy, now: dt.datetime
) -> x509.Certificate:
    """A client certificate for the node that the caller has admitted, over the key in its request.

    `MessageMalformed` if it is no request or not signed by its own key, `KeyOfAnotherNode` if it names
    another node.
    """
    expected = _name(_checked(node))
    try:
        request = x509.load_pem_x509_csr(request_pem)
        key = request.public_key()
        sound = request.is_signature_valid
        subject = request.subject
    except (*_UNREADABLE, InvalidSignature) as error:
        raise MessageMalformed(
            field="certificate_request", problem="不是证书请求(PEM) / it is no signing request (PEM)"
        ) from error
    if not sound:
        raise MessageMalformed(
            field="certificate_request", problem="未由自己的密钥签名 / it is not signed by its own key"
        )
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise MessageMalformed(field="certificate_request", problem="密钥须为 P-256 / the key must be P-256")
    if subject != expected:
        raise KeyOfAnotherNode(field="certificate_request", author=node, peer=subject.rfc4514_string() or "(no name)")
    uri = x509.UniformResourceIdentifier(_SCHEME + node)
    return _leaf(authority, expected, key, [uri], ExtendedKeyUsageOID.CLIENT_AUTH, entropy, now)


def node_of_certificate(data: bytes) -> str:
    """The node that a client certificate (PEM or DER) names.

    The chain has been checked by TLS before; this only reads.  Anything but one well-formed node, named alike
    in both places, is `CertificateMissing`: the connection has no node's certificate.
    """
    try:
        certificate = parse_certificate(data)
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = alternative.get_values_for_type(x509.UniformResourceIdentifier)
        common = [entry.value for entry in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    except (*_UNREADABLE, MessageMalformed, x509.ExtensionNotFound) as error:
        raise CertificateMissing(field="certificate") from error
    nodes = [name.removeprefix(_SCHEME) for name in names if name.startswith(_SCHEME)]
    if len(nodes) != 1 or nodes != common:
        raise CertificateMissing(field="certificate")
    try:
        return _checked(nodes[0])
    except NameInvalid as error:
        raise CertificateMissing(field="certificate") from error


def renewal_due(certificate: x509.Certificate, now: dt.datetime) -> bool:
    """Whether less than a third of the certificate's time is left, or none."""
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    return now >= certificate.not_valid_after_utc - lifetime / 3


def parse_certificate(data: bytes) -> x509.Certificate:
    """A certificate from PEM or DER."""
    try:
        if data.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except _UNREADABLE as error:
        raise MessageMalformed(
            field="certificate", problem="不是证书(PEM 或 DER) / it is no certificate (PEM or DER)"
        ) from error


def load_certificate(path: Path) -> x509.Certificate:
    """The certificate in a file."""
    try:
        return parse_certificate(read_public(path))
    except MessageMalformed as error:
        raise ConfigurationInvalid(field=str(path), problem="不是完整的证书文件 (not a whole certificate)") from error


def store_certificate(path: Path, certificate: x509.Certificate) -> None:
    """Write a certificate as PEM over the one before it, whole or not at all."""
    write_file(path, pem(certificate), PUBLIC)


def pem(certificate: x509.Certificate) -> bytes:
    """A certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _leaf(
    authority: Identity,
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    names: Sequence[x509.GeneralName],
    purpose: x509.ObjectIdentifier,
    entropy: Entropy,
    now: dt.datetime,
) -> x509.Certificate:
    issuer = authority.certificate
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder(subject, issuer.subject, public, entropy)
        .not_valid_before(now - BACKDATED)
        # A leaf that outlives its authority would look valid and verify nowhere.
        .not_valid_after(min(now + LEAF_LIFETIME, issuer.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority.key, hashes.SHA256(), ecdsa_deterministic=True)
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, entropy: Entropy
) -> x509.CertificateBuilder:
    # RFC 5280: a serial is positive and at most 20 bytes; the set bit keeps it from being zero.
    serial = int.from_bytes(entropy.token(19), "big") | 1 << 151
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    return builder.public_key(public).serial_number(serial)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    try:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    except ValueError as error:
        raise FieldInvalid(field="common_name", problem=str(error)) from error


def _checked(node: str) -> str:
    parse_name(node, Collection.NODES, "node")
    if len(node) > _MAX_COMMON_NAME:
        raise NameInvalid(field="node", name=node, expected=f"nodes/{{id}}, at most {_MAX_COMMON_NAME} characters")
    return node
