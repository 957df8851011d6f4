"""What a clerk meets at the desk: every refusal says whose it is and what to do."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from nodes.desk.staff import WINDOW, Staff, StaffDesk
from nodes.journal.drafts import Draft
from nodes.store import QUERIES
from tests.diagnosis.kit import core_on
from tests.diagnosis.table import Named, Table
from tests.federation.journey import Journey, submission
from tests.federation.stage import Stage
from tests.federation.virtual import Disks
from tests.federation.whole import NodeRun
from tongban import errors
from tongban.faults.reasons import finding_of
from tongban.local_numbers import NumberKind, parse_number
from tongban.passwords import Cost
from tongban.v1 import (
    agreement_pb2,
    application_pb2,
    approval_pb2,
    mailroom_pb2,
    parcel_pb2,
    window_pb2,
)

DESKS = Table()
AGREEMENT = "agreements/zhangzhou-chaozhou-shantou"


async def met(call: Awaitable[Any]) -> Named:
    """The refusal that a clerk reads; it is there with the answer."""
    try:
        await call
    except errors.TongbanError as error:
        return Named(finding_of(error))
    raise AssertionError("it was not refused")


@DESKS.stage("a field is missing", "FIELD_INVALID", "clerk", "desk")
async def _(stage: Stage) -> Named:
    return await met(stage.accepting.desks.window.submit_application(stage.accepting.staff(), submission(form={})))


@DESKS.stage("a number is mistyped", "CHECK_CHARACTER_WRONG", "clerk", "desk")
async def _(stage: Stage) -> Named:
    journey = stage.journey()
    await journey.submit()
    number = journey.name.rpartition("/")[2]
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    try:
        parse_number(wrong, NumberKind.APPLICATION, "number")
    except errors.TongbanError as error:
        return Named(finding_of(error))
    raise AssertionError("it was not refused")


@DESKS.stage("an identity number is mistyped", "IDENTITY_NUMBER_INVALID", "clerk", "desk")
async def _(stage: Stage) -> Named:
    request = submission()
    request.form["identity_number"] = "350626199003070011"
    return await met(stage.accepting.desks.window.submit_application(stage.accepting.staff(), request))


@DESKS.stage("a colleague lacks the role", "ROLE_NOT_ALLOWED", "supervisor", "desk")
async def _(stage: Stage) -> Named:
    clerk = Staff("clerk", "s-1", "窗口", frozenset({WINDOW}), "window-1")
    request = approval_pb2.AcceptApplicationRequest(name="applications/X")
    return await met(stage.home.desks.approval.accept_application(clerk, request))


@DESKS.stage("a session has ended", "SIGN_IN_REQUIRED", "clerk", "desk")
async def _(stage: Stage) -> Named:
    return await met(stage.home.desks.staff.who("a token of yesterday"))


@DESKS.add("a password was mistyped too often", "SIGN_IN_LOCKED", "clerk", "desk")
async def _(home: Path) -> Named:
    core = await core_on(await Disks().open("alone"))
    desk = StaffDesk(core)
    quick = Cost(ln=4, r=1, p=1)
    await desk.add("clerk", "clerk-password", title="窗口", roles=frozenset({WINDOW}), post="window-1", cost=quick)
    request = window_pb2.SignInRequest(user="clerk", password="wrong-password")
    for _ in range(12):
        named = await met(desk.sign_in(request))
        if named.finding.fault.code == "SIGN_IN_LOCKED":
            await core.close()
            return named
    raise AssertionError("it was never locked")


async def _suspend(run: NodeRun, stage: Stage) -> None:
    suspended = agreement_pb2.AgreementSuspended()
    suspended.effect_time.FromDatetime(stage.federation.clock.now())
    suspended.honour_time.FromDatetime(stage.federation.clock.now())
    draft = Draft(AGREEMENT, "agreement_suspended", suspended)
    await run.core.record(run.staff().actor, lambda view: ([draft], None))
    await stage.federation.settled()


@DESKS.stage("the other party has suspended the agreement", "AGREEMENT_SUSPENDED", "partner", "far-desk")
async def _(stage: Stage) -> Named:
    await _suspend(stage.home, stage)
    return await met(stage.accepting.desks.window.submit_application(stage.accepting.staff(), submission()))


@DESKS.stage("the item is not known", "ITEM_NOT_FOUND", "clerk", "desk")
async def _(stage: Stage) -> Named:
    request = submission(item="items/350600.nothing")
    return await met(stage.accepting.desks.window.submit_application(stage.accepting.staff(), request))


@DESKS.stage("an application's number is wrong", "APPLICATION_NOT_FOUND", "clerk", "desk")
async def _(stage: Stage) -> Named:
    request = window_pb2.GetApplicationRequest(name="applications/ZZZZ0000")
    return await met(stage.accepting.desks.window.get_application(stage.accepting.staff(), request))


@DESKS.stage("a step comes in the wrong state", "MOVE_NOT_ALLOWED", "clerk", "desk")
async def _(stage: Stage) -> Named:
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    request = approval_pb2.ApproveApplicationRequest(name=journey.name)
    return await met(stage.home.desks.approval.approve_application(stage.home.staff(), request))


@DESKS.stage("an original is packed twice", "NOT_THE_CUSTODIAN", "clerk", "desk")
async def _(stage: Stage) -> Named:
    journey = stage.journey()
    await journey.submit()
    await stage.send_off(journey.name)
    return await met(stage.send_off(journey.name))


@DESKS.stage("other seals were typed at dispatch", "MANIFEST_MISMATCH", "clerk", "desk")
async def _(stage: Stage) -> Named:
    journey = stage.journey()
    await journey.submit()
    packed = await stage.send_off(journey.name)
    request = mailroom_pb2.DispatchParcelRequest(
        name=packed.parcel.name, carrier="ems", waybill="EB1", seals=["SEAL-9"], stub=packed.stub
    )
    return await met(stage.accepting.desks.mailroom.dispatch_parcel(stage.accepting.staff("mailroom-1"), request))


@DESKS.stage("a pickup code was guessed too often", "PICKUP_LOCKED", "applicant", "desk")
async def _(stage: Stage) -> Named:
    journey = stage.journey()
    await journey.submit()
    await journey.send(stage.accepting, stage.home, "deed", parcel_pb2.PARCEL_PURPOSE_MATERIALS, "SEAL-0001")
    await journey.decide()
    await journey.send(stage.home, stage.accepting, "licence", parcel_pb2.PARCEL_PURPOSE_RESULT, "SEAL-0002")
    desk = stage.accepting.desks.window
    await desk.ready_result(journey.window(), window_pb2.ReadyResultRequest(name=journey.name))
    request = window_pb2.CollectResultRequest(
        name=journey.name, pickup_code="00000000", proof=application_pb2.COLLECTION_PROOF_CODE
    )
    for _ in range(6):
        named = await met(desk.collect_result(journey.window(), request))
        if named.finding.fault.code == "PICKUP_LOCKED":
            return named
    raise AssertionError("it was never locked")


async def _lying_ready(stage: Stage, *surrenders: str) -> tuple[Journey, str]:
    """A result at the window, and its pickup code."""
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    await journey.decide(surrenders)
    await journey.send(stage.home, stage.accepting, "licence", parcel_pb2.PARCEL_PURPOSE_RESULT, "SEAL-0002")
    request = window_pb2.ReadyResultRequest(name=journey.name)
    return journey, (await stage.accepting.desks.window.ready_result(journey.window(), request)).pickup_code


def _collect(name: str, code: str) -> window_pb2.CollectResultRequest:
    return window_pb2.CollectResultRequest(name=name, pickup_code=code, proof=application_pb2.COLLECTION_PROOF_CODE)


@DESKS.stage("a pickup code is too old", "PICKUP_CODE_ENDED", "applicant", "desk")
async def _(stage: Stage) -> Named:
    journey, code = await _lying_ready(stage)
    stage.loop.jump(16 * 86_400)
    return await met(stage.accepting.desks.window.collect_result(journey.window(), _collect(journey.name, code)))


@DESKS.stage("the old certificate was left at home", "CERTIFICATE_NOT_SURRENDERED", "applicant", "desk")
async def _(stage: Stage) -> Named:
    journey, code = await _lying_ready(stage, "old-licence")
    return await met(stage.accepting.desks.window.collect_result(journey.window(), _collect(journey.name, code)))


@DESKS.stage("a second print while the first is valid", "PRINT_PERMIT_HELD", "clerk", "desk")
async def _(stage: Stage) -> Named:
    journey, _ = await _lying_ready(stage)
    request = window_pb2.GrantPrintPermitRequest(name=journey.name, code="licence", to=stage.home.core.name)
    return await met(stage.home.desks.prints.grant_print_permit(stage.home.staff(), request))


@DESKS.stage("a void licence is printed again", "ORIGINAL_VOID", "clerk", "desk")
async def _(stage: Stage) -> Named:
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    await journey.decide()
    void = window_pb2.VoidOriginalRequest(name=journey.name, original="licence", reason_code="misprinted")
    await stage.home.desks.surrender.void_original(stage.home.staff(), void)
    request = window_pb2.GetImprintRequest(name=journey.name, original="licence")
    return await met(stage.home.desks.prints.get_imprint(stage.home.staff(), request))


@DESKS.stage("a sealed form was not granted to this node", "SEAL_NOT_FOR_US", "partner", "partner", node="nodes/445100")
async def _(stage: Stage) -> Named:
    journey = stage.journey()
    await journey.submit()
    await stage.federation.settled()
    home = stage.home.core
    # 漳州 lost the grant that 潮州 had sealed to it.
    lost = {"stream": journey.name, "audience": "parties"}
    await home.database.run(lambda tx: tx.execute(QUERIES.drop_grant, lost))
    request = approval_pb2.OpenApplicationRequest(name=journey.name)
    return await met(stage.home.desks.approval.open_application(stage.home.staff(), request))
