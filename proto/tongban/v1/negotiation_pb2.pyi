import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from tongban.v1 import agreement_pb2 as _agreement_pb2
from tongban.v1 import window_pb2 as _window_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CheckAgreementRequest(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    def __init__(self, document: _Optional[bytes] = ...) -> None: ...

class AgreementConflict(_message.Message):
    __slots__ = ("item", "accepting", "winner", "winner_clause", "loser", "loser_clause", "elements", "message_zh", "message_en")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    ACCEPTING_FIELD_NUMBER: _ClassVar[int]
    WINNER_FIELD_NUMBER: _ClassVar[int]
    WINNER_CLAUSE_FIELD_NUMBER: _ClassVar[int]
    LOSER_FIELD_NUMBER: _ClassVar[int]
    LOSER_CLAUSE_FIELD_NUMBER: _ClassVar[int]
    ELEMENTS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ZH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_EN_FIELD_NUMBER: _ClassVar[int]
    item: str
    accepting: str
    winner: str
    winner_clause: str
    loser: str
    loser_clause: str
    elements: _containers.RepeatedScalarFieldContainer[str]
    message_zh: str
    message_en: str
    def __init__(self, item: _Optional[str] = ..., accepting: _Optional[str] = ..., winner: _Optional[str] = ..., winner_clause: _Optional[str] = ..., loser: _Optional[str] = ..., loser_clause: _Optional[str] = ..., elements: _Optional[_Iterable[str]] = ..., message_zh: _Optional[str] = ..., message_en: _Optional[str] = ...) -> None: ...

class CheckAgreementResponse(_message.Message):
    __slots__ = ("document_digest", "conflicts", "needed_signatures", "step")
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    NEEDED_SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    document_digest: bytes
    conflicts: _containers.RepeatedCompositeFieldContainer[AgreementConflict]
    needed_signatures: _containers.RepeatedScalarFieldContainer[str]
    step: str
    def __init__(self, document_digest: _Optional[bytes] = ..., conflicts: _Optional[_Iterable[_Union[AgreementConflict, _Mapping]]] = ..., needed_signatures: _Optional[_Iterable[str]] = ..., step: _Optional[str] = ...) -> None: ...

class CommentAgreementRequest(_message.Message):
    __slots__ = ("name", "document_digest", "clause", "comment")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CLAUSE_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    document_digest: bytes
    clause: str
    comment: str
    def __init__(self, name: _Optional[str] = ..., document_digest: _Optional[bytes] = ..., clause: _Optional[str] = ..., comment: _Optional[str] = ...) -> None: ...

class WithdrawAmendmentRequest(_message.Message):
    __slots__ = ("name", "document_digest", "comment")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    document_digest: bytes
    comment: str
    def __init__(self, name: _Optional[str] = ..., document_digest: _Optional[bytes] = ..., comment: _Optional[str] = ...) -> None: ...

class SuspendAgreementRequest(_message.Message):
    __slots__ = ("name", "part", "items", "effect_time", "honour_time", "comment")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    EFFECT_TIME_FIELD_NUMBER: _ClassVar[int]
    HONOUR_TIME_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    part: bool
    items: _containers.RepeatedScalarFieldContainer[str]
    effect_time: _timestamp_pb2.Timestamp
    honour_time: _timestamp_pb2.Timestamp
    comment: str
    def __init__(self, name: _Optional[str] = ..., part: bool = ..., items: _Optional[_Iterable[str]] = ..., effect_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., honour_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., comment: _Optional[str] = ...) -> None: ...

class ResumeAgreementRequest(_message.Message):
    __slots__ = ("name", "suspension")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUSPENSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    suspension: str
    def __init__(self, name: _Optional[str] = ..., suspension: _Optional[str] = ...) -> None: ...

class LeaveAgreementRequest(_message.Message):
    __slots__ = ("name", "effect_date")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EFFECT_DATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    effect_date: _date_pb2.Date
    def __init__(self, name: _Optional[str] = ..., effect_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class TerminateAgreementRequest(_message.Message):
    __slots__ = ("name", "effect_date")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EFFECT_DATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    effect_date: _date_pb2.Date
    def __init__(self, name: _Optional[str] = ..., effect_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class DeclineRenewalRequest(_message.Message):
    __slots__ = ("name", "expire_date")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_DATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    expire_date: _date_pb2.Date
    def __init__(self, name: _Optional[str] = ..., expire_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class GetAgreementHistoryRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetAgreementHistoryResponse(_message.Message):
    __slots__ = ("history",)
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    history: _containers.RepeatedCompositeFieldContainer[_window_pb2.HistoryEntry]
    def __init__(self, history: _Optional[_Iterable[_Union[_window_pb2.HistoryEntry, _Mapping]]] = ...) -> None: ...

class ListAgreementConflictsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListAgreementConflictsResponse(_message.Message):
    __slots__ = ("conflicts",)
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    conflicts: _containers.RepeatedCompositeFieldContainer[AgreementConflict]
    def __init__(self, conflicts: _Optional[_Iterable[_Union[AgreementConflict, _Mapping]]] = ...) -> None: ...
