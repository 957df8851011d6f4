"""Accounts with carriers: read from a private file and the environment, and never shown."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from mailroom.carriers.base import CarrierFault, FaultKind
from nodes.relay import accounts
from nodes.relay.channel import open_channels
from nodes.relay.faults import MENDED_BY_US, error_of, scope_of
from nodes.relay.runtime import heard, ordered
from tongban import errors

SECRETS = {"key": "K-SECRET-1", "salt": "S-SECRET-2", "push_secret": "P" * 30, "monthly_account": "M-SECRET-3"}


def write(home: Path, content: object, mode: int = 0o600) -> None:
    home.chmod(0o700)
    path = home / accounts.FILE
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    path.chmod(mode)


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"public_url": "https://relay.example/", "shunfeng": {"customer": "FILE", **SECRETS}})
    monkeypatch.setenv("TONGBAN_CARRIERS_SHUNFENG__CUSTOMER", "ENVIRONMENT")
    settings = accounts.load(tmp_path)
    assert settings.public_url == "https://relay.example"
    assert set(settings.accounts()) == {"shunfeng"}
    account = settings.accounts()["shunfeng"].account()
    assert (account.customer, account.key, account.salt) == ("ENVIRONMENT", "K-SECRET-1", "S-SECRET-2")
    assert settings.database_url(tmp_path) == f"sqlite:///{tmp_path / 'feeds.db'}"


def test_no_file_and_no_environment_are_no_accounts(tmp_path: Path) -> None:
    assert accounts.load(tmp_path).accounts() == {}


def test_what_an_account_can_only_ask_about_is_heard_and_not_ordered(tmp_path: Path) -> None:
    write(tmp_path, {"kuaidi100": {"customer": "C", "key": "K"}, "shunfeng": {"customer": "C", **SECRETS}})
    settings = accounts.load(tmp_path)
    assert {"ems", "jd", "shunfeng"} <= set(heard(settings))
    assert ordered(settings) == ["shunfeng"]


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {}, 0o644)
    with pytest.raises(errors.ConfigurationInvalid, match="chmod 600"):
        accounts.load(tmp_path)


def test_no_secret_is_shown_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, {"public_url": "https://relay.example", "shunfeng": {"customer": "C", **SECRETS}})
    settings = accounts.load(tmp_path)
    channels = open_channels(settings)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("%r %s %r %r", settings, settings, channels, settings.shunfeng)
    shown = caplog.text + repr(settings.accounts()["shunfeng"].account())
    assert not [name for name, secret in SECRETS.items() if secret in shown]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"shunfeng": {"customer": "C"}}, "key"),
        ({"shunfeng": {"customer": "C", "key": "V-SECRET", "extra": "V-SECRET"}}, "extra"),
        ({"shunfeng": {"customer": "C", "key": "V-SECRET", "base_url": "http://V-SECRET.example"}}, "base_url"),
        ({"shunfeng": {"customer": "C", "key": "V-SECRET", "push_secret": "V-SECRET"}}, "push_secret"),
        ({"shunfeng": {"customer": "C", "key": ["V-SECRET"]}}, "key"),
        ({"yunda": {}}, "yunda"),
        ("V-SECRET {", "carriers.json"),
        ("[]", "carriers.json"),
    ],
)
def test_what_is_wrong_is_named_and_not_shown(tmp_path: Path, content: object, field: str) -> None:
    write(tmp_path, content)
    with pytest.raises(errors.ConfigurationInvalid) as caught:
        accounts.load(tmp_path)
    assert field in caught.value.field
    chain = [caught.value, caught.value.__cause__]
    assert "V-SECRET" not in "".join(f"{each!r} {each}" for each in chain if each is not None)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_kind_of_fault_says_who_failed_and_what_to_do(kind: FaultKind) -> None:
    fault = CarrierFault(kind, "X1", "出错", carrier="shunfeng", where="line")
    error = error_of(fault, "shunfeng")
    scope_of(fault)
    for language in ("zh", "en"):
        assert "?" not in error.text(language)
        assert "shunfeng" in error.text(language)
    assert type(error).__name__.startswith("Carrier")
    assert (error.mender is errors.Mender.OPERATOR and "account" in error.text("en")) == (kind in MENDED_BY_US)
