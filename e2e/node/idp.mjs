// A SAML identity provider: npm's samlp. It prints its metadata, or a response in base64 as a browser posts it to AWS.
//
// Usage: idp.mjs CERTIFICATE KEY ISSUER metadata
//        idp.mjs CERTIFICATE KEY ISSUER '{"nameIdentifier": ..., "attributes": {...}, ...}'
//
// The JSON may have more of samlp's settings in it.

import { readFileSync } from "node:fs";
import samlp from "samlp";

const [certificate, keyFile, issuer, wanted] = process.argv.slice(2);
const cert = readFileSync(certificate);

if (wanted === "metadata") {
  const request = { headers: { host: "idp.example.com" }, protocol: "https" };
  const response = { set() {}, send: (document) => console.log(document.toString()) };
  samlp.metadata({ issuer, cert, redirectEndpointPath: "/saml", postEndpointPath: "/saml" })(request, response);
} else {
  const { attributes, nameIdentifier, ...settings } = JSON.parse(wanted);
  const options = {
    issuer,
    cert,
    key: readFileSync(keyFile),
    audience: "urn:amazon:webservices",
    recipient: "https://signin.aws.amazon.com/saml",
    destination: "https://signin.aws.amazon.com/saml",
    nameIdentifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    signatureAlgorithm: "rsa-sha256",
    digestAlgorithm: "sha256",
    lifetimeInSeconds: 300,
    profileMapper: () => ({ getClaims: () => attributes, getNameIdentifier: () => ({ nameIdentifier }) }),
    ...settings,
  };
  samlp.getSamlResponse(options, {}, (error, response) => {
    if (error) throw error;
    console.log(Buffer.from(response).toString("base64"));
  });
}
