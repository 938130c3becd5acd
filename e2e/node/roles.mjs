// Roles, told by the AWS SDK for JavaScript: its provider of temporary credentials, on its own and in a chain.
//
// Usage: roles.mjs ENDPOINT ACCOUNT, with root's key in the environment. It prints each secret it got to know on a line of
// its own; the caller searches the server's outputs for them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import {
  CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, CreateVirtualMFADeviceCommand, EnableMFADeviceCommand,
  GetUserCommand, IAMClient, ListUsersCommand, PutRolePolicyCommand, PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand, GetCallerIdentityCommand, GetFederationTokenCommand, GetSessionTokenCommand,
  MalformedPolicyDocumentException, STSClient,
} from "@aws-sdk/client-sts";
import { fromEnv, fromTemporaryCredentials } from "@aws-sdk/credential-providers";

const [endpoint, account] = process.argv.slice(2);
const region = "us-east-1";

const secret = (value) => { console.log(value); return value; };
const settings = (credentials) => ({ endpoint, region, credentials, maxAttempts: 1 });
const statement = (part) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...part }] });
const allow = (...Action) => statement({ Action, Resource: "*" });
const roleArn = (name) => `arn:aws:iam::${account}:role/${name}`;
const refused = (call, name, message) => assert.rejects(call, { name, message });
const notAuthorized = (caller, role) => `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${roleArn(role)}`;

const root = new IAMClient(settings(fromEnv()));

const createRole = (RoleName, AWS, Condition = {}) => root.send(new CreateRoleCommand({
  RoleName, AssumeRolePolicyDocument: statement({ Principal: { AWS }, Action: ["sts:AssumeRole", "sts:TagSession"], Condition }),
}));

/** The provider of a role's credentials, as a program would make it. */
const assume = (role, masterCredentials, params, mfaCodeProvider) => fromTemporaryCredentials({
  masterCredentials, mfaCodeProvider, clientConfig: { endpoint, region, maxAttempts: 1 },
  params: { RoleArn: roleArn(role), RoleSessionName: "node", ...params },
});

async function arnOf(provider) {
  const credentials = await provider();
  secret(credentials.secretAccessKey), secret(credentials.sessionToken);
  return (await new STSClient(settings(credentials)).send(new GetCallerIdentityCommand({}))).Arn;
}

await root.send(new CreateUserCommand({ UserName: "alice" }));
await root.send(new PutUserPolicyCommand({ UserName: "alice", PolicyName: "allow", PolicyDocument: allow("sts:*") }));
const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName: "alice" }));
const alice = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: secret(AccessKey.SecretAccessKey) };
const aliceArn = `arn:aws:iam::${account}:user/alice`;

await createRole("worker", account);
await createRole("second", roleArn("worker"), { StringEquals: { "sts:ExternalId": "partner-7" } });
await root.send(new PutRolePolicyCommand({
  RoleName: "worker", PolicyName: "work", PolicyDocument: allow("iam:ListUsers", "iam:GetUser", "sts:AssumeRole"),
}));

// A role, with a session policy.
const worker = assume("worker", alice);
assert.equal(await arnOf(worker), `arn:aws:sts::${account}:assumed-role/worker/node`);
const reader = new IAMClient(settings(assume("worker", alice, { Policy: allow("iam:ListUsers"), DurationSeconds: 900 })));
assert.deepEqual((await reader.send(new ListUsersCommand({}))).Users.map((user) => user.UserName), ["alice"]);
await refused(reader.send(new GetUserCommand({ UserName: "alice" })), "AccessDenied", /because no session policy allows the iam:GetUser action/);

// A chain, and its refusals.
const partner = { ExternalId: "partner-7" };
assert.equal(await arnOf(assume("second", worker, partner)), `arn:aws:sts::${account}:assumed-role/second/node`);
await refused(assume("second", worker)(), "AccessDenied", notAuthorized(`arn:aws:sts::${account}:assumed-role/worker/node`, "second"));
await refused(assume("second", alice, partner)(), "AccessDenied", notAuthorized(aliceArn, "second"));
await refused(assume("nobody", alice)(), "AccessDenied", notAuthorized(aliceArn, "nobody"));
await refused(assume("worker", worker, { DurationSeconds: 3601 })(), "ValidationError", /exceeds the MaxSessionDuration set for this role\./);

// MFA.
function code(seed, at) {
  const now = new Date(at).toISOString().replace("T", " ").replace(/\..*/, " UTC");
  return secret(execFileSync("oathtool", ["--totp", "--base32", "--now", now, seed], { encoding: "utf8" }).trim());
}
await createRole("careful", account, { Bool: { "aws:MultiFactorAuthPresent": "true" } });
const { VirtualMFADevice } = await root.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "alice" }));
const { SerialNumber } = VirtualMFADevice;
const seed = secret(Buffer.from(VirtualMFADevice.Base32StringSeed).toString());
const left = 30_000 - (Date.now() % 30_000);
if (left < 5_000) await setTimeout(left);
const now = Date.now();
const [before, current, coming] = [-30_000, 0, 30_000].map((drift) => code(seed, now + drift));
await root.send(new EnableMFADeviceCommand({
  UserName: "alice", SerialNumber, AuthenticationCode1: before, AuthenticationCode2: current,
}));
const asked = [];
const careful = () => assume("careful", alice, { SerialNumber }, async (serial) => { asked.push(serial); return coming; });
assert.equal(await arnOf(careful()), `arn:aws:sts::${account}:assumed-role/careful/node`);
assert.deepEqual(asked, [SerialNumber]);
await refused(careful()(), "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
await refused(assume("careful", alice)(), "AccessDenied", notAuthorized(aliceArn, "careful"));

// What the SDK makes types of, and what a role's session may not call.
const sts = new STSClient(settings(alice));
await assert.rejects(
  sts.send(new AssumeRoleCommand({ RoleArn: roleArn("worker"), RoleSessionName: "node", Policy: "{" })), MalformedPolicyDocumentException);
const session = new STSClient(settings(worker));
for (const [name, command] of Object.entries({
  GetSessionToken: new GetSessionTokenCommand({}), GetFederationToken: new GetFederationTokenCommand({ Name: "fred" }),
})) {
  await refused(session.send(command), "AccessDenied", `Cannot call ${name} with session credentials`);
}
