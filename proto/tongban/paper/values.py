"""The texts within plain data, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping


def map_texts(value: object, change: Callable[[str], str]) -> object:
    """The same data with every text changed; the names of fields stay."""
    match value:
        case str():
            return change(value)
        case Mapping():
            return {key: map_texts(each, change) for key, each in value.items()}
        case list() | tuple():
            return [map_texts(each, change) for each in value]
        case _:
            return value


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its place, such as `destination.post` or `rows[2].title`."""
    match value:
        case str():
            yield path, value
        case Mapping():
            for key, each in value.items():
                yield from texts(each, f"{path}.{key}" if path else str(key))
        case list() | tuple():
            for place, each in enumerate(value):
                yield from texts(each, f"{path}[{place}]")
        case _:
            return
