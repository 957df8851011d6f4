"""The gateway's settings: from the environment (`TONGBAN_GATEWAY_…`), over what `gateway init` wrote."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from tongban import errors
from tongban.settings_files import read_settings, wrong_setting

PREFIX = "TONGBAN_GATEWAY_"


class GatewaySettings(BaseSettings):
    """Where the gateway listens and keeps its things.  A port of 0 is chosen by the system and written down."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid")

    home: Path = Field(description="directory of keys, authority and, with SQLite, the database")
    name: str = Field(default="tongban", pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    host: str = "127.0.0.1"
    join_port: int = Field(default=0, ge=0, le=65535)
    federation_port: int = Field(default=0, ge=0, le=65535)
    page_port: int = Field(default=0, ge=0, le=65535)
    public_names: list[str] = Field(default_factory=lambda: ["localhost"])
    public_addresses: list[str] = Field(default_factory=lambda: ["127.0.0.1"])
    database: str = ""
    recovery_seconds: float = Field(
        default=600.0, ge=0, description="how long a restored gateway waits for nodes that stay away"
    )
    trusted_authorities: list[Path] = Field(
        default_factory=list, description="PEM files of further CAs whose node certificates are let in"
    )

    links_per_node: int = Field(default=16, ge=1, description="streams that one node may hold at once")

    @property
    def database_url(self) -> str:
        """The database, by default a file in `home`."""
        return self.database or f"sqlite:///{self.home / 'gateway.db'}"


FILE = "gateway.json"


def load(home: Path, **overrides: object) -> GatewaySettings:
    """Settings of a gateway that was initialised."""
    stored: dict[str, object] = {}
    path = home / FILE
    if path.exists():
        stored = read_settings(path)
    # What stands in the environment wins over the file, and what is asked for now over both.
    stored = {k: v for k, v in stored.items() if f"{PREFIX}{k.upper()}" not in os.environ}
    chosen = {k: v for k, v in overrides.items() if v is not None}
    try:
        return GatewaySettings(**{**stored, **chosen, "home": home})  # type: ignore[arg-type]
    except ValidationError as error:
        raise wrong_setting(error) from error
    except SettingsError as error:
        raise errors.ConfigurationInvalid(
            field=f"{PREFIX}…", problem="环境变量不是 JSON / no JSON: an environment variable"
        ) from error


def keep_ports(settings: GatewaySettings, **ports: int) -> None:
    """Write down the ports that the system chose, so that the next start listens where nodes look for it."""
    path = settings.home / FILE
    stored = json.loads(path.read_text("utf-8")) if path.exists() else {}
    missing = {name: port for name, port in ports.items() if not stored.get(name)}
    if missing:
        path.write_text(json.dumps({**stored, **missing}, ensure_ascii=False, indent=2) + "\n", "utf-8")


def save(settings: GatewaySettings) -> None:
    """Write the settings beside the keys."""
    content = settings.model_dump(mode="json", exclude={"home"})
    (settings.home / FILE).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
