// S3 behind the gateway, told by the AWS SDK for JavaScript with its default checksums: a stream gets them behind it.
//
// Usage: s3.mjs ENDPOINT, with a session's credentials in the environment.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  CopyObjectCommand, CreateBucketCommand, DeleteBucketCommand, DeleteObjectsCommand, GetObjectCommand, HeadObjectCommand, NoSuchKey,
  PutObjectCommand, S3Client, paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { fromEnv } from "@aws-sdk/credential-providers";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const [endpoint] = process.argv.slice(2);
const settings = { endpoint, region: "us-east-1", credentials: fromEnv(), forcePathStyle: true, maxAttempts: 1 };
const s3 = new S3Client(settings);
const Bucket = "nodes";
const data = randomBytes((11 << 20) + 13);
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
const stream = () => Readable.from((function* () { for (let i = 0; i < data.length; i += 70000) yield data.subarray(i, i + 70000); })());

async function check(Key) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key })); // the SDK compares the checksum
  assert.equal(hash(await Body.transformToByteArray()), hash(data), Key);
}

await s3.send(new CreateBucketCommand({ Bucket }));
await s3.send(new PutObjectCommand({ Bucket, Key: "bytes", Body: data, Metadata: { colour: "gruen" } }));
await s3.send(new PutObjectCommand({ Bucket, Key: "stream", Body: stream(), ContentLength: data.length }));
for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
  const Key = `stream with ${ChecksumAlgorithm}`;
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: stream(), ContentLength: data.length, ChecksumAlgorithm }));
  await check(Key);
}
await new Upload({ client: s3, params: { Bucket, Key: "parts", Body: stream() } }).done();
await s3.send(new CopyObjectCommand({ Bucket, Key: "cöpy+of it", CopySource: `${Bucket}/bytes` }));
for (const key of ["bytes", "stream", "parts", "cöpy+of it"]) await check(key);
assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: "bytes" }))).Metadata, { colour: "gruen" });

const address = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: "bytes" }), { expiresIn: 60 });
assert.equal(hash(Buffer.from(await (await fetch(address)).arrayBuffer())), hash(data));
assert.equal((await fetch(address.replace("/bytes?", "/parts?"))).status, 403);
// By default the SDK would put the checksum of an empty body into the address.
const required = new S3Client({ ...settings, requestChecksumCalculation: "WHEN_REQUIRED" });
const writable = await getSignedUrl(required, new PutObjectCommand({ Bucket, Key: "written" }), { expiresIn: 60 });
assert.equal((await fetch(writable, { method: "PUT", body: "by address" })).status, 200);

const keys = [];
for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket })) keys.push(...page.Contents.map(({ Key }) => Key));
assert.equal(keys.length, 10);
const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
assert.equal(Deleted.length, keys.length, JSON.stringify(Errors));
await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: "bytes" })), NoSuchKey);
await s3.send(new DeleteBucketCommand({ Bucket }));
