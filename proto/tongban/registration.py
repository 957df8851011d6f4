"""The event by which a participant enters the directory: its keys, certified by its own root."""

from __future__ import annotations

import datetime as dt

from tongban.keys import NodeKeys, certify
from tongban.v1 import directory_pb2

KEY_YEARS = 5


def registration(
    keys: NodeKeys, node: str, content: directory_pb2.NodeProfile, now: dt.datetime
) -> directory_pb2.NodeRegistered:
    """A registration under `node`; its keys are good for five years, from five minutes before `now`: clocks differ."""
    registered = directory_pb2.NodeRegistered(root_public_key=keys.root_public, profile=content)
    start = now.replace(microsecond=0) - dt.timedelta(minutes=5)
    for statement in keys.statements(node, start, start + dt.timedelta(days=365 * KEY_YEARS)):
        key = registered.keys.add(
            key_id=statement.key_id,
            purpose=directory_pb2.KEY_PURPOSE_SIGN if statement.purpose == "sign" else directory_pb2.KEY_PURPOSE_SEAL,
            public_key=statement.public,
            root_signature=certify(keys.root, statement),
        )
        key.valid_from_time.FromDatetime(statement.not_before)
        key.valid_until_time.FromDatetime(statement.not_after)
    return registered
