"""The steps of mailrooms in the scenarios, one by one; `acting.send` is all of them for one paper that goes well."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nodes.demo.cast import Place, Text
from nodes.demo.client import Caller, until
from nodes.demo.setting import Setting
from nodes.relay.accounts import FILE
from tests.carriers.kuaidi import KuaidiStandIn
from tests.scenarios.acting import request_id
from tongban.private_files import write_file
from tongban.v1 import lifecycle_pb2, mailroom_pb2, parcel_pb2, window_pb2

MATERIALS, RESULT, RETURN = (
    parcel_pb2.PARCEL_PURPOSE_MATERIALS,
    parcel_pb2.PARCEL_PURPOSE_RESULT,
    parcel_pb2.PARCEL_PURPOSE_RETURN,
)
POST, LEG, PERSON, MISSING, VOIDED = (
    parcel_pb2.HOLDER_KIND_POST,
    parcel_pb2.HOLDER_KIND_LEG,
    parcel_pb2.HOLDER_KIND_APPLICANT,
    parcel_pb2.HOLDER_KIND_MISSING,
    parcel_pb2.HOLDER_KIND_VOIDED,
)
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""The smallest PNG there is: what a camera saw is not looked at here."""

PERSON_AT_WINDOW = window_pb2.Collector(
    identity_kind="resident_id", identity_number="350600199003070017", full_name="沈阿榕"
)


def give_account(relay: Path, aggregator: KuaidiStandIn) -> None:
    """Let the relay of this directory have an account with the aggregator, and hear its pushes."""
    relay.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    account = {
        "base_url": aggregator.url,
        "customer": aggregator.customer,
        "key": aggregator.key,
        "salt": aggregator.salt,
        "push_secret": "the0secret0part0of0the0address",
    }
    settings = {"push_port": port, "public_url": f"http://127.0.0.1:{port}", "kuaidi100": account}
    write_file(relay / FILE, json.dumps(settings).encode())


async def mailroom(setting: Setting, at: Place) -> Caller:
    """Whoever sits in a node's mailroom."""
    return await setting.clients[at.region].staff("mailroom")


async def pack(
    setting: Setting,
    sender: Place,
    receiver: Place,
    papers: Iterable[str],
    seal: str,
    *,
    purpose: parcel_pb2.ParcelPurpose = MATERIALS,
    post: str = "mailroom-1",
) -> mailroom_pb2.PackParcelResponse:
    """Packed and sealed."""
    caller = await mailroom(setting, sender)
    destination = parcel_pb2.Post(node=receiver.name, post=post)
    request = mailroom_pb2.PackParcelRequest(
        request_id=request_id(), purpose=purpose, destination=destination, items=list(papers), seals=[seal]
    )
    return await caller(caller.mailroom.PackParcel, request)


async def give(
    setting: Setting,
    sender: Place,
    packed: mailroom_pb2.PackParcelResponse,
    carrier: str = "ems",
    waybill: str = "EB123456785CN",
) -> parcel_pb2.Parcel:
    """Handed over, with a photograph of the waybill."""
    caller = await mailroom(setting, sender)
    request = mailroom_pb2.DispatchParcelRequest(
        name=packed.parcel.name,
        carrier=carrier,
        waybill=waybill,
        seals=packed.parcel.seals,
        stub=packed.stub,
        waybill_photo=PICTURE if waybill else b"",
    )
    return await caller(caller.mailroom.DispatchParcel, request)


async def take(
    setting: Setting, at: Place, packed: mailroom_pb2.PackParcelResponse, waybill: str = "EB123456785CN"
) -> parcel_pb2.Parcel:
    """Taken in, whether or not its sender's events are there."""
    caller = await mailroom(setting, at)
    request = mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=packed.parcel.seals, waybill=waybill)
    return await caller(caller.mailroom.TakeInParcel, request)


async def look_through(
    setting: Setting, at: Place, name: str, outcomes: Mapping[str, parcel_pb2.CheckOutcome] | None = None
) -> parcel_pb2.Parcel:
    """Opened before a camera, and every entry looked at; `outcomes` by the last part of its name, else correct."""
    caller = await mailroom(setting, at)
    request = mailroom_pb2.OpenParcelRequest(name=name, seals_intact=True, photo=PICTURE)
    parcel = await caller(caller.mailroom.OpenParcel, request)
    found = outcomes or {}
    checks = [
        parcel_pb2.ItemCheck(
            item=entry.item, outcome=found.get(entry.item.rpartition("/")[2], parcel_pb2.CHECK_OUTCOME_CORRECT)
        )
        for entry in parcel.manifest
    ]
    return await caller(caller.mailroom.CheckItems, mailroom_pb2.CheckItemsRequest(name=name, checks=checks))


async def post(setting: Setting, sender: Place, receiver: Place, papers: Iterable[str], seal: str, **more: Any) -> str:
    """By courier and all well: the parcel's name."""
    packed = await pack(setting, sender, receiver, papers, seal, **more)
    await give(setting, sender, packed)
    await until_parcel(setting, receiver, packed.parcel.name, "WITH_CARRIER")
    await take(setting, receiver, packed)
    await look_through(setting, receiver, packed.parcel.name)
    return packed.parcel.name


async def parcel(setting: Setting, at: Place, name: str) -> parcel_pb2.Parcel:
    """A parcel as a node knows it."""
    caller = await mailroom(setting, at)
    return await caller(caller.mailroom.GetParcel, mailroom_pb2.GetParcelRequest(name=name))


async def until_parcel(setting: Setting, at: Place, name: str, *states: str) -> parcel_pb2.Parcel:
    """Until it stands so at a node."""
    wanted = {lifecycle_pb2.ParcelState.Value(f"PARCEL_STATE_{state}") for state in states}

    async def look() -> parcel_pb2.Parcel | None:
        found = await parcel(setting, at, name)
        return found if found.state in wanted else None

    return await until(look, Text(f"邮包到达{at.title}({states[0]})", f"{states[0]} to arrive at {at.english}"))


def open_codes(state: parcel_pb2.Parcel) -> dict[str, str]:
    """What is wrong and not ended, and who must end it."""
    return {each.code: each.owner for each in state.exceptions if not each.HasField("resolve_time")}


def holders(chain: Iterable[parcel_pb2.Custody]) -> list[tuple[int, str]]:
    """A chain of holders as kinds and nodes."""
    return [(each.kind, each.post.node) for each in chain]
