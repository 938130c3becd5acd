// Package s3 names S3 requests: bucket, key, operation, and the permissions the caller needs, with their condition keys.
//
// It knows no network, no clock and no store. Parse either refuses a request with S3's own error or returns a Call, from
// which Rebuild makes the request that goes on: what was decided on and what is sent are the same thing, since both come
// from the Call, and the bytes of the client are never passed on (spec aws-services sections 2 and 6).
//
//	call, err := s3.Parse(request, config)
//	if call.Body == s3.ReadBody { err = call.Read(body) }   // some permissions depend on the body
//	for _, p := range call.Permissions { ... }              // all must be allowed
//	upstream := call.Rebuild()
//
// Of the condition keys, it fills those that come from the request: none that depend on what is stored, such as
// s3:ExistingObjectTag.
package s3
