"""A scenario file: what is given, the steps, and what must come of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from emulator.control import yaml_file
from emulator.control.faults import Fault
from emulator.control.seed import Seed
from emulator.control.seed.account import ManagedEdit, edited
from emulator.control.seed.organization import Organization
from emulator.control.seed.part import AccountId, Alias, Part, Region, SessionDocument
from emulator.control.seed.principals import Name
from emulator.scenario.expectations import Decision, Error, Journal
from emulator.services.mq.events import EVENTS
from emulator.values.clock import seconds

Duration = Annotated[float, BeforeValidator(lambda value: seconds(str(value)), json_schema_input_type=float | str)]
"""Emulated seconds; written ``90``, ``10m``, ``2h``."""

Action = Annotated[str, Field(pattern=r"^[a-z0-9]+:[A-Z][A-Za-z0-9]+$")]


def _jmespath(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"{text!r} is no JMESPath: {' '.join(str(error).split())}") from None
    return text


Query = Annotated[str, AfterValidator(_jmespath)]
"""A JMESPath expression."""


def _event(name: str) -> str:
    if name not in EVENTS:
        raise ValueError(f"there is no event {name!r}: {', '.join(EVENTS)}")
    return name


EventName = Annotated[str, AfterValidator(_event), Field(json_schema_extra={"enum": list(EVENTS)})]
"""What can happen inside a RabbitMQ broker."""


# What is given -----------------------------------------------------------------------------------------------------


class RoleSession(Part):
    """A session in a role of the account, opened at its first use by the user or session ``by``.

    ``policy`` is an inline session policy, ``policy_arns`` are managed ones, ``duration`` is in seconds.
    """

    role: str
    by: str
    policy: SessionDocument | None = None
    policy_arns: list[str] = []
    tags: dict[str, str] = {}
    duration: Annotated[int, Field(ge=900, le=43200)] | None = None


class Given(Seed):
    """A seed, and sessions by the names that steps call them."""

    sessions: dict[Name, RoleSession] = {}


# The steps ---------------------------------------------------------------------------------------------------------


class _Step(Part):
    """``decisions`` and ``journal`` are about what came of this step alone; a step by itself has them about all so far."""

    note: str = ""
    decisions: list[Decision] = []
    journal: list[Journal] = []


class _Asking(_Step):
    """A call: ``params`` in the spelling of the service model, in which ``${name}`` stands for a saved value.

    ``as`` is who calls: a user, a session, ``root`` or the number of an account (its root), the service of a service-linked
    role (``mq.amazonaws.com``), or ``${name}`` for saved credentials. The scenario's own root when it is left out.
    """

    params: dict[str, Any] = {}
    as_: Annotated[str, Field(alias="as")] = "root"
    region: Region | None = None
    save: dict[Alias, Query] = {}
    expect: dict[Query, Any] = {}


class Call(_Asking):
    """One call. ``save`` maps names to JMESPath, ``expect`` JMESPath to values; with ``error`` it must fail so."""

    call: Action
    error: Error | None = None

    @model_validator(mode="after")
    def _one_ending(self) -> Call:
        if self.error and (self.save or self.expect):
            raise ValueError("a call that must fail has no result to save or expect")
        return self

    @property
    def action(self) -> str:
        return self.call

    @property
    def title(self) -> str:
        return self.note or self.call


class Wait(_Asking):
    """The call again and again, emulated time moving on to what is due next, until a JMESPath is true or an error comes."""

    wait: Action
    until: Query | None = None
    error: Error | None = None
    within: Duration = 1800.0

    @model_validator(mode="after")
    def _one_end(self) -> Wait:
        if (self.until is None) == (self.error is None):
            raise ValueError("it waits for one thing: until a JMESPath is true, or for an error")
        if self.error and (self.save or self.expect):
            raise ValueError("a call that must fail has no result to save or expect")
        return self

    @property
    def action(self) -> str:
        return self.wait

    @property
    def title(self) -> str:
        return self.note or f"wait: {self.wait}"


class Advance(_Step):
    """Let emulated time pass; what falls due on the way happens."""

    advance: Duration

    @property
    def title(self) -> str:
        return self.note or f"advance {self.advance:g} s"


class AddFault(_Step):
    """Let something go wrong from now on, in the scenario's account unless it says where; ``name`` is for its removal."""

    fault: Fault
    name: Alias | None = None

    @property
    def title(self) -> str:
        return self.note or f"fault {self.fault.kind}"


class RemoveFault(_Step):
    """Let a fault by the name of its step, or ``all`` of the scenario's account, be no more."""

    remove_fault: Alias

    @property
    def title(self) -> str:
        return self.note or f"remove fault {self.remove_fault}"


class BrokerEvent(_Step):
    """Let something happen inside a RabbitMQ broker of the scenario's account; ``broker`` is its id."""

    broker_event: EventName
    broker: str
    region: Region | None = None

    @property
    def title(self) -> str:
        return self.note or f"broker event: {self.broker_event}"


class PolicyEdit(Part):
    """One policy, new or changed; a ``document`` of null takes it away (gives AWS's text of a managed one back).

    Whose it is: ``managed``, the name of an AWS managed policy as this account sees it; or ``name``, an inline policy of
    a ``user``, ``role`` or ``group``; or ``organization``, all control policies of the account.
    """

    managed: str | None = None
    user: str | None = None
    role: str | None = None
    group: str | None = None
    name: str | None = None
    document: ManagedEdit | None = None
    organization: Organization | None = None
    account: AccountId | None = None

    @property
    def holder(self) -> tuple[str, str] | None:
        """``("User", "dev")`` of an inline policy."""
        return next(((kind.title(), getattr(self, kind)) for kind in ("user", "role", "group") if getattr(self, kind)), None)

    @model_validator(mode="after")
    def _one_policy(self) -> PolicyEdit:
        named = [kind for kind in ("managed", "user", "role", "group", "organization") if getattr(self, kind) is not None]
        if len(named) != 1 or (self.holder is None) != (self.name is None):
            raise ValueError("it edits one policy: managed, or name and a user, role or group, or organization")
        if self.organization is None and "document" not in self.model_fields_set:
            raise ValueError("it needs a document, or null to take the policy away")
        if self.managed is not None and self.document is not None:
            edited(self.managed, self.document)
        elif not (self.document is None or isinstance(self.document, dict)):
            raise ValueError("only an AWS managed policy has statements to be without")
        return self


class EditPolicy(_Step):
    edit_policy: PolicyEdit

    @property
    def title(self) -> str:
        edit = self.edit_policy
        return self.note or f"edit policy {edit.managed or edit.name or 'of the organization'}"


class Expectation(_Step):
    """No step but a look: at all decisions, or at the whole journal so far."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["decisions"]}, {"required": ["journal"]}]})

    @model_validator(mode="after")
    def _says_something(self) -> Expectation:
        if not self.decisions and not self.journal:
            raise ValueError(
                "a step is a call, wait, advance, fault, edit_policy or broker_event, or expects decisions or a journal"
            )
        return self

    @property
    def title(self) -> str:
        return self.note or ("decisions" if self.decisions else "journal")


_KINDS = ("call", "wait", "advance", "fault", "remove_fault", "edit_policy", "broker_event")


def _kind(step: Any) -> str:
    has = step.__contains__ if isinstance(step, dict) else lambda kind: hasattr(step, kind)
    return next((f"<{kind}>" for kind in _KINDS if has(kind)), "<look>")


Step = Annotated[
    Annotated[Call, Tag("<call>")]
    | Annotated[Wait, Tag("<wait>")]
    | Annotated[Advance, Tag("<advance>")]
    | Annotated[AddFault, Tag("<fault>")]
    | Annotated[RemoveFault, Tag("<remove_fault>")]
    | Annotated[EditPolicy, Tag("<edit_policy>")]
    | Annotated[BrokerEvent, Tag("<broker_event>")]
    | Annotated[Expectation, Tag("<look>")],
    Discriminator(_kind),
]


class Scenario(Part):
    """A whole scenario. Its root is that of ``account``, its Region ``region``, unless a step says otherwise.

    ``variables`` are values for which ``${name}`` stands from the start; null must be given on the command line.
    The steps end with the first that does not go as told; each of ``expect`` is looked at.
    """

    name: str
    story: str = ""
    account: AccountId = "111122223333"
    region: Region = "us-east-1"
    variables: dict[Alias, Any] = {}
    given: Given = Given()
    steps: Annotated[list[Step], Field(min_length=1)]
    expect: list[Step] = []

    @model_validator(mode="after")
    def _expects_by_looking(self) -> Scenario:
        for step in self.expect:
            if not isinstance(step, Call | Expectation):
                raise ValueError("expect holds calls and looks, and nothing that moves the story on")  # noqa: TRY004  # pydantic's
        return self

    @model_validator(mode="after")
    def _one_of_each_name(self) -> Scenario:
        names = [name for account in self.given.accounts.values() for name in account.users]
        for name in [*names, *self.given.sessions]:
            if (*names, *self.given.sessions).count(name) > 1:
                raise ValueError(f"two users or sessions are called {name}")
        return self

    def users(self) -> Iterator[tuple[str, str]]:
        """The given users, with the account of each."""
        return ((name, number) for number, account in self.given.accounts.items() for name in account.users)


def load(path: Path) -> Scenario:
    """Read a scenario; :class:`BadFileError` with line and column when it is none."""
    return yaml_file.read(path, Scenario)


def library() -> Path:
    """The scenarios that come with the emulator: inside the package when installed, at top level in a checkout."""
    inside = Path(__file__).with_name("library")
    return inside if inside.is_dir() else Path(__file__).parents[2] / "scenarios"
