"""Planting a bug: one function's text is changed while a run lasts, and put back.

A plant names a function and the words in it that are changed.  Words that are not there (any more) raise PlantLost: a
mutant that no longer mutates would be one that no check can catch, so it has to be planted anew.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast
from unittest import mock


class PlantLost(LookupError):
    """The words that a plant changes are not in the function."""


@dataclass(frozen=True, slots=True)
class Edit:
    """In this function (`module:Class.method` or `module:function`), these words instead of those."""

    where: str
    old: str
    new: str
    given: tuple[tuple[str, Any], ...] = ()
    """Names that the new words use."""

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """The function with its new words."""
        owner, name, function = _find(self.where)
        with contextlib.ExitStack() as stack:
            changed = _changed(self, function)
            for holder in _holders(owner, name, function):
                stack.enter_context(mock.patch.object(holder, name, changed))
            yield


@dataclass(frozen=True, slots=True)
class Wrapped:
    """This function, wrapped: `wrap` is given the original and gives what stands in its place."""

    where: str
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]]

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        """The function, wrapped."""
        owner, name, function = _find(self.where)
        with contextlib.ExitStack() as stack:
            changed = functools.wraps(function)(self.wrap(function))
            for holder in _holders(owner, name, function):
                stack.enter_context(mock.patch.object(holder, name, changed))
            yield


def _find(where: str) -> tuple[Any, str, Callable[..., Any]]:
    module_name, _, path = where.partition(":")
    owner: Any = importlib.import_module(module_name)
    *outer, name = path.split(".")
    for step in outer:
        owner = getattr(owner, step)
    return owner, name, getattr(owner, name)


def _holders(owner: Any, name: str, function: Callable[..., Any]) -> list[Any]:
    """Where the function is known by this name: its class, or every module of the project that imported it."""
    if inspect.isclass(owner):
        return [owner]
    ours = ("gateway", "nodes", "mailroom", "agreements", "tongban", "tests")
    modules = [module for key, module in list(sys.modules.items()) if key.partition(".")[0] in ours]
    return [module for module in modules if vars(module).get(name) is function]


def _changed(edit: Edit, function: Callable[..., Any]) -> Callable[..., Any]:
    source = getattr(function, "planted", "") or inspect.getsource(function)
    if source.count(edit.old) != 1:
        raise PlantLost(f"{edit.where}: {source.count(edit.old)} times {edit.old!r}")
    text = source.replace(edit.old, edit.new)
    names = {**function.__globals__, **dict(edit.given)}
    made: dict[str, Any] = {}
    # A method keeps its indentation, so that plants read like the source that they change.
    opening = "if True:\n" if text.startswith(" ") else ""
    code = f"from __future__ import annotations\n{opening}{text}"
    exec(compile(code, f"<planted in {edit.where}>", "exec"), names, made)
    changed: Any = made[function.__name__]
    changed.planted = text  # for the next edit of the same function
    return cast("Callable[..., Any]", changed)
