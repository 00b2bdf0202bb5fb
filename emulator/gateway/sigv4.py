"""Signature Version 4, verified: header and presigned form, session tokens, skew and payload hash.

Keys that this world issued are verified exactly. Any other key id is a development root key, whose signature nobody can
check: twelve digits are that account's root, other text is root of the default account.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_plus

from msgspec import Struct

from emulator.engine import identity
from emulator.engine.world import World
from emulator.shapes.dialect import AuthFault
from emulator.shapes.regions import partition
from emulator.values.call import Principal
from emulator.values.http import Request
from emulator.values.ids import was_issued

_ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW = 15 * 60
_LONGEST_LIFE = 7 * 24 * 3600
_UNSIGNED = "UNSIGNED-PAYLOAD"
_FORMAT = "%Y%m%dT%H%M%SZ"
_PLAIN = re.compile(rf"{_ALGORITHM} Credential=([^,\s]+), SignedHeaders=([^,\s]+)")


PRESIGNED = frozenset(
    f"X-Amz-{name}" for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature", "Security-Token")
)
"""Query parameters of a presigned request that are not the operation's."""


class Refused(Exception):  # noqa: N818  # it is a verdict on credentials, which the dialect turns into the service's error
    """Why credentials were not accepted; ``detail`` is AWS's text where it depends on the request."""

    def __init__(self, fault: AuthFault, detail: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.detail = detail


class Credential(Struct, frozen=True):
    """The parts of a signed request's credentials. ``lifetime`` is set on presigned ones, in seconds."""

    key_id: str
    date: str
    region: str
    service: str
    signed_headers: Sequence[str]
    signature: str
    stamp: str
    token: str
    lifetime: int | None = None


def credential(request: Request) -> Credential | None:
    """The credentials in the header or, presigned, in the query; None when the request is unsigned."""
    header = request.headers.get("authorization")
    if header is not None:
        return _from_header(header, request.headers)
    query = _decoded(request.query)
    return _from_query(query) if "X-Amz-Algorithm" in query or "X-Amz-Credential" in query else None


def _from_header(header: str, headers: Mapping[str, str]) -> Credential:
    shared, _, signature = header.rstrip().rpartition(", Signature=")
    stamp, token = headers.get("x-amz-date", ""), headers.get("x-amz-security-token", "")
    plain = _plain(shared) if stamp and signature and "," not in signature else None
    return Credential(*plain, signature, stamp, token) if plain else _from_any_header(header, headers, token)


@lru_cache(maxsize=256)
def _plain(shared: str) -> tuple[str, str, str, str, Sequence[str]] | None:
    """What a client's Authorization headers of one day have in common, as all SDKs write it; None when it is not so."""
    found = _PLAIN.fullmatch(shared)
    return (*_scope(found[1]), tuple(found[2].lower().split(";"))) if found else None


def _from_any_header(header: str, headers: Mapping[str, str], token: str) -> Credential:
    """The same of parts in any order, and what is wrong with them."""
    algorithm, _, rest = header.partition(" ")
    if algorithm != _ALGORITHM:
        raise Refused("malformed", f"Unsupported AWS 'algorithm': '{algorithm[:40]}'.")
    parts: dict[str, str] = {}
    for part in filter(None, map(str.strip, rest.split(","))):
        name, equals, parts[name] = part.partition("=")
        if not equals:
            text = f"'{name[:100]}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header[:200]}'."
            raise Refused("malformed", text)
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if not parts.get(name)]
    stamp = headers.get("x-amz-date") or _from_http_date(headers.get("date", ""))
    if missing or not stamp:
        texts = [f"Authorization header requires '{name}' parameter." for name in missing]
        if not stamp:
            texts.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        raise Refused("malformed", " ".join(texts))
    signed_headers = parts["SignedHeaders"].lower().split(";")
    return Credential(*_scope(parts["Credential"]), signed_headers, parts["Signature"], stamp, token)


def _from_http_date(text: str) -> str:
    """A Date header in the form of X-Amz-Date, in which it is signed; as it is when it is no HTTP date."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC).strftime(_FORMAT)
    except (ValueError, OverflowError):
        return text


def _from_query(query: Mapping[str, str]) -> Credential:
    wanted = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature")
    missing = [name for name in wanted if not query.get(name)]
    if missing:
        raise Refused("malformed", " ".join(f"AWS query-string parameters must include '{name}'." for name in missing))
    if query["X-Amz-Algorithm"] != _ALGORITHM:
        raise Refused("malformed", f"Unsupported AWS 'algorithm': '{query['X-Amz-Algorithm'][:40]}'.")
    life = query["X-Amz-Expires"]
    if not re.fullmatch(r"\d{1,6}", life, re.ASCII) or not 0 < int(life) <= _LONGEST_LIFE:
        raise Refused("malformed", f"X-Amz-Expires must be from 1 to {_LONGEST_LIFE} seconds.")
    return Credential(
        *_scope(query["X-Amz-Credential"]),
        query["X-Amz-SignedHeaders"].lower().split(";"),
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        query.get("X-Amz-Security-Token", ""),
        int(life),
    )


def _scope(text: str) -> tuple[str, str, str, str]:
    """Key id, date, Region and service."""
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or not parts[0]:
        why = f"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{text[:100]}'"
        raise Refused("malformed", why)
    key_id, date, region, service, term = parts
    if term != "aws4_request":
        raise Refused("malformed", f"Credential should be scoped with a valid terminator: 'aws4_request', not '{term[:40]}'.")
    if partition(region) is None:
        raise Refused("malformed", f"Credential should be scoped to a valid Region, not '{region[:40]}'.")
    return key_id, date, region, service


def authenticate(world: World, given: Credential, request: Request, *, default_account: str, is_strict: bool) -> Principal:
    """The principal that signed the request; raises :class:`Refused`."""
    _check_time(world, given)
    with world.lock.still:
        secret, principal = _holder(world, given, default_account, is_strict=is_strict)
    if secret is not None and not _is_same(_signature(secret, given, request), given.signature):
        raise Refused("bad signature")
    return principal


def _holder(world: World, given: Credential, default_account: str, *, is_strict: bool) -> tuple[str | None, Principal]:
    """The secret that the signature must have been made with (None: a development key) and who holds it."""
    signer = world.callers.signer(given.key_id)
    if signer is not None:
        key, principal = signer
        if principal is None or key.status != "Active" or given.token:
            raise Refused("unknown key")
        return key.secret, principal
    session = identity.find_session(world, given.key_id)
    if session is not None:
        principal = identity.of_session(world, session)
        if principal is None or not _is_same(session.token, given.token):
            raise Refused("unknown key")
        if session.expires <= world.clock.now(session.account):
            raise Refused("expired session")
        if session.kind != "role" and given.service == "iam":
            raise Refused("unknown key")  # IAM takes sessions of GetSessionToken only with MFA, federated users' never
        return session.secret, principal
    if is_strict or was_issued(given.key_id) or given.key_id in world.fixed_keys:
        raise Refused("unknown key")
    account = given.key_id if re.fullmatch(r"\d{12}", given.key_id, re.ASCII) else default_account
    return None, identity.root(account, partition(given.region) or "aws")


def _is_same(secret: str, given: str) -> bool:
    return hmac.compare_digest(secret.encode(), given.encode("utf-8", "replace"))


def _check_time(world: World, given: Credential) -> None:
    """Signatures are dated by the machine's clock, however far the emulated one was advanced."""
    signed_at = _instant(given.stamp)
    if signed_at is None:
        raise Refused("malformed", "Date must be in ISO-8601 'basic format'. Got '" + given.stamp[:40] + "'.")
    if given.stamp[:8] != given.date:
        raise Refused("bad signature")
    now = world.clock.wall()
    life = _SKEW if given.lifetime is None else given.lifetime
    if signed_at + life < now:
        limit = f"{_stamp(now)} - {life // 60} min."
        raise Refused("expired signature", f"Signature expired: {given.stamp} is now earlier than {_stamp(now - life)} ({limit})")
    if signed_at - _SKEW > now:
        limit = f"{_stamp(now)} + {_SKEW // 60} min."
        raise Refused(
            "early signature", f"Signature not yet current: {given.stamp} is still later than {_stamp(now + _SKEW)} ({limit})"
        )


@lru_cache(maxsize=256)
def _instant(stamp: str) -> float | None:
    """The instant of a basic ISO 8601 stamp. Whoever signs does so many times a second, and parsing takes long."""
    try:
        return datetime.strptime(stamp, _FORMAT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _stamp(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime(_FORMAT)


# The signature itself --------------------------------------------------------------------------------------------------


def _signature(secret: str, given: Credential, request: Request) -> str:
    scope = f"{given.date}/{given.region}/{given.service}/aws4_request"
    canonical = hashlib.sha256(_canonical_request(given, request).encode()).hexdigest()
    begun = _signing_key(secret, given.date, given.region, given.service)
    inner, outer = begun[0].copy(), begun[1].copy()
    inner.update(f"{_ALGORITHM}\n{given.stamp}\n{scope}\n{canonical}".encode())
    outer.update(inner.digest())
    return outer.hexdigest()


@lru_cache(maxsize=1024)
def _signing_key(secret: str, date: str, region: str, service: str) -> tuple[hashlib._Hash, hashlib._Hash]:
    """The signing key as the two hashes that HMAC begins with it (RFC 2104): to go on from them takes a third of hmac.digest."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    block = key.ljust(64, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


def _canonical_request(given: Credential, request: Request) -> str:
    if "host" not in given.signed_headers:
        raise Refused("bad signature")
    headers = "".join([f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in given.signed_headers])
    return "\n".join(
        (
            request.method,
            _canonical_path(request.path),
            _canonical_query(request.query) if request.query else "",
            headers,
            ";".join(given.signed_headers),
            _payload_hash(request),
        )
    )


@lru_cache(maxsize=256)
def _canonical_path(path: str) -> str:
    return quote(_normal_path(path), safe="/~")


def _normal_path(path: str) -> str:
    """Without dot segments and doubled slashes, as every service but S3 signs it; still percent-encoded."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in {"", "."}:
            kept.append(part)
    ending = "/" if kept and path.endswith("/") else ""
    return "/" + "/".join(kept) + ending


def _canonical_query(query: str) -> str:
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    coded = [tuple(quote(unquote_plus(text), safe="-_.~") for text in pair) for pair in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(coded) if name != "X-Amz-Signature")


def _payload_hash(request: Request) -> str:
    """The hash that was signed; when the request states one, it must be that of the body."""
    actual = hashlib.sha256(request.body).hexdigest()
    stated = request.headers.get("x-amz-content-sha256")
    if stated is None or stated == actual:
        return actual
    if stated == _UNSIGNED:
        return stated
    raise Refused("bad signature")


def _decoded(query: str) -> dict[str, str]:
    return {unquote(name): unquote_plus(value) for name, _, value in (part.partition("=") for part in query.split("&"))}
