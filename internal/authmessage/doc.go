// Package authmessage says what an encoded authorization message holds, and seals and opens it.
//
// An encoded authorization message goes to a caller who was refused. It tells why, and the caller can't read it: whoever
// may call sts:DecodeAuthorizationMessage in the same account can (spec section 5.10). The server keeps no copy.
//
// On the wire a message is base64 (URL alphabet, no padding) over
//
//	version (1 byte) | sealed message
//
// where the sealed message is a Tink ciphertext (XChaCha20-Poly1305 with a random 192-bit nonce, prefixed by the id of its
// key in the ring). Purpose, version and account are the associated data: to another account's callers a message is as good
// as forged. What is sealed is when the message expires (8 bytes), the length of what follows (2 bytes), the JSON text of
// DecodedMessage, compressed, and zeros.
//
// All messages have the same length. A refused caller fills in part of a message and sees how long it is: from a length that
// depends on the rest, compressed or not, it could tell whether a resource exists, and its tags.
package authmessage
