import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from tongban.v1 import lifecycle_pb2 as _lifecycle_pb2
from tongban.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CollectionProof(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COLLECTION_PROOF_UNSPECIFIED: _ClassVar[CollectionProof]
    COLLECTION_PROOF_CODE: _ClassVar[CollectionProof]
    COLLECTION_PROOF_AGENT: _ClassVar[CollectionProof]
    COLLECTION_PROOF_ELECTRONIC: _ClassVar[CollectionProof]
    COLLECTION_PROOF_LOCKER: _ClassVar[CollectionProof]
COLLECTION_PROOF_UNSPECIFIED: CollectionProof
COLLECTION_PROOF_CODE: CollectionProof
COLLECTION_PROOF_AGENT: CollectionProof
COLLECTION_PROOF_ELECTRONIC: CollectionProof
COLLECTION_PROOF_LOCKER: CollectionProof

class Material(_message.Message):
    __slots__ = ("code", "form", "original", "pages")
    CODE_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    code: str
    form: _types_pb2.MaterialForm
    original: str
    pages: int
    def __init__(self, code: _Optional[str] = ..., form: _Optional[_Union[_types_pb2.MaterialForm, str]] = ..., original: _Optional[str] = ..., pages: _Optional[int] = ...) -> None: ...

class Route(_message.Message):
    __slots__ = ("item", "item_version", "accepting", "home", "decider", "collecting", "agreement", "agreement_version", "clause", "mode", "channel", "applicant_kind")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    ITEM_VERSION_FIELD_NUMBER: _ClassVar[int]
    ACCEPTING_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    DECIDER_FIELD_NUMBER: _ClassVar[int]
    COLLECTING_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    CLAUSE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_KIND_FIELD_NUMBER: _ClassVar[int]
    item: str
    item_version: int
    accepting: str
    home: str
    decider: str
    collecting: str
    agreement: str
    agreement_version: int
    clause: str
    mode: _types_pb2.Mode
    channel: _types_pb2.Channel
    applicant_kind: _types_pb2.ApplicantKind
    def __init__(self, item: _Optional[str] = ..., item_version: _Optional[int] = ..., accepting: _Optional[str] = ..., home: _Optional[str] = ..., decider: _Optional[str] = ..., collecting: _Optional[str] = ..., agreement: _Optional[str] = ..., agreement_version: _Optional[int] = ..., clause: _Optional[str] = ..., mode: _Optional[_Union[_types_pb2.Mode, str]] = ..., channel: _Optional[_Union[_types_pb2.Channel, str]] = ..., applicant_kind: _Optional[_Union[_types_pb2.ApplicantKind, str]] = ...) -> None: ...

class ApplicationSubmitted(_message.Message):
    __slots__ = ("route", "window", "materials", "wanted_results", "trial")
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    WANTED_RESULTS_FIELD_NUMBER: _ClassVar[int]
    TRIAL_FIELD_NUMBER: _ClassVar[int]
    route: Route
    window: str
    materials: _containers.RepeatedCompositeFieldContainer[Material]
    wanted_results: _containers.RepeatedScalarFieldContainer[_types_pb2.MaterialForm]
    trial: bool
    def __init__(self, route: _Optional[_Union[Route, _Mapping]] = ..., window: _Optional[str] = ..., materials: _Optional[_Iterable[_Union[Material, _Mapping]]] = ..., wanted_results: _Optional[_Iterable[_Union[_types_pb2.MaterialForm, str]]] = ..., trial: bool = ...) -> None: ...

class ApplicationAccepted(_message.Message):
    __slots__ = ("promised_working_days",)
    PROMISED_WORKING_DAYS_FIELD_NUMBER: _ClassVar[int]
    promised_working_days: int
    def __init__(self, promised_working_days: _Optional[int] = ...) -> None: ...

class ApplicationNotAccepted(_message.Message):
    __slots__ = ("reason_code", "competent_region")
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    COMPETENT_REGION_FIELD_NUMBER: _ClassVar[int]
    reason_code: str
    competent_region: str
    def __init__(self, reason_code: _Optional[str] = ..., competent_region: _Optional[str] = ...) -> None: ...

class Defect(_message.Message):
    __slots__ = ("code", "defect_code")
    CODE_FIELD_NUMBER: _ClassVar[int]
    DEFECT_CODE_FIELD_NUMBER: _ClassVar[int]
    code: str
    defect_code: str
    def __init__(self, code: _Optional[str] = ..., defect_code: _Optional[str] = ...) -> None: ...

class CorrectionRequired(_message.Message):
    __slots__ = ("defects",)
    DEFECTS_FIELD_NUMBER: _ClassVar[int]
    defects: _containers.RepeatedCompositeFieldContainer[Defect]
    def __init__(self, defects: _Optional[_Iterable[_Union[Defect, _Mapping]]] = ...) -> None: ...

class CorrectionSupplied(_message.Message):
    __slots__ = ("materials",)
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    materials: _containers.RepeatedCompositeFieldContainer[Material]
    def __init__(self, materials: _Optional[_Iterable[_Union[Material, _Mapping]]] = ...) -> None: ...

class ReviewStarted(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReviewSuspended(_message.Message):
    __slots__ = ("procedure_code", "planned_days")
    PROCEDURE_CODE_FIELD_NUMBER: _ClassVar[int]
    PLANNED_DAYS_FIELD_NUMBER: _ClassVar[int]
    procedure_code: str
    planned_days: int
    def __init__(self, procedure_code: _Optional[str] = ..., planned_days: _Optional[int] = ...) -> None: ...

class ReviewResumed(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ApplicationApproved(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ApplicationRefused(_message.Message):
    __slots__ = ("reason_code",)
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    reason_code: str
    def __init__(self, reason_code: _Optional[str] = ...) -> None: ...

class ResultDocument(_message.Message):
    __slots__ = ("code", "form", "original", "printing")
    CODE_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    PRINTING_FIELD_NUMBER: _ClassVar[int]
    code: str
    form: _types_pb2.MaterialForm
    original: str
    printing: str
    def __init__(self, code: _Optional[str] = ..., form: _Optional[_Union[_types_pb2.MaterialForm, str]] = ..., original: _Optional[str] = ..., printing: _Optional[str] = ...) -> None: ...

class Surrender(_message.Message):
    __slots__ = ("code", "against")
    CODE_FIELD_NUMBER: _ClassVar[int]
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    code: str
    against: str
    def __init__(self, code: _Optional[str] = ..., against: _Optional[str] = ...) -> None: ...

class ResultIssued(_message.Message):
    __slots__ = ("documents", "surrenders")
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    SURRENDERS_FIELD_NUMBER: _ClassVar[int]
    documents: _containers.RepeatedCompositeFieldContainer[ResultDocument]
    surrenders: _containers.RepeatedCompositeFieldContainer[Surrender]
    def __init__(self, documents: _Optional[_Iterable[_Union[ResultDocument, _Mapping]]] = ..., surrenders: _Optional[_Iterable[_Union[Surrender, _Mapping]]] = ...) -> None: ...

class ResultReady(_message.Message):
    __slots__ = ("window", "locker", "code_expire_time")
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    LOCKER_FIELD_NUMBER: _ClassVar[int]
    CODE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    window: str
    locker: str
    code_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, window: _Optional[str] = ..., locker: _Optional[str] = ..., code_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CollectedDocument(_message.Message):
    __slots__ = ("code", "form", "original")
    CODE_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    code: str
    form: _types_pb2.MaterialForm
    original: str
    def __init__(self, code: _Optional[str] = ..., form: _Optional[_Union[_types_pb2.MaterialForm, str]] = ..., original: _Optional[str] = ...) -> None: ...

class ResultCollected(_message.Message):
    __slots__ = ("proof", "documents", "identity_kind", "mandate_kind", "mandate_digest", "signature_digest", "locker", "not_surrendered_reason")
    PROOF_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_KIND_FIELD_NUMBER: _ClassVar[int]
    MANDATE_KIND_FIELD_NUMBER: _ClassVar[int]
    MANDATE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LOCKER_FIELD_NUMBER: _ClassVar[int]
    NOT_SURRENDERED_REASON_FIELD_NUMBER: _ClassVar[int]
    proof: CollectionProof
    documents: _containers.RepeatedCompositeFieldContainer[CollectedDocument]
    identity_kind: str
    mandate_kind: str
    mandate_digest: bytes
    signature_digest: bytes
    locker: str
    not_surrendered_reason: str
    def __init__(self, proof: _Optional[_Union[CollectionProof, str]] = ..., documents: _Optional[_Iterable[_Union[CollectedDocument, _Mapping]]] = ..., identity_kind: _Optional[str] = ..., mandate_kind: _Optional[str] = ..., mandate_digest: _Optional[bytes] = ..., signature_digest: _Optional[bytes] = ..., locker: _Optional[str] = ..., not_surrendered_reason: _Optional[str] = ...) -> None: ...

class OriginalsReturned(_message.Message):
    __slots__ = ("window", "originals", "identity_kind", "mandate_kind", "mandate_digest", "signature_digest")
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_KIND_FIELD_NUMBER: _ClassVar[int]
    MANDATE_KIND_FIELD_NUMBER: _ClassVar[int]
    MANDATE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    window: str
    originals: _containers.RepeatedScalarFieldContainer[str]
    identity_kind: str
    mandate_kind: str
    mandate_digest: bytes
    signature_digest: bytes
    def __init__(self, window: _Optional[str] = ..., originals: _Optional[_Iterable[str]] = ..., identity_kind: _Optional[str] = ..., mandate_kind: _Optional[str] = ..., mandate_digest: _Optional[bytes] = ..., signature_digest: _Optional[bytes] = ...) -> None: ...

class CertificateSurrendered(_message.Message):
    __slots__ = ("code", "original", "pages", "serial_digest", "against", "post")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    SERIAL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    code: str
    original: str
    pages: int
    serial_digest: bytes
    against: str
    post: str
    def __init__(self, code: _Optional[str] = ..., original: _Optional[str] = ..., pages: _Optional[int] = ..., serial_digest: _Optional[bytes] = ..., against: _Optional[str] = ..., post: _Optional[str] = ...) -> None: ...

class OriginalVoided(_message.Message):
    __slots__ = ("original", "reason_code", "post")
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    original: str
    reason_code: str
    post: str
    def __init__(self, original: _Optional[str] = ..., reason_code: _Optional[str] = ..., post: _Optional[str] = ...) -> None: ...

class PrintPermitReleased(_message.Message):
    __slots__ = ("original", "reason_code")
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    original: str
    reason_code: str
    def __init__(self, original: _Optional[str] = ..., reason_code: _Optional[str] = ...) -> None: ...

class PrintPermitGranted(_message.Message):
    __slots__ = ("code", "original", "to")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    code: str
    original: str
    to: str
    def __init__(self, code: _Optional[str] = ..., original: _Optional[str] = ..., to: _Optional[str] = ...) -> None: ...

class ResultPrinted(_message.Message):
    __slots__ = ("original", "post")
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    original: str
    post: str
    def __init__(self, original: _Optional[str] = ..., post: _Optional[str] = ...) -> None: ...

class ResultUnclaimed(_message.Message):
    __slots__ = ("window", "due_date")
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    DUE_DATE_FIELD_NUMBER: _ClassVar[int]
    window: str
    due_date: _date_pb2.Date
    def __init__(self, window: _Optional[str] = ..., due_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class ElectronicDelivered(_message.Message):
    __slots__ = ("codes",)
    CODES_FIELD_NUMBER: _ClassVar[int]
    codes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, codes: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationClosed(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ApplicationWithdrawn(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ApplicationTerminated(_message.Message):
    __slots__ = ("reason_code",)
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    reason_code: str
    def __init__(self, reason_code: _Optional[str] = ...) -> None: ...

class ApplicationLapsed(_message.Message):
    __slots__ = ("due_date",)
    DUE_DATE_FIELD_NUMBER: _ClassVar[int]
    due_date: _date_pb2.Date
    def __init__(self, due_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class ParcelAttached(_message.Message):
    __slots__ = ("parcel",)
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    parcel: str
    def __init__(self, parcel: _Optional[str] = ...) -> None: ...

class Application(_message.Message):
    __slots__ = ("name", "state", "version", "head", "lifecycle_version", "route", "window", "materials", "wanted_results", "defects", "correction_noticed", "results", "approved", "collection_window", "parcels", "promised_working_days", "reason_code", "create_time", "update_time", "exceptions", "trial", "surrenders", "surrendered", "papers", "returned", "delivered", "collection_locker", "code_expire_time", "collected", "voided")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    WANTED_RESULTS_FIELD_NUMBER: _ClassVar[int]
    DEFECTS_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_NOTICED_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    COLLECTION_WINDOW_FIELD_NUMBER: _ClassVar[int]
    PARCELS_FIELD_NUMBER: _ClassVar[int]
    PROMISED_WORKING_DAYS_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXCEPTIONS_FIELD_NUMBER: _ClassVar[int]
    TRIAL_FIELD_NUMBER: _ClassVar[int]
    SURRENDERS_FIELD_NUMBER: _ClassVar[int]
    SURRENDERED_FIELD_NUMBER: _ClassVar[int]
    PAPERS_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    COLLECTION_LOCKER_FIELD_NUMBER: _ClassVar[int]
    CODE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    COLLECTED_FIELD_NUMBER: _ClassVar[int]
    VOIDED_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: _lifecycle_pb2.ApplicationState
    version: int
    head: bytes
    lifecycle_version: int
    route: Route
    window: str
    materials: _containers.RepeatedCompositeFieldContainer[Material]
    wanted_results: _containers.RepeatedScalarFieldContainer[_types_pb2.MaterialForm]
    defects: _containers.RepeatedCompositeFieldContainer[Defect]
    correction_noticed: bool
    results: _containers.RepeatedCompositeFieldContainer[ResultDocument]
    approved: bool
    collection_window: str
    parcels: _containers.RepeatedScalarFieldContainer[str]
    promised_working_days: int
    reason_code: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    exceptions: _containers.RepeatedCompositeFieldContainer[StreamException]
    trial: bool
    surrenders: _containers.RepeatedCompositeFieldContainer[Surrender]
    surrendered: _containers.RepeatedCompositeFieldContainer[SurrenderedCertificate]
    papers: _containers.RepeatedCompositeFieldContainer[ResultPaper]
    returned: _containers.RepeatedScalarFieldContainer[str]
    delivered: _containers.RepeatedScalarFieldContainer[str]
    collection_locker: str
    code_expire_time: _timestamp_pb2.Timestamp
    collected: _containers.RepeatedCompositeFieldContainer[CollectedDocument]
    voided: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[_lifecycle_pb2.ApplicationState, str]] = ..., version: _Optional[int] = ..., head: _Optional[bytes] = ..., lifecycle_version: _Optional[int] = ..., route: _Optional[_Union[Route, _Mapping]] = ..., window: _Optional[str] = ..., materials: _Optional[_Iterable[_Union[Material, _Mapping]]] = ..., wanted_results: _Optional[_Iterable[_Union[_types_pb2.MaterialForm, str]]] = ..., defects: _Optional[_Iterable[_Union[Defect, _Mapping]]] = ..., correction_noticed: bool = ..., results: _Optional[_Iterable[_Union[ResultDocument, _Mapping]]] = ..., approved: bool = ..., collection_window: _Optional[str] = ..., parcels: _Optional[_Iterable[str]] = ..., promised_working_days: _Optional[int] = ..., reason_code: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., exceptions: _Optional[_Iterable[_Union[StreamException, _Mapping]]] = ..., trial: bool = ..., surrenders: _Optional[_Iterable[_Union[Surrender, _Mapping]]] = ..., surrendered: _Optional[_Iterable[_Union[SurrenderedCertificate, _Mapping]]] = ..., papers: _Optional[_Iterable[_Union[ResultPaper, _Mapping]]] = ..., returned: _Optional[_Iterable[str]] = ..., delivered: _Optional[_Iterable[str]] = ..., collection_locker: _Optional[str] = ..., code_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., collected: _Optional[_Iterable[_Union[CollectedDocument, _Mapping]]] = ..., voided: _Optional[_Iterable[str]] = ...) -> None: ...

class SurrenderedCertificate(_message.Message):
    __slots__ = ("code", "original", "pages", "serial_digest", "against")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    SERIAL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    code: str
    original: str
    pages: int
    serial_digest: bytes
    against: str
    def __init__(self, code: _Optional[str] = ..., original: _Optional[str] = ..., pages: _Optional[int] = ..., serial_digest: _Optional[bytes] = ..., against: _Optional[str] = ...) -> None: ...

class ResultPaper(_message.Message):
    __slots__ = ("code", "original", "printing", "printed", "void_reason")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    PRINTING_FIELD_NUMBER: _ClassVar[int]
    PRINTED_FIELD_NUMBER: _ClassVar[int]
    VOID_REASON_FIELD_NUMBER: _ClassVar[int]
    code: str
    original: str
    printing: str
    printed: bool
    void_reason: str
    def __init__(self, code: _Optional[str] = ..., original: _Optional[str] = ..., printing: _Optional[str] = ..., printed: bool = ..., void_reason: _Optional[str] = ...) -> None: ...

class StreamException(_message.Message):
    __slots__ = ("event_type", "version", "code", "create_time", "subject", "owner", "deadline_time", "resolve_time", "resolution")
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    event_type: str
    version: int
    code: str
    create_time: _timestamp_pb2.Timestamp
    subject: str
    owner: str
    deadline_time: _timestamp_pb2.Timestamp
    resolve_time: _timestamp_pb2.Timestamp
    resolution: str
    def __init__(self, event_type: _Optional[str] = ..., version: _Optional[int] = ..., code: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., subject: _Optional[str] = ..., owner: _Optional[str] = ..., deadline_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolution: _Optional[str] = ...) -> None: ...
