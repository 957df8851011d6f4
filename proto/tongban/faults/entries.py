"""Reading the tables of faults, which are data: two languages side by side, for people to read and correct."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

import yaml

from tongban.faults import Effect, Fault, Hop, Party


def read(name: str) -> Mapping[str, Fault]:
    """The entries of one table, by their codes."""
    table = yaml.safe_load(resources.files(__package__).joinpath(name).read_text("utf-8"))
    entries = {}
    for code, entry in table.items():
        party, hop, effect = entry["at"].split()
        said = (entry.get("said", ""), entry.get("said_en", ""))
        entries[code] = Fault(code, Party(party), Hop(hop), (entry["zh"], entry["en"]), said, Effect(effect))
    return MappingProxyType(entries)
