// A backend for the gateway: dynalite (DynamoDB) or fauxqs (SQS and SNS), on a port of its own on loopback.
//
// Usage: backend.mjs NAME. It prints its URL, and ends when its standard input does.

import { buildApp } from "fauxqs";
import dynalite from "dynalite";

const listen = {
  // The defaults of both are every interface of the machine.
  dynalite: () => new Promise((resolve) => {
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
  }),
  fauxqs: () => buildApp({ logger: false }).listen({ port: 0, host: "127.0.0.1" }),
};

process.stdin.on("end", () => process.exit()).resume();
console.log(await listen[process.argv[2]]());
