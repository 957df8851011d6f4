import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import directory_pb2 as _directory_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PUBLISH_OUTCOME_UNSPECIFIED: _ClassVar[PublishOutcome]
    PUBLISH_OUTCOME_PUBLISHED: _ClassVar[PublishOutcome]
    PUBLISH_OUTCOME_REVISED: _ClassVar[PublishOutcome]
    PUBLISH_OUTCOME_UNCHANGED: _ClassVar[PublishOutcome]
    PUBLISH_OUTCOME_REFUSED: _ClassVar[PublishOutcome]
PUBLISH_OUTCOME_UNSPECIFIED: PublishOutcome
PUBLISH_OUTCOME_PUBLISHED: PublishOutcome
PUBLISH_OUTCOME_REVISED: PublishOutcome
PUBLISH_OUTCOME_UNCHANGED: PublishOutcome
PUBLISH_OUTCOME_REFUSED: PublishOutcome

class PublishItemsRequest(_message.Message):
    __slots__ = ("documents", "check_only")
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    CHECK_ONLY_FIELD_NUMBER: _ClassVar[int]
    documents: _containers.RepeatedCompositeFieldContainer[_directory_pb2.ItemDocument]
    check_only: bool
    def __init__(self, documents: _Optional[_Iterable[_Union[_directory_pb2.ItemDocument, _Mapping]]] = ..., check_only: bool = ...) -> None: ...

class PublishResult(_message.Message):
    __slots__ = ("name", "outcome", "reason", "field", "message_zh", "message_en", "changes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ZH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_EN_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    name: str
    outcome: PublishOutcome
    reason: str
    field: str
    message_zh: str
    message_en: str
    changes: _containers.RepeatedCompositeFieldContainer[_directory_pb2.ItemChange]
    def __init__(self, name: _Optional[str] = ..., outcome: _Optional[_Union[PublishOutcome, str]] = ..., reason: _Optional[str] = ..., field: _Optional[str] = ..., message_zh: _Optional[str] = ..., message_en: _Optional[str] = ..., changes: _Optional[_Iterable[_Union[_directory_pb2.ItemChange, _Mapping]]] = ...) -> None: ...

class PublishItemsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[PublishResult]
    def __init__(self, results: _Optional[_Iterable[_Union[PublishResult, _Mapping]]] = ...) -> None: ...

class WithdrawItemRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListCatalogueRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "home", "name")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    home: str
    name: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., home: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class ListCatalogueResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_directory_pb2.Item]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_directory_pb2.Item, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListItemChangesRequest(_message.Message):
    __slots__ = ("since_time", "name")
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    since_time: _timestamp_pb2.Timestamp
    name: str
    def __init__(self, since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., name: _Optional[str] = ...) -> None: ...

class ListItemChangesResponse(_message.Message):
    __slots__ = ("changes",)
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[_directory_pb2.ItemChange]
    def __init__(self, changes: _Optional[_Iterable[_Union[_directory_pb2.ItemChange, _Mapping]]] = ...) -> None: ...

class ListDriftRequest(_message.Message):
    __slots__ = ("agreed", "own")
    AGREED_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    agreed: bool
    own: bool
    def __init__(self, agreed: bool = ..., own: bool = ...) -> None: ...

class DriftVariant(_message.Message):
    __slots__ = ("lines", "items", "homes", "leave")
    LINES_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    HOMES_FIELD_NUMBER: _ClassVar[int]
    LEAVE_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedScalarFieldContainer[str]
    items: _containers.RepeatedScalarFieldContainer[str]
    homes: _containers.RepeatedScalarFieldContainer[str]
    leave: bool
    def __init__(self, lines: _Optional[_Iterable[str]] = ..., items: _Optional[_Iterable[str]] = ..., homes: _Optional[_Iterable[str]] = ..., leave: bool = ...) -> None: ...

class ItemDrift(_message.Message):
    __slots__ = ("base_code", "title", "element", "element_zh", "element_en", "variants", "agreed")
    BASE_CODE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ZH_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_EN_FIELD_NUMBER: _ClassVar[int]
    VARIANTS_FIELD_NUMBER: _ClassVar[int]
    AGREED_FIELD_NUMBER: _ClassVar[int]
    base_code: str
    title: str
    element: str
    element_zh: str
    element_en: str
    variants: _containers.RepeatedCompositeFieldContainer[DriftVariant]
    agreed: bool
    def __init__(self, base_code: _Optional[str] = ..., title: _Optional[str] = ..., element: _Optional[str] = ..., element_zh: _Optional[str] = ..., element_en: _Optional[str] = ..., variants: _Optional[_Iterable[_Union[DriftVariant, _Mapping]]] = ..., agreed: bool = ...) -> None: ...

class ListDriftResponse(_message.Message):
    __slots__ = ("drifts",)
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    drifts: _containers.RepeatedCompositeFieldContainer[ItemDrift]
    def __init__(self, drifts: _Optional[_Iterable[_Union[ItemDrift, _Mapping]]] = ...) -> None: ...
