"""A node's settings: from the environment (`TONGBAN_NODE_…`), over what `node join` wrote."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from nodes.terms import MailroomTerms
from tongban import errors
from tongban.settings_files import read_settings, wrong_setting

PREFIX = "TONGBAN_NODE_"


class NodeSettings(BaseSettings):
    """Where a node finds its gateway, listens for its own region, and keeps its things."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid")

    home: Path = Field(description="directory of keys, certificate and, with SQLite, the database")
    name: str = Field(pattern=r"^nodes/[A-Za-z0-9._-]{1,40}$")
    federation_address: str = Field(min_length=3)
    join_address: str = ""
    gateway_server_name: str = ""
    host: str = "127.0.0.1"
    grpc_port: int = Field(default=0, ge=0, le=65535)
    console_port: int = Field(default=0, ge=0, le=65535)
    database: str = ""
    mailroom: MailroomTerms = MailroomTerms()

    @property
    def database_url(self) -> str:
        """The database, by default a file in `home`."""
        return self.database or f"sqlite:///{self.home / 'node.db'}"


FILE = "node.json"
SettingsT = TypeVar("SettingsT", bound=NodeSettings)


def load(home: Path, **overrides: object) -> NodeSettings:
    """Settings of a node that has joined."""
    return load_as(NodeSettings, home, **overrides)


def load_as(kind: type[SettingsT], home: Path, **overrides: object) -> SettingsT:
    """Settings of any participant that has joined."""
    path = home / FILE
    if not path.exists():
        raise errors.ConfigurationInvalid(
            field="home", problem=f"{home} 中没有已加入的节点,请先运行 tongban node join / no node has joined here"
        )
    stored = read_settings(path)
    # What stands in the environment wins over the file, and what is asked for now over both.
    prefix = kind.model_config["env_prefix"]
    stored = {k: v for k, v in stored.items() if f"{prefix}{k.upper()}" not in os.environ}
    chosen = {k: v for k, v in overrides.items() if v is not None}
    try:
        return kind(**{**stored, **chosen, "home": home})
    except ValidationError as error:
        raise wrong_setting(error) from error
    except SettingsError as error:
        raise errors.ConfigurationInvalid(
            field=f"{prefix}…", problem="环境变量不是 JSON / no JSON: an environment variable"
        ) from error


def save(settings: NodeSettings) -> None:
    """Write the settings beside the keys."""
    content = settings.model_dump(mode="json", include=NodeSettings.model_fields.keys() - {"home"})
    (settings.home / FILE).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
