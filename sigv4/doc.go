// Package sigv4 parses, checks, verifies and makes AWS Signature Version 4, in the header form (an Authorization header)
// and the presigned form (X-Amz-* query parameters), over the bytes of the request as they were sent.
//
// A signature proves that whoever sent the request held the secret of the access key it names, on the day and for the
// region and service of its scope, and that method, path, query, the signed headers and the payload are as that
// holder made them. It says nothing of headers that were not signed, and it can be replayed until its time runs out.
//
// AWS judges a request in a fixed order, and what a client reads depends on it (spec sections 2.1 and 2.2, steps in
// brackets). The package has one stage for each point where the caller has work of its own in between:
//
//	signature, err := sigv4.Parse(request)          // [1, 4 to 9] the envelope; needs no secret
//	err = signature.Check(now, expect)              // [10 to 13]  time and credential scope
//	...                                             // [14, 15]    session token and access key: the caller's
//	key := sigv4.DeriveKey(secret, signature.Scope) // may be kept for the day, by access key and scope
//	ok := signature.Verify(&key, payload)           // [16]        the signature itself
//
// The package is pure: it reads no clock, no network and no file, keeps nothing, and imports the standard library only.
//
// # S3
//
// S3 has rules of its own, which ParseS3 reads by; what it returns goes through the same stages, and its refusals are of
// type S3Error. Its bodies may be too large to be hashed before they are passed on, or may come in chunks: S3Body checks
// them as they are read, and holds back what would complete them until all is known to be right. ParseS3Form is for forms,
// and SignS3 and SignS3Chunks are for clients. "The spec of AWS's services" is what comments on S3 refer to.
//
// # Strictness
//
// A request has one meaning here or it is refused. Escapes must be whole, in path and query. Every part and parameter is
// read once: of a repeated part of the Authorization header the last counts, of a repeated query parameter or header
// the first (AWS's rules 6c, 7c and 6a), and everything but the signature itself is covered by the signature. The names
// in SignedHeaders must be in lower case, ascending and without repeats, and each must be in the request. By S3's rules
// nothing that counts may be repeated at all.
//
// # Cost
//
// Parse and Verify take time and memory linear in the size of the request's target and headers, but for the sorting of
// the query's parameters, of which there may be MaxParameters. The size itself is for the server to bound. The body of a
// request to S3 takes MaxHeldChunk of memory and some KiB, whatever its size.
package sigv4
