"""Writes docs/lifecycles.md from the contract: every stream's states, events and moves, as tables and diagrams.

    .ci/lifecycles.py write     write the page
    .ci/lifecycles.py check     is the committed page what the contract says?

The contract states each move once, as an option on its event type.  This page is that table for people, so it is
never edited.  Where a fold decides the state, because the table alone cannot, `BY_THE_FOLD` says so in words; a
test holds the names there to the contract.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tongban.lifecycle.table import RULES, STATES, MoveRule, role_name, state_name

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "lifecycles.md"

TITLES: Final[Mapping[str, str]] = {
    "applications": "Application 办件",
    "parcels": "Parcel 邮包",
    "agreements": "Agreement 协议",
    "nodes": "Node 节点",
    "items": "Item 事项",
}

BY_THE_FOLD: Final[Mapping[str, str]] = {
    "result_ready": "Every result on paper exists, or is printed by this step under the author's own permit.",
    "result_collected": "Everything valid on paper is handed out at once. An old certificate that must come back "
    "has, or the event says why not.",
    "original_voided": "Only what exists, once; never a permit that is out.",
    "print_permit_released": "Only its holder gives a permit back, and only unused.",
    "print_permit_granted": "After the permit came back, under the same name; after the original was made void, under "
    "a new one.",
    "result_printed": "Only the holder of the permit, once.",
    "parcel_dispatched": "A scan by a hand that does not hold the parcel, or that is older than its last move, does "
    "not move it.",
    "carrier_observed": "While a leg holds the parcel, `delivered` makes it `carrier-says-delivered`. "
    "It never moves custody.",
    "parcel_taken_in": "Custody passes to the post that scanned. At a node that is not the addressee's, the parcel is "
    "at a `wrong-post`, unless it has come home refused or returning. A late or repeated scan moves nothing.",
    "parcel_exception_raised": "While a leg holds the parcel, the gravest word since the dispatch scan counts: "
    "`customs-hold`, then `late` (`overdue`), `refused`, `suspected-lost`, `lost`. "
    "Once taken in: `damaged` and `seal-broken`.",
    "agreement_signed": "With the last party's signature the agreement is `signed`; before that it stays `proposed`.",
}

_HEAD: Final = """# Lifecycles

<!-- Generated from the contract by `make docs`. Do not edit. -->

What may happen to an application (办件), a parcel (邮包), an agreement (协议), a node (节点) and an item (事项). The
tables are read from the options on the event types in `proto/tongban/v1/*.proto`; code, tests and this page share them.

- **guarded** (限序): refused when it comes out of turn, with `MOVE_NOT_ALLOWED`, or when another hand sends it, with
  `ROLE_NOT_ALLOWED` or `NOT_THE_DECIDER`.
- **fact** (事实): records what physically happened. It is never refused for order. Out of turn it leaves the state and
  opens an exception `out-of-turn`. It still needs its stream to exist, and the right hand.
- **opens** means that the event is the first of its stream. **stays** means that the state does not change.
- An event of a collection that a stream is not of is refused with `FIELD_INVALID`.

Words: see the [glossary](glossary.md). Bytes and services: see the [contract guide](contract.md).
"""


def page() -> str:
    """The whole page, as the contract is now."""
    return "\n".join([_HEAD, *(section(collection) for collection in STATES)]).rstrip() + "\n"


def section(collection: str) -> str:
    """One collection: states, diagram, events."""
    rules = [rule for rule in RULES.values() if rule.collection == collection]
    names = [state_name(collection, value.number) for value in STATES[collection].values if value.number]
    lines = [
        f"## {TITLES[collection]}",
        "",
        f"Streams `{collection}/…`. States: {', '.join(f'`{name}`' for name in names)}.",
        "",
        *diagram(collection, rules),
        "",
        "| Event | Chinese | Class | From | To | By |",
        "|---|---|---|---|---|---|",
        *(_row(collection, rule) for rule in rules),
    ]
    noted = [rule.event_type for rule in rules if rule.event_type in BY_THE_FOLD]
    if noted:
        lines += [
            "",
            "¹ What the fold decides beyond the table:",
            "",
            *(f"- `{name}`: {BY_THE_FOLD[name]}" for name in noted),
        ]
    return "\n".join([*lines, ""])


def diagram(collection: str, rules: list[MoveRule]) -> Iterator[str]:
    """The moves between states as a mermaid diagram; events that leave the state are in the table only."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for rule in rules:
        if rule.opens:
            yield f"    [*] --> {_id(collection, rule.to_state)}: {rule.title_zh}"
        elif rule.to_state:
            for state in sorted(rule.from_states):
                yield f"    {_id(collection, state)} --> {_id(collection, rule.to_state)}: {rule.title_zh}"
    yield "```"


def _row(collection: str, rule: MoveRule) -> str:
    before = ", ".join(state_name(collection, state) for state in sorted(rule.from_states)) or "opens"
    after = state_name(collection, rule.to_state) if rule.to_state else "stays"
    if rule.event_type in BY_THE_FOLD:
        after += " ¹"
    hands = ", ".join(sorted(role_name(role) for role in rule.roles))
    kind = "guarded" if rule.guarded else "fact"
    return f"| `{rule.event_type}` | {rule.title_zh} | {kind} | {before} | {after} | {hands} |"


def _id(collection: str, state: int) -> str:
    # A dash would end a state's name in a diagram.
    return state_name(collection, state).replace("-", "_")


def main(arguments: list[str]) -> int:
    """Read the command line and do it."""
    if arguments == ["write"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if arguments == ["check"]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
            return 0
        print("docs/lifecycles.md is not current; run `make docs` and commit it")
        return 1
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
