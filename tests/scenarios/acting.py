"""What the scenarios have in common: further nodes, their items and agreements, and the steps of people at desks.

Everything goes through a node's own services, as any program would call them; what one node did is waited for at the
other, never assumed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from nodes.demo.cast import APPLICANT, WITNESS, Member, Place, Post, Text
from nodes.demo.client import Caller, until
from nodes.demo.setting import Setting, agreement_of, together
from tongban import errors
from tongban.clock import SystemClock, SystemEntropy
from tongban.ids import uuid7
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    approval_pb2,
    catalogue_pb2,
    directory_pb2,
    lifecycle_pb2,
    mailroom_pb2,
    parcel_pb2,
    types_pb2,
    window_pb2,
)

ORIGINAL, COPY, ELECTRONIC = (
    types_pb2.MATERIAL_FORM_ORIGINAL,
    types_pb2.MATERIAL_FORM_COPY,
    types_pb2.MATERIAL_FORM_ELECTRONIC,
)
DEED, LICENCE = "deed", "licence"
E_LICENCE = "电子证照(演练)".encode()
STATES = lifecycle_pb2.ApplicationState.DESCRIPTOR.values_by_name


def place(region: str, title: str, english: str) -> Place:
    """A node with a window, a mailroom and an office, and somebody for each."""
    posts = (
        Post("window-1", "综合窗口", "window"),
        Post("mailroom-1", "收发室", "mailroom"),
        Post("approval-1", "审批科", "approvals office"),
    )
    staff = (
        Member("window", "窗口 甲", "window", "window-1"),
        Member("approval", "审批 乙", "approval", "approval-1"),
        Member("mailroom", "收发 丙", "mailroom", "mailroom-1"),
        Member(WITNESS, "收发 戊", "mailroom", "mailroom-1"),
        Member("supervisor", "主管 丁", "supervisor", "approval-1"),
    )
    return Place(region, title, english, posts, staff)


def request_id() -> str:
    """A new one."""
    return uuid7(SystemClock().now(), SystemEntropy())


def item_of(
    home: Place, code: str, title: str, modes: Iterable[types_pb2.Mode], **more: Any
) -> directory_pb2.ItemDocument:
    """An item with the form that any window needs, an identity document, and an original that may be handed in."""
    return directory_pb2.ItemDocument(
        name=f"items/{home.region}.{code}",
        home=home.name,
        title=title,
        modes=list(modes),
        form=[
            directory_pb2.FormField(name="applicant_name", title="申请人姓名或名称", required=True, kind="text"),
            directory_pb2.FormField(name="identity_kind", title="证件类型", required=True, kind="text"),
            directory_pb2.FormField(name="identity_number", title="证件号码", required=True, kind="identity"),
            directory_pb2.FormField(name="phone", title="联系电话", required=True, kind="phone"),
            directory_pb2.FormField(name="address", title="联系地址", required=False, kind="text"),
        ],
        materials=[
            directory_pb2.MaterialRequirement(
                code="identity-document", title="申请人身份证件", forms=[COPY, ELECTRONIC], required=True
            ),
            directory_pb2.MaterialRequirement(code="application-original", title="申请材料原件", forms=[ORIGINAL]),
        ],
        **more,
    )


def clause_of(
    clause: str, home: Place, accepting: Sequence[Place], items: Iterable[directory_pb2.ItemDocument], **more: Any
) -> agreement_pb2.Clause:
    """A clause: in 异地代收代办, decided at home, unless it says otherwise."""
    made = agreement_pb2.Clause(
        id=clause, home=home.name, accepting=[each.name for each in accepting], items=[item.name for item in items]
    )
    made.MergeFrom(agreement_pb2.Clause(**more))
    if not made.modes:
        made.modes.append(types_pb2.MODE_AGENT)
    made.decider = made.decider or types_pb2.DECIDER_HOME
    return made


async def publish(setting: Setting, documents: Iterable[directory_pb2.ItemDocument]) -> None:
    """Each home publishes its own."""
    await together(*(setting.publish(document.home.removeprefix("nodes/"), document) for document in documents))


async def agree(
    setting: Setting, name: str, title: str, parties: Sequence[Place], clauses: Sequence[agreement_pb2.Clause]
) -> None:
    """The first party proposes, all sign one after the other, and each has it with every signature."""
    proposer = await setting.supervisor(parties[0].region)
    items = {item for clause in clauses for item in clause.items}

    async def known() -> dict[str, directory_pb2.Node] | None:
        found = {node.name: node for node in await setting.nodes()}
        published: set[str] = set()
        for item in items:
            asked = catalogue_pb2.ListCatalogueRequest(name=item)
            published.update(each.name for each in (await proposer(proposer.catalogue.ListCatalogue, asked)).items)
        return found if {party.name for party in parties} <= found.keys() and published == items else None

    nodes = await until(known, Text(f"{title}的事项送达", f"the items of {name} to arrive"))
    await setting.sign(
        agreement_pb2.AgreementDocument(
            name=name,
            document_version=1,
            title=title,
            parties=[
                agreement_pb2.Party(
                    node=party.name,
                    region=nodes[party.name].profile.region,
                    root_fingerprint=hashlib.sha256(nodes[party.name].root_public_key).digest(),
                )
                for party in parties
            ],
            clauses=clauses,
            effective_date={"year": 2021, "month": 1, "day": 1},
        )
    )
    await together(*(_binding(setting, party, name) for party in parties))


async def _binding(setting: Setting, party: Place, name: str) -> None:
    caller = await setting.supervisor(party.region)

    async def signed() -> bool:
        found = await agreement_of(caller, name)
        return found is not None and found.state == lifecycle_pb2.AGREEMENT_STATE_SIGNED

    await until(signed, Text(f"{party.title}收齐 {name} 的签署", f"{party.english} to have {name} signed"))


def filing(item: directory_pb2.ItemDocument, **more: Any) -> window_pb2.SubmitApplicationRequest:
    """What a clerk types: a person, an identity document on file, and in 异地代收代办 one original."""
    form = APPLICANT | more.pop("form", {})
    made = window_pb2.SubmitApplicationRequest(
        request_id=request_id(),
        item=item.name,
        applicant_kind=more.pop("applicant_kind", types_pb2.APPLICANT_KIND_PERSON),
        form=form,
        materials=[
            window_pb2.MaterialContent(
                material=application_pb2.Material(code="identity-document", form=ELECTRONIC),
                content="身份证件扫描件(演练)".encode(),
                media_type="text/plain",
            )
        ],
    )
    if more.pop("paper", False):
        material = application_pb2.Material(code="application-original", form=ORIGINAL, original=DEED, pages=2)
        made.materials.add(material=material, serial="闽证 0012345")
    made.MergeFrom(window_pb2.SubmitApplicationRequest(**more))
    return made


async def route(setting: Setting, at: Place, item: str, **more: Any) -> window_pb2.FindRouteResponse:
    """What a window is told before the form is typed."""
    caller = await setting.clients[at.region].staff("window")
    more.setdefault("applicant_kind", types_pb2.APPLICANT_KIND_PERSON)
    return await caller(caller.window.FindRoute, window_pb2.FindRouteRequest(item=item, **more))


async def submit(
    setting: Setting, at: Place, item: directory_pb2.ItemDocument, **more: Any
) -> application_pb2.Application:
    """Filed at a window."""
    caller = await setting.clients[at.region].staff("window")
    return await caller(caller.window.SubmitApplication, filing(item, **more))


async def view(setting: Setting, at: Place, name: str, user: str = "window") -> window_pb2.ApplicationView:
    """An application as a node knows it."""
    caller = await setting.clients[at.region].staff(user)
    return await caller(caller.window.GetApplication, window_pb2.GetApplicationRequest(name=name))


async def until_state(setting: Setting, at: Place, name: str, state: str) -> window_pb2.ApplicationView:
    """Until it stands so at a node, every step of that node receipted."""
    wanted = STATES[f"APPLICATION_STATE_{state}"].number

    async def look() -> window_pb2.ApplicationView | None:
        found = await view(setting, at, name)
        receipted = found.sync_state == window_pb2.SYNC_STATE_RECEIPTED
        return found if found.application.state == wanted and receipted else None

    return await until(look, Text(f"办件到达{at.title}({state})", f"{state} to arrive at {at.english}"))


async def listed(setting: Setting, at: Place) -> set[str]:
    """The applications that a node's window finds in its list."""
    caller = await setting.clients[at.region].staff("window")
    found = await caller(caller.window.ListApplications, window_pb2.ListApplicationsRequest(page_size=200))
    return {each.name for each in found.applications}


async def accept(setting: Setting, at: Place, name: str) -> None:
    """受理."""
    caller = await setting.clients[at.region].staff("approval")
    await caller(caller.approval.AcceptApplication, approval_pb2.AcceptApplicationRequest(name=name))


async def approve(setting: Setting, at: Place, name: str) -> None:
    """受理, 审查, 准予."""
    await accept(setting, at, name)
    caller = await setting.clients[at.region].staff("approval")
    await caller(caller.approval.StartReview, approval_pb2.StartReviewRequest(name=name))
    await caller(caller.approval.ApproveApplication, approval_pb2.ApproveApplicationRequest(name=name))


async def issue(setting: Setting, at: Place, name: str, **more: Any) -> application_pb2.Application:
    """出证: on paper, unless it says otherwise."""
    caller = await setting.clients[at.region].staff("approval")
    return await caller(caller.approval.IssueResult, approval_pb2.IssueResultRequest(name=name, **more))


async def close(setting: Setting, at: Place, name: str) -> None:
    """办结归档."""
    caller = await setting.clients[at.region].staff("approval")
    await caller(caller.approval.CloseApplication, approval_pb2.CloseApplicationRequest(name=name))


async def hand_out(setting: Setting, at: Place, name: str) -> application_pb2.Application:
    """可取证, then 取证 against the code."""
    caller = await setting.clients[at.region].staff("window")
    ready = await caller(caller.window.ReadyResult, window_pb2.ReadyResultRequest(name=name))
    return await caller(
        caller.window.CollectResult,
        window_pb2.CollectResultRequest(
            name=name, pickup_code=ready.pickup_code, proof=application_pb2.COLLECTION_PROOF_CODE
        ),
    )


async def send(setting: Setting, sender: Place, receiver: Place, name: str, original: str, seal: str) -> None:
    """One original by courier: packed, sealed, handed over, taken in, opened, checked."""
    purpose = parcel_pb2.PARCEL_PURPOSE_RESULT if original == LICENCE else parcel_pb2.PARCEL_PURPOSE_MATERIALS
    paper = f"{name}/originals/{original}"
    giver, taker = [await setting.clients[each.region].staff("mailroom") for each in (sender, receiver)]
    packed = await giver(
        giver.mailroom.PackParcel,
        mailroom_pb2.PackParcelRequest(
            request_id=request_id(),
            purpose=purpose,
            destination=parcel_pb2.Post(node=receiver.name, post="mailroom-1"),
            items=[paper],
            seals=[seal],
        ),
    )
    parcel, waybill = packed.parcel.name, "EB123456785CN"
    await giver(
        giver.mailroom.DispatchParcel,
        mailroom_pb2.DispatchParcelRequest(name=parcel, carrier="ems", waybill=waybill, seals=[seal], stub=packed.stub),
    )
    await _on_its_way(taker, parcel)
    await taker(
        taker.mailroom.TakeInParcel,
        mailroom_pb2.TakeInParcelRequest(stub=packed.stub, seals=[seal], waybill=waybill),
    )
    await taker(
        taker.mailroom.OpenParcel,
        mailroom_pb2.OpenParcelRequest(name=parcel, seals_intact=True, witness=WITNESS),
    )
    checks = [parcel_pb2.ItemCheck(item=paper, outcome=parcel_pb2.CHECK_OUTCOME_CORRECT)]
    await taker(taker.mailroom.CheckItems, mailroom_pb2.CheckItemsRequest(name=parcel, checks=checks))


async def _on_its_way(taker: Caller, parcel: str) -> None:
    async def look() -> bool:
        found = await taker(taker.mailroom.GetParcel, mailroom_pb2.GetParcelRequest(name=parcel))
        return found.state == lifecycle_pb2.PARCEL_STATE_WITH_CARRIER

    await until(look, Text("交寄记录到达", "the dispatch to arrive"))


async def chain(setting: Setting, at: Place, name: str, original: str) -> list[parcel_pb2.Custody]:
    """Who held an original, as a node knows it."""
    caller = await setting.clients[at.region].staff("mailroom")
    asked = mailroom_pb2.GetCustodyRequest(original=f"{name}/originals/{original}")
    return list((await caller(caller.mailroom.GetCustody, asked)).chain)


async def knows(setting: Setting, at: Place, name: str) -> bool:
    """Whether a node knows of an application at all."""
    try:
        await view(setting, at, name)
    except errors.ApplicationNotFound:
        return False
    return True
