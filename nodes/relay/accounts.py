"""The relay's accounts with carriers: from `carriers.json` beside its keys, and from the environment, which wins.

    TONGBAN_CARRIERS_PUBLIC_URL=https://relay.example.gov.cn       where carriers reach the push endpoint
    TONGBAN_CARRIERS_SHUNFENG__CUSTOMER=…                          one variable a field, or the file:
    {"public_url": "…", "shunfeng": {"customer": "…", "key": "…", "push_secret": "…"}}

Credentials live here and nowhere else: the file must be readable by its owner only, no value of a secret is ever in a
repr, a log or an error, and none goes into the journal or the feeds' database.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from mailroom.carriers.base import Account
from tongban import errors
from tongban.private_files import read_private
from tongban.settings_files import wrong_setting

FILE: Final = "carriers.json"
PREFIX: Final = "TONGBAN_CARRIERS_"
SHORTEST_SECRET: Final = 24
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def _safe_url(url: str) -> str:
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if url and not (parts.hostname and (parts.scheme == "https" or plain)):
        raise ValueError("应为 https:// 地址 / an https:// address is expected")
    return url.rstrip("/")


SafeUrl = Annotated[str, AfterValidator(_safe_url)]


class AccountSettings(BaseModel):
    """Access to one carrier; `mailroom.carriers` tells what each field means there."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: SafeUrl = ""
    customer: str = Field(min_length=1)
    key: SecretStr = Field(min_length=1)
    salt: SecretStr = SecretStr("")
    authorization: SecretStr = SecretStr("")
    monthly_account: SecretStr = SecretStr("")
    push_secret: SecretStr = SecretStr("")
    """The last part of the address that the carrier pushes to; empty where it does not push."""
    calls_per_second: int = Field(default=5, ge=1, le=1000)
    calls_per_day: int = Field(default=2700, ge=1)

    @field_validator("push_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and (len(secret) < SHORTEST_SECRET or not secret.isascii() or not secret.isalnum()):
            raise ValueError(
                f"应为至少 {SHORTEST_SECRET} 位字母和数字 / at least {SHORTEST_SECRET} letters and digits are expected"
            )
        return value

    def account(self) -> Account:
        """As a codec takes it."""
        return Account(
            base_url=self.base_url,
            customer=self.customer,
            key=self.key.get_secret_value(),
            salt=self.salt.get_secret_value(),
            authorization=self.authorization.get_secret_value(),
            monthly_account=self.monthly_account.get_secret_value(),
        )


class CarrierSettings(BaseSettings):
    """Which carriers the relay has accounts with, and where it hears their pushes."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
    )

    public_url: SafeUrl = ""
    push_host: str = "127.0.0.1"
    push_port: int = Field(default=0, ge=0, le=65535)
    database: str = Field(default="", repr=False)
    """The feeds' own database; by default a file in the relay's home.  On PostgreSQL one of its own, not the node's."""
    kuaidi100: AccountSettings | None = None
    shunfeng: AccountSettings | None = None
    ems: AccountSettings | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What stands in the environment wins over the file."""
        return env_settings, init_settings

    def accounts(self) -> dict[str, AccountSettings]:
        """The accounts by their feeds' names."""
        every = {"kuaidi100": self.kuaidi100, "shunfeng": self.shunfeng, "ems": self.ems}
        return {name: account for name, account in every.items() if account is not None}

    def database_url(self, home: Path) -> str:
        """The feeds' database."""
        return self.database or f"sqlite:///{home / 'feeds.db'}"


def load(home: Path) -> CarrierSettings:
    """The settings of the relay in `home`; without a file, what the environment says."""
    path = home / FILE
    stored = _read(path) if path.exists() else {}
    try:
        return CarrierSettings(**stored)
    except ValidationError as error:
        # Without its cause, which would show what was given.
        raise wrong_setting(error) from None
    except SettingsError:
        problem = "环境变量不是 JSON / no JSON: an environment variable"
        raise errors.ConfigurationInvalid(field=f"{PREFIX}…", problem=problem) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_private(path))
    except ValueError:
        raise errors.ConfigurationInvalid(
            field=str(path), problem="不是 JSON 对象", problem_en="it is no JSON object"
        ) from None
    if not isinstance(found, dict):
        raise errors.ConfigurationInvalid(field=str(path), problem="应为 JSON 对象 / a JSON object is expected")
    return found
