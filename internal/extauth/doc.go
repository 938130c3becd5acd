// Package extauth decides for proxies that ask whether a request may pass, as the gateway decides for its own.
//
// A proxy tells what the client sent; package subrequest is the door for those that ask over HTTP, package envoy for
// Envoy's gRPC. The client's bytes go on as they came, by the proxy, so what is allowed has one spelling: where the gateway
// would send something else than the client did, the question is answered no. The proxy says which service stands behind it.
// The client's signature says so too, and must not be what chooses the judge: the backend would be another's.
//
// Whoever reaches the doors can ask anything, and learns what the signer of a request may do anyway. It is the proxy that
// enforces the answer.
package extauth
