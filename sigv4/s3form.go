package sigv4

import "net/http"

// ParseS3Form reads the signature of a form upload to S3 (section 3.3 of the spec of AWS's services) from the form's fields,
// whose names field gets in lower case. What is signed is the field policy, as it was sent, and nothing else: for what
// ParseS3Form returns Check judges the credential scope alone, and Verify the policy whatever payload it is given. When the
// policy expires, whether the form keeps to it, and that the request has no other signature, is the caller's to judge. The
// error is an *S3Error.
func ParseS3Form(field func(name string) (value string, ok bool)) (Signature, error) {
	s := Signature{s3: true, form: true}
	var algorithmField, date string
	for _, required := range []struct {
		name, text string
		value      *string
	}{
		{"policy", "policy", &s.policy},
		{"x-amz-algorithm", "X-Amz-Algorithm", &algorithmField},
		{"x-amz-credential", "X-Amz-Credential", &s.credential},
		{"x-amz-date", "X-Amz-Date", &date},
		{"x-amz-signature", "X-Amz-Signature", &s.signature},
	} {
		value, ok := field(required.name)
		if !ok {
			return Signature{}, s3Refusal(http.StatusBadRequest, "InvalidArgument", "Bucket POST must contain a field named '"+
				required.text+"'.  If it is specified, please check the order of the fields.", Detail{"ArgumentName", required.text})
		}
		*required.value = value
	}
	switch algorithmField {
	case algorithm:
	case algorithmV4A:
		return Signature{}, s3Mechanism()
	default:
		return Signature{}, s3Query(msgS3Algorithm)
	}
	s.SessionToken, s.HasSessionToken = field("x-amz-security-token")
	if err := s.completeS3(date); err != nil {
		return Signature{}, err
	}
	return s, nil
}
