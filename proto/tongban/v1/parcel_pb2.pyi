import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.v1 import application_pb2 as _application_pb2
from tongban.v1 import exception_pb2 as _exception_pb2
from tongban.v1 import lifecycle_pb2 as _lifecycle_pb2
from tongban.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ParcelPurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARCEL_PURPOSE_UNSPECIFIED: _ClassVar[ParcelPurpose]
    PARCEL_PURPOSE_MATERIALS: _ClassVar[ParcelPurpose]
    PARCEL_PURPOSE_RESULT: _ClassVar[ParcelPurpose]
    PARCEL_PURPOSE_RETURN: _ClassVar[ParcelPurpose]

class PaperOwner(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAPER_OWNER_UNSPECIFIED: _ClassVar[PaperOwner]
    PAPER_OWNER_APPLICANT: _ClassVar[PaperOwner]
    PAPER_OWNER_AUTHORITY: _ClassVar[PaperOwner]
    PAPER_OWNER_THIRD_PARTY: _ClassVar[PaperOwner]

class CheckOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHECK_OUTCOME_UNSPECIFIED: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_CORRECT: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_MISSING: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_EXTRA: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_DAMAGED: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_WRONG_ITEM: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_COPY_FOR_ORIGINAL: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_PAGES_SHORT: _ClassVar[CheckOutcome]
    CHECK_OUTCOME_SEAL_BROKEN: _ClassVar[CheckOutcome]

class HolderKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOLDER_KIND_UNSPECIFIED: _ClassVar[HolderKind]
    HOLDER_KIND_APPLICANT: _ClassVar[HolderKind]
    HOLDER_KIND_POST: _ClassVar[HolderKind]
    HOLDER_KIND_LEG: _ClassVar[HolderKind]
    HOLDER_KIND_MISSING: _ClassVar[HolderKind]
    HOLDER_KIND_VOIDED: _ClassVar[HolderKind]
PARCEL_PURPOSE_UNSPECIFIED: ParcelPurpose
PARCEL_PURPOSE_MATERIALS: ParcelPurpose
PARCEL_PURPOSE_RESULT: ParcelPurpose
PARCEL_PURPOSE_RETURN: ParcelPurpose
PAPER_OWNER_UNSPECIFIED: PaperOwner
PAPER_OWNER_APPLICANT: PaperOwner
PAPER_OWNER_AUTHORITY: PaperOwner
PAPER_OWNER_THIRD_PARTY: PaperOwner
CHECK_OUTCOME_UNSPECIFIED: CheckOutcome
CHECK_OUTCOME_CORRECT: CheckOutcome
CHECK_OUTCOME_MISSING: CheckOutcome
CHECK_OUTCOME_EXTRA: CheckOutcome
CHECK_OUTCOME_DAMAGED: CheckOutcome
CHECK_OUTCOME_WRONG_ITEM: CheckOutcome
CHECK_OUTCOME_COPY_FOR_ORIGINAL: CheckOutcome
CHECK_OUTCOME_PAGES_SHORT: CheckOutcome
CHECK_OUTCOME_SEAL_BROKEN: CheckOutcome
HOLDER_KIND_UNSPECIFIED: HolderKind
HOLDER_KIND_APPLICANT: HolderKind
HOLDER_KIND_POST: HolderKind
HOLDER_KIND_LEG: HolderKind
HOLDER_KIND_MISSING: HolderKind
HOLDER_KIND_VOIDED: HolderKind

class ManifestEntry(_message.Message):
    __slots__ = ("item", "form", "pages", "serial_digest", "photo_digest", "owner", "kind")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    SERIAL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PHOTO_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    item: str
    form: _types_pb2.MaterialForm
    pages: int
    serial_digest: bytes
    photo_digest: bytes
    owner: PaperOwner
    kind: str
    def __init__(self, item: _Optional[str] = ..., form: _Optional[_Union[_types_pb2.MaterialForm, str]] = ..., pages: _Optional[int] = ..., serial_digest: _Optional[bytes] = ..., photo_digest: _Optional[bytes] = ..., owner: _Optional[_Union[PaperOwner, str]] = ..., kind: _Optional[str] = ...) -> None: ...

class Post(_message.Message):
    __slots__ = ("node", "post")
    NODE_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    node: str
    post: str
    def __init__(self, node: _Optional[str] = ..., post: _Optional[str] = ...) -> None: ...

class ParcelScan(_message.Message):
    __slots__ = ("seals", "manifest_digest", "nonce", "waybill", "post")
    SEALS_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    seals: _containers.RepeatedScalarFieldContainer[str]
    manifest_digest: bytes
    nonce: bytes
    waybill: str
    post: Post
    def __init__(self, seals: _Optional[_Iterable[str]] = ..., manifest_digest: _Optional[bytes] = ..., nonce: _Optional[bytes] = ..., waybill: _Optional[str] = ..., post: _Optional[_Union[Post, _Mapping]] = ...) -> None: ...

class ParcelPacked(_message.Message):
    __slots__ = ("purpose", "origin", "destination", "manifest", "nonce")
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    purpose: ParcelPurpose
    origin: Post
    destination: Post
    manifest: _containers.RepeatedCompositeFieldContainer[ManifestEntry]
    nonce: bytes
    def __init__(self, purpose: _Optional[_Union[ParcelPurpose, str]] = ..., origin: _Optional[_Union[Post, _Mapping]] = ..., destination: _Optional[_Union[Post, _Mapping]] = ..., manifest: _Optional[_Iterable[_Union[ManifestEntry, _Mapping]]] = ..., nonce: _Optional[bytes] = ...) -> None: ...

class ParcelSealed(_message.Message):
    __slots__ = ("seals", "manifest_digest")
    SEALS_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    seals: _containers.RepeatedScalarFieldContainer[str]
    manifest_digest: bytes
    def __init__(self, seals: _Optional[_Iterable[str]] = ..., manifest_digest: _Optional[bytes] = ...) -> None: ...

class ParcelOffered(_message.Message):
    __slots__ = ("leg", "carrier", "waybill", "due_time", "relay", "order", "acceptance_hours", "cost_fen")
    LEG_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    RELAY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ACCEPTANCE_HOURS_FIELD_NUMBER: _ClassVar[int]
    COST_FEN_FIELD_NUMBER: _ClassVar[int]
    leg: int
    carrier: str
    waybill: str
    due_time: _timestamp_pb2.Timestamp
    relay: str
    order: bool
    acceptance_hours: int
    cost_fen: int
    def __init__(self, leg: _Optional[int] = ..., carrier: _Optional[str] = ..., waybill: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., relay: _Optional[str] = ..., order: bool = ..., acceptance_hours: _Optional[int] = ..., cost_fen: _Optional[int] = ...) -> None: ...

class ParcelDispatched(_message.Message):
    __slots__ = ("scan", "leg", "waybill_photo_digest")
    SCAN_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_PHOTO_DIGEST_FIELD_NUMBER: _ClassVar[int]
    scan: ParcelScan
    leg: int
    waybill_photo_digest: bytes
    def __init__(self, scan: _Optional[_Union[ParcelScan, _Mapping]] = ..., leg: _Optional[int] = ..., waybill_photo_digest: _Optional[bytes] = ...) -> None: ...

class CarrierObserved(_message.Message):
    __slots__ = ("leg", "code", "meaning", "observe_time", "observation_id", "source", "signed_by", "zone_offset_minutes", "zone_basis")
    LEG_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    OBSERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SIGNED_BY_FIELD_NUMBER: _ClassVar[int]
    ZONE_OFFSET_MINUTES_FIELD_NUMBER: _ClassVar[int]
    ZONE_BASIS_FIELD_NUMBER: _ClassVar[int]
    leg: int
    code: str
    meaning: str
    observe_time: _timestamp_pb2.Timestamp
    observation_id: bytes
    source: str
    signed_by: str
    zone_offset_minutes: int
    zone_basis: str
    def __init__(self, leg: _Optional[int] = ..., code: _Optional[str] = ..., meaning: _Optional[str] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., observation_id: _Optional[bytes] = ..., source: _Optional[str] = ..., signed_by: _Optional[str] = ..., zone_offset_minutes: _Optional[int] = ..., zone_basis: _Optional[str] = ...) -> None: ...

class ParcelTakenIn(_message.Message):
    __slots__ = ("scan", "leg")
    SCAN_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    scan: ParcelScan
    leg: int
    def __init__(self, scan: _Optional[_Union[ParcelScan, _Mapping]] = ..., leg: _Optional[int] = ...) -> None: ...

class ParcelOpened(_message.Message):
    __slots__ = ("seals_intact", "witness", "photo_digest")
    SEALS_INTACT_FIELD_NUMBER: _ClassVar[int]
    WITNESS_FIELD_NUMBER: _ClassVar[int]
    PHOTO_DIGEST_FIELD_NUMBER: _ClassVar[int]
    seals_intact: bool
    witness: str
    photo_digest: bytes
    def __init__(self, seals_intact: bool = ..., witness: _Optional[str] = ..., photo_digest: _Optional[bytes] = ...) -> None: ...

class ItemCheck(_message.Message):
    __slots__ = ("item", "outcome", "pages")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    item: str
    outcome: CheckOutcome
    pages: int
    def __init__(self, item: _Optional[str] = ..., outcome: _Optional[_Union[CheckOutcome, str]] = ..., pages: _Optional[int] = ...) -> None: ...

class ItemsChecked(_message.Message):
    __slots__ = ("checks",)
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[ItemCheck]
    def __init__(self, checks: _Optional[_Iterable[_Union[ItemCheck, _Mapping]]] = ...) -> None: ...

class ParcelReconciled(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ParcelHeld(_message.Message):
    __slots__ = ("window",)
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    window: str
    def __init__(self, window: _Optional[str] = ...) -> None: ...

class ParcelCollected(_message.Message):
    __slots__ = ("proof",)
    PROOF_FIELD_NUMBER: _ClassVar[int]
    proof: _application_pb2.CollectionProof
    def __init__(self, proof: _Optional[_Union[_application_pb2.CollectionProof, str]] = ...) -> None: ...

class ParcelExceptionRaised(_message.Message):
    __slots__ = ("code", "leg", "due_time")
    CODE_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    code: str
    leg: int
    due_time: _timestamp_pb2.Timestamp
    def __init__(self, code: _Optional[str] = ..., leg: _Optional[int] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Leg(_message.Message):
    __slots__ = ("number", "carrier", "waybill", "booking_node", "due_time", "dispatch", "dispatch_time", "intake", "intake_time", "carrier_word", "relay", "order", "acceptance_hours", "cost_fen", "cancelled", "waybill_photo_digest", "observations", "carrier_order", "offer_time")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_FIELD_NUMBER: _ClassVar[int]
    BOOKING_NODE_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    DISPATCH_FIELD_NUMBER: _ClassVar[int]
    DISPATCH_TIME_FIELD_NUMBER: _ClassVar[int]
    INTAKE_FIELD_NUMBER: _ClassVar[int]
    INTAKE_TIME_FIELD_NUMBER: _ClassVar[int]
    CARRIER_WORD_FIELD_NUMBER: _ClassVar[int]
    RELAY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ACCEPTANCE_HOURS_FIELD_NUMBER: _ClassVar[int]
    COST_FEN_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    WAYBILL_PHOTO_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    CARRIER_ORDER_FIELD_NUMBER: _ClassVar[int]
    OFFER_TIME_FIELD_NUMBER: _ClassVar[int]
    number: int
    carrier: str
    waybill: str
    booking_node: str
    due_time: _timestamp_pb2.Timestamp
    dispatch: ParcelScan
    dispatch_time: _timestamp_pb2.Timestamp
    intake: ParcelScan
    intake_time: _timestamp_pb2.Timestamp
    carrier_word: str
    relay: str
    order: bool
    acceptance_hours: int
    cost_fen: int
    cancelled: bool
    waybill_photo_digest: bytes
    observations: _containers.RepeatedCompositeFieldContainer[LegObservation]
    carrier_order: str
    offer_time: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[int] = ..., carrier: _Optional[str] = ..., waybill: _Optional[str] = ..., booking_node: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., dispatch: _Optional[_Union[ParcelScan, _Mapping]] = ..., dispatch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., intake: _Optional[_Union[ParcelScan, _Mapping]] = ..., intake_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., carrier_word: _Optional[str] = ..., relay: _Optional[str] = ..., order: bool = ..., acceptance_hours: _Optional[int] = ..., cost_fen: _Optional[int] = ..., cancelled: bool = ..., waybill_photo_digest: _Optional[bytes] = ..., observations: _Optional[_Iterable[_Union[LegObservation, _Mapping]]] = ..., carrier_order: _Optional[str] = ..., offer_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LegObservation(_message.Message):
    __slots__ = ("observation_id", "code", "meaning", "observe_time", "signed_by", "source")
    OBSERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    SIGNED_BY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    observation_id: bytes
    code: str
    meaning: str
    observe_time: _timestamp_pb2.Timestamp
    signed_by: str
    source: str
    def __init__(self, observation_id: _Optional[bytes] = ..., code: _Optional[str] = ..., meaning: _Optional[str] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., signed_by: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class Custody(_message.Message):
    __slots__ = ("kind", "post", "leg", "answerable_node", "since_time", "event_id", "stream")
    KIND_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    ANSWERABLE_NODE_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    kind: HolderKind
    post: Post
    leg: str
    answerable_node: str
    since_time: _timestamp_pb2.Timestamp
    event_id: str
    stream: str
    def __init__(self, kind: _Optional[_Union[HolderKind, str]] = ..., post: _Optional[_Union[Post, _Mapping]] = ..., leg: _Optional[str] = ..., answerable_node: _Optional[str] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_id: _Optional[str] = ..., stream: _Optional[str] = ...) -> None: ...

class Parcel(_message.Message):
    __slots__ = ("name", "state", "version", "head", "lifecycle_version", "purpose", "origin", "destination", "manifest", "manifest_digest", "seals", "nonce", "legs", "checks", "pickup_window", "custody", "exceptions", "create_time", "update_time", "traces", "first_destination", "returning", "hold_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SEALS_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    PICKUP_WINDOW_FIELD_NUMBER: _ClassVar[int]
    CUSTODY_FIELD_NUMBER: _ClassVar[int]
    EXCEPTIONS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    TRACES_FIELD_NUMBER: _ClassVar[int]
    FIRST_DESTINATION_FIELD_NUMBER: _ClassVar[int]
    RETURNING_FIELD_NUMBER: _ClassVar[int]
    HOLD_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: _lifecycle_pb2.ParcelState
    version: int
    head: bytes
    lifecycle_version: int
    purpose: ParcelPurpose
    origin: Post
    destination: Post
    manifest: _containers.RepeatedCompositeFieldContainer[ManifestEntry]
    manifest_digest: bytes
    seals: _containers.RepeatedScalarFieldContainer[str]
    nonce: bytes
    legs: _containers.RepeatedCompositeFieldContainer[Leg]
    checks: _containers.RepeatedCompositeFieldContainer[ItemCheck]
    pickup_window: str
    custody: Custody
    exceptions: _containers.RepeatedCompositeFieldContainer[_application_pb2.StreamException]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    traces: _containers.RepeatedCompositeFieldContainer[_exception_pb2.Trace]
    first_destination: Post
    returning: bool
    hold_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[_lifecycle_pb2.ParcelState, str]] = ..., version: _Optional[int] = ..., head: _Optional[bytes] = ..., lifecycle_version: _Optional[int] = ..., purpose: _Optional[_Union[ParcelPurpose, str]] = ..., origin: _Optional[_Union[Post, _Mapping]] = ..., destination: _Optional[_Union[Post, _Mapping]] = ..., manifest: _Optional[_Iterable[_Union[ManifestEntry, _Mapping]]] = ..., manifest_digest: _Optional[bytes] = ..., seals: _Optional[_Iterable[str]] = ..., nonce: _Optional[bytes] = ..., legs: _Optional[_Iterable[_Union[Leg, _Mapping]]] = ..., checks: _Optional[_Iterable[_Union[ItemCheck, _Mapping]]] = ..., pickup_window: _Optional[str] = ..., custody: _Optional[_Union[Custody, _Mapping]] = ..., exceptions: _Optional[_Iterable[_Union[_application_pb2.StreamException, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., traces: _Optional[_Iterable[_Union[_exception_pb2.Trace, _Mapping]]] = ..., first_destination: _Optional[_Union[Post, _Mapping]] = ..., returning: bool = ..., hold_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
