"""The pytest plugin, in sessions of its own: here for what it says, in processes of their own for how it starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

import emulator.pytest_plugin
import emulator.testing  # loaded once here: each session below forgets what it was the first to load

PRELUDE = """
import pytest
from botocore.exceptions import ClientError

def create_broker(mq, name="orders", **how):
    return mq.create_broker(
        BrokerName=name, EngineType="RABBITMQ", DeploymentMode="SINGLE_INSTANCE", HostInstanceType="mq.m5.large",
        PubliclyAccessible=False, Users=[{"Username": "orders", "Password": "correct-horse-battery"}], **how,
    )["BrokerId"]
"""


@pytest.fixture
def session(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\naddopts = --strict-markers -p no:cacheprovider -p no:hypothesispytest\nfilterwarnings = error\n")
    return pytester


def run(session: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    session.makepyfile(PRELUDE + source)
    return session.runpytest_inprocess(*arguments)


# Start -------------------------------------------------------------------------------------------------------------


def test_a_session_that_does_not_want_it_imports_nothing_of_it(session: pytest.Pytester) -> None:
    session.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            loaded = {name for name in sys.modules if name.startswith("emulator")}
            assert loaded == {"emulator", "emulator.pytest_plugin"}
            assert not {"boto3", "botocore", "flask", "httptools", "pydantic"} & set(sys.modules)
        """
    )
    session.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_package_finds_its_public_names_when_they_are_used() -> None:
    script = (
        "import sys, emulator; assert 'emulator.engine' not in sys.modules; "
        "print(*(getattr(emulator, name).__name__ for name in emulator.__all__))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.split() == ["AwsError", "Call", "Clock", "Principal", "World", "new_world"]
    with pytest.raises(AttributeError, match="module 'emulator' has no attribute 'nothing'"):
        _ = emulator.nothing


def test_markers_and_fixtures_are_listed(session: pytest.Pytester) -> None:
    result = session.runpytest_inprocess("--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.mq_emulator(seed=None, pace='instant', iam='enforce'): *"])
    told = session.runpytest_inprocess("--fixtures").stdout.str()
    for fixture in ("mq_emulator", "boto3_client", "aws_environment", "clock", "faults", "journal"):
        assert f"\n{fixture} -- " in told, fixture


# The fixtures ------------------------------------------------------------------------------------------------------


def test_each_test_has_an_empty_emulator_on_one_port(session: pytest.Pytester) -> None:
    result = run(
        session,
        """
seen = []

@pytest.mark.parametrize("time", [1, 2])
def test_a_broker(mq_emulator, boto3_client, journal, time):
    assert journal.entries == []
    mq = boto3_client("mq")
    assert mq.list_brokers()["BrokerSummaries"] == []
    broker = create_broker(mq)
    assert mq.describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING"
    mq_emulator.world.clock.freeze(0)
    mq_emulator.world.log_lag = 5
    seen.append((mq_emulator.url, mq_emulator.port))

def test_the_clock_runs_again(mq_emulator, clock):
    assert len(set(seen)) == 1
    assert clock.now.year > 2000
    assert (mq_emulator.world.log_lag, mq_emulator.account, mq_emulator.region) == (0, "111122223333", "us-east-1")
""",
    )
    result.assert_outcomes(passed=3)


def test_users_accounts_and_regions(session: pytest.Pytester) -> None:
    result = run(
        session,
        """
def test_who(mq_emulator, boto3_client):
    assert boto3_client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:root"
    lists = {"Effect": "Allow", "Action": "mq:List*", "Resource": "*"}
    dev = mq_emulator.user("dev", {"Version": "2012-10-17", "Statement": [lists]})
    assert dev.secret not in repr(dev)
    mq = boto3_client("mq", keys=dev, region="eu-west-1")
    assert mq.list_brokers()["BrokerSummaries"] == []
    with pytest.raises(ClientError, match="not authorized to perform: mq:CreateBroker"):
        create_broker(mq)
    nobody = mq_emulator.user("nobody", account="444455556666")
    with pytest.raises(ClientError, match="AccessDenied"):
        boto3_client("iam", keys=nobody).list_users()
    (user,) = boto3_client("iam", account="444455556666").list_users()["Users"]
    assert user["UserName"] == "nobody"
""",
    )
    result.assert_outcomes(passed=1)


def test_code_that_makes_its_own_clients(session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    result = run(
        session,
        """
import boto3

def test_it_is_pointed_here(aws_environment, mq_emulator):
    assert aws_environment["AWS_ENDPOINT_URL"] == mq_emulator.url
    sts = boto3.client("sts")
    assert sts.get_caller_identity()["Account"] == "111122223333"
    sts.close()

def test_keys_of_a_session(mq_emulator):
    keys = type(mq_emulator.user("a"))("ASIA", "secret", "token")
    assert mq_emulator.environment(keys=keys, region="eu-west-1")["AWS_SESSION_TOKEN"] == "token"
""",
    )
    result.assert_outcomes(passed=2)


def test_markers_say_how_it_starts(session: pytest.Pytester) -> None:
    session.mkdir("seeds").joinpath("quota.yaml").write_text("quotas: {VPCs per Region: 1}\n")
    result = run(
        session,
        """
seen = []

@pytest.mark.mq_emulator(pace="real", iam="soft")
class TestSoft:
    def test_soft_and_slow(self, mq_emulator, boto3_client, journal, clock):
        nobody = mq_emulator.user("nobody")
        broker = create_broker(boto3_client("mq", keys=nobody))
        mq = boto3_client("mq")
        assert mq.describe_broker(BrokerId=broker)["BrokerState"] == "CREATION_IN_PROGRESS"
        clock.advance("15m")
        assert mq.describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING"
        assert journal.calls("mq:CreateBroker", outcome="would be denied")

    @pytest.mark.mq_emulator(iam="enforce")
    def test_the_closest_marker_says_it(self, mq_emulator):
        assert (mq_emulator.world.iam, mq_emulator.world.pace) == ("enforce", "real")

@pytest.mark.mq_emulator(seed="seeds/quota.yaml")
def test_a_seed_file(boto3_client):
    with pytest.raises(ClientError, match="VpcLimitExceeded"):
        boto3_client("ec2").create_vpc(CidrBlock="10.0.0.0/16")

@pytest.mark.mq_emulator(seed={"quotas": {"VPCs per Region": 1}})
def test_a_seed_in_place(boto3_client):
    with pytest.raises(ClientError, match="VpcLimitExceeded"):
        boto3_client("ec2").create_vpc(CidrBlock="10.0.0.0/16")

SLOW = {"seed": "s", "clock": {"frozen_at": "2030-01-01T00:00:00Z", "pace": "fast"}, "settings": {"iam": "soft"}}

@pytest.mark.mq_emulator(seed=SLOW)
def test_the_seeds_clock_and_settings(mq_emulator, clock):
    assert (clock.now.year, clock.pace, mq_emulator.world.iam) == (2030, "fast", "soft")
    seen.append(mq_emulator.world.ids.seed)

def test_and_it_is_gone(boto3_client, mq_emulator, clock):
    boto3_client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert (clock.now.year < 2030, clock.pace, mq_emulator.world.iam) == (True, "instant", "enforce")
    assert mq_emulator.world.ids.seed not in seen
    assert seen[0].startswith("s")
""",
    )
    result.assert_outcomes(passed=6)


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("seed='none.yaml'", "No such file"),
        ("seed={'colour': 'red'}", "colour"),
        ("pace='slow'", "there is no pace 'slow'"),
        ("iam='off'", "no way 'off'"),
        ("colour='red'", "takes iam, pace, seed by name"),
        ("'seed.yaml'", "takes iam, pace, seed by name"),
    ],
)
def test_a_marker_that_says_nothing_sensible(session: pytest.Pytester, marker: str, told: str) -> None:
    result = run(session, f"@pytest.mark.mq_emulator({marker})\ndef test_it(mq_emulator): pass\n")
    result.assert_outcomes(errors=1)
    assert told in result.stdout.str()


# The clock ---------------------------------------------------------------------------------------------------------


def test_the_clock_is_moved(session: pytest.Pytester) -> None:
    result = run(
        session,
        """
from datetime import timedelta

@pytest.mark.mq_emulator(pace="real")
def test_it(boto3_client, clock):
    clock.freeze()
    start = clock.now
    clock.advance("10m")
    clock.advance(90)
    clock.advance(timedelta(hours=1))
    assert clock.now - start == timedelta(hours=1, minutes=11, seconds=30)
    mq = boto3_client("mq")
    broker = create_broker(mq)
    clock.until(lambda: mq.describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING", within="20m", every=60)
    assert timedelta(minutes=9) < clock.now - start - timedelta(hours=1, minutes=11, seconds=30) < timedelta(minutes=11)
    create_broker(mq, "invoices")
    assert clock.until_idle()
    assert {one["BrokerState"] for one in mq.list_brokers()["BrokerSummaries"]} == {"RUNNING"}
    clock.freeze(clock.now + timedelta(days=1))
    assert clock.now - start > timedelta(days=1)
    clock.run()
    assert clock.pace == "real"
    clock.pace = "instant"
    mq.delete_broker(BrokerId=broker)
    assert len(mq.list_brokers()["BrokerSummaries"]) == 1

def test_never(clock):
    clock.until(lambda: False, within="1m")
""",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: it did not come true within 1m of emulated time"])


# Faults ------------------------------------------------------------------------------------------------------------


def test_faults_are_added_and_gone_with_the_test(session: pytest.Pytester) -> None:
    result = run(
        session,
        """
def test_an_sdk_tries_again(boto3_client, faults, journal):
    fault = faults.add("throttle", action="mq:ListBrokers", times=1)
    boto3_client("mq").list_brokers()
    assert faults.fired(fault) == 1
    journal.assert_called("mq:ListBrokers", times=1)
    journal.assert_called("mq:ListBrokers", outcome="error", times=1)
    faults.remove(fault)
    faults.add("error", action="ec2:*", code="InternalError")
    faults.clear()
    boto3_client("ec2").describe_vpcs()
    with pytest.raises(ValueError, match="colour"):
        faults.add("throttle", colour="red")
    with pytest.raises(ValueError):
        faults.add("error", action="ec2:*", code="NoSuchCode")
    faults.add("drop")

def test_none_is_left(boto3_client, mq_emulator):
    boto3_client("mq").list_brokers()
    assert list(mq_emulator.world.faults) == []
""",
    )
    result.assert_outcomes(passed=2)


# The journal -------------------------------------------------------------------------------------------------------


def test_assertions_on_the_journal(session: pytest.Pytester) -> None:
    result = run(
        session,
        """
def test_it(mq_emulator, boto3_client, journal):
    journal.assert_no_side_effects()
    broker = create_broker(boto3_client("mq"))
    journal.assert_allowed(
        "ec2:CreateVpcEndpoint", principal="AWSServiceRoleForAmazonMQ", resource="*:vpc-endpoint/*", by="statement 3"
    )
    journal.assert_allowed("EC2:createtags")
    journal.assert_called("iam:CreateServiceLinkedRole", times=1)
    journal.assert_called("ec2:Describe*")
    journal.assert_not_called("ec2:Delete*")
    journal.assert_not_called("mq:CreateBroker", principal="user/nobody")
    journal.assert_no_side_effects(broker="b-0")
    assert journal.side_effects[:2] == ["iam:CreateServiceLinkedRole", "ec2:CreateVpcEndpoint"]
    assert "by statement 3 of AmazonMQServiceRolePolicy" in journal.tree()
    with pytest.raises(ClientError):
        create_broker(boto3_client("mq", keys=mq_emulator.user("nobody")), "mine")
    journal.assert_denied("mq:CreateBroker", principal="user/nobody", because="no identity-based policy allows mq:CreateBroker")
    policy = journal.policy("arn:aws:iam::111122223333:root", broker=broker)
    assert policy["Statement"][-1]["Action"] == "iam:CreateServiceLinkedRole"
""",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("assertion", "told"),
    [
        (
            "journal.assert_denied('ec2:CreateVpcEndpoint', because='SCP')",
            [
                "*AssertionError: nothing denied ec2:CreateVpcEndpoint because of 'SCP'; the nearest decisions:",
                "*ec2:CreateVpcEndpoint as assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ: "
                "ec2:CreateVpcEndpoint on *:vpc-endpoint/[*] was allowed: allowed by statement 3 of AmazonMQServiceRolePolicy",
            ],
        ),
        (
            "journal.assert_allowed('ec2:DeleteVpc', principal='user/dev', resource='vpc-1')",
            [
                "*nothing allowed ec2:DeleteVpc as 'user/dev' on 'vpc-1'; the nearest decisions:",
                "*ec2:*",
                "*  … * more",
            ],
        ),
        (
            "journal.assert_called('logs:CreateLogGroup')",
            ["*logs:CreateLogGroup was called never with outcome 'ok', not at least once; there are no calls in the journal"],
        ),
        (
            "journal.assert_called('iam:CreateServiceLinkedRole', times=2)",
            [
                "*iam:CreateServiceLinkedRole was called 1 times with outcome 'ok', not 2 times; the nearest calls:",
                "*  iam:CreateServiceLinkedRole as root via mq.amazonaws.com: ok",
            ],
        ),
        (
            "journal.assert_not_called('mq:Create*')",
            [
                "*mq:Create[*] was called 2 times; the nearest calls:",
                "*  mq:CreateBroker as root: ok",
                "*  mq:CreateBroker as root: error ConflictException: *",
            ],
        ),
        (
            "journal.assert_no_side_effects()",
            ["*Amazon MQ made * changes; the nearest changes:", "*  ec2:CreateVpcEndpoint as assumed-role/*"],
        ),
    ],
)
def test_a_failed_assertion_tells_what_came_near(session: pytest.Pytester, assertion: str, told: list[str]) -> None:
    result = run(
        session,
        f"""
def test_it(boto3_client, journal):
    mq = boto3_client("mq")
    create_broker(mq)
    with pytest.raises(ClientError):
        create_broker(mq)
    {assertion}
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(told)
    assert "testing/journal.py" not in result.stdout.str(), "the traceback ends in the test"


def test_nothing_happened(session: pytest.Pytester) -> None:
    result = run(session, "def test_it(journal): journal.assert_allowed('mq:*')")
    result.stdout.fnmatch_lines(["*nothing allowed mq:[*]; there are no decisions in the journal"])


# Side by side ------------------------------------------------------------------------------------------------------


def test_workers_of_xdist_have_an_emulator_each(session: pytest.Pytester) -> None:
    session.makepyfile(
        PRELUDE
        + """
@pytest.mark.parametrize("number", range(6))
def test_it(mq_emulator, boto3_client, journal, number, worker_id):
    mq = boto3_client("mq")
    assert mq.list_brokers()["BrokerSummaries"] == []
    create_broker(mq)
    journal.assert_called("mq:CreateBroker", times=1)
    print("PORT", worker_id, mq_emulator.port)
"""
    )
    result = session.runpytest_subprocess("-n", "2", "-rP")
    result.assert_outcomes(passed=6)
    seen = {tuple(line.split()[1:]) for line in result.outlines if line.startswith("PORT")}
    assert len(seen) == len({worker for worker, _ in seen}) == len({port for _, port in seen}) == 2
