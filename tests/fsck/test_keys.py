"""The directory as it was: a key signs from registration to retirement, for its own node, while that is active."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.gateway.kit import keys_of
from tongban.fsck import KeyHistory
from tongban.fsck.keys import SLACK
from tongban.registration import registration
from tongban.v1 import directory_pb2, event_pb2

NODE, OTHER = "nodes/350600", "nodes/445100"
JOINED = dt.datetime(2026, 11, 2, 8, 0, tzinfo=dt.UTC)
ROTATED = JOINED + dt.timedelta(days=10)
SUSPENDED = JOINED + dt.timedelta(days=20)
RESUMED = JOINED + dt.timedelta(days=21)
MOMENT = dt.timedelta(seconds=1)


def _registered(node: str, named: str = "") -> event_pb2.Event:
    content = registration(keys_of(named or node), node, directory_pb2.NodeProfile(), JOINED)
    return event_pb2.Event(stream=node, author=node, node_registered=content)


@pytest.fixture
def history() -> KeyHistory:
    """漳州 joined, changed its keys, was suspended and resumed."""
    made = KeyHistory()
    made.learn(_registered(NODE), JOINED)
    fresh = _registered(NODE, "newer").node_registered.keys
    made.learn(event_pb2.Event(stream=NODE, node_keys_rotated=directory_pb2.NodeKeysRotated(keys=fresh)), ROTATED)
    made.learn(event_pb2.Event(stream=NODE, node_suspended=directory_pb2.NodeSuspended()), SUSPENDED)
    made.learn(event_pb2.Event(stream=NODE, node_resumed=directory_pb2.NodeResumed()), RESUMED)
    return made


OLD, NEW = keys_of(NODE).signing_key_id, keys_of("newer").signing_key_id
LONG = dt.timedelta(days=365 * 6)


@pytest.mark.parametrize(
    ("key", "author", "at", "good"),
    [
        (OLD, NODE, JOINED, True),
        (OLD, NODE, JOINED - SLACK + MOMENT, True),
        (OLD, NODE, JOINED - dt.timedelta(hours=1), False),
        (OLD, NODE, ROTATED - MOMENT, True),
        (OLD, NODE, ROTATED + SLACK, True),
        (OLD, NODE, ROTATED + SLACK + MOMENT, False),
        (NEW, NODE, ROTATED, True),
        (NEW, NODE, ROTATED - SLACK - MOMENT, False),
        (NEW, NODE, SUSPENDED + dt.timedelta(hours=1), False),
        (NEW, NODE, RESUMED + MOMENT, True),
        (NEW, NODE, JOINED + LONG, False),
        (NEW, OTHER, ROTATED, False),
        (keys_of("nobody").signing_key_id, NODE, JOINED, False),
        (keys_of(NODE).sealing_key_id, NODE, JOINED, False),
        (OLD, NODE, None, True),
        (OLD, OTHER, None, False),
    ],
)
def test_who_could_sign_what_and_when(
    history: KeyHistory, key: str, author: str, at: dt.datetime | None, good: bool
) -> None:
    assert (history.problem(key, author, at) == "") is good


def test_retired_keys_are_known_still(history: KeyHistory) -> None:
    assert history.public_key(OLD) == keys_of(NODE).signing_public
    assert history.public_key(NEW) == keys_of("newer").signing_public
    assert history.nodes == {NODE}


def test_keys_that_the_root_did_not_certify_are_named(history: KeyHistory) -> None:
    good = _registered(OTHER)
    assert history.certified(good) == ""
    bad = _registered(OTHER)
    bad.node_registered.root_public_key = keys_of("nobody").root_public
    assert history.certified(bad)
    rotated = event_pb2.Event(
        stream=NODE,
        node_keys_rotated=directory_pb2.NodeKeysRotated(keys=_registered(NODE, "newer").node_registered.keys),
    )
    assert history.certified(rotated), "by another root than the one that the node registered"
