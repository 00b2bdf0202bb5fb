"""The world: everything the emulator remembers, and the one door to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

from msgspec.structs import replace

from emulator.engine import identity, own_time
from emulator.engine import plan as plans
from emulator.engine.authorize import authorize
from emulator.engine.callers import Callers
from emulator.engine.erasing import erase
from emulator.engine.faults import Faults
from emulator.engine.identity import ManagedPolicy, PolicyEdit, Session
from emulator.engine.journal import CAPACITY, Entry, Journal
from emulator.engine.keeping import Keeping
from emulator.engine.recording import Recording
from emulator.engine.redaction import redact
from emulator.engine.service import LinkedRole, Operation, Result, Service, refuse_invalid, refuse_unsupported
from emulator.engine.timers import Pace, Timer, Timers, delay
from emulator.policy.document import parse
from emulator.shapes.regions import partition
from emulator.store.base import Store
from emulator.values.call import Call, Principal
from emulator.values.clock import Clock, Instant
from emulator.values.errors import AwsError, Unanswered
from emulator.values.ids import Ids
from emulator.values.record import Record

MOST_FIRINGS = 100_000
"""Timers that may fire at one instant; more means that a plan runs in circles."""

SECONDS_REMEMBERED = 24 * 3600.0
"""For which an expired session of a service is still known as expired."""


class Settled(Record, frozen=True, kw_only=True):
    """A service (``id``) has made what the account has in the Region from the start."""


LOG_BYTES = 256 * 1024 * 1024
"""Of log events that are kept, unless a setting says otherwise."""


class World:
    """Accounts and all that is in them. Only :meth:`perform` changes it, and what :meth:`settle` fires.

    With ``iam="soft"`` callers' denials are noted but let through; the service-linked role is always held to its policy.
    ``requester_managed_endpoints`` makes Amazon MQ's endpoints refuse their customer's deletion (section H; default false).
    ``log_bytes`` is how much of log events is kept, over all accounts, ``journal_entries`` how many of the journal.
    ``log_lag`` is how many seconds the figures of log streams lag behind their events.
    """

    def __init__(
        self,
        services: Iterable[Service],
        store: Store,
        *,
        managed: Iterable[ManagedPolicy] = (),
        clock: Clock | None = None,
        seed: str | None = None,
        pace: Pace | None = None,
        iam: Literal["enforce", "soft"] = "enforce",
        requester_managed_endpoints: bool = False,
        log_lag: float = 0.0,
        log_bytes: int = LOG_BYTES,
        journal_entries: int = CAPACITY,
    ) -> None:
        self.services: Mapping[str, Service] = {service.name: service for service in services}
        self.store = store
        self.managed = {policy.arn("aws").split(":", 5)[-1]: policy for policy in managed}
        self.plans = {plan.name: plan for service in self.services.values() for plan in service.plans}
        self.exports = {kind: export for service in self.services.values() for kind, export in service.exports.items()}
        self.clock = clock or Clock()
        self.pace: Pace = pace or "fast"
        self.iam: Literal["enforce", "soft"] = iam
        self.requester_managed_endpoints = requester_managed_endpoints
        self.log_lag = log_lag
        self.log_bytes = log_bytes
        self.quotas: Mapping[str, int] = {}
        """Quotas that differ from AWS's defaults, by name (a seed file sets them)."""
        self.recording = Recording()
        self.fixed_keys: set[str] = set()
        """Access key ids that a seed has fixed, which are no development keys even when a reset has wiped them."""
        self.journal = Journal(self.clock, journal_entries)
        self.clock.own.clear()  # it may have been another world's before
        store.watch((own_time.OwnTime,), partial(own_time.take_up, self))
        for own in store.find(own_time.OwnTime):
            own_time.take_up(self, own.key)
        self.callers = Callers(self)
        self.timers = Timers(store, self.clock.own.__contains__)
        self._seed = seed
        self._is_settling = False
        self._is_rushing = False
        self.handlers = {"plan": plans.fire}
        for service in self.services.values():
            self.handlers.update(service.timers)
        self._renew()
        self._keeping = Keeping(self)
        self._keeping.resume(pace)
        self.lock = self._keeping.turn()

    def _renew(self) -> None:
        self.renew_ids(1)
        self.message_key = self.ids.secret(32).encode()
        self.faults = Faults(self)

    def renew_ids(self, start: int) -> None:
        """Give out ids of the stream of the ``start``-th process that works on the same file: none comes twice."""
        self.ids = Ids(self._seed, start=start)
        self.request_ids = Ids(f"{self.ids.seed} requests")

    def go_on(self) -> None:
        """Take up records that another process or world has put, with ids that come from a stream of their own."""
        self._keeping.go_on()

    def abandon(self) -> None:
        """Let the turn that is under way not have been, as far as a data file keeps what a world does."""
        self._keeping.abandon()

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever kept of this world, in this process or an earlier one."""
        return self._keeping.is_new

    # the door ----------------------------------------------------------------------------------------------------

    def perform(self, call: Call) -> Result:
        """Check, authorise and carry out one call. Raises :class:`AwsError`; a call that fails changes nothing."""
        with self.lock:
            if self.journal.is_recording:
                return self._perform(call)
            self._settle(call.account)
            try:
                if not self.recording.is_on:
                    return self._perform(call)
                noted: Result = self.recording.noting(call, self.clock.now(call.account), lambda: self._perform(call))
                return noted
            finally:
                if self.faults.live:
                    self.faults.keep()

    def _perform(self, call: Call) -> Result:
        if not call.request_id:
            call = replace(call, request_id=self.request_ids.uuid())
        service = self.services[call.service]
        known = service.operations.get(call.operation)
        clock, whose = self.clock, self.clock.whose
        clock.whose = call.account  # as within clock.of, which is four calls more
        try:
            with self.journal.recording(call, known.redact_params if known else redact) as entry:
                return self._carry_out(call, service, known or service.find(call.operation), entry)
        finally:
            clock.whose = whose

    def _carry_out(self, call: Call, service: Service, operation: Operation, entry: Entry) -> Result:
        refuse_invalid(operation, call.params)
        members = service.unhandled(call.params)
        refuse_unsupported(operation, members)
        if service.settle_in is not None:
            self._settle_in(service, service.settle_in, call)
        if self.faults.live:
            self.faults.before(call, operation)
        authorize(self, call, operation.needs(self, call))
        if service.before is not None:
            service.before(call)
        with self.store.transaction():
            self._note_use(call)
            result = operation.run(self, call, **members)
        if not operation.is_reading:
            entry.result = operation.redact_result(result)
        if self.faults.live:
            self.faults.after(call, operation)
        return result

    def ask(
        self,
        principal: Principal,
        service: str,
        operation: str,
        region: str,
        params: Mapping[str, Any],
        *,
        via: str = "",
        source_arn: str = "",
    ) -> Result:
        """A call that a service makes: as itself, as its role, or with the rights of the caller it works for (``via``).

        ``source_arn`` is the resource for which it calls as itself (aws:SourceArn). No answer is to the service an error like
        others: the connection of its own client stays.
        """
        call = Call(
            service=service,
            operation=operation,
            params=params,
            principal=principal,
            region=region,
            partition=partition(region) or "aws",
            via=via,
            user_agent=via or principal.invoked_by,
            source_arn=source_arn,
        )
        try:
            return self.perform(call)
        except Unanswered as lost:
            raise AwsError(lost.code, lost.message, status=lost.status) from lost

    def acting_as(self, role: LinkedRole, account: str, region: str) -> Principal:
        """The principal as which a service acts through its service-linked role. Raises what :meth:`session_of` raises."""
        return self._acting(role, account, region)[1]

    def session_of(self, role: LinkedRole, account: str, region: str) -> Session:
        """The open session of a service in its service-linked role; assumes the role when there is none.

        Raises AccessDenied when the role is absent or does not trust the service.
        """
        return self._acting(role, account, region)[0]

    def _acting(self, role: LinkedRole, account: str, region: str) -> tuple[Session, Principal]:
        now = self.clock.now(account)
        for session in list(self.store.find(Session, account, "", role=role.name.lower())):
            if session.expires > now and session.invoked_by == role.service:
                principal = identity.of_session(self, session)
                if principal is not None:
                    return session, principal
            if session.expires < now - SECONDS_REMEMBERED:
                self.store.delete(session)
        part = partition(region) or "aws"
        arn = f"arn:{part}:iam::{account}:role{role.path}{role.name}"
        caller = identity.service(role.service, account)
        asked = {"RoleArn": arn, "RoleSessionName": role.session, "DurationSeconds": 3600}
        answer = self.ask(caller, "sts", "AssumeRole", region, asked)
        opened = identity.find_session(self, answer["Credentials"]["AccessKeyId"])
        if opened is None:
            raise RuntimeError("sts:AssumeRole answered with a session that does not exist")
        principal = identity.of_session(self, opened)
        if principal is None:
            raise RuntimeError("a session was opened for a role that does not exist")
        return opened, principal

    def _settle_in(self, service: Service, settle_in: Callable[[World, Call], None], call: Call) -> None:
        if self.store.get(Settled, (call.account, call.region, service.name)) is None:
            with self.store.transaction():
                self.store.put(Settled(account=call.account, region=call.region, id=service.name))
                settle_in(self, call)

    def _note_use(self, call: Call) -> None:
        """When a role and a key were last used, to the second, as IAM tells it: most calls then change nothing here."""
        principal, second = call.principal, float(int(self.clock.now()))
        role = self.callers.of(principal).role
        if role is not None and role.last_used != (second, call.region):
            self.store.put(replace(role, last_used=(second, call.region)))
        key = self.store.get(identity.AccessKey, (principal.account, "", principal.key_id)) if principal.key_id else None
        if key is not None and key.last_used != (second, call.service, call.region):
            self.store.put(replace(key, last_used=(second, call.service, call.region)))

    # time --------------------------------------------------------------------------------------------------------

    def after(self, seconds: float, handler: str, subject: Record, *, is_background: bool = False) -> None:
        """Set a timer on a record, in AWS's seconds; its account's pace says how long that is on the clock."""
        pace = self.pace_of(subject.account)
        due = self.clock.now(subject.account) + delay(seconds, pace, is_background=is_background)
        self.at(due, handler, subject, is_background=is_background)

    def at(self, due: Instant, handler: str, subject: Record, *, is_background: bool = False) -> None:
        """Set a timer on a record for an instant of the clock, whatever the pace."""
        self.timers.put(
            Timer(
                account=subject.account,
                region=subject.region,
                id=self.ids.hexadecimal(16),
                due=due,
                handler=handler,
                subject=subject.id,
                is_background=is_background,
            )
        )

    def pace_of(self, account: str) -> Pace:
        """How long what is started in an account takes."""
        own = own_time.find(self.store, account)
        return "instant" if self._is_rushing else (own.pace if own else None) or self.pace

    def settle(self, account: str | None = None) -> int:
        """Fire the timers that are due, each at its own instant; returns how many there were.

        Of accounts with a clock of their own, only those of ``account`` if one is given.
        """
        with self.lock:
            return self._settle(account)

    def _settle(self, account: str | None) -> int:
        if self._is_settling:
            return 0
        self._is_settling = True
        try:
            fired = self._fire_due(None)
            apart = own_time.apart(self.store) if account is None else [account] if account in self.clock.own else []
            for whose in apart:
                fired += self._fire_due(whose)
            return fired
        finally:
            self._is_settling = False

    def _fire_due(self, account: str | None) -> int:
        """``account`` is one with a clock of its own, None all those that share one."""
        now, fired = self.clock.now(account or ""), 0
        instant, alike = now, 0
        while timer := self.timers.pop_due(now, account):
            fired += 1
            instant, alike = timer.due, alike + 1 if timer.due == instant else 1
            if alike > MOST_FIRINGS:
                raise RuntimeError(f"more than {MOST_FIRINGS} timers were due at once")
            with self.clock.at(timer.due, timer.account), self.store.transaction():
                self.store.delete(timer)
                self.handlers[timer.handler](self, timer)
            self.timers.forget(timer)
            if self.faults.live:
                self.faults.keep()
        return fired

    def advance(self, seconds: float, account: str | None = None) -> int:
        """Move an account's clock, which is then its own, or (None) everybody's, and fire what falls due on the way."""
        with self.lock:
            own_time.turn(self, account, lambda hands: hands.advanced(seconds))
            return self.settle()

    @contextmanager
    def all_at_once(self) -> Iterator[None]:
        """Whatever is started meanwhile has happened when it ends, at the same instant (background timers apart)."""
        before, self._is_rushing = self._is_rushing, True
        try:
            yield
            self.settle()
        finally:
            self._is_rushing = before

    @property
    def clock_runs(self) -> bool:
        """Whether anybody's clock does."""
        accounts = ["", *self.clock.own]
        return any(self.clock.hands(account).frozen_at is None for account in accounts)

    def until_next(self, account: str | None = None, *, is_foreground: bool = False) -> float | None:
        """Seconds until the next timer of an account or (None) of any is due, negative when it is overdue; None without one."""
        whose = [account] if account else [None, *self.clock.own]
        dues = ((one or "", self.timers.next_due(one, is_foreground=is_foreground)) for one in whose)
        return min((due - self.clock.now(one) for one, due in dues if due is not None), default=None)

    # control -----------------------------------------------------------------------------------------------------

    def edit_managed_policy(self, account: str, arn: str, document: str | None) -> None:
        """Give a test account its own text of an AWS managed policy, or AWS's back (None). For tests of what lacks."""
        with self.lock, self.store.transaction():
            if identity.managed_policy(self, arn) is None:
                raise AwsError("NoSuchEntity", f"Policy {arn} was not found.")
            self.journal.write("control", f"edit policy {arn}", account=account, params={"document": document})
            self.faults.remember(account)
            edit = PolicyEdit(account=account, region="", id=arn, document=document or "")
            if document is not None:
                parse(document, "identity")
                self.store.put(edit)
            elif self.store.get(PolicyEdit, edit.key) is not None:
                self.store.delete(edit)

    def close(self) -> None:
        """Let go of the data file. Nothing is asked of a closed world."""
        self.lock.still.acquire()
        try:
            self.store.close()
        finally:
            self.lock.still.release()

    def reset(self, account: str | None = None) -> None:
        """Empty an account, which then shares everybody's time again, or (None) every account."""
        with self.lock:
            if account is None:
                self.store.clear()
                self._keeping.forget()
                self.quotas = {}
                self._renew()
            else:
                with self.store.transaction():
                    erase(self.store, account)
                self.faults.forget(account)
            self.timers.reload()
            self.journal.clear(account)

    def reseed(self, seed: str | None) -> None:
        """Take ids and chance from another seed (None: from chance itself), from now on and after each reset."""
        with self.lock:
            self._seed = seed
            self._renew()

    def linked_role(self, service: str) -> LinkedRole | None:
        """The service-linked role of a service principal."""
        roles = (one.linked_role for one in self.services.values())
        return next((role for role in roles if role and role.service == service), None)

    def has_endpoint_service(self, region: str, name: str) -> bool:
        """Whether one of the services offers a VPC endpoint service of this name."""
        return any(one.endpoint_services(self, region, name) for one in self.services.values() if one.endpoint_services)
