"""Looking at the way to a server step by step, so that a person can be told which step fails and whose it is.

    name ──► connect ──► secure        each within its own limit; the first that fails is the answer
    DNS      TCP         TLS, and the certificate that is shown

gRPC says of all these `UNAVAILABLE`, some of them only after twenty seconds.  A probe takes at most `Limits.total`,
opens one connection (two, to read the dates of a certificate that is out of them), sends nothing of the caller's and
shows no certificate of its own: a server asks for that only after it has shown its own.  Whether it lets the caller in
is seen by calling it.

The answer is a code of `tongban.faults` with its facts, or no code where every step was good.  What can go wrong: a
network that changes between two steps; the next probe says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

from tongban.errors import MessageMalformed
from tongban.pki import parse_certificate
from tongban.rpc.client import ClientTls

_EXPIRED, _NOT_YET, _UNTRUSTED, _MISNAMED = {10}, {9}, {18, 19, 20, 21}, {62, 64}
_DOWN = {errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each step may take, in seconds."""

    name: float = 0.3
    connect: float = 0.4
    secure: float = 0.5

    def stretched(self, times: float) -> Limits:
        """The same, longer: for a slow line."""
        return Limits(self.name * times, self.connect * times, self.secure * times)

    @property
    def total(self) -> float:
        """How long a whole probe may take."""
        return self.name + self.connect + self.secure


LIMITS = Limits()
CODES = frozenset(
    {
        *("NAME_NOT_FOUND", "NETWORK_DOWN", "LINE_SILENT", "GATEWAY_NOT_RUNNING", "GATEWAY_HANGS", "NOT_THE_GATEWAY"),
        *("GATEWAY_CERTIFICATE_EXPIRED", "GATEWAY_CERTIFICATE_EARLY", "GATEWAY_CERTIFICATE_NAME"),
        "GATEWAY_CERTIFICATE_UNKNOWN",
    }
)
"""Every code that a probe can answer with."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What was seen: the code of the fault, or none; how far it got; and what belongs to it."""

    code: str = ""
    step: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


async def probe(address: str, tls: ClientTls, limits: Limits = LIMITS) -> Probed:
    """Look at the way to `address`, `host:port`."""
    host, _, port = address.removeprefix("dns:///").rpartition(":")
    host = host.strip("[]")
    facts = {"address": address}
    try:
        places = await _find(host, int(port), limits.name)
    except (OSError, ValueError, TimeoutError):
        return Probed("NAME_NOT_FOUND", "name", facts)
    found = await _connect(places, limits.connect)
    if isinstance(found, str):
        return Probed(found, "connect", facts)
    try:
        return await asyncio.wait_for(_secure(found, host, tls, facts), limits.secure)
    except TimeoutError:
        return Probed("GATEWAY_HANGS", "secure", facts)
    finally:
        found.close()


_Place = tuple[socket.AddressFamily, Any]


async def _find(host: str, port: int, seconds: float) -> list[_Place]:
    loop = asyncio.get_running_loop()
    found = await asyncio.wait_for(loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), seconds)
    return [(family, place) for family, _, _, _, place in found]


async def _connect(places: list[_Place], seconds: float) -> socket.socket | str:
    """A connection to the first that takes one, or the code that says most."""
    said = await asyncio.gather(*(_reach(place, seconds) for place in places))
    good = [each for each in said if isinstance(each, socket.socket)]
    for other in good[1:]:
        other.close()
    if good:
        return good[0]
    return next(code for code in ("GATEWAY_NOT_RUNNING", "LINE_SILENT", "NETWORK_DOWN") if code in said)


async def _reach(place: _Place, seconds: float) -> socket.socket | str:
    try:
        made = socket.socket(place[0], socket.SOCK_STREAM)
    except OSError:
        return "NETWORK_DOWN"
    made.setblocking(False)
    try:
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(made, place[1]), seconds)
    except ConnectionRefusedError:
        made.close()
        return "GATEWAY_NOT_RUNNING"
    except (OSError, TimeoutError) as error:
        made.close()
        return "NETWORK_DOWN" if error.errno in _DOWN else "LINE_SILENT"
    return made


async def _secure(made: socket.socket, host: str, tls: ClientTls, facts: dict[str, str]) -> Probed:
    context = ssl.create_default_context(cadata=tls.authority_pem.decode("ascii"))
    context.set_alpn_protocols(["h2"])
    place = made.getpeername()
    family = made.family
    try:
        _, writer = await asyncio.open_connection(sock=made, ssl=context, server_hostname=tls.server_name or host)
    except ssl.SSLCertVerificationError as error:
        code = _certificate(error.verify_code)
        if code in {"GATEWAY_CERTIFICATE_EXPIRED", "GATEWAY_CERTIFICATE_EARLY"}:
            facts |= await _dates(family, place)
        return Probed(code, "secure", facts)
    except ssl.SSLError as error:
        # An alert comes from one who speaks TLS, has shown a good certificate and now misses ours.
        alerted = "ALERT" in (error.reason or "")
        return Probed("", "", facts) if alerted else Probed("NOT_THE_GATEWAY", "secure", facts)
    except OSError:
        # It hung up: a gateway does not before it has shown its certificate.
        return Probed("NOT_THE_GATEWAY", "secure", facts)
    await _close(writer)
    return Probed("", "", facts)


def _certificate(code: int) -> str:
    kinds = (
        (_EXPIRED, "GATEWAY_CERTIFICATE_EXPIRED"),
        (_NOT_YET, "GATEWAY_CERTIFICATE_EARLY"),
        (_MISNAMED, "GATEWAY_CERTIFICATE_NAME"),
    )
    return next((fault for codes, fault in kinds if code in codes), "GATEWAY_CERTIFICATE_UNKNOWN")


async def _dates(family: socket.AddressFamily | int, place: tuple[str | int, ...]) -> dict[str, str]:
    """Between which days the certificate that is shown is good."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        _, writer = await asyncio.open_connection(str(place[0]), int(place[1]), ssl=context, family=int(family))
    except (ssl.SSLError, OSError):
        return {}
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    await _close(writer)
    try:
        certificate: x509.Certificate = parse_certificate(shown or b"")
    except MessageMalformed:
        return {}
    return {
        "from": certificate.not_valid_before_utc.strftime("%Y-%m-%d"),
        "until": certificate.not_valid_after_utc.strftime("%Y-%m-%d"),
    }


async def _close(writer: asyncio.StreamWriter) -> None:
    # At once: the other side may be one that never answers again.
    writer.transport.abort()
    with contextlib.suppress(OSError, ssl.SSLError):
        await writer.wait_closed()
