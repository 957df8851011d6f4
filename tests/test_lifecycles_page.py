"""docs/lifecycles.md is what the contract says, and its notes name event types that exist."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from tongban.lifecycle.table import RULES, STATES, state_name

ROOT = Path(__file__).resolve().parent.parent


def generator() -> ModuleType:
    """The module that writes the page."""
    spec = importlib.util.spec_from_file_location("lifecycles", ROOT / ".ci" / "lifecycles.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "lifecycles.md").read_text(encoding="utf-8")
    assert page == generator().page(), "run `make docs` and commit docs/lifecycles.md"


def test_every_event_and_state_is_on_the_page() -> None:
    page = generator().page()
    for event_type in RULES:
        assert f"| `{event_type}` |" in page
    for collection, states in STATES.items():
        assert all(f"`{state_name(collection, value.number)}`" in page for value in states.values if value.number)


def test_notes_name_events_of_the_contract() -> None:
    assert set(generator().BY_THE_FOLD) <= set(RULES)
