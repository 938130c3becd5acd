// The story of an MFA session, told by the AWS SDK for JavaScript. daypass's endpoint is the only setting that differs
// from AWS.
//
// Usage: story.mjs ENDPOINT ACCOUNT, with root's key in the environment. It prints each secret it got to know on a line of
// its own; the caller searches the server's outputs for them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import {
  CreateAccessKeyCommand, CreateUserCommand, CreateVirtualMFADeviceCommand, EnableMFADeviceCommand,
  EntityAlreadyExistsException, GetUserCommand, IAMClient, ListUsersCommand, NoSuchEntityException, paginateListUsers,
} from "@aws-sdk/client-iam";
import { GetAccessKeyInfoCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { fromEnv } from "@aws-sdk/credential-providers";

const [endpoint, account] = process.argv.slice(2);
const region = "us-east-1";

const secret = (value) => { console.log(value); return value; };

/** The clients of somebody, whose credentials are an access key or those of a session. */
function clients({ AccessKeyId, SecretAccessKey, SessionToken }) {
  secret(SecretAccessKey);
  if (SessionToken) secret(SessionToken);
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  const settings = { endpoint, region, credentials, maxAttempts: 1 };
  return { iam: new IAMClient(settings), sts: new STSClient(settings) };
}

function code(seed, at) {
  const now = new Date(at).toISOString().replace("T", " ").replace(/\..*/, " UTC");
  return secret(execFileSync("oathtool", ["--totp", "--base32", "--now", now, seed], { encoding: "utf8" }).trim());
}

async function identity(sts) {
  const { Account, UserId, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  return { Account, UserId, Arn };
}

const refused = (call, name, message) => assert.rejects(call, { name, message });

const root = new IAMClient({ endpoint, region, credentials: fromEnv(), maxAttempts: 1 });
const { User } = await root.send(new CreateUserCommand({ UserName: "alice" }));
const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName: "alice" }));
const { VirtualMFADevice } = await root.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "alice" }));
const { SerialNumber } = VirtualMFADevice;
const seed = secret(Buffer.from(VirtualMFADevice.Base32StringSeed).toString());
// Codes that won't get stale on their way.
const left = 30_000 - (Date.now() % 30_000);
if (left < 5_000) await setTimeout(left);
const now = Date.now();
const [before, current, coming] = [-30_000, 0, 30_000].map((drift) => code(seed, now + drift));
await root.send(new EnableMFADeviceCommand({
  UserName: "alice", SerialNumber, AuthenticationCode1: before, AuthenticationCode2: current,
}));

const alice = clients(AccessKey);
const getSession = (TokenCode) =>
  alice.sts.send(new GetSessionTokenCommand({ DurationSeconds: 900, SerialNumber, TokenCode }));
const wrongCode = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
await refused(getSession(current), "AccessDenied", wrongCode);
const { Credentials } = await getSession(coming);
await refused(getSession(coming), "AccessDenied", wrongCode);
const lives = (Credentials.Expiration - Date.now()) / 1000;
assert.ok(lives > 890 && lives <= 900, `the session lives for ${lives} seconds`);

const session = clients(Credentials);
const itself = { Account: account, UserId: User.UserId, Arn: User.Arn };
assert.deepEqual(await identity(alice.sts), itself);
assert.deepEqual(await identity(session.sts), itself);
assert.equal((await alice.sts.send(new GetCallerIdentityCommand({}))).$metadata.requestId.length, 36);
await refused(session.iam.send(new ListUsersCommand({})), "AccessDenied", /is not authorized to perform: iam:ListUsers/);
await refused(session.sts.send(new GetSessionTokenCommand({})), "AccessDenied",
  "Cannot call GetSessionToken with session credentials");

const withoutMFA = clients((await alice.sts.send(new GetSessionTokenCommand({}))).Credentials);
await refused(withoutMFA.iam.send(new ListUsersCommand({})), "InvalidClientTokenId",
  /The security token included in the request is invalid/);

// The SDK makes types of the errors that the model declares.
await assert.rejects(root.send(new GetUserCommand({ UserName: "nobody" })), NoSuchEntityException);
await assert.rejects(root.send(new CreateUserCommand({ UserName: "ALICE" })), EntityAlreadyExistsException);

await root.send(new CreateUserCommand({ UserName: "bob" }));
const names = [];
for await (const page of paginateListUsers({ client: root, pageSize: 1 }, {})) {
  names.push(...page.Users.map((user) => user.UserName));
}
assert.deepEqual(names, ["alice", "bob"]);

const rootSTS = new STSClient({ endpoint, region, credentials: fromEnv(), maxAttempts: 1 });
const info = await rootSTS.send(new GetAccessKeyInfoCommand({ AccessKeyId: Credentials.AccessKeyId }));
assert.equal(info.Account, account);
