"""Every way in which Tongban says no: one tree, in the words of the person who reads it.

    TongbanError
    ├── InvalidInput       the caller sent something malformed            INVALID_ARGUMENT     400
    ├── Unauthenticated    the caller did not prove who it is             UNAUTHENTICATED      401
    ├── Forbidden          known, and not allowed                         PERMISSION_DENIED    403
    ├── NotFound           the thing named does not exist here            NOT_FOUND            404
    ├── AlreadyExists      the name is taken by other content             ALREADY_EXISTS       409
    ├── Conflict           somebody else was first; look again            ABORTED              409
    ├── Refused            well-formed, and against a rule or the state   FAILED_PRECONDITION  422
    ├── Overloaded         try again after the stated time                RESOURCE_EXHAUSTED   429
    ├── Unavailable        a part that is needed is away                  UNAVAILABLE          503
    └── Damaged            stored data fails its own proof                DATA_LOSS            500

The docstring of a class is its message: the first paragraph in Chinese, the second in English, with
`{placeholders}` that the keyword facts fill.  A message says what happened, where, and what to do.  The class
name is the reason: `EventIdReused` is `EVENT_ID_REUSED` on the wire (`tongban.v1.Reason`), and a test holds the
two lists equal.  `mender` says who can put it right; `tongban.faults` says of each reason which party and hop failed
and what to do (`party` and `hop` are set here only where a peer named them).  The two doors out are
`tongban.rpc.status` (gRPC with `google.rpc` details) and `tongban.problem` (HTTP problem+json, RFC 9457); both are
total over this tree.
"""

from __future__ import annotations

import enum
import functools
import inspect
import re
from typing import ClassVar, Self


class Mender(enum.StrEnum):
    """Who can put a refusal right."""

    CLERK = "clerk"  # the person at the desk, by changing what was typed
    AUTHOR = "author"  # the node or program that made the message
    HOME = "home"  # the deciding region
    OPERATOR = "operator"  # whoever runs the node or the gateway
    NOBODY = "nobody"  # it is final


class TongbanError(Exception):
    """发生错误。

    Something went wrong.
    """

    grpc_code: ClassVar[str] = "UNKNOWN"
    http_status: ClassVar[int] = 500
    mender: Mender = Mender.OPERATOR
    retry_seconds: float | None = None
    party: str = ""
    hop: str = ""
    _quote: tuple[str, str, str] | None = None

    def __init__(self, /, *, field: str = "", **facts: object) -> None:
        self.field = field
        self.facts: dict[str, str] = {"field": field, **{k: str(v) for k, v in facts.items()}}
        super().__init__(self.text("en"))

    @classmethod
    def reason(cls) -> str:
        """The reason in SCREAMING_SNAKE_CASE, as in `tongban.v1.Reason`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).upper()

    def text(self, language: str = "zh") -> str:
        """The message for a person; `language` is `zh` or `en`."""
        if self._quote:
            return self._quote[2 if language == "en" else 1]
        return _template(self.__doc__ or "", language).format_map(_Facts(self.facts, language))

    @classmethod
    def quoted(cls, reason: str, zh: str, en: str, /, *, field: str = "", **facts: object) -> Self:
        """A peer's error in the peer's own words: for a reason that this version does not know, or without its facts."""
        error = cls(field=field, **facts)
        error._quote = (reason, zh or en, en or zh)
        error.args = (error.text("en"),)
        return error

    @property
    def wire_reason(self) -> str:
        """The reason as it goes out: the class's own, or the peer's where this is a peer's error."""
        return self._quote[0] if self._quote else self.reason()


@functools.cache
def _template(doc: str, language: str) -> str:
    zh, _, en = inspect.cleandoc(doc).partition("\n\n")
    return " ".join((en if language == "en" and en else zh).split())


# Facts that are sentences of ours, and may have been written in both languages at once.
_SENTENCES = frozenset({"problem", "kind", "what", "state", "expected", "owner", "name"})
_MAX_SENTENCE = 1000


class _Facts(dict[str, str]):
    """What fills the placeholders, in the reader's language.

    `problem_en` stands in for `problem` where that is English; one that was written as `中文 / English` or
    `中文 (English)` gives its half.
    """

    def __init__(self, facts: dict[str, str], language: str) -> None:
        super().__init__(facts)
        self._language = language

    def __getitem__(self, key: str) -> str:
        found = self.get(f"{key}_{self._language}")
        if found:
            return found
        fact = self.get(key) or "?"
        return _half(fact, self._language) if key in _SENTENCES and f"{key}_en" not in self else fact


def _half(fact: str, language: str) -> str:
    """One language of a fact that holds Chinese and then English; any other fact as it is."""
    last = max((place for place, char in enumerate(fact[:_MAX_SENTENCE]) if _is_han(char)), default=-1)
    if last < 0 or len(fact) > _MAX_SENTENCE:
        return fact
    chinese, mark, english = fact[last:].partition(" / ")
    if (fact.endswith(")") and "(" in chinese) or not mark:
        chinese, mark, english = fact[last:].partition("(")
        english = english.removesuffix(")") if fact.endswith(")") else ""
    if not any(char.isascii() and char.isalpha() for char in english):
        return fact
    return english if language == "en" else (fact[:last] + chinese).rstrip()


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


# What the caller sent is malformed


class InvalidInput(TongbanError):
    """输入有误:{field}。

    The input is not valid: {field}.
    """

    grpc_code = "INVALID_ARGUMENT"
    http_status = 400
    mender = Mender.CLERK


class FieldInvalid(InvalidInput):
    """“{field}”填写有误:{problem}。请改正后重新提交。

    Field {field} is not valid: {problem}. Correct it and send again.
    """


class FieldsUnknown(InvalidInput):
    """{field} 含有本系统不认识的字段({tags}),为免遗漏内容,未受理。请升级或去掉该字段。

    {field} carries fields this service does not know ({tags}); nothing was stored. Upgrade, or leave them out.
    """

    mender = Mender.AUTHOR


class MessageTooLarge(InvalidInput):
    """{field} 大小为 {size} 字节,超过上限 {limit} 字节,未受理。请缩小文件或减少件数后重新提交。

    {field} is {size} bytes, over the limit of {limit}; nothing was stored. Make files smaller, or send fewer at a time.
    """

    http_status = 413


class MessageMalformed(InvalidInput):
    """{field} 无法解析:{problem}。请检查发送方程序。

    {field} cannot be parsed: {problem}. Check the sending program.
    """

    mender = Mender.AUTHOR


class UnsupportedProtocolVersion(InvalidInput):
    """协议版本 {version} 不受支持,本端支持:{supported}。请升级较旧的一方。

    Protocol version {version} is not spoken here; supported: {supported}. Upgrade the older side.
    """

    mender = Mender.OPERATOR


class UnsupportedLifecycleVersion(InvalidInput):
    """流程版本 {version} 不受支持({stream}),本端支持:{supported}。请升级较旧的一方。

    Lifecycle version {version} of {stream} is not spoken here; supported: {supported}. Upgrade the older side.
    """

    mender = Mender.OPERATOR


class UnknownEventType(InvalidInput):
    """事件类型不明({event}),未予入账。请核对双方软件版本。

    The type of event {event} is not known here. Compare the software versions of both sides.
    """

    mender = Mender.AUTHOR


class SignatureInvalid(InvalidInput):
    """{field} 的签名验证不通过(密钥 {key})。内容可能被改动,请由原单位重新签发。

    The signature on {field} (key {key}) does not verify. The content may have been changed; ask its author to sign again.
    """

    mender = Mender.AUTHOR


class KeyUnknown(InvalidInput):
    """签名密钥 {key} 不在目录中。请确认该节点已加入并登记密钥。

    Signing key {key} is not in the directory. Check that its node has joined and registered it.
    """

    mender = Mender.OPERATOR


class KeyNotActive(InvalidInput):
    """密钥 {key} {state},不能签发新内容。请换用现行密钥。

    Key {key} is {state} and signs nothing new. Use the current key.
    """

    mender = Mender.OPERATOR


class IdentityNumberInvalid(InvalidInput):
    """“{field}”不是有效的{kind}:{problem}。请对照证件核对。

    {field} is not a valid {kind}: {problem}. Compare it with the document.
    """


class NameInvalid(InvalidInput):
    """名称“{name}”格式有误,应为 {expected}。

    The resource name {name!s} is not of the form {expected}.
    """


class CheckCharacterWrong(InvalidInput):
    """编号“{number}”校验位不符,可能输错。请对照单据重新输入或扫码。

    Number {number} fails its check character, so it is probably mistyped. Compare it, or scan the code.
    """


class GroupIncomplete(InvalidInput):
    """一组不可分的事件应有 {expected} 个,只收到 {received} 个,整组未入账。请重新发送整组。

    An atomic group should hold {expected} events and {received} came; none was stored. Send the whole group again.
    """

    mender = Mender.AUTHOR


class AttachmentMismatch(InvalidInput):
    """密封附件与事件所载摘要不符({digest})。请重新发送。

    A sealed attachment does not match the digests of its event ({digest}). Send it again.
    """

    mender = Mender.AUTHOR


class FilterInvalid(InvalidInput):
    """查询条件“{field}”有误:{problem}。请改正后重新查询。

    The query's {field} is not valid: {problem}. Correct it and ask again.
    """


# Who are you


class Unauthenticated(TongbanError):
    """身份未确认。

    The caller is not authenticated.
    """

    grpc_code = "UNAUTHENTICATED"
    http_status = 401
    mender = Mender.OPERATOR


class CertificateMissing(Unauthenticated):
    """连接未出示节点证书。请先用一次性邀请加入(tongban node join)。

    The connection shows no node certificate. Join with an invitation first (tongban node join).
    """


class InvitationInvalid(Unauthenticated):
    """邀请无效或抄写有误。请向网关管理员索取新的邀请。

    The invitation is not valid. Ask the gateway's operator for a new one.
    """


class InvitationUsed(Unauthenticated):
    """该邀请已使用过({used_time}),只能用一次。若非本单位所用,请立即告知网关管理员。

    The invitation was already used at {used_time}; it works once. If that was not you, tell the gateway's operator now.
    """


class InvitationExpired(Unauthenticated):
    """邀请已于 {expire_time} 过期。请索取新的邀请。

    The invitation expired at {expire_time}. Ask for a new one.
    """


class RenewalChallengeInvalid(Unauthenticated):
    """换发证书的口令无效:{problem}。请重新索取口令,签名后再试;节点会自动重试。

    The challenge for renewing a certificate is not valid: {problem}. Ask for a new one and sign that; a node tries again
    by itself.
    """

    mender = Mender.AUTHOR


class SignInRequired(Unauthenticated):
    """请先登录。

    Sign in first.
    """

    mender = Mender.CLERK


class SignInFailed(Unauthenticated):
    """用户名或密码不对。请重新输入;忘记密码请找本单位管理员。

    The name or the password is wrong. Try again, or ask your administrator.
    """

    mender = Mender.CLERK


class SignInLocked(Unauthenticated):
    """密码连续输错,该账号锁定至 {until}。如非本人操作,请告知本单位管理员。

    The password was mistyped too often; the name is locked until {until}. If that was not you, tell your administrator.
    """

    mender = Mender.CLERK


class CarrierPushForged(Unauthenticated):
    """有人冒充 {carrier} 向推送地址发送了签名不符的内容,未采信,也未改变任何记录。请核对该账户的推送密钥(salt),必要时更换推送地址。

    Somebody sent a push to the address of {carrier} that bears no good signature; nothing of it was believed and nothing changed. Check the account's salt, and change the push address where it has leaked.
    """

    mender = Mender.OPERATOR


# You may not


class Forbidden(TongbanError):
    """没有权限。

    That is not allowed for you.
    """

    grpc_code = "PERMISSION_DENIED"
    http_status = 403
    mender = Mender.OPERATOR


class RoleNotAllowed(Forbidden):
    """“{action}”须由{roles}办理,您({caller})没有此项职责。

    {action} is for {roles}; {caller} does not hold that role.
    """


class KeyOfAnotherNode(Forbidden):
    """事件署名为 {author},却由 {peer} 发来或用其密钥签名,未予入账。

    The event names {author} as its author but came from, or is signed by, {peer}. Nothing was stored.
    """


class NotTheDecider(Forbidden):
    """只有条款指定的决定机关 {decider} 能{action},{author} 无权作出。

    Only {decider}, the decider named by the cited clause, may {action}; {author} may not.
    """

    mender = Mender.HOME


class NotParty(Forbidden):
    """{node} 不是 {stream} 的参与方,不能查看或写入。

    {node} is not a party of {stream}.
    """


class NodeNotActive(Forbidden):
    """节点 {node} 当前为“{state}”,不能提交新业务。请联系网关管理员。

    Node {node} is {state} and may not submit. Ask the gateway's operator.
    """


# Not here


class NotFound(TongbanError):
    """没有找到 {name}。请核对编号。

    {name} does not exist here. Check the number.
    """

    grpc_code = "NOT_FOUND"
    http_status = 404
    mender = Mender.CLERK


class ApplicationNotFound(NotFound):
    """没有找到办件 {name}。请核对申请编号。

    Application {name} does not exist here. Check the number.
    """


class ParcelNotFound(NotFound):
    """没有找到邮包 {name}。请核对邮包编号或重新扫码。

    Parcel {name} does not exist here. Check the number or scan again.
    """


class OriginalNotFound(NotFound):
    """本节点没有原件 {name} 的保管记录。请核对办件编号和材料名称。

    This node has no custody record of original {name}. Check the application's number and the material.
    """


class ItemNotFound(NotFound):
    """{region} 没有发布事项 {name}。请从该地事项清单中选择。

    {region} has not published item {name}. Choose one from its list.
    """


class NodeNotFound(NotFound):
    """目录中没有节点 {name}。请核对节点名称,或等其接入。

    Node {name} is not in the directory. Check its name, or wait until it has joined.
    """


class AgreementNotFound(NotFound):
    """没有找到协议 {name}。请核对协议名称。

    Agreement {name} does not exist here. Check its name.
    """


# The name is taken, or somebody was first


class AlreadyExists(TongbanError):
    """{name} 已存在。

    {name} exists already.
    """

    grpc_code = "ALREADY_EXISTS"
    http_status = 409
    mender = Mender.AUTHOR


class EventIdReused(AlreadyExists):
    """事件编号 {event} 已用于另一内容,未予入账。请用新编号重新提交。

    Event id {event} was already used for other bytes; nothing was stored. Submit under a new id.
    """


class SequenceReused(AlreadyExists):
    """{author} 的顺序号 {sequence} 已用过(已到 {seen})。该节点可能是由旧备份恢复的,请先核对再继续。

    Sequence {sequence} of {author} was already used (seen up to {seen}). The node may be restored from an old backup; let it recover first.
    """

    mender = Mender.OPERATOR


class Conflict(TongbanError):
    """{name} 已被他人更新。请刷新后再试。

    {name} was changed by somebody else. Look again.
    """

    grpc_code = "ABORTED"
    http_status = 409
    mender = Mender.CLERK


class StreamConflict(Conflict):
    """{stream} 已有新进展(现为第 {found} 步,您依据的是第 {expected} 步),此操作未生效。请查看最新状态后再定。

    {stream} has moved on (now at version {found}, this was based on {expected}); nothing was done. Look at its present state and decide again.
    """


class PredecessorRejected(Conflict):
    """此操作所依据的前一步({event})未被接受,因此也未生效。请先处理前一步。

    The step that this one builds on ({event}) was refused, so this one was too. Mend that one first.
    """


class PredecessorMissing(Conflict):
    """{stream} 第 {version} 步尚未入账,此操作须在其后,因此未入账。待其入账后请用新编号重新提交。

    {stream} has not reached version {version}, which this must follow; nothing was stored. Submit under a new id once it has.
    """

    mender = Mender.AUTHOR


class EpochChanged(Conflict):
    """网关已更换纪元(现为 {found},您持有 {expected})。正在重新核对记录,请稍候。

    The gateway is in epoch {found}, and {expected} was expected. Records are being compared; wait.
    """

    mender = Mender.OPERATOR


class PeerAhead(Conflict):
    """{peer} 所知比本端更新(对方 {theirs},本端 {ours}),本端可能由旧备份恢复。核对完成前不办新业务。

    {peer} knows more than this side ({theirs}, here {ours}): this side may be restored from an old backup. Nothing new is admitted until it has recovered.
    """

    mender = Mender.OPERATOR


# Against a rule or the present state


class Refused(TongbanError):
    """按规则不能办理:{problem}。

    Refused by rule: {problem}.
    """

    grpc_code = "FAILED_PRECONDITION"
    http_status = 422
    mender = Mender.CLERK


class MoveNotAllowed(Refused):
    """{stream} 现为“{state}”,不能“{move}”;须先处于:{allowed}。

    {stream} is {state}, so “{move}” is not possible now; it must be one of: {allowed}.
    """


class SecondCorrectionNotice(Refused):
    """补正应一次性告知。{stream} 已发过补正通知,不能再次要求补正首次即可发现的缺项。

    Defects are notified once, all together. {stream} already had its notice, and a second one is not possible.
    """

    mender = Mender.HOME


class NoAgreementInForce(Refused):
    """{accepting} 与 {home} 之间没有覆盖“{item}”的有效协议,不能收件。{hint}

    No agreement in force between {accepting} and {home} covers {item}. {hint}
    """

    mender = Mender.NOBODY


class ItemNotCovered(Refused):
    """协议 {agreement} 未列入事项“{item}”,不能收件。{hint}

    Agreement {agreement} does not list {item}. {hint}
    """

    mender = Mender.NOBODY


class AgreementNotYetInForce(Refused):
    """协议 {agreement} 自 {from_date} 起生效,{date} 尚不能收件。

    Agreement {agreement} is in force from {from_date}; {date} is too early.
    """

    mender = Mender.NOBODY


class AgreementExpired(Refused):
    """协议 {agreement} 已于 {to_date} 到期,{date} 不能再收件。请联系双方协议负责人续签。

    Agreement {agreement} ended on {to_date}; {date} is too late. Ask its owners to renew it.
    """

    mender = Mender.HOME


class AgreementSuspended(Refused):
    """协议 {agreement} 自 {since} 起中止,暂不能收件。

    Agreement {agreement} is suspended since {since}.
    """

    mender = Mender.HOME


class PartSuspended(Refused):
    """协议 {agreement} 中 {member} 的部分自 {since} 起中止({what}),暂不能收件。

    In agreement {agreement} the part of {member} is suspended since {since} ({what}).
    """

    mender = Mender.HOME


class PartyNotBound(Refused):
    """{member} 目前不受协议 {agreement} 约束:{why}。

    {member} is not bound by agreement {agreement} at present: {why}.
    """

    mender = Mender.HOME


class IdentityKindNotCovered(Refused):
    """协议 {agreement} 不接受“{kind}”,可用证件:{allowed}。

    Agreement {agreement} does not take {kind}; taken: {allowed}.
    """


class AmendmentPending(Refused):
    """协议 {name} 已有一份修订(第 {version} 版,{proposer} 提出)等待签署。请先签署、修改或撤回它。

    Agreement {name} has an amendment already (version {version}, by {proposer}) that waits for signatures. Sign, revise or withdraw that first.
    """


class NoTextPending(Refused):
    """协议 {name} 没有等待签署的文本。

    Agreement {name} has no text that waits for signatures.
    """


class NotTheTextPending(Refused):
    """{name} 等待签署的不是这份文本:所指摘要 {given},现为 {pending}。请重新阅读现在的文本。

    {name} has another text waiting than this one: the digest given is {given}, now it is {pending}. Read the present text again.
    """


class RenewalCircular(Refused):
    """协议 {name} 的续期关系成环:{chain}。

    The renewals of agreement {name} go in a circle: {chain}.
    """


class NoticeTooShort(Refused):
    """协议 {name} 约定提前 {days} 日通知:最早可自 {earliest} 起生效,所填为 {given}。

    Agreement {name} asks for {days} days of notice: {earliest} is the earliest day, {given} was given.
    """


class CoordinatorOnly(Refused):
    """协议 {name} 整体的“{move}”只能由牵头方 {coordinator} 作出;本方可中止自己的部分或退出。

    Only the coordinator {coordinator} may make agreement {name} {move} as a whole; a party may suspend its own part, or leave.
    """


class TooFewPartiesLeft(Refused):
    """{member} 退出后协议 {name} 不足两方,请改为终止协议。

    Without {member} agreement {name} would have fewer than two parties; terminate it instead.
    """


class AmendmentNotYours(Refused):
    """{member} 已签署 {proposer} 对 {name} 提出的修订,不能再撤回;需要变动时请提出修改文本。

    {member} has signed the amendment that {proposer} proposed to {name}, and cannot withdraw it; propose another text instead.
    """


class TrialFailed(Refused):
    """试运行未通过:在“{step}”一步,{member}:{problem}

    The trial run did not pass: at step {step}, {member}: {problem}
    """


class ResultNotRecognised(Refused):
    """“{title}”({home} 签发)在 {place} 不予认可:有效范围为{area}。

    {title} (issued by {home}) is not recognised at {place}: its validity area is {area}.
    """

    mender = Mender.HOME


class AgreementTerminated(Refused):
    """协议 {agreement} 已于 {since} 终止,不能再收件。

    Agreement {agreement} was terminated on {since}.
    """

    mender = Mender.NOBODY


class ModeNotCovered(Refused):
    """协议 {agreement} 中“{item}”不支持“{mode}”方式,可用方式:{allowed}。

    Agreement {agreement} does not offer {item} by mode {mode}; offered: {allowed}.
    """


class ApplicantNotCovered(Refused):
    """协议 {agreement} 中“{item}”不面向“{applicant}”,可办对象:{allowed}。

    Agreement {agreement} does not offer {item} to {applicant}; offered to: {allowed}.
    """


class ChannelNotCovered(Refused):
    """协议 {agreement} 中“{item}”不能经“{channel}”提交,可用渠道:{allowed}。

    Agreement {agreement} does not offer {item} through {channel}; offered: {allowed}.
    """


class PrintingNotCovered(Refused):
    """协议 {agreement} 条款 {clause} 未准许 {node} 打印“{item}”的证照,可打印的节点:{allowed}。

    Clause {clause} of agreement {agreement} does not let {node} print the result of {item}; allowed: {allowed}.
    """


class CollectingNotCovered(Refused):
    """不能在所选地点取证:{problem}。

    The result cannot be collected at the place chosen: {problem}.
    """


class AuthorityHasNoNode(Refused):
    """{home} 尚未接入,无法把“{item}”送达有权机关。

    {home} has not joined, so {item} cannot reach the authority.
    """

    mender = Mender.OPERATOR


class RouteChanged(Refused):
    """办理路径已变更:{stream} 引用 {cited},现应为 {found}。请按新路径重新提交。

    The route has changed: {stream} cites {cited}, and now it is {found}. Submit again on the new route.
    """

    mender = Mender.AUTHOR


class DirectoryTooOld(Refused):
    """本节点的协议副本已 {age} 未更新,超过条款允许的 {limit},暂不能离线收件。请先联网。

    This node's copy of the agreement is {age} old, over the {limit} that its clause allows for filing offline. Connect first.
    """

    mender = Mender.OPERATOR


class ClaimedTimeBeforeCheckpoint(Refused):
    """事件自称时间 {claimed} 早于其引用的检查点 {seen},不合情理,未予入账。请校准时钟。

    The event claims {claimed}, before the checkpoint it cites ({seen}). Set the clock.
    """

    mender = Mender.OPERATOR


class ClaimedTimeInFuture(Refused):
    """事件自称时间 {claimed} 晚于网关收到时间 {admitted},未予入账。请校准时钟。

    The event claims {claimed}, after its admission at {admitted}. Set the clock.
    """

    mender = Mender.OPERATOR


class CheckpointUnknown(Refused):
    """事件引用的检查点 {seen} 不存在,或其时间不符,未予入账。请核对发送方程序。

    The checkpoint cited ({seen}) does not exist, or its time is another; nothing was stored. Check the sending program.
    """

    mender = Mender.AUTHOR


class ManifestMismatch(Refused):
    """{stream} 的{what}与封包时不符(应为 {expected},现为 {found})。请核对实物,如属实请登记异常。

    The {what} of {stream} differs from when it was sealed (expected {expected}, found {found}). Check the parcel; if true, record a discrepancy.
    """


class NotTheCustodian(Refused):
    """{what} 现由 {holder} 保管,{caller} 不能交出。

    {what} is held by {holder}; {caller} cannot hand it over.
    """


class ContentsUnchecked(Refused):
    """{stream} 还有 {count} 件未逐一核对:{items}。请先核对或登记差异。

    {stream} has {count} items not yet checked: {items}. Check each or record a discrepancy.
    """


class OriginalElsewhere(Refused):
    """原件“{paper}”已在邮包 {number} 中,不能同时装入另一邮包。

    The original “{paper}” is already in parcel {number} and cannot be packed twice.
    """


class RequestRefused(Refused):
    """以同一请求编号办过的 {name} 已被{by}退回,没有生效:{why} 请先问主管(任务 {task},{progress}),重新办理后原编号照旧;否则另填新单,程序换用新的请求编号。

    What this request id made before, {name}, was refused by {by} and has no effect: {why} Your supervisor has it as task {task} ({progress}) and may do it again under the same number; else do it anew under a new request id.
    """


class PickupCodeWrong(Refused):
    """取件码不对,还可再试 {left} 次。请让申请人出示最新的取件码。

    The pickup code is wrong; {left} tries left. Ask the applicant to show the newest code.
    """


class PickupLocked(Refused):
    """取件码连续输错,已锁定至 {until}。请核验申请人身份后由管理人员解锁。

    The pickup code was mistyped too often and is locked until {until}. Check the applicant's identity; a supervisor can unlock.
    """

    mender = Mender.OPERATOR


class PickupCodeUsed(Refused):
    """该取件码已于 {used_time} 使用。

    The pickup code was used at {used_time}.
    """

    mender = Mender.NOBODY


class PickupCodeEnded(Refused):
    """取件码已于 {ended} 过期。请在窗口核验身份证件后换发新码,证照仍在。

    The pickup code ended at {ended}. Check the identity document at the window and make a new one; the result is still there.
    """


class CertificateNotSurrendered(Refused):
    """发新证前须先收回旧证:{codes}。请收回后再发证,确实不能交回的请登记原因。

    Before the new certificate is handed out the old one must come back: {codes}. Take it in, or record why that is not possible.
    """


class PrintPermitHeld(Refused):
    """{original} 已有有效原件或打印许可:{standing},{holder}。每份证照只有一份有效原件,须先交回许可或缴销原件。

    {original} has a valid original or a permit to print one already: {standing}, {holder}. There is one valid original of each result; that permit comes back, or that original is made void, first.
    """


class OriginalVoid(Refused):
    """原件 {original} 已缴销({why}),不能再使用。

    Original {original} is void ({why}) and serves for nothing more.
    """

    mender = Mender.NOBODY


class StreamParked(Refused):
    """{stream} 暂停处理:{problem}。已交 {owner} 处理,其他办件不受影响。

    {stream} is parked: {problem}. {owner} owns it; nothing else is affected.
    """

    mender = Mender.OPERATOR


class SealNotForUs(Refused):
    """{what} 未授权给本节点,不能打开。请向持有方申请授权。

    {what} was not granted to this node. Ask a holder for a grant.
    """

    mender = Mender.HOME


class GlyphMissing(Refused):
    """“{field}”一栏的 {characters} 打印字体画不出,没有打印。请先手写此单,并把缺的字告知管理员。

    {field} holds {characters}, which the fonts for printing cannot draw; nothing was printed. Write this paper by hand, and tell your administrator which characters are missing.
    """

    mender = Mender.OPERATOR


class CarrierRefused(Refused):
    """{carrier} 拒绝了此单:{said}(代码 {code},{where})。请核对运单号、收寄件信息和电话后四位后再试。

    {carrier} refused this one: {said} (code {code}, {where}). Check the waybill number, both addresses and the last four digits of the telephone, and try again.
    """

    mender = Mender.CLERK


class CarrierAccessDenied(Refused):
    """{carrier} 不接受本中继的账户:{said}(代码 {code})。请管理员核对账户、密钥、接口权限和出口 IP。

    {carrier} does not accept this relay's account: {said} (code {code}). The administrator checks the account, its key, its permissions and the address calls come from.
    """

    mender = Mender.OPERATOR


class CarrierCannot(Refused):
    """本中继没有可为 {carrier} 办理{what}的账户。请在承运方页面自行办理,再录入运单号。

    This relay has no account with {carrier} that offers {what}. Do it on the carrier's own page and type in the waybill number.
    """

    mender = Mender.CLERK


class CarrierOrderCancelled(Refused):
    """{leg} 在 {carrier} 的订单已撤销,同一段不能再下单。请另交寄一段。

    The order of {leg} at {carrier} is cancelled, and a leg is not ordered twice. Book another leg.
    """

    mender = Mender.CLERK


class CarrierOutcomeUnknown(Refused):
    """{leg} 的订单已发往 {carrier},但不知道是否成立;为免重复下单,未再发送。请在承运方页面查明:已成立的录入运单号,未成立的撤销这一段后另行交寄。

    The order of {leg} went to {carrier}, and whether it stands is not known; it was not sent again, so that nothing is booked twice. Look at the carrier's own page: type in the waybill where there is one, otherwise cancel this leg and book another.
    """

    mender = Mender.CLERK


# Later, elsewhere, or broken


class Overloaded(TongbanError):
    """系统繁忙,请在 {retry} 秒后重试;已提交的内容不会丢失。

    Too busy; try again in {retry} s. Nothing already accepted is lost.
    """

    grpc_code = "RESOURCE_EXHAUSTED"
    http_status = 429
    mender = Mender.NOBODY
    retry_seconds = 1.0


class CarrierBusy(Overloaded):
    """{carrier} 限制了调用次数:{said}(代码 {code})。系统已放慢并会自动重试,不会漏掉轨迹。

    {carrier} limits the number of calls: {said} (code {code}). Asking goes on more slowly by itself, and no observation is lost.
    """

    retry_seconds = 60.0


class CreditExceeded(Overloaded):
    """{peer} 超出发送额度({sent} > {granted}),连接已关闭。请按额度发送。

    {peer} sent beyond its credit ({sent} > {granted}); the stream was closed. Send within the credit.
    """

    mender = Mender.AUTHOR


class StorageFull(Overloaded):
    """{what} 的存储空间已满,此次未写入任何内容;已办结的不受影响,查询照常。请其管理员清理或扩容,系统会自动重试。

    Storage of {what} is full and nothing of this was written; what was confirmed before is safe and can be read. Its operator should free or add space; it will be tried again.
    """

    mender = Mender.OPERATOR
    retry_seconds = 30.0


class Unavailable(TongbanError):
    """{what} 暂不可用,系统会自动重试。

    {what} is away at present; it will be tried again by itself.
    """

    grpc_code = "UNAVAILABLE"
    http_status = 503
    mender = Mender.OPERATOR
    retry_seconds = 1.0


class CarrierUnreachable(Unavailable):
    """连不上 {carrier}:{said}({where})。系统会自动重试,扫描和其他承运方不受影响;急件请人工查询。

    {carrier} cannot be reached: {said} ({where}). It is tried again by itself; scans and other carriers go on. Look urgent parcels up by hand.
    """

    retry_seconds = 60.0


class CarrierAnswerUnreadable(Unavailable):
    """{carrier} 的答复无法读取:{said}({where})。未采信其中任何内容,系统会自动重试。

    The answer of {carrier} cannot be read: {said} ({where}). Nothing of it was believed; it is tried again by itself.
    """

    retry_seconds = 60.0


class GatewayUnreachable(Unavailable):
    """连不上网关 {address}。本地业务照常办理,联网后自动上传。

    The gateway at {address} cannot be reached. Local work goes on and flows when it is back.
    """


class NotSealedYet(Unavailable):
    """批次 {batch} 已入账,尚未写进 {size} 条的存证日志。请稍后再取,或等下一个检查点。

    Batch {batch} is admitted and not in the log of {size} leaves yet. Ask again later, or after the next checkpoint.
    """

    mender = Mender.NOBODY
    retry_seconds = 5.0


class DeadlinePassed(Unavailable):
    """等候时限已过,此次未办理({what})。请稍后重试。

    The time that the caller waits was over before this was begun ({what}); nothing was done. Try again.
    """

    grpc_code = "DEADLINE_EXCEEDED"
    http_status = 504


class InternalFault(TongbanError):
    """{what} 处理此事件时程序出错(编号 {incident}),未予入账;已列入其待查清单,其他业务不受影响。请主管凭编号联系其管理员,查明后重新办理。

    A fault of the program of {what} (incident {incident}) kept this event out; it is on the list of its operator and nothing else is held up. Tell the operator the number, and do the step again once it is mended.
    """

    grpc_code = "INTERNAL"
    http_status = 500


class Damaged(TongbanError):
    """已存数据未通过自身校验:{what}。请停止写入并联系管理员。

    Stored data fails its own proof: {what}. Stop writing and call the operator.
    """

    grpc_code = "DATA_LOSS"
    http_status = 500
    mender = Mender.OPERATOR


class ConfigurationInvalid(TongbanError):
    """配置 {field} 有误:{problem}。请改正后重新启动。

    Setting {field} is not valid: {problem}. Correct it and start again.
    """

    grpc_code = "FAILED_PRECONDITION"
    http_status = 500
    mender = Mender.OPERATOR


def all_errors() -> list[type[TongbanError]]:
    """Every class of the tree, the root first, in the order they are declared."""
    found: list[type[TongbanError]] = []
    queue: list[type[TongbanError]] = [TongbanError]
    while queue:
        cls = queue.pop(0)
        found.append(cls)
        queue.extend(cls.__subclasses__())
    return found


@functools.cache
def errors_by_reason() -> dict[str, type[TongbanError]]:
    """The tree by its reasons, for the doors that read what a peer wrote."""
    return {cls.reason(): cls for cls in all_errors()}
