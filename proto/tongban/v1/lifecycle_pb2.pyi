from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_CLASS_UNSPECIFIED: _ClassVar[EventClass]
    EVENT_CLASS_GUARDED: _ClassVar[EventClass]
    EVENT_CLASS_FACT: _ClassVar[EventClass]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_ACCEPTING: _ClassVar[Role]
    ROLE_DECIDER: _ClassVar[Role]
    ROLE_COLLECTING: _ClassVar[Role]
    ROLE_SENDER: _ClassVar[Role]
    ROLE_RECEIVER: _ClassVar[Role]
    ROLE_RELAY: _ClassVar[Role]
    ROLE_CLOCK: _ClassVar[Role]
    ROLE_PARTY: _ClassVar[Role]
    ROLE_OWNER: _ClassVar[Role]
    ROLE_OPERATOR: _ClassVar[Role]
    ROLE_ANY: _ClassVar[Role]
    ROLE_HOLDER: _ClassVar[Role]

class ApplicationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    APPLICATION_STATE_UNSPECIFIED: _ClassVar[ApplicationState]
    APPLICATION_STATE_SUBMITTED: _ClassVar[ApplicationState]
    APPLICATION_STATE_ACCEPTED: _ClassVar[ApplicationState]
    APPLICATION_STATE_NOT_ACCEPTED: _ClassVar[ApplicationState]
    APPLICATION_STATE_CORRECTION_REQUIRED: _ClassVar[ApplicationState]
    APPLICATION_STATE_IN_REVIEW: _ClassVar[ApplicationState]
    APPLICATION_STATE_SUSPENDED: _ClassVar[ApplicationState]
    APPLICATION_STATE_APPROVED: _ClassVar[ApplicationState]
    APPLICATION_STATE_REFUSED: _ClassVar[ApplicationState]
    APPLICATION_STATE_RESULT_ISSUED: _ClassVar[ApplicationState]
    APPLICATION_STATE_READY_FOR_COLLECTION: _ClassVar[ApplicationState]
    APPLICATION_STATE_COLLECTED: _ClassVar[ApplicationState]
    APPLICATION_STATE_CLOSED: _ClassVar[ApplicationState]
    APPLICATION_STATE_WITHDRAWN: _ClassVar[ApplicationState]
    APPLICATION_STATE_TERMINATED: _ClassVar[ApplicationState]
    APPLICATION_STATE_LAPSED: _ClassVar[ApplicationState]

class ParcelState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARCEL_STATE_UNSPECIFIED: _ClassVar[ParcelState]
    PARCEL_STATE_PACKED: _ClassVar[ParcelState]
    PARCEL_STATE_SEALED: _ClassVar[ParcelState]
    PARCEL_STATE_OFFERED: _ClassVar[ParcelState]
    PARCEL_STATE_WITH_CARRIER: _ClassVar[ParcelState]
    PARCEL_STATE_CARRIER_SAYS_DELIVERED: _ClassVar[ParcelState]
    PARCEL_STATE_TAKEN_IN: _ClassVar[ParcelState]
    PARCEL_STATE_OPENED: _ClassVar[ParcelState]
    PARCEL_STATE_RECONCILED: _ClassVar[ParcelState]
    PARCEL_STATE_HELD_FOR_PICKUP: _ClassVar[ParcelState]
    PARCEL_STATE_COLLECTED: _ClassVar[ParcelState]
    PARCEL_STATE_REFUSED: _ClassVar[ParcelState]
    PARCEL_STATE_RETURNING: _ClassVar[ParcelState]
    PARCEL_STATE_REDIRECTED: _ClassVar[ParcelState]
    PARCEL_STATE_CUSTOMS_HOLD: _ClassVar[ParcelState]
    PARCEL_STATE_OVERDUE: _ClassVar[ParcelState]
    PARCEL_STATE_SUSPECTED_LOST: _ClassVar[ParcelState]
    PARCEL_STATE_LOST: _ClassVar[ParcelState]
    PARCEL_STATE_DAMAGED: _ClassVar[ParcelState]
    PARCEL_STATE_WRONG_POST: _ClassVar[ParcelState]
    PARCEL_STATE_SEAL_BROKEN: _ClassVar[ParcelState]
    PARCEL_STATE_UNCLAIMED: _ClassVar[ParcelState]

class AgreementState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGREEMENT_STATE_UNSPECIFIED: _ClassVar[AgreementState]
    AGREEMENT_STATE_PROPOSED: _ClassVar[AgreementState]
    AGREEMENT_STATE_SIGNED: _ClassVar[AgreementState]
    AGREEMENT_STATE_SUSPENDED: _ClassVar[AgreementState]
    AGREEMENT_STATE_TERMINATED: _ClassVar[AgreementState]

class NodeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NODE_STATE_UNSPECIFIED: _ClassVar[NodeState]
    NODE_STATE_ACTIVE: _ClassVar[NodeState]
    NODE_STATE_SUSPENDED: _ClassVar[NodeState]
    NODE_STATE_LEFT: _ClassVar[NodeState]

class ItemState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ITEM_STATE_UNSPECIFIED: _ClassVar[ItemState]
    ITEM_STATE_PUBLISHED: _ClassVar[ItemState]
    ITEM_STATE_WITHDRAWN: _ClassVar[ItemState]
EVENT_CLASS_UNSPECIFIED: EventClass
EVENT_CLASS_GUARDED: EventClass
EVENT_CLASS_FACT: EventClass
ROLE_UNSPECIFIED: Role
ROLE_ACCEPTING: Role
ROLE_DECIDER: Role
ROLE_COLLECTING: Role
ROLE_SENDER: Role
ROLE_RECEIVER: Role
ROLE_RELAY: Role
ROLE_CLOCK: Role
ROLE_PARTY: Role
ROLE_OWNER: Role
ROLE_OPERATOR: Role
ROLE_ANY: Role
ROLE_HOLDER: Role
APPLICATION_STATE_UNSPECIFIED: ApplicationState
APPLICATION_STATE_SUBMITTED: ApplicationState
APPLICATION_STATE_ACCEPTED: ApplicationState
APPLICATION_STATE_NOT_ACCEPTED: ApplicationState
APPLICATION_STATE_CORRECTION_REQUIRED: ApplicationState
APPLICATION_STATE_IN_REVIEW: ApplicationState
APPLICATION_STATE_SUSPENDED: ApplicationState
APPLICATION_STATE_APPROVED: ApplicationState
APPLICATION_STATE_REFUSED: ApplicationState
APPLICATION_STATE_RESULT_ISSUED: ApplicationState
APPLICATION_STATE_READY_FOR_COLLECTION: ApplicationState
APPLICATION_STATE_COLLECTED: ApplicationState
APPLICATION_STATE_CLOSED: ApplicationState
APPLICATION_STATE_WITHDRAWN: ApplicationState
APPLICATION_STATE_TERMINATED: ApplicationState
APPLICATION_STATE_LAPSED: ApplicationState
PARCEL_STATE_UNSPECIFIED: ParcelState
PARCEL_STATE_PACKED: ParcelState
PARCEL_STATE_SEALED: ParcelState
PARCEL_STATE_OFFERED: ParcelState
PARCEL_STATE_WITH_CARRIER: ParcelState
PARCEL_STATE_CARRIER_SAYS_DELIVERED: ParcelState
PARCEL_STATE_TAKEN_IN: ParcelState
PARCEL_STATE_OPENED: ParcelState
PARCEL_STATE_RECONCILED: ParcelState
PARCEL_STATE_HELD_FOR_PICKUP: ParcelState
PARCEL_STATE_COLLECTED: ParcelState
PARCEL_STATE_REFUSED: ParcelState
PARCEL_STATE_RETURNING: ParcelState
PARCEL_STATE_REDIRECTED: ParcelState
PARCEL_STATE_CUSTOMS_HOLD: ParcelState
PARCEL_STATE_OVERDUE: ParcelState
PARCEL_STATE_SUSPECTED_LOST: ParcelState
PARCEL_STATE_LOST: ParcelState
PARCEL_STATE_DAMAGED: ParcelState
PARCEL_STATE_WRONG_POST: ParcelState
PARCEL_STATE_SEAL_BROKEN: ParcelState
PARCEL_STATE_UNCLAIMED: ParcelState
AGREEMENT_STATE_UNSPECIFIED: AgreementState
AGREEMENT_STATE_PROPOSED: AgreementState
AGREEMENT_STATE_SIGNED: AgreementState
AGREEMENT_STATE_SUSPENDED: AgreementState
AGREEMENT_STATE_TERMINATED: AgreementState
NODE_STATE_UNSPECIFIED: NodeState
NODE_STATE_ACTIVE: NodeState
NODE_STATE_SUSPENDED: NodeState
NODE_STATE_LEFT: NodeState
ITEM_STATE_UNSPECIFIED: ItemState
ITEM_STATE_PUBLISHED: ItemState
ITEM_STATE_WITHDRAWN: ItemState
RULE_FIELD_NUMBER: _ClassVar[int]
rule: _descriptor.FieldDescriptor

class ApplicationMove(_message.Message):
    __slots__ = ("to", "by")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    to: ApplicationState
    by: _containers.RepeatedScalarFieldContainer[Role]
    def __init__(self, to: _Optional[_Union[ApplicationState, str]] = ..., by: _Optional[_Iterable[_Union[Role, str]]] = ..., **kwargs) -> None: ...

class ParcelMove(_message.Message):
    __slots__ = ("to", "by")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    to: ParcelState
    by: _containers.RepeatedScalarFieldContainer[Role]
    def __init__(self, to: _Optional[_Union[ParcelState, str]] = ..., by: _Optional[_Iterable[_Union[Role, str]]] = ..., **kwargs) -> None: ...

class AgreementMove(_message.Message):
    __slots__ = ("to", "by")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    to: AgreementState
    by: _containers.RepeatedScalarFieldContainer[Role]
    def __init__(self, to: _Optional[_Union[AgreementState, str]] = ..., by: _Optional[_Iterable[_Union[Role, str]]] = ..., **kwargs) -> None: ...

class NodeMove(_message.Message):
    __slots__ = ("to", "by")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    to: NodeState
    by: _containers.RepeatedScalarFieldContainer[Role]
    def __init__(self, to: _Optional[_Union[NodeState, str]] = ..., by: _Optional[_Iterable[_Union[Role, str]]] = ..., **kwargs) -> None: ...

class ItemMove(_message.Message):
    __slots__ = ("to", "by")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    to: ItemState
    by: _containers.RepeatedScalarFieldContainer[Role]
    def __init__(self, to: _Optional[_Union[ItemState, str]] = ..., by: _Optional[_Iterable[_Union[Role, str]]] = ..., **kwargs) -> None: ...

class Rule(_message.Message):
    __slots__ = ("event_class", "since_version", "title_zh", "title_en", "order_free", "application", "parcel", "agreement", "node", "item")
    EVENT_CLASS_FIELD_NUMBER: _ClassVar[int]
    SINCE_VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_ZH_FIELD_NUMBER: _ClassVar[int]
    TITLE_EN_FIELD_NUMBER: _ClassVar[int]
    ORDER_FREE_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    event_class: EventClass
    since_version: int
    title_zh: str
    title_en: str
    order_free: bool
    application: ApplicationMove
    parcel: ParcelMove
    agreement: AgreementMove
    node: NodeMove
    item: ItemMove
    def __init__(self, event_class: _Optional[_Union[EventClass, str]] = ..., since_version: _Optional[int] = ..., title_zh: _Optional[str] = ..., title_en: _Optional[str] = ..., order_free: bool = ..., application: _Optional[_Union[ApplicationMove, _Mapping]] = ..., parcel: _Optional[_Union[ParcelMove, _Mapping]] = ..., agreement: _Optional[_Union[AgreementMove, _Mapping]] = ..., node: _Optional[_Union[NodeMove, _Mapping]] = ..., item: _Optional[_Union[ItemMove, _Mapping]] = ...) -> None: ...
