// The main job through the AWS SDK for JavaScript; prints what it saw as one JSON object.
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeVpcEndpointsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DeleteRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBrokerCommand, DeleteBrokerCommand, DescribeBrokerCommand, MqClient } from "@aws-sdk/client-mq";

const settings = {
  endpoint: process.env.ENDPOINT,
  region: "us-east-1",
  credentials: { accessKeyId: process.env.ACCOUNT, secretAccessKey: "any" },
  maxAttempts: 1,
};
const mq = new MqClient(settings);
const ec2 = new EC2Client(settings);
const iam = new IAMClient(settings);
const logs = new CloudWatchLogsClient(settings);

const broker = {
  BrokerName: "orders",
  EngineType: "RABBITMQ",
  DeploymentMode: "CLUSTER_MULTI_AZ",
  HostInstanceType: "mq.m5.large",
  PubliclyAccessible: false,
  Logs: { General: true },
  Users: [{ Username: "orders", Password: "correct-horse-battery" }],
};

async function error(call) {
  try {
    await call;
  } catch (caught) {
    return caught;
  }
  throw new Error("the call succeeded");
}

const refused = await error(mq.send(new CreateBrokerCommand({ ...broker, Logs: { Audit: true } })));
const { BrokerId } = await mq.send(new CreateBrokerCommand(broker));
const shown = await mq.send(new DescribeBrokerCommand({ BrokerId }));
const filter = { Filters: [{ Name: "tag:Broker", Values: [BrokerId] }] };
const { VpcEndpoints } = await ec2.send(new DescribeVpcEndpointsCommand(filter));
const { Role } = await iam.send(new GetRoleCommand({ RoleName: "AWSServiceRoleForAmazonMQ" }));
const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: shown.Logs.GeneralLogGroup }));
const denied = await error(iam.send(new DeleteRoleCommand({ RoleName: Role.RoleName })));
await mq.send(new DeleteBrokerCommand({ BrokerId }));
const gone = await error(mq.send(new DescribeBrokerCommand({ BrokerId })));

console.log(
  JSON.stringify({
    broker: BrokerId,
    state: shown.BrokerState,
    role: Role.RoleName,
    tags: Object.fromEntries(VpcEndpoints[0].Tags.map((tag) => [tag.Key, tag.Value])),
    lines: events.map((event) => event.message),
    refused: { name: refused.name, attribute: refused.ErrorAttribute, status: refused.$metadata.httpStatusCode },
    denied: { name: denied.name, status: denied.$metadata.httpStatusCode },
    gone: gone.name,
  }),
);
