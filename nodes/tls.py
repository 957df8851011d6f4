"""A node's own certificate and whom it trusts, from its directory."""

from __future__ import annotations

from pathlib import Path

from nodes.domain.diagnosis import Dates
from nodes.joining import OWN_KEY
from nodes.settings import NodeSettings
from tongban import errors
from tongban.keys import NodeKeys, private_pem
from tongban.pki import load_certificate
from tongban.private_files import read_private, read_public
from tongban.rpc.client import ClientTls


def client_tls(settings: NodeSettings, keys: NodeKeys) -> ClientTls:
    """What a node shows the gateway, and what it looks for in the gateway's certificate."""
    tls = settings.home / "tls"
    return ClientTls(
        authority_pem=read_public(tls / "authority.pem"),
        certificate_pem=read_public(tls / "certificate.pem"),
        key_pem=read_private(own) if (own := tls / OWN_KEY).exists() else private_pem(keys.tls),
        server_name=settings.gateway_server_name,
    )


def certificate_dates(home: Path) -> Dates | None:
    """Between when the node's certificate is good; None where it cannot be read."""
    try:
        certificate = load_certificate(home / "tls" / "certificate.pem")
    except errors.TongbanError:
        return None
    return Dates(certificate.not_valid_before_utc, certificate.not_valid_after_utc)
