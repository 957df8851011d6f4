import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import envelope_pb2 as _envelope_pb2
from tongban.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JoinRequest(_message.Message):
    __slots__ = ("secret", "certificate_request", "registration")
    SECRET_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    REGISTRATION_FIELD_NUMBER: _ClassVar[int]
    secret: bytes
    certificate_request: bytes
    registration: _envelope_pb2.SignedEvent
    def __init__(self, secret: _Optional[bytes] = ..., certificate_request: _Optional[bytes] = ..., registration: _Optional[_Union[_envelope_pb2.SignedEvent, _Mapping]] = ...) -> None: ...

class JoinResponse(_message.Message):
    __slots__ = ("certificate_pem", "authority_pem", "epoch", "receipt", "admission", "receipt_key")
    CERTIFICATE_PEM_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_PEM_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ADMISSION_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_KEY_FIELD_NUMBER: _ClassVar[int]
    certificate_pem: str
    authority_pem: str
    epoch: int
    receipt: _envelope_pb2.Receipt
    admission: _envelope_pb2.SignedAdmission
    receipt_key: PublicKey
    def __init__(self, certificate_pem: _Optional[str] = ..., authority_pem: _Optional[str] = ..., epoch: _Optional[int] = ..., receipt: _Optional[_Union[_envelope_pb2.Receipt, _Mapping]] = ..., admission: _Optional[_Union[_envelope_pb2.SignedAdmission, _Mapping]] = ..., receipt_key: _Optional[_Union[PublicKey, _Mapping]] = ...) -> None: ...

class BeginRenewalRequest(_message.Message):
    __slots__ = ("node",)
    NODE_FIELD_NUMBER: _ClassVar[int]
    node: str
    def __init__(self, node: _Optional[str] = ...) -> None: ...

class BeginRenewalResponse(_message.Message):
    __slots__ = ("challenge", "expire_time")
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    challenge: bytes
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, challenge: _Optional[bytes] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Renewal(_message.Message):
    __slots__ = ("node", "challenge", "certificate_request")
    NODE_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    node: str
    challenge: bytes
    certificate_request: bytes
    def __init__(self, node: _Optional[str] = ..., challenge: _Optional[bytes] = ..., certificate_request: _Optional[bytes] = ...) -> None: ...

class RenewRequest(_message.Message):
    __slots__ = ("renewal", "signature")
    RENEWAL_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    renewal: bytes
    signature: _envelope_pb2.TreeSignature
    def __init__(self, renewal: _Optional[bytes] = ..., signature: _Optional[_Union[_envelope_pb2.TreeSignature, _Mapping]] = ...) -> None: ...

class RenewResponse(_message.Message):
    __slots__ = ("certificate_pem",)
    CERTIFICATE_PEM_FIELD_NUMBER: _ClassVar[int]
    certificate_pem: str
    def __init__(self, certificate_pem: _Optional[str] = ...) -> None: ...

class PublicKey(_message.Message):
    __slots__ = ("key_id", "public_key")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    public_key: bytes
    def __init__(self, key_id: _Optional[str] = ..., public_key: _Optional[bytes] = ...) -> None: ...

class Credit(_message.Message):
    __slots__ = ("events", "bytes")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    events: int
    bytes: int
    def __init__(self, events: _Optional[int] = ..., bytes: _Optional[int] = ...) -> None: ...

class Cursor(_message.Message):
    __slots__ = ("channel", "position")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    channel: str
    position: int
    def __init__(self, channel: _Optional[str] = ..., position: _Optional[int] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("protocol_versions", "software", "incarnation", "last_sequence", "epoch", "cursors", "credit", "lifecycle_versions", "with_own_events")
    PROTOCOL_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CURSORS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    WITH_OWN_EVENTS_FIELD_NUMBER: _ClassVar[int]
    protocol_versions: _containers.RepeatedScalarFieldContainer[int]
    software: str
    incarnation: int
    last_sequence: int
    epoch: int
    cursors: _containers.RepeatedCompositeFieldContainer[Cursor]
    credit: Credit
    lifecycle_versions: _containers.RepeatedScalarFieldContainer[int]
    with_own_events: bool
    def __init__(self, protocol_versions: _Optional[_Iterable[int]] = ..., software: _Optional[str] = ..., incarnation: _Optional[int] = ..., last_sequence: _Optional[int] = ..., epoch: _Optional[int] = ..., cursors: _Optional[_Iterable[_Union[Cursor, _Mapping]]] = ..., credit: _Optional[_Union[Credit, _Mapping]] = ..., lifecycle_versions: _Optional[_Iterable[int]] = ..., with_own_events: bool = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("protocol_version", "gateway", "epoch", "last_sequence", "incarnation", "heads", "credit", "gateway_time", "receipt_keys", "recovering", "impediment")
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_TIME_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_KEYS_FIELD_NUMBER: _ClassVar[int]
    RECOVERING_FIELD_NUMBER: _ClassVar[int]
    IMPEDIMENT_FIELD_NUMBER: _ClassVar[int]
    protocol_version: int
    gateway: str
    epoch: int
    last_sequence: int
    incarnation: int
    heads: _containers.RepeatedCompositeFieldContainer[Cursor]
    credit: Credit
    gateway_time: _timestamp_pb2.Timestamp
    receipt_keys: _containers.RepeatedCompositeFieldContainer[PublicKey]
    recovering: bool
    impediment: _envelope_pb2.Rejection
    def __init__(self, protocol_version: _Optional[int] = ..., gateway: _Optional[str] = ..., epoch: _Optional[int] = ..., last_sequence: _Optional[int] = ..., incarnation: _Optional[int] = ..., heads: _Optional[_Iterable[_Union[Cursor, _Mapping]]] = ..., credit: _Optional[_Union[Credit, _Mapping]] = ..., gateway_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., receipt_keys: _Optional[_Iterable[_Union[PublicKey, _Mapping]]] = ..., recovering: bool = ..., impediment: _Optional[_Union[_envelope_pb2.Rejection, _Mapping]] = ...) -> None: ...

class Holdings(_message.Message):
    __slots__ = ("streams", "complete")
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    streams: _containers.RepeatedCompositeFieldContainer[_types_pb2.StreamPosition]
    complete: bool
    def __init__(self, streams: _Optional[_Iterable[_Union[_types_pb2.StreamPosition, _Mapping]]] = ..., complete: bool = ...) -> None: ...

class WantedStream(_message.Message):
    __slots__ = ("stream", "after_version")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    AFTER_VERSION_FIELD_NUMBER: _ClassVar[int]
    stream: str
    after_version: int
    def __init__(self, stream: _Optional[str] = ..., after_version: _Optional[int] = ...) -> None: ...

class Wanted(_message.Message):
    __slots__ = ("streams",)
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    streams: _containers.RepeatedCompositeFieldContainer[WantedStream]
    def __init__(self, streams: _Optional[_Iterable[_Union[WantedStream, _Mapping]]] = ...) -> None: ...

class Returned(_message.Message):
    __slots__ = ("admissions", "deliveries")
    ADMISSIONS_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    admissions: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.SignedAdmission]
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    def __init__(self, admissions: _Optional[_Iterable[_Union[_envelope_pb2.SignedAdmission, _Mapping]]] = ..., deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ...) -> None: ...

class Resumed(_message.Message):
    __slots__ = ("epoch", "cursors", "forked")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CURSORS_FIELD_NUMBER: _ClassVar[int]
    FORKED_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    cursors: _containers.RepeatedCompositeFieldContainer[Cursor]
    forked: _containers.RepeatedCompositeFieldContainer[_types_pb2.StreamPosition]
    def __init__(self, epoch: _Optional[int] = ..., cursors: _Optional[_Iterable[_Union[Cursor, _Mapping]]] = ..., forked: _Optional[_Iterable[_Union[_types_pb2.StreamPosition, _Mapping]]] = ...) -> None: ...

class Submission(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.SignedEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[_envelope_pb2.SignedEvent, _Mapping]]] = ...) -> None: ...

class Outcomes(_message.Message):
    __slots__ = ("admissions", "outcomes")
    ADMISSIONS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    admissions: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.SignedAdmission]
    outcomes: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.Outcome]
    def __init__(self, admissions: _Optional[_Iterable[_Union[_envelope_pb2.SignedAdmission, _Mapping]]] = ..., outcomes: _Optional[_Iterable[_Union[_envelope_pb2.Outcome, _Mapping]]] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("position", "event", "receipt")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    position: int
    event: _envelope_pb2.SignedEvent
    receipt: _envelope_pb2.Receipt
    def __init__(self, position: _Optional[int] = ..., event: _Optional[_Union[_envelope_pb2.SignedEvent, _Mapping]] = ..., receipt: _Optional[_Union[_envelope_pb2.Receipt, _Mapping]] = ...) -> None: ...

class Deliveries(_message.Message):
    __slots__ = ("channel", "admissions", "deliveries")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ADMISSIONS_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    channel: str
    admissions: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.SignedAdmission]
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    def __init__(self, channel: _Optional[str] = ..., admissions: _Optional[_Iterable[_Union[_envelope_pb2.SignedAdmission, _Mapping]]] = ..., deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ...) -> None: ...

class Acknowledgement(_message.Message):
    __slots__ = ("cursors",)
    CURSORS_FIELD_NUMBER: _ClassVar[int]
    cursors: _containers.RepeatedCompositeFieldContainer[Cursor]
    def __init__(self, cursors: _Optional[_Iterable[_Union[Cursor, _Mapping]]] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ("message", "retry_seconds")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_SECONDS_FIELD_NUMBER: _ClassVar[int]
    message: str
    retry_seconds: float
    def __init__(self, message: _Optional[str] = ..., retry_seconds: _Optional[float] = ...) -> None: ...

class ExchangeRequest(_message.Message):
    __slots__ = ("hello", "submission", "acknowledgement", "credit", "holdings", "returned")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    SUBMISSION_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    HOLDINGS_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    submission: Submission
    acknowledgement: Acknowledgement
    credit: Credit
    holdings: Holdings
    returned: Returned
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., submission: _Optional[_Union[Submission, _Mapping]] = ..., acknowledgement: _Optional[_Union[Acknowledgement, _Mapping]] = ..., credit: _Optional[_Union[Credit, _Mapping]] = ..., holdings: _Optional[_Union[Holdings, _Mapping]] = ..., returned: _Optional[_Union[Returned, _Mapping]] = ...) -> None: ...

class ExchangeResponse(_message.Message):
    __slots__ = ("welcome", "outcomes", "deliveries", "credit", "drain", "wanted", "resumed")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    WANTED_FIELD_NUMBER: _ClassVar[int]
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    outcomes: Outcomes
    deliveries: Deliveries
    credit: Credit
    drain: Drain
    wanted: Wanted
    resumed: Resumed
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., outcomes: _Optional[_Union[Outcomes, _Mapping]] = ..., deliveries: _Optional[_Union[Deliveries, _Mapping]] = ..., credit: _Optional[_Union[Credit, _Mapping]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ..., wanted: _Optional[_Union[Wanted, _Mapping]] = ..., resumed: _Optional[_Union[Resumed, _Mapping]] = ...) -> None: ...

class PublishRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.SignedEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[_envelope_pb2.SignedEvent, _Mapping]]] = ...) -> None: ...

class PublishResponse(_message.Message):
    __slots__ = ("admissions", "outcomes")
    ADMISSIONS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    admissions: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.SignedAdmission]
    outcomes: _containers.RepeatedCompositeFieldContainer[_envelope_pb2.Outcome]
    def __init__(self, admissions: _Optional[_Iterable[_Union[_envelope_pb2.SignedAdmission, _Mapping]]] = ..., outcomes: _Optional[_Iterable[_Union[_envelope_pb2.Outcome, _Mapping]]] = ...) -> None: ...

class FetchRequest(_message.Message):
    __slots__ = ("channel", "after_position", "page_size")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    AFTER_POSITION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    channel: str
    after_position: int
    page_size: int
    def __init__(self, channel: _Optional[str] = ..., after_position: _Optional[int] = ..., page_size: _Optional[int] = ...) -> None: ...

class FetchResponse(_message.Message):
    __slots__ = ("epoch", "deliveries", "head_position")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    HEAD_POSITION_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    deliveries: Deliveries
    head_position: int
    def __init__(self, epoch: _Optional[int] = ..., deliveries: _Optional[_Union[Deliveries, _Mapping]] = ..., head_position: _Optional[int] = ...) -> None: ...

class ListLinksRequest(_message.Message):
    __slots__ = ("nodes",)
    NODES_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class NodeLink(_message.Message):
    __slots__ = ("node", "connected", "since_time", "unread")
    NODE_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    node: str
    connected: bool
    since_time: _timestamp_pb2.Timestamp
    unread: int
    def __init__(self, node: _Optional[str] = ..., connected: bool = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., unread: _Optional[int] = ...) -> None: ...

class ListLinksResponse(_message.Message):
    __slots__ = ("links", "gateway_time", "draining")
    LINKS_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_TIME_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    links: _containers.RepeatedCompositeFieldContainer[NodeLink]
    gateway_time: _timestamp_pb2.Timestamp
    draining: bool
    def __init__(self, links: _Optional[_Iterable[_Union[NodeLink, _Mapping]]] = ..., gateway_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., draining: bool = ...) -> None: ...
