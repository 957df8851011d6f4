"""The numbers of a connection, on both sides, and why they are what they are.

Nodes hold one stream for days, through NAT and firewalls that forget a silent connection after one to five
minutes (and drop it without a word).  So whoever dials pings when nothing else was sent, and the server allows
it; the server's own pings are rarer and only find peers that died without closing.

After a gateway restarts, thousands of nodes return within the same seconds.  The core queues calls that the
event loop has not taken yet, drops some at random above 1,000 (`max_pending_requests`), all above 3,000, and any
that waited 30 s: a fifth of a storm of 3,000 failed by these defaults.  The queue is cheap (the request's headers),
so it is made long and patient here; whoever is in it is served in turn.

A node that was away for a month shall begin to drain within five seconds of the line's return, whatever the waits had
grown to: so attempts to connect are never further apart than three seconds, give or take a fifth.
"""

from __future__ import annotations

from typing import Final

# The contract's bound on one message; larger ones get a named refusal.
MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
# Where the core itself hangs up, without our details: above it, nothing is read into memory.
_HARD_FACTOR: Final = 2
MAX_CONCURRENT_STREAMS: Final = 4096

CLIENT_PING_MS: Final = 30_000
SERVER_PING_MS: Final = 120_000
PING_TIMEOUT_MS: Final = 15_000
LONGEST_RECONNECT_MS: Final = 3_000


def server_options(max_message_bytes: int, max_concurrent_streams: int) -> list[tuple[str, int]]:
    """Channel arguments of a server."""
    return [
        # Two processes on one port would share the callers between them without anybody noticing.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", max_message_bytes * _HARD_FACTOR),
        ("grpc.max_send_message_length", max_message_bytes * _HARD_FACTOR),
        # A bound for each connection, so that one peer cannot hold all.
        ("grpc.max_concurrent_streams", max_concurrent_streams),
        ("grpc.server.max_pending_requests", 100_000),
        ("grpc.server.max_pending_requests_hard_limit", 200_000),
        ("grpc.server_max_unrequested_time_in_server", 120),
        ("grpc.keepalive_time_ms", SERVER_PING_MS),
        ("grpc.keepalive_timeout_ms", PING_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        # By default a server hangs up on whoever pings more often than every five minutes.
        ("grpc.http2.min_ping_interval_without_data_ms", CLIENT_PING_MS // 3),
        ("grpc.http2.max_pings_without_data", 0),
    ]


def client_options(max_message_bytes: int, server_name: str) -> list[tuple[str, str | int]]:
    """Channel arguments of whoever dials; `server_name` overrides the name looked for in the certificate."""
    options: list[tuple[str, str | int]] = [
        ("grpc.max_receive_message_length", max_message_bytes * _HARD_FACTOR),
        ("grpc.max_send_message_length", max_message_bytes * _HARD_FACTOR),
        ("grpc.keepalive_time_ms", CLIENT_PING_MS),
        ("grpc.keepalive_timeout_ms", PING_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # Channels to one address would share a connection, its certificate and its back-off.
        ("grpc.use_local_subchannel_pool", 1),
        # Who retries is decided by `client.call_idempotent`, which knows what may be sent twice.
        ("grpc.enable_retries", 0),
        ("grpc.initial_reconnect_backoff_ms", 250),
        ("grpc.min_reconnect_backoff_ms", 10_000),
        ("grpc.max_reconnect_backoff_ms", LONGEST_RECONNECT_MS),
    ]
    if server_name:
        options.append(("grpc.ssl_target_name_override", server_name))
    return options
