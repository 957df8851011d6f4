"""The directory of a demonstration: what was chosen and made at the first run, and stays.

    home/gateway/          the gateway's own directory
    home/nodes/<region>/   each node's own directory
    home/relay/            the mailroom relay's own directory
    home/log/              what the processes said
    home/demo.json         ports and what is already set up
    home/sign-ins.txt      the password of the demonstration's staff, 0600

Ports are fixed at the first run, because nodes remember where their gateway is; they lie below the range that the
system hands out by itself, so that a later run finds them free.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tongban.clock import Entropy
from tongban.private_files import write_file

_FILE = "demo.json"
_SIGN_INS = "sign-ins.txt"
_LOWEST, _PORTS = 20_000, 10_000
# fmt: off
_WORDS = (
    "anxi", "baihe", "bayin", "caiyun", "chahua", "chenguang", "chongyang", "dahai", "danxia",
    "dongshan", "duanwu", "fenghuang", "fujian", "fuzhou", "gangwan", "guanlan", "guihua", "gulang",
    "haixia", "hehua", "hongyan", "huaxiang", "hupo", "jiahe", "jinsha", "jiulong", "kaifeng",
    "lanhua", "lianhua", "lingnan", "longjing", "longyan", "lucha", "lugang", "meihua", "minjiang",
    "mingyue", "mulan", "nanjing", "nanshan", "ningde", "penglai", "pinghe", "putian", "qingming",
    "qingshan", "quanzhou", "rongshu", "sanming", "shanhu", "shuixian", "songshu", "taihu", "tianfu",
    "tongan", "tulou", "wuyi", "xiamen", "xiangju", "yanwu", "yinhe", "yongding", "yueguang",
    "yunxiao", "zhangpu", "zhuhai", "zhulin",
)
# fmt: on


@dataclass(slots=True)
class Ports:
    """Where the gateway and the consoles listen."""

    join: int
    federation: int
    page: int
    consoles: dict[str, int]


@dataclass(slots=True)
class DemoHome:
    """The directory and what is known of it."""

    path: Path
    ports: Ports
    password: str = field(repr=False)
    staffed: list[str] = field(default_factory=list)

    @property
    def gateway(self) -> Path:
        """The gateway's directory."""
        return self.path / "gateway"

    @property
    def relay(self) -> Path:
        """The mailroom relay's directory."""
        return self.path / "relay"

    @property
    def log(self) -> Path:
        """Where logs go."""
        return self.path / "log"

    def node(self, region: str) -> Path:
        """A node's directory."""
        return self.path / "nodes" / region

    def save(self) -> None:
        """Remember ports and what is set up."""
        content = {"ports": asdict(self.ports), "staffed": sorted(self.staffed)}
        write_file(self.path / _FILE, (json.dumps(content, indent=2) + "\n").encode())


def open_home(path: Path, regions: Sequence[str], entropy: Entropy, *, preferred: int = 0) -> DemoHome:
    """The home as it is, or a new one; `preferred` is the first of the ports that are nice to remember."""
    path.mkdir(parents=True, exist_ok=True)
    secret = path / _SIGN_INS
    if not secret.exists():
        words = "-".join(_WORDS[b % len(_WORDS)] for b in entropy.token(4))
        write_file(secret, (words + "\n").encode())
    password = secret.read_text("utf-8").strip()
    stored = path / _FILE
    if stored.exists():
        content = json.loads(stored.read_text("utf-8"))
        return DemoHome(path, Ports(**content["ports"]), password, content["staffed"])
    join, federation, page, *consoles = _free_ports(3 + len(regions), entropy, preferred)
    home = DemoHome(path, Ports(join, federation, page, dict(zip(regions, consoles, strict=True))), password)
    home.save()
    return home


def _free_ports(count: int, entropy: Entropy, preferred: int) -> list[int]:
    if preferred and all(is_free(preferred + i) for i in range(count)):
        return [preferred + i for i in range(count)]
    found: list[int] = []
    while len(found) < count:
        port = _LOWEST + int.from_bytes(entropy.token(4), "big") % _PORTS
        if port not in found and is_free(port):
            found.append(port)
    return found


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
