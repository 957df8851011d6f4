from buf.validate import validate_pb2 as _validate_pb2
from google.type import date_pb2 as _date_pb2
from tongban.v1 import agreement_pb2 as _agreement_pb2
from tongban.v1 import application_pb2 as _application_pb2
from tongban.v1 import directory_pb2 as _directory_pb2
from tongban.v1 import lifecycle_pb2 as _lifecycle_pb2
from tongban.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SyncState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SYNC_STATE_UNSPECIFIED: _ClassVar[SyncState]
    SYNC_STATE_RECEIPTED: _ClassVar[SyncState]
    SYNC_STATE_PENDING: _ClassVar[SyncState]
    SYNC_STATE_REJECTED: _ClassVar[SyncState]
SYNC_STATE_UNSPECIFIED: SyncState
SYNC_STATE_RECEIPTED: SyncState
SYNC_STATE_PENDING: SyncState
SYNC_STATE_REJECTED: SyncState

class SignInRequest(_message.Message):
    __slots__ = ("user", "password")
    USER_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    user: str
    password: str
    def __init__(self, user: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class SignInResponse(_message.Message):
    __slots__ = ("session", "roles", "node", "post")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    session: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    node: str
    post: str
    def __init__(self, session: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., node: _Optional[str] = ..., post: _Optional[str] = ...) -> None: ...

class ListItemsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "query")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    query: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., query: _Optional[str] = ...) -> None: ...

class AvailableItem(_message.Message):
    __slots__ = ("item", "home", "agreement", "clause", "changes")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    CLAUSE_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    item: _directory_pb2.Item
    home: _directory_pb2.Node
    agreement: str
    clause: _agreement_pb2.Clause
    changes: _containers.RepeatedCompositeFieldContainer[_directory_pb2.ItemChange]
    def __init__(self, item: _Optional[_Union[_directory_pb2.Item, _Mapping]] = ..., home: _Optional[_Union[_directory_pb2.Node, _Mapping]] = ..., agreement: _Optional[str] = ..., clause: _Optional[_Union[_agreement_pb2.Clause, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[_directory_pb2.ItemChange, _Mapping]]] = ...) -> None: ...

class ListItemsResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[AvailableItem]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[AvailableItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FindRouteRequest(_message.Message):
    __slots__ = ("item", "mode", "channel", "applicant_kind", "collecting", "date")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_KIND_FIELD_NUMBER: _ClassVar[int]
    COLLECTING_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    item: str
    mode: _types_pb2.Mode
    channel: _types_pb2.Channel
    applicant_kind: _types_pb2.ApplicantKind
    collecting: str
    date: _date_pb2.Date
    def __init__(self, item: _Optional[str] = ..., mode: _Optional[_Union[_types_pb2.Mode, str]] = ..., channel: _Optional[_Union[_types_pb2.Channel, str]] = ..., applicant_kind: _Optional[_Union[_types_pb2.ApplicantKind, str]] = ..., collecting: _Optional[str] = ..., date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class FindRouteResponse(_message.Message):
    __slots__ = ("route", "clause", "item", "changes")
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    CLAUSE_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    route: _application_pb2.Route
    clause: _agreement_pb2.Clause
    item: _directory_pb2.Item
    changes: _containers.RepeatedCompositeFieldContainer[_directory_pb2.ItemChange]
    def __init__(self, route: _Optional[_Union[_application_pb2.Route, _Mapping]] = ..., clause: _Optional[_Union[_agreement_pb2.Clause, _Mapping]] = ..., item: _Optional[_Union[_directory_pb2.Item, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[_directory_pb2.ItemChange, _Mapping]]] = ...) -> None: ...

class MaterialContent(_message.Message):
    __slots__ = ("material", "serial", "content", "media_type")
    MATERIAL_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    material: _application_pb2.Material
    serial: str
    content: bytes
    media_type: str
    def __init__(self, material: _Optional[_Union[_application_pb2.Material, _Mapping]] = ..., serial: _Optional[str] = ..., content: _Optional[bytes] = ..., media_type: _Optional[str] = ...) -> None: ...

class SubmitApplicationRequest(_message.Message):
    __slots__ = ("request_id", "item", "mode", "channel", "applicant_kind", "collecting", "form", "materials", "wanted_results")
    class FormEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_KIND_FIELD_NUMBER: _ClassVar[int]
    COLLECTING_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    WANTED_RESULTS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    item: str
    mode: _types_pb2.Mode
    channel: _types_pb2.Channel
    applicant_kind: _types_pb2.ApplicantKind
    collecting: str
    form: _containers.ScalarMap[str, str]
    materials: _containers.RepeatedCompositeFieldContainer[MaterialContent]
    wanted_results: _containers.RepeatedScalarFieldContainer[_types_pb2.MaterialForm]
    def __init__(self, request_id: _Optional[str] = ..., item: _Optional[str] = ..., mode: _Optional[_Union[_types_pb2.Mode, str]] = ..., channel: _Optional[_Union[_types_pb2.Channel, str]] = ..., applicant_kind: _Optional[_Union[_types_pb2.ApplicantKind, str]] = ..., collecting: _Optional[str] = ..., form: _Optional[_Mapping[str, str]] = ..., materials: _Optional[_Iterable[_Union[MaterialContent, _Mapping]]] = ..., wanted_results: _Optional[_Iterable[_Union[_types_pb2.MaterialForm, str]]] = ...) -> None: ...

class GetApplicationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class HistoryEntry(_message.Message):
    __slots__ = ("version", "event_id", "event_type", "title_zh", "author", "claim_time", "sync_state", "rejection", "stream")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    TITLE_ZH_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    CLAIM_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNC_STATE_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    version: int
    event_id: str
    event_type: str
    title_zh: str
    author: str
    claim_time: str
    sync_state: SyncState
    rejection: str
    stream: str
    def __init__(self, version: _Optional[int] = ..., event_id: _Optional[str] = ..., event_type: _Optional[str] = ..., title_zh: _Optional[str] = ..., author: _Optional[str] = ..., claim_time: _Optional[str] = ..., sync_state: _Optional[_Union[SyncState, str]] = ..., rejection: _Optional[str] = ..., stream: _Optional[str] = ...) -> None: ...

class OriginalView(_message.Message):
    __slots__ = ("name", "title", "holder", "since_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    holder: str
    since_time: str
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., holder: _Optional[str] = ..., since_time: _Optional[str] = ...) -> None: ...

class Responsibility(_message.Message):
    __slots__ = ("answers", "answers_title", "appeal", "seal", "seal_keeper", "printing")
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_TITLE_FIELD_NUMBER: _ClassVar[int]
    APPEAL_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    SEAL_KEEPER_FIELD_NUMBER: _ClassVar[int]
    PRINTING_FIELD_NUMBER: _ClassVar[int]
    answers: str
    answers_title: str
    appeal: str
    seal: str
    seal_keeper: str
    printing: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, answers: _Optional[str] = ..., answers_title: _Optional[str] = ..., appeal: _Optional[str] = ..., seal: _Optional[str] = ..., seal_keeper: _Optional[str] = ..., printing: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationView(_message.Message):
    __slots__ = ("application", "sync_state", "history", "originals", "responsibility", "applicant_lines")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    SYNC_STATE_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    RESPONSIBILITY_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_LINES_FIELD_NUMBER: _ClassVar[int]
    application: _application_pb2.Application
    sync_state: SyncState
    history: _containers.RepeatedCompositeFieldContainer[HistoryEntry]
    originals: _containers.RepeatedCompositeFieldContainer[OriginalView]
    responsibility: Responsibility
    applicant_lines: _containers.RepeatedCompositeFieldContainer[ApplicantLine]
    def __init__(self, application: _Optional[_Union[_application_pb2.Application, _Mapping]] = ..., sync_state: _Optional[_Union[SyncState, str]] = ..., history: _Optional[_Iterable[_Union[HistoryEntry, _Mapping]]] = ..., originals: _Optional[_Iterable[_Union[OriginalView, _Mapping]]] = ..., responsibility: _Optional[_Union[Responsibility, _Mapping]] = ..., applicant_lines: _Optional[_Iterable[_Union[ApplicantLine, _Mapping]]] = ...) -> None: ...

class ApplicantLine(_message.Message):
    __slots__ = ("code", "zh", "en")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ZH_FIELD_NUMBER: _ClassVar[int]
    EN_FIELD_NUMBER: _ClassVar[int]
    code: str
    zh: str
    en: str
    def __init__(self, code: _Optional[str] = ..., zh: _Optional[str] = ..., en: _Optional[str] = ...) -> None: ...

class ListApplicationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "role")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_lifecycle_pb2.ApplicationState]
    role: _lifecycle_pb2.Role
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_lifecycle_pb2.ApplicationState, str]]] = ..., role: _Optional[_Union[_lifecycle_pb2.Role, str]] = ...) -> None: ...

class ListApplicationsResponse(_message.Message):
    __slots__ = ("applications", "next_page_token")
    APPLICATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    applications: _containers.RepeatedCompositeFieldContainer[_application_pb2.Application]
    next_page_token: str
    def __init__(self, applications: _Optional[_Iterable[_Union[_application_pb2.Application, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchApplicationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class SupplyCorrectionRequest(_message.Message):
    __slots__ = ("name", "materials", "form")
    class FormEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    name: str
    materials: _containers.RepeatedCompositeFieldContainer[MaterialContent]
    form: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., materials: _Optional[_Iterable[_Union[MaterialContent, _Mapping]]] = ..., form: _Optional[_Mapping[str, str]] = ...) -> None: ...

class WithdrawApplicationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ReadyResultRequest(_message.Message):
    __slots__ = ("name", "locker")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LOCKER_FIELD_NUMBER: _ClassVar[int]
    name: str
    locker: str
    def __init__(self, name: _Optional[str] = ..., locker: _Optional[str] = ...) -> None: ...

class ReadyResultResponse(_message.Message):
    __slots__ = ("application", "pickup_code", "pickup_link", "expire_time")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    PICKUP_CODE_FIELD_NUMBER: _ClassVar[int]
    PICKUP_LINK_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    application: _application_pb2.Application
    pickup_code: str
    pickup_link: str
    expire_time: str
    def __init__(self, application: _Optional[_Union[_application_pb2.Application, _Mapping]] = ..., pickup_code: _Optional[str] = ..., pickup_link: _Optional[str] = ..., expire_time: _Optional[str] = ...) -> None: ...

class CollectResultRequest(_message.Message):
    __slots__ = ("name", "pickup_code", "proof", "documents", "collector", "not_surrendered_reason", "explanation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PICKUP_CODE_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_FIELD_NUMBER: _ClassVar[int]
    NOT_SURRENDERED_REASON_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    pickup_code: str
    proof: _application_pb2.CollectionProof
    documents: _containers.RepeatedScalarFieldContainer[str]
    collector: Collector
    not_surrendered_reason: str
    explanation: str
    def __init__(self, name: _Optional[str] = ..., pickup_code: _Optional[str] = ..., proof: _Optional[_Union[_application_pb2.CollectionProof, str]] = ..., documents: _Optional[_Iterable[str]] = ..., collector: _Optional[_Union[Collector, _Mapping]] = ..., not_surrendered_reason: _Optional[str] = ..., explanation: _Optional[str] = ...) -> None: ...

class Collector(_message.Message):
    __slots__ = ("identity_kind", "identity_number", "full_name", "mandate_kind", "mandate", "mandate_media_type", "signature", "signature_media_type")
    IDENTITY_KIND_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FULL_NAME_FIELD_NUMBER: _ClassVar[int]
    MANDATE_KIND_FIELD_NUMBER: _ClassVar[int]
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    MANDATE_MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    identity_kind: str
    identity_number: str
    full_name: str
    mandate_kind: str
    mandate: bytes
    mandate_media_type: str
    signature: bytes
    signature_media_type: str
    def __init__(self, identity_kind: _Optional[str] = ..., identity_number: _Optional[str] = ..., full_name: _Optional[str] = ..., mandate_kind: _Optional[str] = ..., mandate: _Optional[bytes] = ..., mandate_media_type: _Optional[str] = ..., signature: _Optional[bytes] = ..., signature_media_type: _Optional[str] = ...) -> None: ...

class OpenLockerRequest(_message.Message):
    __slots__ = ("locker", "pickup_code")
    LOCKER_FIELD_NUMBER: _ClassVar[int]
    PICKUP_CODE_FIELD_NUMBER: _ClassVar[int]
    locker: str
    pickup_code: str
    def __init__(self, locker: _Optional[str] = ..., pickup_code: _Optional[str] = ...) -> None: ...

class OpenLockerResponse(_message.Message):
    __slots__ = ("application",)
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    application: _application_pb2.Application
    def __init__(self, application: _Optional[_Union[_application_pb2.Application, _Mapping]] = ...) -> None: ...

class DeliverElectronicRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeliverElectronicResponse(_message.Message):
    __slots__ = ("application", "documents")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    application: _application_pb2.Application
    documents: _containers.RepeatedCompositeFieldContainer[MaterialContent]
    def __init__(self, application: _Optional[_Union[_application_pb2.Application, _Mapping]] = ..., documents: _Optional[_Iterable[_Union[MaterialContent, _Mapping]]] = ...) -> None: ...

class GiveUpCollectionRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ReturnOriginalsRequest(_message.Message):
    __slots__ = ("name", "originals", "collector")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_FIELD_NUMBER: _ClassVar[int]
    name: str
    originals: _containers.RepeatedScalarFieldContainer[str]
    collector: Collector
    def __init__(self, name: _Optional[str] = ..., originals: _Optional[_Iterable[str]] = ..., collector: _Optional[_Union[Collector, _Mapping]] = ...) -> None: ...

class SurrenderCertificateRequest(_message.Message):
    __slots__ = ("name", "code", "pages", "serial", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    code: str
    pages: int
    serial: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., code: _Optional[str] = ..., pages: _Optional[int] = ..., serial: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class VoidOriginalRequest(_message.Message):
    __slots__ = ("name", "original", "reason_code")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    name: str
    original: str
    reason_code: str
    def __init__(self, name: _Optional[str] = ..., original: _Optional[str] = ..., reason_code: _Optional[str] = ...) -> None: ...

class ReleasePrintPermitRequest(_message.Message):
    __slots__ = ("name", "original", "reason_code")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    name: str
    original: str
    reason_code: str
    def __init__(self, name: _Optional[str] = ..., original: _Optional[str] = ..., reason_code: _Optional[str] = ...) -> None: ...

class GrantPrintPermitRequest(_message.Message):
    __slots__ = ("name", "code", "to")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    name: str
    code: str
    to: str
    def __init__(self, name: _Optional[str] = ..., code: _Optional[str] = ..., to: _Optional[str] = ...) -> None: ...

class RecordPrintRequest(_message.Message):
    __slots__ = ("name", "original")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    name: str
    original: str
    def __init__(self, name: _Optional[str] = ..., original: _Optional[str] = ...) -> None: ...

class GetImprintRequest(_message.Message):
    __slots__ = ("name", "original")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    name: str
    original: str
    def __init__(self, name: _Optional[str] = ..., original: _Optional[str] = ...) -> None: ...

class Imprint(_message.Message):
    __slots__ = ("original", "title", "authority", "authority_node", "department", "seal", "place", "date", "appeal", "printing")
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_NODE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    APPEAL_FIELD_NUMBER: _ClassVar[int]
    PRINTING_FIELD_NUMBER: _ClassVar[int]
    original: str
    title: str
    authority: str
    authority_node: str
    department: str
    seal: str
    place: str
    date: _date_pb2.Date
    appeal: str
    printing: str
    def __init__(self, original: _Optional[str] = ..., title: _Optional[str] = ..., authority: _Optional[str] = ..., authority_node: _Optional[str] = ..., department: _Optional[str] = ..., seal: _Optional[str] = ..., place: _Optional[str] = ..., date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., appeal: _Optional[str] = ..., printing: _Optional[str] = ...) -> None: ...

class CheckRecognitionRequest(_message.Message):
    __slots__ = ("item", "result", "node", "insist")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    INSIST_FIELD_NUMBER: _ClassVar[int]
    item: str
    result: str
    node: str
    insist: bool
    def __init__(self, item: _Optional[str] = ..., result: _Optional[str] = ..., node: _Optional[str] = ..., insist: bool = ...) -> None: ...

class CheckRecognitionResponse(_message.Message):
    __slots__ = ("recognised", "area_zh", "area_en", "why_zh", "why_en", "through")
    RECOGNISED_FIELD_NUMBER: _ClassVar[int]
    AREA_ZH_FIELD_NUMBER: _ClassVar[int]
    AREA_EN_FIELD_NUMBER: _ClassVar[int]
    WHY_ZH_FIELD_NUMBER: _ClassVar[int]
    WHY_EN_FIELD_NUMBER: _ClassVar[int]
    THROUGH_FIELD_NUMBER: _ClassVar[int]
    recognised: bool
    area_zh: str
    area_en: str
    why_zh: str
    why_en: str
    through: str
    def __init__(self, recognised: bool = ..., area_zh: _Optional[str] = ..., area_en: _Optional[str] = ..., why_zh: _Optional[str] = ..., why_en: _Optional[str] = ..., through: _Optional[str] = ...) -> None: ...
