import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import agreement_pb2 as _agreement_pb2
from tongban.v1 import application_pb2 as _application_pb2
from tongban.v1 import directory_pb2 as _directory_pb2
from tongban.v1 import envelope_pb2 as _envelope_pb2
from tongban.v1 import exception_pb2 as _exception_pb2
from tongban.v1 import leg_pb2 as _leg_pb2
from tongban.v1 import parcel_pb2 as _parcel_pb2
from tongban.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AttachmentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTACHMENT_KIND_UNSPECIFIED: _ClassVar[AttachmentKind]
    ATTACHMENT_KIND_PART: _ClassVar[AttachmentKind]
    ATTACHMENT_KIND_GRANT: _ClassVar[AttachmentKind]
ATTACHMENT_KIND_UNSPECIFIED: AttachmentKind
ATTACHMENT_KIND_PART: AttachmentKind
ATTACHMENT_KIND_GRANT: AttachmentKind

class AtomicGroup(_message.Message):
    __slots__ = ("group_id", "index", "size")
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    group_id: str
    index: int
    size: int
    def __init__(self, group_id: _Optional[str] = ..., index: _Optional[int] = ..., size: _Optional[int] = ...) -> None: ...

class Attachment(_message.Message):
    __slots__ = ("kind", "digest")
    KIND_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    kind: AttachmentKind
    digest: bytes
    def __init__(self, kind: _Optional[_Union[AttachmentKind, str]] = ..., digest: _Optional[bytes] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("event_id", "stream", "lifecycle_version", "expected_version", "expected_head", "after", "author", "incarnation", "sequence", "claim_time", "seen", "actor", "group", "attachments", "originals_returned", "certificate_surrendered", "original_voided", "print_permit_released", "print_permit_granted", "result_printed", "result_unclaimed", "electronic_delivered", "application_submitted", "application_accepted", "application_not_accepted", "correction_required", "correction_supplied", "review_started", "review_suspended", "review_resumed", "application_approved", "application_refused", "result_issued", "result_ready", "result_collected", "application_closed", "application_withdrawn", "application_terminated", "application_lapsed", "parcel_attached", "parcel_packed", "parcel_sealed", "parcel_offered", "parcel_dispatched", "carrier_observed", "parcel_taken_in", "parcel_opened", "items_checked", "parcel_reconciled", "parcel_held", "parcel_collected", "parcel_exception_raised", "leg_cancelled", "waybill_assigned", "waybill_photographed", "parcel_exception_resolved", "parcel_redirected", "trace_requested", "trace_answered", "agreement_proposed", "agreement_signed", "agreement_suspended", "agreement_resumed", "agreement_terminated", "agreement_revised", "amendment_proposed", "amendment_withdrawn", "agreement_commented", "part_suspended", "part_resumed", "party_left", "renewal_declined", "trial_passed", "node_registered", "node_profile_updated", "node_keys_rotated", "node_suspended", "node_resumed", "item_published", "item_revised", "item_withdrawn")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_HEAD_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CLAIM_TIME_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    ORIGINALS_RETURNED_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_SURRENDERED_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_VOIDED_FIELD_NUMBER: _ClassVar[int]
    PRINT_PERMIT_RELEASED_FIELD_NUMBER: _ClassVar[int]
    PRINT_PERMIT_GRANTED_FIELD_NUMBER: _ClassVar[int]
    RESULT_PRINTED_FIELD_NUMBER: _ClassVar[int]
    RESULT_UNCLAIMED_FIELD_NUMBER: _ClassVar[int]
    ELECTRONIC_DELIVERED_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_SUBMITTED_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_NOT_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_SUPPLIED_FIELD_NUMBER: _ClassVar[int]
    REVIEW_STARTED_FIELD_NUMBER: _ClassVar[int]
    REVIEW_SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    REVIEW_RESUMED_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_APPROVED_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_REFUSED_FIELD_NUMBER: _ClassVar[int]
    RESULT_ISSUED_FIELD_NUMBER: _ClassVar[int]
    RESULT_READY_FIELD_NUMBER: _ClassVar[int]
    RESULT_COLLECTED_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_CLOSED_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_TERMINATED_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_LAPSED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_ATTACHED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_PACKED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_SEALED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_OFFERED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_DISPATCHED_FIELD_NUMBER: _ClassVar[int]
    CARRIER_OBSERVED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_TAKEN_IN_FIELD_NUMBER: _ClassVar[int]
    PARCEL_OPENED_FIELD_NUMBER: _ClassVar[int]
    ITEMS_CHECKED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_RECONCILED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_HELD_FIELD_NUMBER: _ClassVar[int]
    PARCEL_COLLECTED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_EXCEPTION_RAISED_FIELD_NUMBER: _ClassVar[int]
    LEG_CANCELLED_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_ASSIGNED_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_PHOTOGRAPHED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_EXCEPTION_RESOLVED_FIELD_NUMBER: _ClassVar[int]
    PARCEL_REDIRECTED_FIELD_NUMBER: _ClassVar[int]
    TRACE_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    TRACE_ANSWERED_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_PROPOSED_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_SIGNED_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_RESUMED_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_TERMINATED_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_REVISED_FIELD_NUMBER: _ClassVar[int]
    AMENDMENT_PROPOSED_FIELD_NUMBER: _ClassVar[int]
    AMENDMENT_WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_COMMENTED_FIELD_NUMBER: _ClassVar[int]
    PART_SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    PART_RESUMED_FIELD_NUMBER: _ClassVar[int]
    PARTY_LEFT_FIELD_NUMBER: _ClassVar[int]
    RENEWAL_DECLINED_FIELD_NUMBER: _ClassVar[int]
    TRIAL_PASSED_FIELD_NUMBER: _ClassVar[int]
    NODE_REGISTERED_FIELD_NUMBER: _ClassVar[int]
    NODE_PROFILE_UPDATED_FIELD_NUMBER: _ClassVar[int]
    NODE_KEYS_ROTATED_FIELD_NUMBER: _ClassVar[int]
    NODE_SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    NODE_RESUMED_FIELD_NUMBER: _ClassVar[int]
    ITEM_PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    ITEM_REVISED_FIELD_NUMBER: _ClassVar[int]
    ITEM_WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    stream: str
    lifecycle_version: int
    expected_version: int
    expected_head: bytes
    after: _containers.RepeatedCompositeFieldContainer[_types_pb2.StreamPosition]
    author: str
    incarnation: int
    sequence: int
    claim_time: _timestamp_pb2.Timestamp
    seen: _envelope_pb2.SeenAdmission
    actor: str
    group: AtomicGroup
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    originals_returned: _application_pb2.OriginalsReturned
    certificate_surrendered: _application_pb2.CertificateSurrendered
    original_voided: _application_pb2.OriginalVoided
    print_permit_released: _application_pb2.PrintPermitReleased
    print_permit_granted: _application_pb2.PrintPermitGranted
    result_printed: _application_pb2.ResultPrinted
    result_unclaimed: _application_pb2.ResultUnclaimed
    electronic_delivered: _application_pb2.ElectronicDelivered
    application_submitted: _application_pb2.ApplicationSubmitted
    application_accepted: _application_pb2.ApplicationAccepted
    application_not_accepted: _application_pb2.ApplicationNotAccepted
    correction_required: _application_pb2.CorrectionRequired
    correction_supplied: _application_pb2.CorrectionSupplied
    review_started: _application_pb2.ReviewStarted
    review_suspended: _application_pb2.ReviewSuspended
    review_resumed: _application_pb2.ReviewResumed
    application_approved: _application_pb2.ApplicationApproved
    application_refused: _application_pb2.ApplicationRefused
    result_issued: _application_pb2.ResultIssued
    result_ready: _application_pb2.ResultReady
    result_collected: _application_pb2.ResultCollected
    application_closed: _application_pb2.ApplicationClosed
    application_withdrawn: _application_pb2.ApplicationWithdrawn
    application_terminated: _application_pb2.ApplicationTerminated
    application_lapsed: _application_pb2.ApplicationLapsed
    parcel_attached: _application_pb2.ParcelAttached
    parcel_packed: _parcel_pb2.ParcelPacked
    parcel_sealed: _parcel_pb2.ParcelSealed
    parcel_offered: _parcel_pb2.ParcelOffered
    parcel_dispatched: _parcel_pb2.ParcelDispatched
    carrier_observed: _parcel_pb2.CarrierObserved
    parcel_taken_in: _parcel_pb2.ParcelTakenIn
    parcel_opened: _parcel_pb2.ParcelOpened
    items_checked: _parcel_pb2.ItemsChecked
    parcel_reconciled: _parcel_pb2.ParcelReconciled
    parcel_held: _parcel_pb2.ParcelHeld
    parcel_collected: _parcel_pb2.ParcelCollected
    parcel_exception_raised: _parcel_pb2.ParcelExceptionRaised
    leg_cancelled: _leg_pb2.LegCancelled
    waybill_assigned: _leg_pb2.WaybillAssigned
    waybill_photographed: _leg_pb2.WaybillPhotographed
    parcel_exception_resolved: _exception_pb2.ParcelExceptionResolved
    parcel_redirected: _leg_pb2.ParcelRedirected
    trace_requested: _exception_pb2.TraceRequested
    trace_answered: _exception_pb2.TraceAnswered
    agreement_proposed: _agreement_pb2.AgreementProposed
    agreement_signed: _agreement_pb2.AgreementSigned
    agreement_suspended: _agreement_pb2.AgreementSuspended
    agreement_resumed: _agreement_pb2.AgreementResumed
    agreement_terminated: _agreement_pb2.AgreementTerminated
    agreement_revised: _agreement_pb2.AgreementRevised
    amendment_proposed: _agreement_pb2.AmendmentProposed
    amendment_withdrawn: _agreement_pb2.AmendmentWithdrawn
    agreement_commented: _agreement_pb2.AgreementCommented
    part_suspended: _agreement_pb2.PartSuspended
    part_resumed: _agreement_pb2.PartResumed
    party_left: _agreement_pb2.PartyLeft
    renewal_declined: _agreement_pb2.RenewalDeclined
    trial_passed: _agreement_pb2.TrialPassed
    node_registered: _directory_pb2.NodeRegistered
    node_profile_updated: _directory_pb2.NodeProfileUpdated
    node_keys_rotated: _directory_pb2.NodeKeysRotated
    node_suspended: _directory_pb2.NodeSuspended
    node_resumed: _directory_pb2.NodeResumed
    item_published: _directory_pb2.ItemPublished
    item_revised: _directory_pb2.ItemRevised
    item_withdrawn: _directory_pb2.ItemWithdrawn
    def __init__(self, event_id: _Optional[str] = ..., stream: _Optional[str] = ..., lifecycle_version: _Optional[int] = ..., expected_version: _Optional[int] = ..., expected_head: _Optional[bytes] = ..., after: _Optional[_Iterable[_Union[_types_pb2.StreamPosition, _Mapping]]] = ..., author: _Optional[str] = ..., incarnation: _Optional[int] = ..., sequence: _Optional[int] = ..., claim_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seen: _Optional[_Union[_envelope_pb2.SeenAdmission, _Mapping]] = ..., actor: _Optional[str] = ..., group: _Optional[_Union[AtomicGroup, _Mapping]] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ..., originals_returned: _Optional[_Union[_application_pb2.OriginalsReturned, _Mapping]] = ..., certificate_surrendered: _Optional[_Union[_application_pb2.CertificateSurrendered, _Mapping]] = ..., original_voided: _Optional[_Union[_application_pb2.OriginalVoided, _Mapping]] = ..., print_permit_released: _Optional[_Union[_application_pb2.PrintPermitReleased, _Mapping]] = ..., print_permit_granted: _Optional[_Union[_application_pb2.PrintPermitGranted, _Mapping]] = ..., result_printed: _Optional[_Union[_application_pb2.ResultPrinted, _Mapping]] = ..., result_unclaimed: _Optional[_Union[_application_pb2.ResultUnclaimed, _Mapping]] = ..., electronic_delivered: _Optional[_Union[_application_pb2.ElectronicDelivered, _Mapping]] = ..., application_submitted: _Optional[_Union[_application_pb2.ApplicationSubmitted, _Mapping]] = ..., application_accepted: _Optional[_Union[_application_pb2.ApplicationAccepted, _Mapping]] = ..., application_not_accepted: _Optional[_Union[_application_pb2.ApplicationNotAccepted, _Mapping]] = ..., correction_required: _Optional[_Union[_application_pb2.CorrectionRequired, _Mapping]] = ..., correction_supplied: _Optional[_Union[_application_pb2.CorrectionSupplied, _Mapping]] = ..., review_started: _Optional[_Union[_application_pb2.ReviewStarted, _Mapping]] = ..., review_suspended: _Optional[_Union[_application_pb2.ReviewSuspended, _Mapping]] = ..., review_resumed: _Optional[_Union[_application_pb2.ReviewResumed, _Mapping]] = ..., application_approved: _Optional[_Union[_application_pb2.ApplicationApproved, _Mapping]] = ..., application_refused: _Optional[_Union[_application_pb2.ApplicationRefused, _Mapping]] = ..., result_issued: _Optional[_Union[_application_pb2.ResultIssued, _Mapping]] = ..., result_ready: _Optional[_Union[_application_pb2.ResultReady, _Mapping]] = ..., result_collected: _Optional[_Union[_application_pb2.ResultCollected, _Mapping]] = ..., application_closed: _Optional[_Union[_application_pb2.ApplicationClosed, _Mapping]] = ..., application_withdrawn: _Optional[_Union[_application_pb2.ApplicationWithdrawn, _Mapping]] = ..., application_terminated: _Optional[_Union[_application_pb2.ApplicationTerminated, _Mapping]] = ..., application_lapsed: _Optional[_Union[_application_pb2.ApplicationLapsed, _Mapping]] = ..., parcel_attached: _Optional[_Union[_application_pb2.ParcelAttached, _Mapping]] = ..., parcel_packed: _Optional[_Union[_parcel_pb2.ParcelPacked, _Mapping]] = ..., parcel_sealed: _Optional[_Union[_parcel_pb2.ParcelSealed, _Mapping]] = ..., parcel_offered: _Optional[_Union[_parcel_pb2.ParcelOffered, _Mapping]] = ..., parcel_dispatched: _Optional[_Union[_parcel_pb2.ParcelDispatched, _Mapping]] = ..., carrier_observed: _Optional[_Union[_parcel_pb2.CarrierObserved, _Mapping]] = ..., parcel_taken_in: _Optional[_Union[_parcel_pb2.ParcelTakenIn, _Mapping]] = ..., parcel_opened: _Optional[_Union[_parcel_pb2.ParcelOpened, _Mapping]] = ..., items_checked: _Optional[_Union[_parcel_pb2.ItemsChecked, _Mapping]] = ..., parcel_reconciled: _Optional[_Union[_parcel_pb2.ParcelReconciled, _Mapping]] = ..., parcel_held: _Optional[_Union[_parcel_pb2.ParcelHeld, _Mapping]] = ..., parcel_collected: _Optional[_Union[_parcel_pb2.ParcelCollected, _Mapping]] = ..., parcel_exception_raised: _Optional[_Union[_parcel_pb2.ParcelExceptionRaised, _Mapping]] = ..., leg_cancelled: _Optional[_Union[_leg_pb2.LegCancelled, _Mapping]] = ..., waybill_assigned: _Optional[_Union[_leg_pb2.WaybillAssigned, _Mapping]] = ..., waybill_photographed: _Optional[_Union[_leg_pb2.WaybillPhotographed, _Mapping]] = ..., parcel_exception_resolved: _Optional[_Union[_exception_pb2.ParcelExceptionResolved, _Mapping]] = ..., parcel_redirected: _Optional[_Union[_leg_pb2.ParcelRedirected, _Mapping]] = ..., trace_requested: _Optional[_Union[_exception_pb2.TraceRequested, _Mapping]] = ..., trace_answered: _Optional[_Union[_exception_pb2.TraceAnswered, _Mapping]] = ..., agreement_proposed: _Optional[_Union[_agreement_pb2.AgreementProposed, _Mapping]] = ..., agreement_signed: _Optional[_Union[_agreement_pb2.AgreementSigned, _Mapping]] = ..., agreement_suspended: _Optional[_Union[_agreement_pb2.AgreementSuspended, _Mapping]] = ..., agreement_resumed: _Optional[_Union[_agreement_pb2.AgreementResumed, _Mapping]] = ..., agreement_terminated: _Optional[_Union[_agreement_pb2.AgreementTerminated, _Mapping]] = ..., agreement_revised: _Optional[_Union[_agreement_pb2.AgreementRevised, _Mapping]] = ..., amendment_proposed: _Optional[_Union[_agreement_pb2.AmendmentProposed, _Mapping]] = ..., amendment_withdrawn: _Optional[_Union[_agreement_pb2.AmendmentWithdrawn, _Mapping]] = ..., agreement_commented: _Optional[_Union[_agreement_pb2.AgreementCommented, _Mapping]] = ..., part_suspended: _Optional[_Union[_agreement_pb2.PartSuspended, _Mapping]] = ..., part_resumed: _Optional[_Union[_agreement_pb2.PartResumed, _Mapping]] = ..., party_left: _Optional[_Union[_agreement_pb2.PartyLeft, _Mapping]] = ..., renewal_declined: _Optional[_Union[_agreement_pb2.RenewalDeclined, _Mapping]] = ..., trial_passed: _Optional[_Union[_agreement_pb2.TrialPassed, _Mapping]] = ..., node_registered: _Optional[_Union[_directory_pb2.NodeRegistered, _Mapping]] = ..., node_profile_updated: _Optional[_Union[_directory_pb2.NodeProfileUpdated, _Mapping]] = ..., node_keys_rotated: _Optional[_Union[_directory_pb2.NodeKeysRotated, _Mapping]] = ..., node_suspended: _Optional[_Union[_directory_pb2.NodeSuspended, _Mapping]] = ..., node_resumed: _Optional[_Union[_directory_pb2.NodeResumed, _Mapping]] = ..., item_published: _Optional[_Union[_directory_pb2.ItemPublished, _Mapping]] = ..., item_revised: _Optional[_Union[_directory_pb2.ItemRevised, _Mapping]] = ..., item_withdrawn: _Optional[_Union[_directory_pb2.ItemWithdrawn, _Mapping]] = ...) -> None: ...
