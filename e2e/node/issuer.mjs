// An OpenID Connect provider: npm's oidc-provider with its own sign-in pages, whose forms take any password.
//
// Usage: issuer.mjs CERTIFICATE KEY ISSUER. It says "ready" once it listens on the issuer's port, at 127.0.0.1 only. Each
// start makes new signing keys. The client ES256 gets ID tokens of that algorithm.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import Provider from "oidc-provider";

const [certificate, key, issuer] = process.argv.slice(2);

const signingKey = (alg, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), alg, use: "sig", kid: randomUUID(),
});

const client = (client_id, id_token_signed_response_alg = "RS256") => ({
  client_id,
  client_secret: client_id,
  id_token_signed_response_alg,
  redirect_uris: ["https://client.example.com/callback"],
});

// What AWS reads beside the subject, under the names that AWS gives it.
const TAGS = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY = "https://aws.amazon.com/source_identity";
const accounts = {
  tess: {
    [TAGS]: { principal_tags: { team: ["red"], stage: ["test"] }, transitive_tag_keys: ["team"] },
    [SOURCE_IDENTITY]: "tess.source",
  },
};

const provider = new Provider(issuer, {
  clients: [client("daypass"), client("ES256", "ES256"), client("stranger")],
  jwks: {
    keys: [signingKey("RS256", "rsa", { modulusLength: 2048 }), signingKey("ES256", "ec", { namedCurve: "P-256" })],
  },
  claims: { openid: ["sub", TAGS, SOURCE_IDENTITY] },
  conformIdTokenClaims: false,
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...accounts[accountId] }) }),
  pkce: { required: () => false },
  cookies: { keys: [randomUUID()] },
});

const options = { cert: readFileSync(certificate), key: readFileSync(key) };
createServer(options, provider.callback()).listen(new URL(issuer).port, "127.0.0.1", () => console.log("ready"));
