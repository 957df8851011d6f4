"""The project's own data files and the one place that reads them; `agreements.seed` tells what they mean."""

from __future__ import annotations

import functools
from importlib import resources

from agreements.domain.elements import Element, parse_elements
from agreements.seed import AGREEMENTS_FILE, ITEMS_FILE, REGIONS_FILE, Seed, parse_seed


def read(file: str) -> bytes:
    """The bytes of one data file that ships with the package."""
    return resources.files(__name__).joinpath(file).read_bytes()


def load() -> Seed:
    """All the facts that Tongban starts from."""
    return parse_seed(read(REGIONS_FILE), read(ITEMS_FILE), read(AGREEMENTS_FILE))


@functools.cache
def elements() -> tuple[Element, ...]:
    """The elements of an item that are compared, as the package's own file has them."""
    return parse_elements(read("elements.yaml"))
