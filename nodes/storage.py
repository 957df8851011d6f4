"""Whose disk is full: the node's own, or the gateway's, which says so itself."""

from __future__ import annotations

from tongban.errors import StorageFull
from tongban.storage.base import THE_DATABASE

HERE = "本节点 (this node)"


def named(error: StorageFull) -> StorageFull:
    """The error, naming this node where it came from the database under it."""
    return StorageFull(what=HERE) if error.facts.get("what") == THE_DATABASE else error
