import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from tongban.v1 import lifecycle_pb2 as _lifecycle_pb2
from tongban.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Party(_message.Message):
    __slots__ = ("node", "region", "root_fingerprint")
    NODE_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    ROOT_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    node: str
    region: str
    root_fingerprint: bytes
    def __init__(self, node: _Optional[str] = ..., region: _Optional[str] = ..., root_fingerprint: _Optional[bytes] = ...) -> None: ...

class Clause(_message.Message):
    __slots__ = ("id", "home", "accepting", "items", "modes", "channels", "applicant_kinds", "decider", "collecting", "paper", "promised_working_days", "offline_hours")
    ID_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    ACCEPTING_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    MODES_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_KINDS_FIELD_NUMBER: _ClassVar[int]
    DECIDER_FIELD_NUMBER: _ClassVar[int]
    COLLECTING_FIELD_NUMBER: _ClassVar[int]
    PAPER_FIELD_NUMBER: _ClassVar[int]
    PROMISED_WORKING_DAYS_FIELD_NUMBER: _ClassVar[int]
    OFFLINE_HOURS_FIELD_NUMBER: _ClassVar[int]
    id: str
    home: str
    accepting: _containers.RepeatedScalarFieldContainer[str]
    items: _containers.RepeatedScalarFieldContainer[str]
    modes: _containers.RepeatedScalarFieldContainer[_types_pb2.Mode]
    channels: _containers.RepeatedScalarFieldContainer[_types_pb2.Channel]
    applicant_kinds: _containers.RepeatedScalarFieldContainer[_types_pb2.ApplicantKind]
    decider: _types_pb2.Decider
    collecting: _containers.RepeatedScalarFieldContainer[str]
    paper: bool
    promised_working_days: int
    offline_hours: int
    def __init__(self, id: _Optional[str] = ..., home: _Optional[str] = ..., accepting: _Optional[_Iterable[str]] = ..., items: _Optional[_Iterable[str]] = ..., modes: _Optional[_Iterable[_Union[_types_pb2.Mode, str]]] = ..., channels: _Optional[_Iterable[_Union[_types_pb2.Channel, str]]] = ..., applicant_kinds: _Optional[_Iterable[_Union[_types_pb2.ApplicantKind, str]]] = ..., decider: _Optional[_Union[_types_pb2.Decider, str]] = ..., collecting: _Optional[_Iterable[str]] = ..., paper: bool = ..., promised_working_days: _Optional[int] = ..., offline_hours: _Optional[int] = ...) -> None: ...

class AgreementDocument(_message.Message):
    __slots__ = ("name", "document_version", "title", "parties", "clauses", "effective_date", "expire_date", "open_questions", "source")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    CLAUSES_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_DATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_DATE_FIELD_NUMBER: _ClassVar[int]
    OPEN_QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    name: str
    document_version: int
    title: str
    parties: _containers.RepeatedCompositeFieldContainer[Party]
    clauses: _containers.RepeatedCompositeFieldContainer[Clause]
    effective_date: _date_pb2.Date
    expire_date: _date_pb2.Date
    open_questions: _containers.RepeatedScalarFieldContainer[str]
    source: str
    def __init__(self, name: _Optional[str] = ..., document_version: _Optional[int] = ..., title: _Optional[str] = ..., parties: _Optional[_Iterable[_Union[Party, _Mapping]]] = ..., clauses: _Optional[_Iterable[_Union[Clause, _Mapping]]] = ..., effective_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., expire_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., open_questions: _Optional[_Iterable[str]] = ..., source: _Optional[str] = ...) -> None: ...

class AgreementProposed(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    def __init__(self, document: _Optional[bytes] = ...) -> None: ...

class AgreementSigned(_message.Message):
    __slots__ = ("document_digest",)
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    document_digest: bytes
    def __init__(self, document_digest: _Optional[bytes] = ...) -> None: ...

class AgreementSuspended(_message.Message):
    __slots__ = ("effect_time", "honour_time")
    EFFECT_TIME_FIELD_NUMBER: _ClassVar[int]
    HONOUR_TIME_FIELD_NUMBER: _ClassVar[int]
    effect_time: _timestamp_pb2.Timestamp
    honour_time: _timestamp_pb2.Timestamp
    def __init__(self, effect_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., honour_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AgreementResumed(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AgreementTerminated(_message.Message):
    __slots__ = ("effect_date",)
    EFFECT_DATE_FIELD_NUMBER: _ClassVar[int]
    effect_date: _date_pb2.Date
    def __init__(self, effect_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class PartySignature(_message.Message):
    __slots__ = ("node", "sign_time", "event_id")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SIGN_TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    node: str
    sign_time: _timestamp_pb2.Timestamp
    event_id: str
    def __init__(self, node: _Optional[str] = ..., sign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_id: _Optional[str] = ...) -> None: ...

class Agreement(_message.Message):
    __slots__ = ("name", "state", "version", "head", "lifecycle_version", "document", "document_digest", "signatures", "suspend_time", "honour_time", "terminate_date", "create_time", "update_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    SUSPEND_TIME_FIELD_NUMBER: _ClassVar[int]
    HONOUR_TIME_FIELD_NUMBER: _ClassVar[int]
    TERMINATE_DATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: _lifecycle_pb2.AgreementState
    version: int
    head: bytes
    lifecycle_version: int
    document: AgreementDocument
    document_digest: bytes
    signatures: _containers.RepeatedCompositeFieldContainer[PartySignature]
    suspend_time: _timestamp_pb2.Timestamp
    honour_time: _timestamp_pb2.Timestamp
    terminate_date: _date_pb2.Date
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[_lifecycle_pb2.AgreementState, str]] = ..., version: _Optional[int] = ..., head: _Optional[bytes] = ..., lifecycle_version: _Optional[int] = ..., document: _Optional[_Union[AgreementDocument, _Mapping]] = ..., document_digest: _Optional[bytes] = ..., signatures: _Optional[_Iterable[_Union[PartySignature, _Mapping]]] = ..., suspend_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., honour_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., terminate_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
