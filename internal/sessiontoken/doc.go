// Package sessiontoken says what a session token holds, and seals and opens it.
//
// A session token is the server's own note to itself, carried by the client: any node that holds the key ring opens it
// without asking a database. It says who the session belongs to and the facts of its issue (when, until when, with which
// secret, whether with MFA). It grants nothing by itself: what the principal may do, and whether it still exists, is
// looked up at each use.
//
// On the wire a token is base64 (standard alphabet) over
//
//	version (1 byte) | access key id (10 bytes) | sealed claims
//
// where the access key id is the 16 base32 characters after "ASIA", and the sealed claims are a Tink ciphertext
// (XChaCha20-Poly1305 with a random 192-bit nonce, prefixed by the id of its key in the ring). Version, access key id and
// purpose are the associated data: a token that opens is the one that was issued with exactly that access key id.
// The claims are protobuf fields in ascending order, preceded by their length and followed by zeros when the token was
// padded. The secret access key is inside the seal, is random, and can't be derived from anything a client reads.
package sessiontoken
