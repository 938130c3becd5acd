package gateway_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

type field struct{ name, value string }

// formPolicy is a policy that lets everything pass that form sends.
func (g *gate) formPolicy(key testenv.Key, more string) string {
	conditions := `["starts-with","$key",""],{"bucket":"bucket"},["starts-with","$x-amz-credential",""],["starts-with","$x-amz-algorithm",""],["starts-with","$x-amz-date",""]`
	if key.SessionToken != "" {
		conditions += `,{"x-amz-security-token":"` + key.SessionToken + `"}`
	}
	return `{"expiration":"` + g.Now.Add(time.Hour).Format("2006-01-02T15:04:05.000Z") + `","conditions":[` + conditions + more + `]}`
}

// form makes an upload. Fields replace those of the same name, or come before the file; after come after it.
func (g *gate) form(key testenv.Key, policy string, fields, after []field) request {
	policy = base64.StdEncoding.EncodeToString([]byte(policy))
	scope := sigv4.Scope{Date: g.Now.Format("20060102"), Region: testenv.Region, Service: "s3", Terminator: "aws4_request"}
	signing := sigv4.DeriveKey(key.SecretAccessKey, scope)
	mac := hmac.New(sha256.New, signing[:])
	mac.Write([]byte(policy))
	all := []field{
		{"x-amz-algorithm", "AWS4-HMAC-SHA256"},
		{"x-amz-credential", key.AccessKeyID + "/" + scope.Date + "/" + scope.Region + "/s3/aws4_request"},
		{"x-amz-date", g.Now.Format("20060102T150405Z")},
		{"policy", policy},
		{"x-amz-signature", hex.EncodeToString(mac.Sum(nil))},
	}
	if key.SessionToken != "" {
		all = append(all, field{"x-amz-security-token", key.SessionToken})
	}
	var b strings.Builder
	write := func(fields []field) {
		for _, f := range fields {
			fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", f.name, f.value)
		}
	}
	write(all)
	write(fields)
	fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../x.txt\"\r\n\r\n%s\r\n", objectText)
	write(after)
	return request{method: "POST", target: "/bucket", header: map[string]string{"Content-Type": "multipart/form-data; boundary=b"}, body: b.String() + "--b--\r\n"}
}

// post sends a form: it has no signature but its own.
func (g *gate) post(r request) answer {
	r = r.withDefaults()
	return g.raw(r.method, head(sigv4.Request{
		Method: r.method, URI: r.target, Host: r.host, Header: map[string][]string{"Content-Type": {r.header["Content-Type"]}},
	}, len(r.body))+r.body)
}

func TestForm(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket/mine/*"}`)
	for _, key := range []testenv.Key{g.user, g.session(g.user, "", 0)} {
		a := g.post(g.form(key, g.formPolicy(key, `,{"success_action_status":"201"},["starts-with","$content-type","text/"]`),
			[]field{{"key", "mine/a"}, {"success_action_status", "201"}, {"Content-Type", "text/plain"}}, []field{{"submit", "Upload"}}))
		if a.status != 201 || !strings.Contains(a.body, "<Key>mine/a</Key>") || !strings.Contains(a.body, "<Location>http://s3.test/bucket/mine/a</Location>") {
			t.Fatal(a)
		}
	}
	if diff := cmp.Diff(map[string]string{"/bucket/mine/a": objectText}, g.backend.stored()); diff != "" {
		t.Error(diff)
	}
	got := g.backend.requests()[1]
	if got.Method != http.MethodPut || got.Header.Get("Content-Type") != "text/plain" || got.Header.Get("X-Amz-Security-Token") != "" || got.Header.Get("Policy") != "" {
		t.Errorf("%+v", got)
	}
	if a := g.post(g.form(g.user, g.formPolicy(g.user, ""), []field{{"key", "mine/b"}}, nil)); a.status != 204 || a.body != "" {
		t.Error(a)
	}
}

func TestAttack17Forms(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket/mine/*"}`)
	mine := []field{{"key", "mine/a"}}
	other := g.user
	other.SecretAccessKey = strings.Repeat("x", 40)
	expired := strings.Replace(g.formPolicy(g.user, ""), "2026", "2025", 1)
	both := g.form(g.user, g.formPolicy(g.user, ""), mine, nil)
	for name, a := range map[string]answer{
		"not allowed":        g.post(g.form(g.user, g.formPolicy(g.user, ""), []field{{"key", "other"}}, nil)),
		"two keys":           g.post(g.form(g.user, g.formPolicy(g.user, ""), []field{{"key", "mine/a"}, {"key", "other"}}, nil)),
		"no key":             g.post(g.form(g.user, g.formPolicy(g.user, ""), nil, []field{{"key", "mine/a"}})),
		"file name":          g.post(g.form(g.user, g.formPolicy(g.user, ""), []field{{"key", "mine/../${filename}/.."}}, nil)),
		"no condition":       g.post(g.form(g.user, g.formPolicy(g.user, ""), []field{{"key", "mine/a"}, {"acl", "public-read"}}, nil)),
		"acl not allowed":    g.post(g.form(g.user, g.formPolicy(g.user, `,{"acl":"public-read"}`), []field{{"key", "mine/a"}, {"acl", "public-read"}}, nil)),
		"expired policy":     g.post(g.form(g.user, expired, mine, nil)),
		"another bucket's":   g.post(g.form(g.user, strings.Replace(g.formPolicy(g.user, ""), `"bucket":"bucket"`, `"bucket":"another"`, 1), mine, nil)),
		"wrong secret":       g.post(g.form(other, g.formPolicy(g.user, ""), mine, nil)),
		"too large":          g.post(g.form(g.user, g.formPolicy(g.user, `,["content-length-range",1,3]`), mine, nil)),
		"also a header":      g.do(both),
		"also presigned":     g.do(request{method: "POST", target: "/bucket", body: both.body, header: both.header, presign: time.Hour}),
		"of another op":      g.post(request{method: "POST", target: "/bucket/k?uploads", header: both.header, body: both.body}),
		"delete":             g.post(request{method: "POST", target: "/bucket?delete", header: both.header, body: both.body}),
		"no policy":          g.post(request{method: "POST", target: "/bucket", header: both.header, body: "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nmine/a\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n"}),
		"cut off in a field": g.post(request{method: "POST", target: "/bucket", header: both.header, body: both.body[:100]}),
		"cut off in file":    g.post(request{method: "POST", target: "/bucket", header: both.header, body: both.body[:len(both.body)-10]}),
	} {
		if a.status != 400 && a.status != 403 {
			t.Error(name, a)
		}
		g.keepsSecret(a)
	}
	if got := g.backend.requests(); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}
