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

class AgreementKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGREEMENT_KIND_UNSPECIFIED: _ClassVar[AgreementKind]
    AGREEMENT_KIND_AGREEMENT: _ClassVar[AgreementKind]
    AGREEMENT_KIND_MANDATE: _ClassVar[AgreementKind]

class EntryRule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTRY_RULE_UNSPECIFIED: _ClassVar[EntryRule]
    ENTRY_RULE_ALL: _ClassVar[EntryRule]
    ENTRY_RULE_SIGNATORIES: _ClassVar[EntryRule]

class PaperWay(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAPER_WAY_UNSPECIFIED: _ClassVar[PaperWay]
    PAPER_WAY_COURIER: _ClassVar[PaperWay]
    PAPER_WAY_REGISTERED_POST: _ClassVar[PaperWay]
    PAPER_WAY_MESSENGER: _ClassVar[PaperWay]
    PAPER_WAY_APPLICANT: _ClassVar[PaperWay]

class Payer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAYER_UNSPECIFIED: _ClassVar[Payer]
    PAYER_ACCEPTING: _ClassVar[Payer]
    PAYER_HOME: _ClassVar[Payer]
    PAYER_APPLICANT: _ClassVar[Payer]

class PromisedStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROMISED_STEP_UNSPECIFIED: _ClassVar[PromisedStep]
    PROMISED_STEP_INTAKE: _ClassVar[PromisedStep]
    PROMISED_STEP_DISPATCH: _ClassVar[PromisedStep]
    PROMISED_STEP_ACCEPT: _ClassVar[PromisedStep]
    PROMISED_STEP_DECIDE: _ClassVar[PromisedStep]
    PROMISED_STEP_ISSUE: _ClassVar[PromisedStep]
    PROMISED_STEP_RETURN: _ClassVar[PromisedStep]
    PROMISED_STEP_NOTIFY: _ClassVar[PromisedStep]
AGREEMENT_KIND_UNSPECIFIED: AgreementKind
AGREEMENT_KIND_AGREEMENT: AgreementKind
AGREEMENT_KIND_MANDATE: AgreementKind
ENTRY_RULE_UNSPECIFIED: EntryRule
ENTRY_RULE_ALL: EntryRule
ENTRY_RULE_SIGNATORIES: EntryRule
PAPER_WAY_UNSPECIFIED: PaperWay
PAPER_WAY_COURIER: PaperWay
PAPER_WAY_REGISTERED_POST: PaperWay
PAPER_WAY_MESSENGER: PaperWay
PAPER_WAY_APPLICANT: PaperWay
PAYER_UNSPECIFIED: Payer
PAYER_ACCEPTING: Payer
PAYER_HOME: Payer
PAYER_APPLICANT: Payer
PROMISED_STEP_UNSPECIFIED: PromisedStep
PROMISED_STEP_INTAKE: PromisedStep
PROMISED_STEP_DISPATCH: PromisedStep
PROMISED_STEP_ACCEPT: PromisedStep
PROMISED_STEP_DECIDE: PromisedStep
PROMISED_STEP_ISSUE: PromisedStep
PROMISED_STEP_RETURN: PromisedStep
PROMISED_STEP_NOTIFY: PromisedStep

class Party(_message.Message):
    __slots__ = ("node", "region", "root_fingerprint")
    NODE_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    ROOT_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    node: str
    region: str
    root_fingerprint: bytes
    def __init__(self, node: _Optional[str] = ..., region: _Optional[str] = ..., root_fingerprint: _Optional[bytes] = ...) -> None: ...

class ItemPool(_message.Message):
    __slots__ = ("id", "title", "base_codes", "stated_count")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    BASE_CODES_FIELD_NUMBER: _ClassVar[int]
    STATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    base_codes: _containers.RepeatedScalarFieldContainer[str]
    stated_count: int
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., base_codes: _Optional[_Iterable[str]] = ..., stated_count: _Optional[int] = ...) -> None: ...

class StepLimit(_message.Message):
    __slots__ = ("step", "working_days")
    STEP_FIELD_NUMBER: _ClassVar[int]
    WORKING_DAYS_FIELD_NUMBER: _ClassVar[int]
    step: PromisedStep
    working_days: int
    def __init__(self, step: _Optional[_Union[PromisedStep, str]] = ..., working_days: _Optional[int] = ...) -> None: ...

class SealTerms(_message.Message):
    __slots__ = ("title", "keeper", "answers", "appeal")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    KEEPER_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    APPEAL_FIELD_NUMBER: _ClassVar[int]
    title: str
    keeper: str
    answers: str
    appeal: str
    def __init__(self, title: _Optional[str] = ..., keeper: _Optional[str] = ..., answers: _Optional[str] = ..., appeal: _Optional[str] = ...) -> None: ...

class FeeTerms(_message.Message):
    __slots__ = ("title", "amount_fen", "payer")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    PAYER_FIELD_NUMBER: _ClassVar[int]
    title: str
    amount_fen: int
    payer: Payer
    def __init__(self, title: _Optional[str] = ..., amount_fen: _Optional[int] = ..., payer: _Optional[_Union[Payer, str]] = ...) -> None: ...

class Clause(_message.Message):
    __slots__ = ("id", "home", "accepting", "items", "modes", "channels", "applicant_kinds", "decider", "collecting", "paper", "promised_working_days", "offline_hours", "pools", "collecting_anywhere", "printing", "seal", "paper_ways", "paper_materials", "courier_payer", "step_limits", "identity_kinds", "languages", "fees", "accepting_duties", "home_duties", "liability")
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
    POOLS_FIELD_NUMBER: _ClassVar[int]
    COLLECTING_ANYWHERE_FIELD_NUMBER: _ClassVar[int]
    PRINTING_FIELD_NUMBER: _ClassVar[int]
    SEAL_FIELD_NUMBER: _ClassVar[int]
    PAPER_WAYS_FIELD_NUMBER: _ClassVar[int]
    PAPER_MATERIALS_FIELD_NUMBER: _ClassVar[int]
    COURIER_PAYER_FIELD_NUMBER: _ClassVar[int]
    STEP_LIMITS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_KINDS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    ACCEPTING_DUTIES_FIELD_NUMBER: _ClassVar[int]
    HOME_DUTIES_FIELD_NUMBER: _ClassVar[int]
    LIABILITY_FIELD_NUMBER: _ClassVar[int]
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
    pools: _containers.RepeatedScalarFieldContainer[str]
    collecting_anywhere: bool
    printing: _containers.RepeatedScalarFieldContainer[str]
    seal: SealTerms
    paper_ways: _containers.RepeatedScalarFieldContainer[PaperWay]
    paper_materials: _containers.RepeatedScalarFieldContainer[str]
    courier_payer: Payer
    step_limits: _containers.RepeatedCompositeFieldContainer[StepLimit]
    identity_kinds: _containers.RepeatedScalarFieldContainer[str]
    languages: _containers.RepeatedScalarFieldContainer[str]
    fees: _containers.RepeatedCompositeFieldContainer[FeeTerms]
    accepting_duties: str
    home_duties: str
    liability: str
    def __init__(self, id: _Optional[str] = ..., home: _Optional[str] = ..., accepting: _Optional[_Iterable[str]] = ..., items: _Optional[_Iterable[str]] = ..., modes: _Optional[_Iterable[_Union[_types_pb2.Mode, str]]] = ..., channels: _Optional[_Iterable[_Union[_types_pb2.Channel, str]]] = ..., applicant_kinds: _Optional[_Iterable[_Union[_types_pb2.ApplicantKind, str]]] = ..., decider: _Optional[_Union[_types_pb2.Decider, str]] = ..., collecting: _Optional[_Iterable[str]] = ..., paper: bool = ..., promised_working_days: _Optional[int] = ..., offline_hours: _Optional[int] = ..., pools: _Optional[_Iterable[str]] = ..., collecting_anywhere: bool = ..., printing: _Optional[_Iterable[str]] = ..., seal: _Optional[_Union[SealTerms, _Mapping]] = ..., paper_ways: _Optional[_Iterable[_Union[PaperWay, str]]] = ..., paper_materials: _Optional[_Iterable[str]] = ..., courier_payer: _Optional[_Union[Payer, str]] = ..., step_limits: _Optional[_Iterable[_Union[StepLimit, _Mapping]]] = ..., identity_kinds: _Optional[_Iterable[str]] = ..., languages: _Optional[_Iterable[str]] = ..., fees: _Optional[_Iterable[_Union[FeeTerms, _Mapping]]] = ..., accepting_duties: _Optional[str] = ..., home_duties: _Optional[str] = ..., liability: _Optional[str] = ...) -> None: ...

class Contact(_message.Message):
    __slots__ = ("node", "office", "phone")
    NODE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    node: str
    office: str
    phone: str
    def __init__(self, node: _Optional[str] = ..., office: _Optional[str] = ..., phone: _Optional[str] = ...) -> None: ...

class AgreementDocument(_message.Message):
    __slots__ = ("name", "document_version", "title", "parties", "clauses", "effective_date", "expire_date", "open_questions", "source", "kind", "issuer", "entry", "pools", "coordinator", "notice_days", "renewal_months", "renews", "trial_required", "contacts")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    CLAUSES_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_DATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_DATE_FIELD_NUMBER: _ClassVar[int]
    OPEN_QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    COORDINATOR_FIELD_NUMBER: _ClassVar[int]
    NOTICE_DAYS_FIELD_NUMBER: _ClassVar[int]
    RENEWAL_MONTHS_FIELD_NUMBER: _ClassVar[int]
    RENEWS_FIELD_NUMBER: _ClassVar[int]
    TRIAL_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    document_version: int
    title: str
    parties: _containers.RepeatedCompositeFieldContainer[Party]
    clauses: _containers.RepeatedCompositeFieldContainer[Clause]
    effective_date: _date_pb2.Date
    expire_date: _date_pb2.Date
    open_questions: _containers.RepeatedScalarFieldContainer[str]
    source: str
    kind: AgreementKind
    issuer: str
    entry: EntryRule
    pools: _containers.RepeatedCompositeFieldContainer[ItemPool]
    coordinator: str
    notice_days: int
    renewal_months: int
    renews: str
    trial_required: bool
    contacts: _containers.RepeatedCompositeFieldContainer[Contact]
    def __init__(self, name: _Optional[str] = ..., document_version: _Optional[int] = ..., title: _Optional[str] = ..., parties: _Optional[_Iterable[_Union[Party, _Mapping]]] = ..., clauses: _Optional[_Iterable[_Union[Clause, _Mapping]]] = ..., effective_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., expire_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., open_questions: _Optional[_Iterable[str]] = ..., source: _Optional[str] = ..., kind: _Optional[_Union[AgreementKind, str]] = ..., issuer: _Optional[str] = ..., entry: _Optional[_Union[EntryRule, str]] = ..., pools: _Optional[_Iterable[_Union[ItemPool, _Mapping]]] = ..., coordinator: _Optional[str] = ..., notice_days: _Optional[int] = ..., renewal_months: _Optional[int] = ..., renews: _Optional[str] = ..., trial_required: bool = ..., contacts: _Optional[_Iterable[_Union[Contact, _Mapping]]] = ...) -> None: ...

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

class AgreementRevised(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    def __init__(self, document: _Optional[bytes] = ...) -> None: ...

class AmendmentProposed(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: bytes
    def __init__(self, document: _Optional[bytes] = ...) -> None: ...

class AmendmentWithdrawn(_message.Message):
    __slots__ = ("document_digest", "comment")
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    document_digest: bytes
    comment: str
    def __init__(self, document_digest: _Optional[bytes] = ..., comment: _Optional[str] = ...) -> None: ...

class AgreementCommented(_message.Message):
    __slots__ = ("document_digest", "clause", "comment")
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CLAUSE_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    document_digest: bytes
    clause: str
    comment: str
    def __init__(self, document_digest: _Optional[bytes] = ..., clause: _Optional[str] = ..., comment: _Optional[str] = ...) -> None: ...

class PartSuspended(_message.Message):
    __slots__ = ("items", "effect_time", "honour_time", "comment")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    EFFECT_TIME_FIELD_NUMBER: _ClassVar[int]
    HONOUR_TIME_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedScalarFieldContainer[str]
    effect_time: _timestamp_pb2.Timestamp
    honour_time: _timestamp_pb2.Timestamp
    comment: str
    def __init__(self, items: _Optional[_Iterable[str]] = ..., effect_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., honour_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., comment: _Optional[str] = ...) -> None: ...

class PartResumed(_message.Message):
    __slots__ = ("suspension",)
    SUSPENSION_FIELD_NUMBER: _ClassVar[int]
    suspension: str
    def __init__(self, suspension: _Optional[str] = ...) -> None: ...

class PartyLeft(_message.Message):
    __slots__ = ("effect_date",)
    EFFECT_DATE_FIELD_NUMBER: _ClassVar[int]
    effect_date: _date_pb2.Date
    def __init__(self, effect_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class RenewalDeclined(_message.Message):
    __slots__ = ("expire_date",)
    EXPIRE_DATE_FIELD_NUMBER: _ClassVar[int]
    expire_date: _date_pb2.Date
    def __init__(self, expire_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class TrialPassed(_message.Message):
    __slots__ = ("partner", "application")
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    partner: str
    application: str
    def __init__(self, partner: _Optional[str] = ..., application: _Optional[str] = ...) -> None: ...

class PartySignature(_message.Message):
    __slots__ = ("node", "sign_time", "event_id")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SIGN_TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    node: str
    sign_time: _timestamp_pb2.Timestamp
    event_id: str
    def __init__(self, node: _Optional[str] = ..., sign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_id: _Optional[str] = ...) -> None: ...

class AgreementText(_message.Message):
    __slots__ = ("document", "document_digest", "signatures", "proposer", "propose_time", "begin_time", "revision")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    PROPOSER_FIELD_NUMBER: _ClassVar[int]
    PROPOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    document: AgreementDocument
    document_digest: bytes
    signatures: _containers.RepeatedCompositeFieldContainer[PartySignature]
    proposer: str
    propose_time: _timestamp_pb2.Timestamp
    begin_time: _timestamp_pb2.Timestamp
    revision: int
    def __init__(self, document: _Optional[_Union[AgreementDocument, _Mapping]] = ..., document_digest: _Optional[bytes] = ..., signatures: _Optional[_Iterable[_Union[PartySignature, _Mapping]]] = ..., proposer: _Optional[str] = ..., propose_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class AgreementComment(_message.Message):
    __slots__ = ("node", "document_digest", "clause", "comment", "create_time", "event_id")
    NODE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CLAUSE_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    node: str
    document_digest: bytes
    clause: str
    comment: str
    create_time: _timestamp_pb2.Timestamp
    event_id: str
    def __init__(self, node: _Optional[str] = ..., document_digest: _Optional[bytes] = ..., clause: _Optional[str] = ..., comment: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_id: _Optional[str] = ...) -> None: ...

class PartSuspension(_message.Message):
    __slots__ = ("event_id", "node", "items", "effect_time", "honour_time", "comment")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    EFFECT_TIME_FIELD_NUMBER: _ClassVar[int]
    HONOUR_TIME_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    node: str
    items: _containers.RepeatedScalarFieldContainer[str]
    effect_time: _timestamp_pb2.Timestamp
    honour_time: _timestamp_pb2.Timestamp
    comment: str
    def __init__(self, event_id: _Optional[str] = ..., node: _Optional[str] = ..., items: _Optional[_Iterable[str]] = ..., effect_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., honour_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., comment: _Optional[str] = ...) -> None: ...

class PartyLeaving(_message.Message):
    __slots__ = ("node", "effect_date", "event_id")
    NODE_FIELD_NUMBER: _ClassVar[int]
    EFFECT_DATE_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    node: str
    effect_date: _date_pb2.Date
    event_id: str
    def __init__(self, node: _Optional[str] = ..., effect_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., event_id: _Optional[str] = ...) -> None: ...

class PartyTrial(_message.Message):
    __slots__ = ("node", "partner", "application", "event_id")
    NODE_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    node: str
    partner: str
    application: str
    event_id: str
    def __init__(self, node: _Optional[str] = ..., partner: _Optional[str] = ..., application: _Optional[str] = ..., event_id: _Optional[str] = ...) -> None: ...

class Agreement(_message.Message):
    __slots__ = ("name", "state", "version", "head", "lifecycle_version", "document", "document_digest", "signatures", "suspend_time", "honour_time", "terminate_date", "create_time", "update_time", "begin_time", "proposer", "revision", "amendment", "past", "comments", "part_suspensions", "leavings", "trials", "decline_date")
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
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPOSER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AMENDMENT_FIELD_NUMBER: _ClassVar[int]
    PAST_FIELD_NUMBER: _ClassVar[int]
    COMMENTS_FIELD_NUMBER: _ClassVar[int]
    PART_SUSPENSIONS_FIELD_NUMBER: _ClassVar[int]
    LEAVINGS_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    DECLINE_DATE_FIELD_NUMBER: _ClassVar[int]
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
    begin_time: _timestamp_pb2.Timestamp
    proposer: str
    revision: int
    amendment: AgreementText
    past: _containers.RepeatedCompositeFieldContainer[AgreementText]
    comments: _containers.RepeatedCompositeFieldContainer[AgreementComment]
    part_suspensions: _containers.RepeatedCompositeFieldContainer[PartSuspension]
    leavings: _containers.RepeatedCompositeFieldContainer[PartyLeaving]
    trials: _containers.RepeatedCompositeFieldContainer[PartyTrial]
    decline_date: _date_pb2.Date
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[_lifecycle_pb2.AgreementState, str]] = ..., version: _Optional[int] = ..., head: _Optional[bytes] = ..., lifecycle_version: _Optional[int] = ..., document: _Optional[_Union[AgreementDocument, _Mapping]] = ..., document_digest: _Optional[bytes] = ..., signatures: _Optional[_Iterable[_Union[PartySignature, _Mapping]]] = ..., suspend_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., honour_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., terminate_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., proposer: _Optional[str] = ..., revision: _Optional[int] = ..., amendment: _Optional[_Union[AgreementText, _Mapping]] = ..., past: _Optional[_Iterable[_Union[AgreementText, _Mapping]]] = ..., comments: _Optional[_Iterable[_Union[AgreementComment, _Mapping]]] = ..., part_suspensions: _Optional[_Iterable[_Union[PartSuspension, _Mapping]]] = ..., leavings: _Optional[_Iterable[_Union[PartyLeaving, _Mapping]]] = ..., trials: _Optional[_Iterable[_Union[PartyTrial, _Mapping]]] = ..., decline_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...
