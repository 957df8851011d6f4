"""Who may do what at a node's desks, and who may decide."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from nodes.desk.agreements import AgreementDesk
from nodes.desk.approval import ApprovalDesk
from nodes.desk.catalogue import CatalogueDesk
from nodes.desk.collection import CollectionDesk
from nodes.desk.mailroom import MailroomDesk
from nodes.desk.prints import PrintDesk
from nodes.desk.registry import RegistryDesk
from nodes.desk.shelf import ShelfDesk
from nodes.desk.staff import APPROVAL, LOCKER, MAILROOM, ROLES, SUPERVISOR, WINDOW
from nodes.desk.surrender import SurrenderDesk
from nodes.desk.window import WindowDesk
from tests.nodes.kit import HOME, Address, filed, office, one_role
from tongban import errors
from tongban.v1 import (
    application_pb2,
    approval_pb2,
    catalogue_pb2,
    mailroom_pb2,
    negotiation_pb2,
    registry_pb2,
    window_pb2,
)

_DESKS: dict[str, dict[str, tuple[Any, set[str]]]] = {
    "window": {
        "list_items": (window_pb2.ListItemsRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "find_route": (window_pb2.FindRouteRequest, {WINDOW, SUPERVISOR}),
        "submit_application": (window_pb2.SubmitApplicationRequest, {WINDOW}),
        "get_application": (window_pb2.GetApplicationRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "list_applications": (window_pb2.ListApplicationsRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "supply_correction": (window_pb2.SupplyCorrectionRequest, {WINDOW}),
        "withdraw_application": (window_pb2.WithdrawApplicationRequest, {WINDOW}),
        "ready_result": (window_pb2.ReadyResultRequest, {WINDOW, SUPERVISOR}),
        "collect_result": (window_pb2.CollectResultRequest, {WINDOW}),
        "check_recognition": (window_pb2.CheckRecognitionRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
    },
    "collection": {
        "ready_result": (window_pb2.ReadyResultRequest, {WINDOW, SUPERVISOR}),
        "collect_result": (window_pb2.CollectResultRequest, {WINDOW}),
        "open_locker": (window_pb2.OpenLockerRequest, {LOCKER}),
        "deliver_electronic": (window_pb2.DeliverElectronicRequest, {WINDOW, APPROVAL}),
        "give_up_collection": (window_pb2.GiveUpCollectionRequest, {WINDOW, SUPERVISOR}),
    },
    "surrender": {
        "surrender_certificate": (window_pb2.SurrenderCertificateRequest, {WINDOW, APPROVAL}),
        "return_originals": (window_pb2.ReturnOriginalsRequest, {WINDOW}),
        "void_original": (window_pb2.VoidOriginalRequest, {APPROVAL, MAILROOM}),
    },
    "prints": {
        "release_print_permit": (window_pb2.ReleasePrintPermitRequest, {WINDOW, APPROVAL}),
        "grant_print_permit": (window_pb2.GrantPrintPermitRequest, {APPROVAL}),
        "record_print": (window_pb2.RecordPrintRequest, {WINDOW, APPROVAL}),
        "get_imprint": (window_pb2.GetImprintRequest, {WINDOW, APPROVAL, SUPERVISOR}),
    },
    "approval": {
        "open_application": (approval_pb2.OpenApplicationRequest, {APPROVAL, WINDOW}),
        "accept_application": (approval_pb2.AcceptApplicationRequest, {APPROVAL}),
        "decline_application": (approval_pb2.DeclineApplicationRequest, {APPROVAL}),
        "require_correction": (approval_pb2.RequireCorrectionRequest, {APPROVAL}),
        "start_review": (approval_pb2.StartReviewRequest, {APPROVAL}),
        "approve_application": (approval_pb2.ApproveApplicationRequest, {APPROVAL}),
        "refuse_application": (approval_pb2.RefuseApplicationRequest, {APPROVAL}),
        "issue_result": (approval_pb2.IssueResultRequest, {APPROVAL}),
        "close_application": (approval_pb2.CloseApplicationRequest, {APPROVAL}),
    },
    "mailroom": {
        "pack_parcel": (mailroom_pb2.PackParcelRequest, {MAILROOM}),
        "dispatch_parcel": (mailroom_pb2.DispatchParcelRequest, {MAILROOM}),
        "take_in_parcel": (mailroom_pb2.TakeInParcelRequest, {MAILROOM}),
        "open_parcel": (mailroom_pb2.OpenParcelRequest, {MAILROOM}),
        "offer_parcel": (mailroom_pb2.OfferParcelRequest, {MAILROOM}),
        "cancel_leg": (mailroom_pb2.CancelLegRequest, {MAILROOM}),
        "add_waybill_photo": (mailroom_pb2.AddWaybillPhotoRequest, {MAILROOM}),
        "record_observation": (mailroom_pb2.RecordObservationRequest, {MAILROOM}),
        "redirect_parcel": (mailroom_pb2.RedirectParcelRequest, {MAILROOM}),
        "check_items": (mailroom_pb2.CheckItemsRequest, {MAILROOM}),
        "get_parcel": (mailroom_pb2.GetParcelRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "list_parcels": (mailroom_pb2.ListParcelsRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "get_custody": (mailroom_pb2.GetCustodyRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
    },
    "shelf": {
        "list_shelf": (mailroom_pb2.ListShelfRequest, {MAILROOM, WINDOW, SUPERVISOR}),
        "take_stock": (mailroom_pb2.TakeStockRequest, {MAILROOM}),
    },
    "registry": {
        "finish_task": (registry_pb2.FinishTaskRequest, {SUPERVISOR}),
        "retry_task": (registry_pb2.RetryTaskRequest, {SUPERVISOR}),
        "retry_parked": (registry_pb2.RetryParkedRequest, {SUPERVISOR}),
        "publish_item": (registry_pb2.PublishItemRequest, {SUPERVISOR}),
        "list_agreements": (registry_pb2.ListAgreementsRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "get_agreement_proof": (registry_pb2.GetAgreementProofRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "list_nodes": (registry_pb2.ListNodesRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "get_node_status": (registry_pb2.GetNodeStatusRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
    },
    "catalogue": {
        "publish_items": (catalogue_pb2.PublishItemsRequest, {SUPERVISOR}),
        "withdraw_item": (catalogue_pb2.WithdrawItemRequest, {SUPERVISOR}),
        "list_catalogue": (catalogue_pb2.ListCatalogueRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "list_item_changes": (catalogue_pb2.ListItemChangesRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
        "list_drift": (catalogue_pb2.ListDriftRequest, {WINDOW, APPROVAL, MAILROOM, SUPERVISOR}),
    },
    "agreements": {
        "propose_agreement": (registry_pb2.ProposeAgreementRequest, {SUPERVISOR}),
        "sign_agreement": (registry_pb2.SignAgreementRequest, {SUPERVISOR}),
        "check_agreement": (negotiation_pb2.CheckAgreementRequest, {SUPERVISOR}),
        "comment_agreement": (negotiation_pb2.CommentAgreementRequest, {SUPERVISOR}),
        "withdraw_amendment": (negotiation_pb2.WithdrawAmendmentRequest, {SUPERVISOR}),
        "suspend_agreement": (negotiation_pb2.SuspendAgreementRequest, {SUPERVISOR}),
        "resume_agreement": (negotiation_pb2.ResumeAgreementRequest, {SUPERVISOR}),
        "leave_agreement": (negotiation_pb2.LeaveAgreementRequest, {SUPERVISOR}),
        "terminate_agreement": (negotiation_pb2.TerminateAgreementRequest, {SUPERVISOR}),
        "decline_renewal": (negotiation_pb2.DeclineRenewalRequest, {SUPERVISOR}),
        "get_agreement_history": (negotiation_pb2.GetAgreementHistoryRequest, {SUPERVISOR}),
        "list_agreement_conflicts": (negotiation_pb2.ListAgreementConflictsRequest, {SUPERVISOR}),
    },
}


async def test_every_method_is_for_its_roles_alone(sqlite: Address) -> None:
    async with office(sqlite) as o:
        for desk_name, methods in _DESKS.items():
            desk = getattr(o.accepting.desks, desk_name)
            for name, (make, allowed) in methods.items():
                for role in sorted(ROLES):
                    refused = False
                    try:
                        await getattr(desk, name)(one_role(role), make())
                    except errors.RoleNotAllowed as error:
                        refused = error.field == "authorization"
                    except errors.TongbanError:
                        pass
                    assert refused != (role in allowed), f"{desk_name}.{name} by {role}"


def test_no_method_of_a_desk_is_forgotten() -> None:
    for name, desk in (
        ("window", WindowDesk),
        ("approval", ApprovalDesk),
        ("mailroom", MailroomDesk),
        ("shelf", ShelfDesk),
        ("collection", CollectionDesk),
        ("surrender", SurrenderDesk),
        ("prints", PrintDesk),
        ("registry", RegistryDesk),
        ("agreements", AgreementDesk),
        ("catalogue", CatalogueDesk),
    ):
        found = {
            method
            for method, function in inspect.getmembers(desk, inspect.iscoroutinefunction)
            if not method.startswith("_") and "request" in inspect.signature(function).parameters
        }
        assert found == set(_DESKS[name]), name


def _decisions(name: str) -> list[tuple[str, object]]:
    defect = application_pb2.Defect(code="form", defect_code="missing")
    return [
        ("accept_application", approval_pb2.AcceptApplicationRequest(name=name)),
        (
            "decline_application",
            approval_pb2.DeclineApplicationRequest(name=name, reason_code="not-ours", explanation="不归我们"),
        ),
        (
            "require_correction",
            approval_pb2.RequireCorrectionRequest(name=name, defects=[defect], explanation="缺一项"),
        ),
        ("start_review", approval_pb2.StartReviewRequest(name=name)),
        ("approve_application", approval_pb2.ApproveApplicationRequest(name=name)),
        (
            "refuse_application",
            approval_pb2.RefuseApplicationRequest(name=name, reason_code="no", explanation="不符合条件"),
        ),
        ("issue_result", approval_pb2.IssueResultRequest(name=name, paper=True)),
        ("close_application", approval_pb2.CloseApplicationRequest(name=name)),
    ]


async def test_only_the_decider_decides(address: Address) -> None:
    """In each state that a move starts from, the window's node tries it: refused by name, and nothing is recorded."""
    async with office(address) as o:
        name = await filed(o)
        home, approver = o.home.desks.approval, o.home.staff()
        tried = set()

        async def try_all() -> None:
            before = await o.accepting.core.state(name)
            for method, request in _decisions(name):
                with pytest.raises((errors.NotTheDecider, errors.MoveNotAllowed)) as refused:
                    await getattr(o.accepting.desks.approval, method)(o.accepting.staff(), request)
                if isinstance(refused.value, errors.NotTheDecider):
                    assert refused.value.facts["decider"] == f"nodes/{HOME}"
                    tried.add(method)
            assert await o.accepting.core.state(name) == before

        await try_all()
        for method, request in (
            ("accept_application", approval_pb2.AcceptApplicationRequest(name=name)),
            ("start_review", approval_pb2.StartReviewRequest(name=name)),
            ("approve_application", approval_pb2.ApproveApplicationRequest(name=name)),
        ):
            await getattr(home, method)(approver, request)
            await o.settled()
            await try_all()
        other = await filed(o)
        await home.decline_application(approver, _decisions(other)[1][1])  # type: ignore[arg-type]
        await o.settled()
        name = other
        await try_all()
        assert tried == {method for method, _ in _decisions("")}
        status = await o.accepting.desks.registry.get_node_status(
            o.accepting.staff(), registry_pb2.GetNodeStatusRequest()
        )
        assert not status.tasks
        assert not status.waiting_events
