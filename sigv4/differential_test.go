package sigv4

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkv4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/aws-http-auth/credentials"
	smithysigv4 "github.com/aws/smithy-go/aws-http-auth/sigv4"
	smithyv4 "github.com/aws/smithy-go/aws-http-auth/v4"
)

// trial is a random request, signed by somebody else's signer with these credentials.
type trial struct {
	Signer
	at        time.Time
	rule      PathRule
	presigned bool
	body      []byte
	payload   Payload
	http      *http.Request
}

// newTrial makes a request that both signers can sign as AWS reads it. They leave paths as they are, so these are normal;
// aws-http-auth does not collapse blanks and sorts parameters before it escapes them, so those are kept simple for it.
func newTrial(random *rand.Rand, simple bool) trial {
	t := trial{
		Signer: Signer{
			AccessKeyID:     "AKIA" + word(random, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
			SecretAccessKey: word(random, 1+random.IntN(80), "abcdefghijklmnopqrstuvwxyz0123456789+/"),
			Region:          pick(random, "us-east-1", "eu-central-1", "local"),
			Service:         pick(random, "sts", "iam", "s3", "execute-api"),
		},
		at:        time.Unix(1_700_000_000+random.Int64N(1e9), 0).UTC(),
		presigned: random.IntN(2) == 0,
		body:      []byte(word(random, random.IntN(300), "abc=&%+\n\x00\xff")),
	}
	if random.IntN(2) == 0 {
		t.SessionToken = word(random, 1+random.IntN(500), "abcdefghijklmnopqrstuvwxyz0123456789+/=")
	}
	t.payload = PayloadOf(t.body)
	if t.Service == "s3" {
		t.rule = RawPath
		if random.IntN(2) == 0 {
			t.payload = PayloadText(UnsignedPayload)
		}
	}
	u := &url.URL{Scheme: "https", Host: t.Service + ".example.com", Path: "/"}
	if random.IntN(2) == 0 {
		u.Host += ":8443"
	}
	for range random.IntN(4) {
		u.Path += pick(random, "a", "..b", "c.", "d e", "é", "%", "%2F", "+*'()!", "~", "=&;:@,$") + pick(random, "/", "x/")
	}
	u.RawPath = strings.ReplaceAll(escaped(u.Path), "%2F", "/")
	query := url.Values{}
	for range random.IntN(8) {
		if simple {
			query.Add(word(random, 1+random.IntN(3), "ab"), word(random, random.IntN(4), "ab12"))
		} else {
			query.Add(word(random, random.IntN(4), "aZ09-._~ +%&=;/?#\x00\u00e9"), word(random, random.IntN(6), "aZ09-._~ +%&=;/?#\x00\u00e9"))
		}
	}
	u.RawQuery = query.Encode()
	t.http = &http.Request{Method: pick(random, "GET", "POST", "PUT"), URL: u, Host: u.Host, Header: http.Header{}}
	for range random.IntN(4) {
		key := pick(random, "Content-Type", "X-Amz-Meta-A", "X-K8s-Aws-Id", "X-Vault-Aws-Iam-Server-Id", "Accept")
		value := word(random, random.IntN(20), "ab/;=\"\u00e9")
		if !simple {
			value = word(random, random.IntN(20), "ab/;=\"\u00e9   ")
		}
		t.http.Header.Add(key, value)
	}
	return t
}

func word(random *rand.Rand, n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[random.IntN(len(alphabet))]
	}
	return string(b)
}

func pick(random *rand.Rand, choices ...string) string { return choices[random.IntN(len(choices))] }

// received is the request as a server sees it that gets it over the wire.
func (t *trial) received() Request {
	r := Request{Method: t.http.Method, URI: t.http.URL.RequestURI(), Host: t.http.Host, Header: t.http.Header.Clone(), PathRule: t.rule}
	r.Header.Del("Host")
	return r
}

func (t *trial) payloadText() string { return string(t.payload.append(nil)) }

// signWithSDK signs with the signer of the AWS SDK for Go v2, which all its service clients use.
func signWithSDK(tb testing.TB, t *trial) Request {
	tb.Helper()
	secrets := aws.Credentials{AccessKeyID: t.AccessKeyID, SecretAccessKey: t.SecretAccessKey, SessionToken: t.SessionToken}
	raw := func(o *sdkv4.SignerOptions) { o.DisableURIPathEscaping = t.rule == RawPath }
	t.http.ContentLength = int64(len(t.body))
	if t.presigned {
		uri, header, err := sdkv4.NewSigner().PresignHTTP(tb.Context(), secrets, t.http, t.payloadText(), t.Service, t.Region, t.at, raw)
		if err != nil {
			tb.Fatal(err)
		}
		u, err := url.Parse(uri)
		if err != nil {
			tb.Fatal(err)
		}
		t.http.URL, t.http.Header = u, header
		return t.received()
	}
	if err := sdkv4.NewSigner().SignHTTP(tb.Context(), secrets, t.http, t.payloadText(), t.Service, t.Region, t.at, raw); err != nil {
		tb.Fatal(err)
	}
	r := t.received()
	if len(t.body) > 0 {
		r.Header.Set("Content-Length", strconv.Itoa(len(t.body)))
	}
	return r
}

type signEverything struct{}

func (signEverything) IsSigned(name string) bool { return name != "authorization" }

// signWithSmithy signs with AWS's signer for those who use no SDK.
func signWithSmithy(tb testing.TB, t *trial) Request {
	tb.Helper()
	hash := []byte(t.payloadText())
	if t.payload.text == "" {
		hash = t.payload.hash[:]
	}
	in := &smithysigv4.SignRequestInput{
		Request:     t.http,
		PayloadHash: hash,
		Credentials: credentials.Credentials{AccessKeyID: t.AccessKeyID, SecretAccessKey: t.SecretAccessKey, SessionToken: t.SessionToken},
		Service:     t.Service,
		Region:      t.Region,
		Time:        t.at,
	}
	if t.presigned {
		in.SignatureType = smithyv4.SignatureTypeQueryString
	}
	err := smithysigv4.New().SignRequest(in, func(o *smithyv4.SignerOptions) {
		o.HeaderRules = signEverything{}
		o.DisableDoublePathEscape = t.rule == RawPath
	})
	if err != nil {
		tb.Fatal(err)
	}
	return t.received()
}

// TestOtherSigners verifies what others sign, and refuses it with any one byte changed.
func TestOtherSigners(t *testing.T) {
	t.Parallel()
	for _, signer := range []struct {
		name   string
		simple bool
		sign   func(testing.TB, *trial) Request
	}{
		{"aws-sdk-go-v2", false, signWithSDK},
		{"aws-http-auth", true, signWithSmithy},
	} {
		for seed := range uint64(80) {
			t.Run(fmt.Sprint(signer.name, "/", seed), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(seed, 4))
				trial := newTrial(random, signer.simple)
				r := signer.sign(t, &trial)
				s := mustParse(t, r)
				if err := s.Check(trial.at, Expect{Services: []string{trial.Service}, Regions: []string{trial.Region}}); err != nil {
					t.Errorf("Check: %v", err)
				}
				if s.AccessKeyID != trial.AccessKeyID || s.SessionToken != trial.SessionToken || s.Presigned != trial.presigned || !s.Time.Equal(trial.at) {
					t.Errorf("read back %+v", s)
				}
				key := DeriveKey(trial.SecretAccessKey, s.Scope)
				if !s.Verify(&key, trial.payload) {
					t.Fatalf("Verify = false for %+v, canonical request:\n%s", r, s.CanonicalRequest(trial.payload))
				}
				changed := eachChange(random, r, s, trial.payload, func(what string, r Request, payload Payload) {
					s, err := Parse(r)
					if err == nil && s.Verify(&key, payload) {
						t.Errorf("Verify = true with %s: %+v", what, r)
					}
				})
				if changed < 100 {
					t.Errorf("only %d changes tried", changed)
				}
			})
		}
	}
}

// eachChange calls try with each byte changed, once, of all that a signature covers: method, target, host, signed headers,
// scope, signature and payload. It passes over the changes that alter no meaning, and returns how many it made.
func eachChange(random *rand.Rand, r Request, s Signature, payload Payload, try func(what string, r Request, payload Payload)) (count int) {
	each := func(what, text string, set func(r *Request, text string) bool) {
		for i := range len(text) {
			b := []byte(text)
			b[i] ^= byte(1 + random.IntN(255))
			changed := r
			changed.Header = r.Header.Clone()
			if set(&changed, string(b)) {
				count++
				try(fmt.Sprintf("byte %d of %s changed to %q", i, what, b[i]), changed, payload)
			}
		}
	}
	each("the method", r.Method, func(r *Request, text string) bool { r.Method = text; return true })
	each("the URI", r.URI, func(r *Request, text string) bool {
		same := sameTarget(r.URI, text, r.PathRule)
		r.URI = text
		return !same
	})
	each("the host", r.Host, func(r *Request, text string) bool {
		same := sameWords(r.Host, text)
		r.Host = text
		return !same
	})
	for key, values := range r.Header {
		if !s.Signs(strings.ToLower(key)) {
			continue
		}
		for i, value := range values {
			each(key, value, func(r *Request, text string) bool {
				r.Header[key][i] = text
				return !sameWords(value, text)
			})
		}
	}
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		for _, part := range []string{s.credential[len(s.AccessKeyID):], s.SignedHeaders, s.signature} {
			before, after, _ := strings.Cut(authorization, part)
			each("the part "+part, part, func(r *Request, text string) bool {
				// A separator may end the part where it would have ended anyway; it does so only at the last byte.
				if isSeparator(text[len(text)-1]) && part == s.signature {
					return false
				}
				r.Header.Set("Authorization", before+text+after)
				return true
			})
		}
	}
	text := payload.append(nil)
	for i := range text {
		changed := slices.Clone(text)
		changed[i] ^= byte(1 + random.IntN(255))
		count++
		try(fmt.Sprintf("byte %d of the payload hash changed to %q", i, changed[i]), r, PayloadText(string(changed)))
	}
	return count
}

// sameTarget reports whether two request targets mean the same. It has nothing in common with the code under test.
func sameTarget(a, b string, rule PathRule) bool {
	pathA, queryA, _ := strings.Cut(a, "?")
	pathB, queryB, _ := strings.Cut(b, "?")
	if rule == RawPath {
		// Decoding tells all paths apart but those that differ by an escaped slash.
		decodedA, errA := url.PathUnescape(strings.ReplaceAll(strings.ReplaceAll(pathA, "%2f", "%2F"), "%2F", "%00slash"))
		decodedB, errB := url.PathUnescape(strings.ReplaceAll(strings.ReplaceAll(pathB, "%2f", "%2F"), "%2F", "%00slash"))
		if errA != nil || errB != nil || decodedA != decodedB {
			return false
		}
	} else if normalSegments(pathA) != normalSegments(pathB) {
		return false
	}
	return slices.Equal(parameterList(queryA), parameterList(queryB))
}

func normalSegments(path string) string {
	var segments []string
	for _, segment := range strings.Split(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			segments = segments[:max(0, len(segments)-1)]
		default:
			segments = append(segments, segment)
		}
	}
	if strings.HasSuffix(path, "/") {
		segments = append(segments, "")
	}
	return strings.Join(segments, "/")
}

func parameterList(query string) []string {
	var list []string
	for _, parameter := range strings.Split(query, "&") {
		if parameter == "" {
			continue
		}
		name, value, _ := strings.Cut(parameter, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err := cmp.Or(err1, err2); err != nil {
			return []string{err.Error()}
		}
		list = append(list, hex.EncodeToString([]byte(name))+"="+hex.EncodeToString([]byte(value)))
	}
	slices.Sort(list)
	return list
}

// sameWords reports whether two header values differ in nothing but white space.
func sameWords(a, b string) bool {
	space := func(r rune) bool { return strings.ContainsRune(" \t\n\v\f\r", r) }
	return slices.Equal(strings.FieldsFunc(a, space), strings.FieldsFunc(b, space))
}
