"""Random lives of brokers in two Regions, with customers who meddle: every move is a legal one, and nothing is left behind."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from emulator import AwsError, Call, Clock, World, new_world
from emulator.engine import identity
from emulator.engine.fault import Fault, Match
from emulator.engine.identity import Role
from emulator.engine.journal import Entry
from emulator.engine.plan import Running
from emulator.engine.timers import Timer
from emulator.services.ec2.network import NetworkInterface, VpcEndpoint
from emulator.services.logs.log_group import LogGroup
from emulator.services.mq.broker import ENDPOINT_LOST, LINKED_ROLE, MEMORY_ALARM, MOVES, Broker
from emulator.services.mq.events import EVENTS, happen
from emulator.services.mq.updates import WINDOW

ACCOUNT = "111122223333"
REGIONS = ("us-east-1", "eu-west-1")
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/{LINKED_ROLE.name}/{LINKED_ROLE.session}"
POLICY = f"arn:aws:iam::aws:{LINKED_ROLE.policy}"
SIDE_EFFECTS = {
    "ec2:CreateVpcEndpoint",
    "ec2:DeleteVpcEndpoints",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}
WATCHED: dict[str, dict[str, Callable[[Broker], bool]]] = {
    "RABBITMQ": {"check health": lambda broker: not broker.is_public, "publish logs": lambda broker: broker.has_general_logs},
    "ACTIVEMQ": {
        "check ActiveMQ health": lambda _: True,
        "publish ActiveMQ logs": lambda broker: broker.has_general_logs or broker.has_audit_logs,
    },
}
CHANGED = {"CREATION_IN_PROGRESS": "create", "REBOOT_IN_PROGRESS": "reboot", "DELETION_IN_PROGRESS": "delete"}
"""What runs for a broker that is at work, by engine, and for one that is changing, by state."""


class Place(NamedTuple):
    """A network for brokers: three subnets in different zones and two groups."""

    region: str
    vpc: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


class Made(NamedTuple):
    region: str
    id: str


class BrokerMachine(RuleBasedStateMachine):
    places: Bundle[Place] = Bundle("places")
    brokers: Bundle[Made] = Bundle("brokers")

    def __init__(self) -> None:
        super().__init__()
        self.world = self.opened(1_790_000_000.0)
        self.seen = 0
        self.news: list[Entry] = []
        self.states: dict[str, str] = {}
        self.gone: set[str] = set()
        self.unsure: set[str] = set()
        """Brokers whose endpoint, or what is known of it, has changed since they were last checked."""
        self.logged: dict[str, bool] = {}
        """Whether the last step that writes logs went well, by broker."""
        self.engines: dict[str, str] = {}

    def opened(self, at: float) -> World:
        return new_world(clock=Clock(frozen_at=at), seed="brokers", pace="real")

    def ask(self, action: str, region: str, **params: Any) -> dict[str, Any]:
        service, operation = action.split(":")
        root = identity.root(ACCOUNT)
        call = Call(service=service, operation=operation, params=params, principal=root, region=region, partition="aws")
        return self.world.perform(call)

    def is_done(self, action: str, region: str, **params: Any) -> bool:
        """Whether a call that may be refused was not."""
        try:
            self.ask(action, region, **params)
        except AwsError:
            return False
        return True

    def record(self, made: Made) -> Broker | None:
        return self.world.store.get(Broker, (ACCOUNT, made.region, made.id))

    def all(self, kind: type[Any]) -> list[Any]:
        return list(self.world.store.find(kind, ACCOUNT))

    # makers

    @initialize(target=places)
    def first_places(self) -> Any:
        return multiple(*(self.make_place(region) for region in REGIONS))

    @initialize(target=brokers, places=st.tuples(places, places), has_logs=st.booleans(), seconds=st.sampled_from([0, 100, 700]))
    def first_brokers(self, places: tuple[Place, Place], has_logs: bool, seconds: int) -> Any:
        """Some brokers to begin with, on their way or already there."""
        first, second = places
        made = multiple(
            self.make_broker("orders", first, first.subnets, has_logs=has_logs),
            self.make_broker("invoices", second, second.subnets[:1], has_logs=True),
            self.make_broker("public", second, (), has_logs=has_logs),
            self.make_broker("older", first, first.subnets[1:], has_logs=has_logs, engine="ACTIVEMQ"),
        )
        self.world.advance(seconds)
        return made

    @rule(target=places, region=st.sampled_from(REGIONS))
    def another_place(self, region: str) -> Any:
        """The quota of VPCs is five, one of them the default one."""
        try:
            return self.make_place(region)
        except AwsError:
            return multiple()

    def make_place(self, region: str) -> Place:
        vpc = self.ask("ec2:CreateVpc", region, CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = []
        for number, zone in enumerate("abc"):
            cidr, name = f"10.0.{number}.0/28", f"{region}{zone}"
            made = self.ask("ec2:CreateSubnet", region, VpcId=vpc, CidrBlock=cidr, AvailabilityZone=name)
            subnets.append(str(made["Subnet"]["SubnetId"]))
        groups = [
            str(self.ask("ec2:CreateSecurityGroup", region, VpcId=vpc, GroupName=name, Description="x")["GroupId"])
            for name in ("clients", "others")
        ]
        return Place(region, vpc, tuple(subnets), tuple(groups))

    @rule(
        target=brokers,
        place=places,
        name=st.sampled_from(["orders", "invoices", "payments"]),
        zones=st.sampled_from([0, 1, 2, 3]),
        version=st.sampled_from(["3.13", "4.2"]),
        has_logs=st.booleans(),
        engine=st.sampled_from(["RABBITMQ", "RABBITMQ", "ACTIVEMQ"]),
    )
    def create(self, place: Place, name: str, zones: int, version: str, has_logs: bool, engine: str) -> Any:
        """Refused where the name is taken or the network is not there any more."""
        try:
            return self.make_broker(name, place, place.subnets[:zones], version=version, has_logs=has_logs, engine=engine)
        except AwsError as error:
            if error.code not in {"BadRequestException", "ConflictException"}:
                raise
            return multiple()

    @rule(target=brokers, region=st.sampled_from(REGIONS), zones=st.sampled_from([1, 3]))
    def create_in_the_default_network(self, region: str, zones: int) -> Any:
        default = Place(region, "", (), ())
        try:
            return self.make_broker(f"default-{zones}", default, ("",) * zones, has_logs=True)
        except AwsError as error:
            if error.code != "ConflictException":
                raise
            return multiple()

    def make_broker(
        self,
        name: str,
        place: Place,
        subnets: tuple[str, ...],
        *,
        has_logs: bool,
        version: str = "4.2",
        engine: str = "RABBITMQ",
    ) -> Made:
        """A public broker without subnets; without a VPC one in the default network."""
        several = {"RABBITMQ": "CLUSTER_MULTI_AZ", "ACTIVEMQ": "ACTIVE_STANDBY_MULTI_AZ"}[engine]
        made = self.ask(
            "mq:CreateBroker",
            place.region,
            BrokerName=name,
            EngineType=engine,
            EngineVersion=version if engine == "RABBITMQ" else "5.18",
            DeploymentMode="SINGLE_INSTANCE" if len(subnets) == 1 else several,
            HostInstanceType="mq.m5.large",
            PubliclyAccessible=not subnets,
            Logs={"General": has_logs},
            Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
            **({"SubnetIds": list(subnets), "SecurityGroups": [place.groups[0]]} if subnets and place.vpc else {}),
        )
        self.states[made["BrokerId"]] = "CREATION_IN_PROGRESS"
        self.engines[made["BrokerId"]] = engine
        return Made(place.region, made["BrokerId"])

    # what customers ask of a broker

    @rule(made=brokers)
    def describe(self, made: Made) -> None:
        if made.id in self.gone:
            assert not self.is_done("mq:DescribeBroker", made.region, BrokerId=made.id)
        else:
            shown = self.ask("mq:DescribeBroker", made.region, BrokerId=made.id)
            state, actions = shown["BrokerState"], shown["ActionsRequired"]
            assert state == self.states[made.id]
            if state in {"RUNNING", "CRITICAL_ACTION_REQUIRED"}:
                assert bool(actions) == (state == "CRITICAL_ACTION_REQUIRED")

    @rule(made=brokers, has_logs=st.none() | st.booleans(), is_newer=st.booleans())
    def update(self, made: Made, has_logs: bool | None, is_newer: bool) -> None:
        changes: dict[str, Any] = {} if has_logs is None else {"Logs": {"General": has_logs}}
        changes |= {"EngineVersion": {"RABBITMQ": "4.3", "ACTIVEMQ": "5.19"}[self.engines[made.id]]} if is_newer else {}
        is_legal = "REBOOT_IN_PROGRESS" in MOVES.get(self.state_of(made), ())
        assert self.is_done("mq:UpdateBroker", made.region, BrokerId=made.id, **changes) == is_legal

    @rule(made=brokers)
    def reboot(self, made: Made) -> None:
        broker = self.record(made)
        is_legal = "REBOOT_IN_PROGRESS" in MOVES.get(self.state_of(made), ())
        is_legal = is_legal and not (broker and MEMORY_ALARM in broker.actions_required)
        assert self.is_done("mq:RebootBroker", made.region, BrokerId=made.id) == is_legal

    @rule(made=brokers)
    def delete(self, made: Made) -> None:
        is_legal = "DELETION_IN_PROGRESS" in MOVES.get(self.state_of(made), ())
        assert self.is_done("mq:DeleteBroker", made.region, BrokerId=made.id) == is_legal

    def state_of(self, made: Made) -> Any:
        broker = self.record(made)
        return broker.state if broker else None

    @rule(made=brokers, event=st.sampled_from(list(EVENTS)))
    def let_happen(self, made: Made, event: str) -> None:
        with contextlib.suppress(AwsError):
            happen(self.world, ACCOUNT, made.region, made.id, event)

    # what customers do behind its back

    @rule(made=brokers)
    def delete_endpoint(self, made: Made) -> None:
        for endpoint in self.meddle(made):
            self.ask("ec2:DeleteVpcEndpoints", made.region, VpcEndpointIds=[endpoint])

    @rule(made=brokers, is_kept=st.booleans())
    def retag(self, made: Made, is_kept: bool) -> None:
        action = "ec2:CreateTags" if is_kept else "ec2:DeleteTags"
        for endpoint in self.meddle(made):
            self.is_done(action, made.region, Resources=[endpoint], Tags=[{"Key": "AMQManaged", "Value": "true"}])

    @rule(made=brokers, number=st.integers(0, 2), is_added=st.booleans())
    def change_subnets(self, made: Made, number: int, is_added: bool) -> None:
        member = "AddSubnetIds" if is_added else "RemoveSubnetIds"
        for endpoint in self.meddle(made):
            broker = self.record(made)
            subnets = list(broker.subnet_ids[number : number + 1]) if broker else []
            self.is_done("ec2:ModifyVpcEndpoint", made.region, VpcEndpointId=endpoint, **{member: subnets})

    @rule(made=brokers, place=places)
    def change_groups(self, made: Made, place: Place) -> None:
        old, new = place.groups
        for endpoint in self.meddle(made):
            changes = {"AddSecurityGroupIds": [new], "RemoveSecurityGroupIds": [old]}
            self.is_done("ec2:ModifyVpcEndpoint", made.region, VpcEndpointId=endpoint, **changes)

    def meddle(self, made: Made) -> Iterator[str]:
        """The broker's endpoint, if it has one; what becomes of the broker shows at its next check."""
        broker = self.record(made)
        if broker is not None and broker.endpoint_id:
            self.unsure.add(broker.id)
            yield broker.endpoint_id

    @rule(made=brokers, number=st.integers(0, 1), is_deleted=st.booleans())
    def take_interface(self, made: Made, number: int, is_deleted: bool) -> None:
        """From an ActiveMQ broker, whose interfaces are the customer's own."""
        broker = self.record(made)
        for interface in broker.interfaces[number:] if broker else ():
            self.unsure.add(made.id)
            if interface.attachment:
                self.is_done("ec2:DetachNetworkInterface", made.region, AttachmentId=interface.attachment, Force=True)
            if is_deleted:
                self.is_done("ec2:DeleteNetworkInterface", made.region, NetworkInterfaceId=interface.id)

    @rule(place=places, number=st.integers(0, 2))
    def delete_subnet(self, place: Place, number: int) -> None:
        self.is_done("ec2:DeleteSubnet", place.region, SubnetId=place.subnets[number])

    @rule(place=places, number=st.integers(0, 1))
    def delete_group(self, place: Place, number: int) -> None:
        self.is_done("ec2:DeleteSecurityGroup", place.region, GroupId=place.groups[number])

    @rule()
    def delete_role(self) -> None:
        self.is_done("iam:DeleteServiceLinkedRole", REGIONS[0], RoleName=LINKED_ROLE.name)

    @rule(statement=st.integers(0, 5))
    def take_away_a_right(self, statement: int) -> None:
        policy = json.loads(self.world.managed[LINKED_ROLE.policy].document)
        del policy["Statement"][statement]
        self.world.edit_managed_policy(ACCOUNT, POLICY, json.dumps(policy))

    @rule()
    def give_all_rights_back(self) -> None:
        self.world.edit_managed_policy(ACCOUNT, POLICY, None)

    @rule(action=st.sampled_from([*sorted(SIDE_EFFECTS), "ec2:DescribeVpcEndpoints", "sts:AssumeRole"]))
    def lose_an_answer(self, action: str) -> None:
        """To Amazon MQ: the call is carried out, and it does not learn of it."""
        match = Match(action=action, principal="*mq.amazonaws.com*" if action == "sts:AssumeRole" else f"*{LINKED_ROLE.name}*")
        self.world.faults.add(Fault(account=ACCOUNT, region="", id="", kind="lose", match=match, times=1))

    @rule(seconds=st.sampled_from([4, 31, 95]))
    def wait_for_a_step(self, seconds: int) -> None:
        self.world.advance(seconds)

    @rule()
    def wait_for_a_check(self) -> None:
        self.world.advance(600)

    @rule(times=st.integers(1, 3))
    def wait_for_lines(self, times: int) -> None:
        self.world.advance(times * 1800)

    # what always holds

    @invariant()
    def all_holds(self) -> None:
        """In this order: the first one learns from the journal what the others go by."""
        self.every_move_is_legal()
        self.a_broker_is_critical_when_it_is_cut_off()
        self.logs_are_there_when_they_could_be_written()
        self.nothing_of_a_deleted_broker_remains()
        self.the_role_is_there_for_every_broker()
        self.every_side_effect_was_allowed_to_the_role()
        self.timers_belong_to_something()

    def every_move_is_legal(self) -> None:
        self.news = self.world.journal.select(after=self.seen)
        for entry in self.news:
            self.seen = entry.id
            if entry.kind == "state" and " → " in entry.title:
                self.note_move(entry)
            elif entry.kind == "step":
                self.note_step(entry)
        assert {broker.id: broker.state for broker in self.all(Broker)} == self.states

    def note_move(self, entry: Entry) -> None:
        before, after = entry.title.split(" → ")
        assert before == self.states.pop(entry.subject)
        if after == "gone":
            assert before == "DELETION_IN_PROGRESS"
            self.gone.add(entry.subject)
            return
        assert after in MOVES[before]  # type: ignore[index]  # a state, as the line above has shown
        self.states[entry.subject] = after
        if (before, after) == ("REBOOT_IN_PROGRESS", "CRITICAL_ACTION_REQUIRED"):
            self.unsure.add(entry.subject)

    def note_step(self, entry: Entry) -> None:
        _, step = entry.title.split(": ")
        if step in {"check endpoint", "check interfaces"} and entry.outcome == "ok":
            self.unsure.discard(entry.subject)
        if step in {"open logs", "start nodes", "write lines"}:
            self.logged[entry.subject] = entry.outcome == "ok"

    def a_broker_is_critical_when_it_is_cut_off(self) -> None:
        """As of its last check."""
        for broker in self.all(Broker):
            if broker.is_public or broker.id in self.unsure or broker.state not in {"RUNNING", "CRITICAL_ACTION_REQUIRED"}:
                continue
            is_whole = self.has_endpoint(broker) if broker.engine == "RABBITMQ" else self.has_interfaces(broker)
            assert is_whole == (ENDPOINT_LOST not in broker.actions_required)

    def has_endpoint(self, broker: Broker) -> bool:
        """Exactly one, over its subnets, tagged and available."""
        there = [one for one in self.all(VpcEndpoint) if one.service == broker.endpoint_service]
        mine = [one for one in there if one.state in {"pending", "available"}]
        if len(mine) != 1 or not set(broker.subnet_ids) <= set(mine[0].subnets):
            return False
        assert (mine[0].id, mine[0].state, mine[0].tags["Broker"]) == (broker.endpoint_id, "available", broker.id)
        assert len(mine[0].interfaces) == len(mine[0].subnets)
        return True

    def has_interfaces(self, broker: Broker) -> bool:
        """One attached in each of its subnets."""
        there = [self.world.store.get(NetworkInterface, (ACCOUNT, broker.region, one.id)) for one in broker.interfaces]
        return all(one and one.attachment == mine.attachment for one, mine in zip(there, broker.interfaces, strict=True))

    def logs_are_there_when_they_could_be_written(self) -> None:
        groups = {(group.region, group.id) for group in self.all(LogGroup)}
        for broker in self.all(Broker):
            if broker.engine == "RABBITMQ" and broker.has_general_logs and broker.is_reachable and self.logged.get(broker.id):
                assert (broker.region, broker.log_group("general")) in groups

    def nothing_of_a_deleted_broker_remains(self) -> None:
        for endpoint in self.all(VpcEndpoint):
            if endpoint.tags.get("Broker") in self.gone:
                assert endpoint.state == "deleted"
        owners = {endpoint.id for endpoint in self.all(VpcEndpoint) if endpoint.is_in_use}
        assert {interface.endpoint for interface in self.all(NetworkInterface)} - {""} <= owners
        told = " ".join(interface.description for interface in self.all(NetworkInterface))
        assert not [broker for broker in self.gone if broker in told]
        assert not {running.subject for running in self.all(Running)} & self.gone

    def the_role_is_there_for_every_broker(self) -> None:
        role = self.world.store.get(Role, (ACCOUNT, "", LINKED_ROLE.name.lower()))
        assert role is not None or all(broker.engine == "ACTIVEMQ" for broker in self.all(Broker))

    def every_side_effect_was_allowed_to_the_role(self) -> None:
        for entry in self.news:
            if entry.title in SIDE_EFFECTS and self.engines.get(entry.subject) == "RABBITMQ":
                assert entry.principal == ROLE
            if entry.principal == ROLE and entry.outcome in {"ok", "error"}:
                assert entry.decided
                assert all(made.is_allowed for made in entry.decided)
                assert {made.because.source.name for made in entry.decided if made.because} == {"AmazonMQServiceRolePolicy"}

    def timers_belong_to_something(self) -> None:
        running = {one.id: one for one in self.all(Running)}
        timers = [one for one in self.all(Timer) if one.handler == "plan"]
        assert sorted(timer.subject for timer in timers) == sorted(running)
        for broker in self.all(Broker):
            plans = {one.plan for one in running.values() if one.subject == broker.id}
            if broker.state == "RUNNING":
                plans -= {"create ActiveMQ broker", "reboot ActiveMQ broker"}  # they end with the first lines of the log
            assert plans == self.plans_of(broker)
        windows = [timer.subject for timer in self.all(Timer) if timer.handler == WINDOW]
        assert sorted(windows) == sorted(broker.id for broker in self.all(Broker))

    def plans_of(self, broker: Broker) -> set[str]:
        if broker.state in {"RUNNING", "CRITICAL_ACTION_REQUIRED"}:
            return {plan for plan, concerns in WATCHED[broker.engine].items() if concerns(broker)}
        change = CHANGED.get(broker.state)
        return {f"{change} {'broker' if broker.engine == 'RABBITMQ' else 'ActiveMQ broker'}"} if change else set()

    def teardown(self) -> None:
        """Once its rights are back and its endpoints have their tags, the service leaves nothing but log groups."""
        self.give_all_rights_back()
        self.world.faults.clear()
        for endpoint in self.all(VpcEndpoint):
            self.is_done(
                "ec2:CreateTags", endpoint.region, Resources=[endpoint.id], Tags=[{"Key": "AMQManaged", "Value": "true"}]
            )
        for _ in range(2):  # a broker may be rebooting by hand, and then in its maintenance window
            self.world.advance(1800)
            for broker in self.all(Broker):
                self.is_done("mq:DeleteBroker", broker.region, BrokerId=broker.id)
        self.world.advance(3600)
        assert self.all(Broker) == []
        assert self.all(VpcEndpoint) == []
        assert self.all(NetworkInterface) == []
        assert self.all(Running) == []
        if self.is_done("iam:DeleteServiceLinkedRole", REGIONS[0], RoleName=LINKED_ROLE.name):
            self.world.advance(60)
        assert self.world.store.get(Role, (ACCOUNT, "", LINKED_ROLE.name.lower())) is None
        assert self.world.timers.next_due() is None


class KeptBrokerMachine(BrokerMachine):
    """The same in a world that a file keeps, closed and opened again at any moment."""

    def __init__(self) -> None:
        self.folder = TemporaryDirectory()
        super().__init__()

    def opened(self, at: float) -> World:
        return new_world(Path(self.folder.name) / "world.db", clock=Clock(frozen_at=at), seed="brokers", pace="real")

    @rule()
    def close_and_open(self) -> None:
        now = self.world.clock.now()
        self.world.close()
        self.world = self.opened(now)

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.world.close()
            self.folder.cleanup()


BrokerMachine.TestCase.settings = settings(
    max_examples=80, stateful_step_count=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
KeptBrokerMachine.TestCase.settings = settings(BrokerMachine.TestCase.settings, max_examples=20)
TestBrokers = BrokerMachine.TestCase
TestKeptBrokers = KeptBrokerMachine.TestCase
