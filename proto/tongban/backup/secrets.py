"""Keys and certificates under a passphrase: scrypt (RFC 7914), then AES-256-GCM.

The file is bound to whose it is, so that one participant's keys cannot be laid into another's backup.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tongban.clock import Entropy
from tongban.errors import ConfigurationInvalid, Damaged, FieldInvalid
from tongban.private_files import create_private_directory, read_private

SHORTEST = 12
_LN, _R, _P = 16, 8, 1
_MEMORY = 128 << 20


def gather(home: Path, directories: tuple[str, ...]) -> dict[str, bytes]:
    """Every file of these directories, by its path within the home."""
    return {
        f"{directory}/{path.name}": read_private(path)
        for directory in directories
        for path in sorted((home / directory).iterdir())
        if path.is_file()
    }


def put_back(home: Path, directories: tuple[str, ...], files: Mapping[str, bytes]) -> None:
    """Make those of the directories that are missing."""
    for directory in directories:
        held = {p.partition("/")[2]: data for p, data in files.items() if p.partition("/")[0] == directory}
        if any("/" in name or name in ("", ".", "..") for name in held):
            raise Damaged(what="keys.sealed")
        if held and not (home / directory).exists():
            create_private_directory(home / directory, held)


def seal(files: Mapping[str, bytes], passphrase: str, whose: str, entropy: Entropy) -> bytes:
    """The files under a passphrase."""
    if len(passphrase) < SHORTEST:
        raise FieldInvalid(
            field="passphrase",
            problem=f"至少 {SHORTEST} 个字符",
            problem_en=f"at least {SHORTEST} characters are needed",
        )
    salt, nonce = entropy.token(16), entropy.token(12)
    plain = json.dumps({name: base64.b64encode(data).decode("ascii") for name, data in files.items()}).encode()
    text = AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, whose.encode())
    return json.dumps({name: base64.b64encode(v).decode() for name, v in _named(salt, nonce, text)}, indent=2).encode()


def _named(salt: bytes, nonce: bytes, text: bytes) -> list[tuple[str, bytes]]:
    return [("salt", salt), ("nonce", nonce), ("text", text)]


def open_sealed(sealed: bytes, passphrase: str, whose: str) -> dict[str, bytes]:
    """The files again; ConfigurationInvalid where the passphrase is another one."""
    try:
        found = {name: base64.b64decode(value, validate=True) for name, value in json.loads(sealed).items()}
        plain = AESGCM(_key(passphrase, found["salt"])).decrypt(found["nonce"], found["text"], whose.encode())
        return {name: base64.b64decode(data) for name, data in json.loads(plain).items()}
    except InvalidTag as error:
        raise ConfigurationInvalid(
            field="passphrase", problem="与备份时的口令不同", problem_en="it is not the one of the backup"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise Damaged(what="keys.sealed") from error


def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=1 << _LN, r=_R, p=_P, maxmem=_MEMORY, dklen=32)
