package sigv4

import (
	"bufio"
	"encoding/json"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// vector is a case of AWS's own suite; see testdata/aws-signing-test-suite/README.md.
type vector struct {
	name  string
	files map[string]string

	Credentials struct {
		AccessKeyID     string `json:"access_key_id"`
		SecretAccessKey string `json:"secret_access_key"`
		Token           string `json:"token"`
	} `json:"credentials"`
	ExpirationInSeconds int       `json:"expiration_in_seconds"`
	Normalize           bool      `json:"normalize"`
	Region              string    `json:"region"`
	Service             string    `json:"service"`
	SignBody            bool      `json:"sign_body"`
	Timestamp           time.Time `json:"timestamp"`
	OmitSessionToken    bool      `json:"omit_session_token"`
}

const vectorCount = 38

func readVectors(t testing.TB) []vector {
	t.Helper()
	paths, err := filepath.Glob("testdata/aws-signing-test-suite/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != vectorCount {
		t.Fatalf("found %d vectors, want %d", len(paths), vectorCount)
	}
	var vectors []vector
	for _, path := range paths {
		v := vector{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), files: map[string]string{}}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range strings.Split("\n"+string(text), "\n-- ")[1:] {
			name, content, _ := strings.Cut(file, " --\n")
			v.files[name] = strings.TrimSuffix(content, "\n")
		}
		if err := json.Unmarshal([]byte(v.files["context.json"]), &v); err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, v)
	}
	return vectors
}

// request reads a file of the vector as an HTTP server would, but for the unescaped blank that some paths have.
func (v *vector) request(t testing.TB, file string) (Request, []byte) {
	t.Helper()
	line, rest, _ := strings.Cut(v.files[file], "\n")
	method, rest2, _ := strings.Cut(line, " ")
	uri := strings.TrimSuffix(rest2, " HTTP/1.1")
	head, body, _ := strings.Cut(rest, "\n\n")
	header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(head + "\n\n"))).ReadMIMEHeader()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	r := Request{Method: method, URI: uri, Host: header.Get("Host"), Header: map[string][]string(header)}
	r.Header.Del("Host")
	if !v.Normalize {
		r.PathRule = RawPath
	}
	return r, []byte(body)
}

func (v *vector) signer() Signer {
	return Signer{
		AccessKeyID:     v.Credentials.AccessKeyID,
		SecretAccessKey: v.Credentials.SecretAccessKey,
		SessionToken:    v.Credentials.Token,
		Region:          v.Region,
		Service:         v.Service,
	}
}

// TestVectorsVerify holds every stage of verification to AWS's files, in both forms.
func TestVectorsVerify(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t) {
		for _, form := range []string{"header", "query"} {
			t.Run(v.name+"/"+form, func(t *testing.T) {
				t.Parallel()
				r, body := v.request(t, form+"-signed-request.txt")
				if form == "query" && v.OmitSessionToken {
					// Some services take a token that is put into the query after signing. STS is not one of them.
					if s := mustParse(t, r); s.Verify(v.key(&s), PayloadOf(body)) {
						t.Error("a token that was added after signing is accepted")
					}
					r.URI = withoutParameter(r.URI, "X-Amz-Security-Token")
				}
				s := mustParse(t, r)
				payload := PayloadOf(body)
				if diff := cmp.Diff(v.files[form+"-canonical-request.txt"], string(s.CanonicalRequest(payload))); diff != "" {
					t.Errorf("canonical request (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(v.files[form+"-string-to-sign.txt"], string(s.StringToSign(payload))); diff != "" {
					t.Errorf("string to sign (-want +got):\n%s", diff)
				}
				if want := v.files[form+"-signature.txt"]; s.signature != want {
					t.Errorf("signature read = %s, want %s", s.signature, want)
				}
				if !s.Verify(v.key(&s), payload) {
					t.Error("Verify = false")
				}
				if err := s.Check(v.Timestamp, Expect{Services: []string{v.Service}, Regions: []string{v.Region}}); err != nil {
					t.Errorf("Check: %v", err)
				}
				if s.Verify(v.key(&s), PayloadOf([]byte("another body"))) {
					t.Error("Verify = true for another body")
				}
			})
		}
	}
}

func (v *vector) key(s *Signature) *SigningKey {
	key := DeriveKey(v.Credentials.SecretAccessKey, s.Scope)
	return &key
}

// TestVectorsSign holds the signer to the same files.
func TestVectorsSign(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t) {
		signer := v.signer()
		if v.OmitSessionToken {
			signer.SessionToken = ""
		}
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			r, body := v.request(t, "request.txt")
			if v.SignBody {
				signed, _ := v.request(t, "header-signed-request.txt")
				r.Header.Set("X-Amz-Content-Sha256", signed.Header.Get("X-Amz-Content-Sha256"))
			}
			if err := signer.Sign(&r, v.Timestamp, PayloadOf(body)); err != nil {
				t.Fatal(err)
			}
			signed, _ := v.request(t, "header-signed-request.txt")
			if diff := cmp.Diff(signed.Header["Authorization"], r.Header["Authorization"]); diff != "" {
				t.Errorf("Authorization (-want +got):\n%s", diff)
			}

			r, body = v.request(t, "request.txt")
			expires := time.Duration(v.ExpirationInSeconds) * time.Second
			if err := signer.Presign(&r, v.Timestamp, expires, PayloadOf(body)); err != nil {
				t.Fatal(err)
			}
			if _, got, _ := strings.Cut(r.URI, "X-Amz-Signature="); got != v.files["query-signature.txt"] {
				t.Errorf("presigned signature = %s, want %s", got, v.files["query-signature.txt"])
			}
		})
	}
}

func mustParse(t testing.TB, r Request) Signature {
	t.Helper()
	s, err := Parse(r)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return s
}

func withoutParameter(uri, name string) string {
	before, rest, _ := strings.Cut(uri, "&"+name+"=")
	_, after, _ := strings.Cut(rest, "&")
	return before + "&" + after
}
