"""Texts to begin with, each line explained."""

from __future__ import annotations

from importlib import resources
from typing import Final

KINDS: Final = ("bilateral", "alliance", "mandate")
"""双边协议, 联盟协议, 授权清单."""


def template(kind: str) -> str:
    """A commented text of one kind; it is read as it stands."""
    return resources.files(__package__).joinpath(f"{kind}.yaml").read_text("utf-8")
