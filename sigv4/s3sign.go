package sigv4

import "time"

// SignS3 is Sign by the rules of S3: the path enters as it is, and X-Amz-Content-Sha256 is set to the payload, which is one
// of PayloadOf, PayloadHash, and PayloadText with UnsignedPayload or the hash of a body that is yet to come. For a presigned
// request set r.PathRule to RawPath and call Presign with PayloadText(UnsignedPayload).
func (s Signer) SignS3(r *Request, at time.Time, payload Payload) error {
	signed := *r
	signed.PathRule = RawPath
	signed.Header = r.Header.Clone()
	if signed.Header == nil {
		signed.Header = map[string][]string{}
	}
	signed.Header.Set("X-Amz-Content-Sha256", string(payload.append(nil)))
	if err := s.Sign(&signed, at, payload); err != nil {
		return err
	}
	*r = signed
	return nil
}
