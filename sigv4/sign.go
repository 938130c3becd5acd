package sigv4

import (
	"cmp"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signer makes signatures with one set of credentials. SessionToken is empty for those of a user.
type Signer struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
	Region          string
	Service         string
}

var (
	errSigned     = errors.New("sigv4: the request has parameters of a signature already")
	errUnsignable = errors.New("sigv4: the request has a header that can't be signed, or the credential holds a slash")
)

// Sign signs r in the header form: it sets X-Amz-Date, X-Amz-Security-Token and Authorization. It signs Host and every
// header that r.Header has, so what a proxy may change is to be added afterwards. The errors are those of Parse.
func (s Signer) Sign(r *Request, at time.Time, payload Payload) error {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	date := at.UTC().Format(basicFormat)
	r.Header.Del("Authorization")
	r.Header.Set("X-Amz-Date", date)
	if s.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", s.SessionToken)
	}
	authorization := algorithm + " Credential=" + s.credential(date) + ", SignedHeaders=" + signable(r.Header) + ", Signature="
	r.Header.Set("Authorization", authorization)
	signature, err := s.signature(r, payload)
	if err != nil {
		r.Header.Del("Authorization")
		return err
	}
	r.Header.Set("Authorization", authorization+signature)
	return nil
}

// Presign signs r in the query form: it adds the parameters of the signature to r.URI. It signs Host and every header
// that r.Header has. expires is sent as whole seconds; STS does not heed it. The errors are those of Parse, and a request
// that has a signature or parts of one is refused.
func (s Signer) Presign(r *Request, at time.Time, expires time.Duration, payload Payload) error {
	_, query, err := r.split()
	if err != nil {
		return err
	}
	// The first of a repeated parameter counts, so ours would not.
	if present, err := parseQuery(query); err != nil || present != (parameters{}) {
		return cmp.Or(err, errSigned)
	}
	date := at.UTC().Format(basicFormat)
	uri := r.URI + "?"
	if strings.Contains(r.URI, "?") {
		uri = r.URI + "&"
	}
	uri += "X-Amz-Algorithm=" + algorithm +
		"&X-Amz-Credential=" + escaped(s.credential(date)) +
		"&X-Amz-Date=" + date +
		"&X-Amz-Expires=" + strconv.FormatInt(int64(expires/time.Second), 10)
	if s.SessionToken != "" {
		uri += "&X-Amz-Security-Token=" + escaped(s.SessionToken)
	}
	uri += "&X-Amz-SignedHeaders=" + escaped(signable(r.Header)) + "&" + signatureParameter + "="
	presigned := *r
	presigned.URI = uri
	signature, err := s.signature(&presigned, payload)
	if err != nil {
		return err
	}
	r.URI = uri + signature
	return nil
}

// signature signs a request that has all but its signature. Going by way of Parse, a signer can't differ from the verifier.
func (s Signer) signature(r *Request, payload Payload) (string, error) {
	parsed, err := Parse(*r)
	if err != nil {
		return "", err
	}
	key := DeriveKey(s.SecretAccessKey, parsed.Scope)
	mac, ok := parsed.mac(&key, &payload)
	if !ok {
		return "", errUnsignable
	}
	return hex.EncodeToString(mac[:]), nil
}

func (s Signer) credential(date string) string {
	return strings.Join([]string{s.AccessKeyID, date[:8], s.Region, s.Service, terminator}, "/")
}

// signable lists host and the headers of h, but for the one that will hold the signature.
func signable(h http.Header) string {
	names := []string{"host"}
	for key := range h {
		if name := strings.ToLower(key); name != "authorization" && name != "host" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ";")
}

func escaped(s string) string { return string(appendEscaped(nil, s)) }
