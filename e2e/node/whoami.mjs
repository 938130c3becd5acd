// Prints who a profile is, or who the environment says. A question for a token code is answered by standard input.
//
// Usage: whoami.mjs [PROFILE]

import { readFileSync } from "node:fs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";

const [profile] = process.argv.slice(2);
const mfaCodeProvider = async () => readFileSync(0, "utf8").trim();
const sts = new STSClient({ credentials: fromNodeProviderChain({ profile, mfaCodeProvider }), maxAttempts: 1 });
console.log((await sts.send(new GetCallerIdentityCommand({}))).Arn);
