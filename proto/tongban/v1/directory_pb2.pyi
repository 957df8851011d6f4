import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import lifecycle_pb2 as _lifecycle_pb2
from tongban.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class KeyPurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_PURPOSE_UNSPECIFIED: _ClassVar[KeyPurpose]
    KEY_PURPOSE_SIGN: _ClassVar[KeyPurpose]
    KEY_PURPOSE_SEAL: _ClassVar[KeyPurpose]

class TrustGrade(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRUST_GRADE_UNSPECIFIED: _ClassVar[TrustGrade]
    TRUST_GRADE_A: _ClassVar[TrustGrade]
    TRUST_GRADE_B: _ClassVar[TrustGrade]
    TRUST_GRADE_C: _ClassVar[TrustGrade]
    TRUST_GRADE_D: _ClassVar[TrustGrade]

class ItemKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ITEM_KIND_UNSPECIFIED: _ClassVar[ItemKind]
    ITEM_KIND_LICENCE: _ClassVar[ItemKind]
    ITEM_KIND_BENEFIT: _ClassVar[ItemKind]
    ITEM_KIND_CONFIRMATION: _ClassVar[ItemKind]
    ITEM_KIND_AWARD: _ClassVar[ItemKind]
    ITEM_KIND_PUBLIC_SERVICE: _ClassVar[ItemKind]
    ITEM_KIND_OTHER: _ClassVar[ItemKind]

class ValidityArea(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VALIDITY_AREA_UNSPECIFIED: _ClassVar[ValidityArea]
    VALIDITY_AREA_NATIONAL: _ClassVar[ValidityArea]
    VALIDITY_AREA_HOME: _ClassVar[ValidityArea]
    VALIDITY_AREA_LISTED: _ClassVar[ValidityArea]
KEY_PURPOSE_UNSPECIFIED: KeyPurpose
KEY_PURPOSE_SIGN: KeyPurpose
KEY_PURPOSE_SEAL: KeyPurpose
TRUST_GRADE_UNSPECIFIED: TrustGrade
TRUST_GRADE_A: TrustGrade
TRUST_GRADE_B: TrustGrade
TRUST_GRADE_C: TrustGrade
TRUST_GRADE_D: TrustGrade
ITEM_KIND_UNSPECIFIED: ItemKind
ITEM_KIND_LICENCE: ItemKind
ITEM_KIND_BENEFIT: ItemKind
ITEM_KIND_CONFIRMATION: ItemKind
ITEM_KIND_AWARD: ItemKind
ITEM_KIND_PUBLIC_SERVICE: ItemKind
ITEM_KIND_OTHER: ItemKind
VALIDITY_AREA_UNSPECIFIED: ValidityArea
VALIDITY_AREA_NATIONAL: ValidityArea
VALIDITY_AREA_HOME: ValidityArea
VALIDITY_AREA_LISTED: ValidityArea

class NodeKey(_message.Message):
    __slots__ = ("key_id", "purpose", "public_key", "valid_from_time", "valid_until_time", "root_signature")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ROOT_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    purpose: KeyPurpose
    public_key: bytes
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    root_signature: bytes
    def __init__(self, key_id: _Optional[str] = ..., purpose: _Optional[_Union[KeyPurpose, str]] = ..., public_key: _Optional[bytes] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., root_signature: _Optional[bytes] = ...) -> None: ...

class PostEntry(_message.Message):
    __slots__ = ("id", "title", "time_zone", "collects", "abroad")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    COLLECTS_FIELD_NUMBER: _ClassVar[int]
    ABROAD_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    time_zone: str
    collects: bool
    abroad: bool
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., time_zone: _Optional[str] = ..., collects: bool = ..., abroad: bool = ...) -> None: ...

class NodeProfile(_message.Message):
    __slots__ = ("region", "title", "time_zone", "posts", "lifecycle_versions", "abroad", "superior", "relay", "carriers", "order_carriers")
    REGION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    POSTS_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    ABROAD_FIELD_NUMBER: _ClassVar[int]
    SUPERIOR_FIELD_NUMBER: _ClassVar[int]
    RELAY_FIELD_NUMBER: _ClassVar[int]
    CARRIERS_FIELD_NUMBER: _ClassVar[int]
    ORDER_CARRIERS_FIELD_NUMBER: _ClassVar[int]
    region: str
    title: str
    time_zone: str
    posts: _containers.RepeatedCompositeFieldContainer[PostEntry]
    lifecycle_versions: _containers.RepeatedScalarFieldContainer[int]
    abroad: bool
    superior: str
    relay: bool
    carriers: _containers.RepeatedScalarFieldContainer[str]
    order_carriers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, region: _Optional[str] = ..., title: _Optional[str] = ..., time_zone: _Optional[str] = ..., posts: _Optional[_Iterable[_Union[PostEntry, _Mapping]]] = ..., lifecycle_versions: _Optional[_Iterable[int]] = ..., abroad: bool = ..., superior: _Optional[str] = ..., relay: bool = ..., carriers: _Optional[_Iterable[str]] = ..., order_carriers: _Optional[_Iterable[str]] = ...) -> None: ...

class NodeRegistered(_message.Message):
    __slots__ = ("root_public_key", "keys", "profile")
    ROOT_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    root_public_key: bytes
    keys: _containers.RepeatedCompositeFieldContainer[NodeKey]
    profile: NodeProfile
    def __init__(self, root_public_key: _Optional[bytes] = ..., keys: _Optional[_Iterable[_Union[NodeKey, _Mapping]]] = ..., profile: _Optional[_Union[NodeProfile, _Mapping]] = ...) -> None: ...

class NodeProfileUpdated(_message.Message):
    __slots__ = ("profile",)
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    profile: NodeProfile
    def __init__(self, profile: _Optional[_Union[NodeProfile, _Mapping]] = ...) -> None: ...

class NodeKeysRotated(_message.Message):
    __slots__ = ("keys", "revoked_key_ids", "retire_time")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    REVOKED_KEY_IDS_FIELD_NUMBER: _ClassVar[int]
    RETIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[NodeKey]
    revoked_key_ids: _containers.RepeatedScalarFieldContainer[str]
    retire_time: _timestamp_pb2.Timestamp
    def __init__(self, keys: _Optional[_Iterable[_Union[NodeKey, _Mapping]]] = ..., revoked_key_ids: _Optional[_Iterable[str]] = ..., retire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class NodeSuspended(_message.Message):
    __slots__ = ("reason_code",)
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    reason_code: str
    def __init__(self, reason_code: _Optional[str] = ...) -> None: ...

class NodeResumed(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class KeyRetirement(_message.Message):
    __slots__ = ("key_id", "retire_time", "revoked", "incarnation", "sequence")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    RETIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKED_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    retire_time: _timestamp_pb2.Timestamp
    revoked: bool
    incarnation: int
    sequence: int
    def __init__(self, key_id: _Optional[str] = ..., retire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked: bool = ..., incarnation: _Optional[int] = ..., sequence: _Optional[int] = ...) -> None: ...

class Node(_message.Message):
    __slots__ = ("name", "state", "version", "head", "lifecycle_version", "root_public_key", "keys", "retired_keys", "profile", "create_time", "update_time", "retirements")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROOT_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    RETIRED_KEYS_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RETIREMENTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: _lifecycle_pb2.NodeState
    version: int
    head: bytes
    lifecycle_version: int
    root_public_key: bytes
    keys: _containers.RepeatedCompositeFieldContainer[NodeKey]
    retired_keys: _containers.RepeatedCompositeFieldContainer[NodeKey]
    profile: NodeProfile
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    retirements: _containers.RepeatedCompositeFieldContainer[KeyRetirement]
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[_lifecycle_pb2.NodeState, str]] = ..., version: _Optional[int] = ..., head: _Optional[bytes] = ..., lifecycle_version: _Optional[int] = ..., root_public_key: _Optional[bytes] = ..., keys: _Optional[_Iterable[_Union[NodeKey, _Mapping]]] = ..., retired_keys: _Optional[_Iterable[_Union[NodeKey, _Mapping]]] = ..., profile: _Optional[_Union[NodeProfile, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retirements: _Optional[_Iterable[_Union[KeyRetirement, _Mapping]]] = ...) -> None: ...

class FieldCondition(_message.Message):
    __slots__ = ("field", "values")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    field: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, field: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class LegalBasis(_message.Message):
    __slots__ = ("title", "article")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    title: str
    article: str
    def __init__(self, title: _Optional[str] = ..., article: _Optional[str] = ...) -> None: ...

class ItemResult(_message.Message):
    __slots__ = ("code", "title", "forms", "validity", "recognised_by", "valid_months")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    FORMS_FIELD_NUMBER: _ClassVar[int]
    VALIDITY_FIELD_NUMBER: _ClassVar[int]
    RECOGNISED_BY_FIELD_NUMBER: _ClassVar[int]
    VALID_MONTHS_FIELD_NUMBER: _ClassVar[int]
    code: str
    title: str
    forms: _containers.RepeatedScalarFieldContainer[_types_pb2.MaterialForm]
    validity: ValidityArea
    recognised_by: _containers.RepeatedScalarFieldContainer[str]
    valid_months: int
    def __init__(self, code: _Optional[str] = ..., title: _Optional[str] = ..., forms: _Optional[_Iterable[_Union[_types_pb2.MaterialForm, str]]] = ..., validity: _Optional[_Union[ValidityArea, str]] = ..., recognised_by: _Optional[_Iterable[str]] = ..., valid_months: _Optional[int] = ...) -> None: ...

class ItemFee(_message.Message):
    __slots__ = ("title", "amount_fen", "basis")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    title: str
    amount_fen: int
    basis: str
    def __init__(self, title: _Optional[str] = ..., amount_fen: _Optional[int] = ..., basis: _Optional[str] = ...) -> None: ...

class MaterialRequirement(_message.Message):
    __slots__ = ("code", "title", "forms", "required", "grade", "needed_when", "needed_when_title", "copies", "issuer")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    FORMS_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    NEEDED_WHEN_FIELD_NUMBER: _ClassVar[int]
    NEEDED_WHEN_TITLE_FIELD_NUMBER: _ClassVar[int]
    COPIES_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    code: str
    title: str
    forms: _containers.RepeatedScalarFieldContainer[_types_pb2.MaterialForm]
    required: bool
    grade: TrustGrade
    needed_when: _containers.RepeatedCompositeFieldContainer[FieldCondition]
    needed_when_title: str
    copies: int
    issuer: str
    def __init__(self, code: _Optional[str] = ..., title: _Optional[str] = ..., forms: _Optional[_Iterable[_Union[_types_pb2.MaterialForm, str]]] = ..., required: bool = ..., grade: _Optional[_Union[TrustGrade, str]] = ..., needed_when: _Optional[_Iterable[_Union[FieldCondition, _Mapping]]] = ..., needed_when_title: _Optional[str] = ..., copies: _Optional[int] = ..., issuer: _Optional[str] = ...) -> None: ...

class FormField(_message.Message):
    __slots__ = ("name", "title", "required", "kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    required: bool
    kind: str
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., required: bool = ..., kind: _Optional[str] = ...) -> None: ...

class ItemDocument(_message.Message):
    __slots__ = ("name", "home", "title", "department", "modes", "materials", "form", "promised_working_days", "result_title", "open_questions", "source", "item_code", "base_code", "kind", "title_en", "legal_bases", "conditions", "form_schema", "legal_working_days", "fees", "results", "review_points", "agreed_differences")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    MODES_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    PROMISED_WORKING_DAYS_FIELD_NUMBER: _ClassVar[int]
    RESULT_TITLE_FIELD_NUMBER: _ClassVar[int]
    OPEN_QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    BASE_CODE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_EN_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASES_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    FORM_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    LEGAL_WORKING_DAYS_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    REVIEW_POINTS_FIELD_NUMBER: _ClassVar[int]
    AGREED_DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    name: str
    home: str
    title: str
    department: str
    modes: _containers.RepeatedScalarFieldContainer[_types_pb2.Mode]
    materials: _containers.RepeatedCompositeFieldContainer[MaterialRequirement]
    form: _containers.RepeatedCompositeFieldContainer[FormField]
    promised_working_days: int
    result_title: str
    open_questions: _containers.RepeatedScalarFieldContainer[str]
    source: str
    item_code: str
    base_code: str
    kind: ItemKind
    title_en: str
    legal_bases: _containers.RepeatedCompositeFieldContainer[LegalBasis]
    conditions: _containers.RepeatedScalarFieldContainer[str]
    form_schema: str
    legal_working_days: int
    fees: _containers.RepeatedCompositeFieldContainer[ItemFee]
    results: _containers.RepeatedCompositeFieldContainer[ItemResult]
    review_points: _containers.RepeatedScalarFieldContainer[str]
    agreed_differences: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., home: _Optional[str] = ..., title: _Optional[str] = ..., department: _Optional[str] = ..., modes: _Optional[_Iterable[_Union[_types_pb2.Mode, str]]] = ..., materials: _Optional[_Iterable[_Union[MaterialRequirement, _Mapping]]] = ..., form: _Optional[_Iterable[_Union[FormField, _Mapping]]] = ..., promised_working_days: _Optional[int] = ..., result_title: _Optional[str] = ..., open_questions: _Optional[_Iterable[str]] = ..., source: _Optional[str] = ..., item_code: _Optional[str] = ..., base_code: _Optional[str] = ..., kind: _Optional[_Union[ItemKind, str]] = ..., title_en: _Optional[str] = ..., legal_bases: _Optional[_Iterable[_Union[LegalBasis, _Mapping]]] = ..., conditions: _Optional[_Iterable[str]] = ..., form_schema: _Optional[str] = ..., legal_working_days: _Optional[int] = ..., fees: _Optional[_Iterable[_Union[ItemFee, _Mapping]]] = ..., results: _Optional[_Iterable[_Union[ItemResult, _Mapping]]] = ..., review_points: _Optional[_Iterable[str]] = ..., agreed_differences: _Optional[_Iterable[str]] = ...) -> None: ...

class ItemPublished(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: ItemDocument
    def __init__(self, document: _Optional[_Union[ItemDocument, _Mapping]] = ...) -> None: ...

class ItemRevised(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: ItemDocument
    def __init__(self, document: _Optional[_Union[ItemDocument, _Mapping]] = ...) -> None: ...

class ItemWithdrawn(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Item(_message.Message):
    __slots__ = ("name", "state", "version", "head", "lifecycle_version", "document", "create_time", "update_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: _lifecycle_pb2.ItemState
    version: int
    head: bytes
    lifecycle_version: int
    document: ItemDocument
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[_lifecycle_pb2.ItemState, str]] = ..., version: _Optional[int] = ..., head: _Optional[bytes] = ..., lifecycle_version: _Optional[int] = ..., document: _Optional[_Union[ItemDocument, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ItemChange(_message.Message):
    __slots__ = ("item", "title", "version", "event_type", "admit_time", "element", "element_zh", "element_en", "before", "after")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    ADMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_ZH_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_EN_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    item: str
    title: str
    version: int
    event_type: str
    admit_time: _timestamp_pb2.Timestamp
    element: str
    element_zh: str
    element_en: str
    before: _containers.RepeatedScalarFieldContainer[str]
    after: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, item: _Optional[str] = ..., title: _Optional[str] = ..., version: _Optional[int] = ..., event_type: _Optional[str] = ..., admit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., element: _Optional[str] = ..., element_zh: _Optional[str] = ..., element_en: _Optional[str] = ..., before: _Optional[_Iterable[str]] = ..., after: _Optional[_Iterable[str]] = ...) -> None: ...
