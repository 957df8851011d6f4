"""A relay's settings: those of a node, from `home/node.json`, with `TONGBAN_RELAY_…` from the environment over them.

How long everybody may take stands in their section `mailroom`.  What concerns carriers stands in files of its own
(`nodes.relay.accounts`), because it holds secrets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from nodes import settings as node_settings
from nodes.settings import NodeSettings
from nodes.terms import MailroomTerms

PREFIX: Final = "TONGBAN_RELAY_"


class RelaySettings(NodeSettings):
    """Where a relay finds its gateway and keeps its things."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid")

    mailroom: MailroomTerms = Field(default_factory=MailroomTerms)


def load(home: Path) -> RelaySettings:
    """Settings of a relay that has joined."""
    return node_settings.load_as(RelaySettings, home)
