package samlrole

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

const (
	role     = "arn:aws:iam::123456789012:role/staff"
	provider = "arn:aws:iam::123456789012:saml-provider/corp"
)

func TestFind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files [2]string
		want  Profile
		found bool
		err   string
	}{
		{
			"whole",
			[2]string{"[p]\nsaml_endpoint = https://idp.example.com/?a=%(b)s#c\nrole_arn=r , q\nuser_identity = EXAMPLE\\alice # her\n", ""},
			Profile{"https://idp.example.com/?a=%(b)s#c", "r , q", `EXAMPLE\alice`},
			true, "",
		},
		{
			"in the configuration",
			[2]string{"[q]\nx=y", "[profile p]\nsaml_endpoint=http://localhost:80\nrole_arn=r\ns3 =\n  addressing_style = path\n"},
			Profile{Endpoint: "http://localhost:80", RoleARN: "r"},
			true, "",
		},
		{"the first file counts", [2]string{"[p]\nrole_arn=x", "[p]\nsaml_endpoint=https://x\nrole_arn=r\n"}, Profile{}, false, ""},
		{"none", [2]string{"[x]\nsaml_endpoint=https://x", ""}, Profile{}, false, ""},
		{"no role", [2]string{"[p]\nsaml_endpoint=https://x", ""}, Profile{}, false, "role_arn is missing"},
		{"in the clear", [2]string{"[p]\nsaml_endpoint=http://idp.example.com\nrole_arn=r", ""}, Profile{}, false, "in the clear"},
		{"in the clear, though it looks local", [2]string{"[p]\nsaml_endpoint=http://localhost@idp.example.com\nrole_arn=r", ""}, Profile{}, false, "in the clear"},
		{"no address", [2]string{"[p]\nsaml_endpoint=idp\nrole_arn=r", ""}, Profile{}, false, "idp is no https address"},
		{"large", [2]string{strings.Repeat("#", maxFile+1), ""}, Profile{}, false, "more than 1048576 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := []string{filepath.Join(dir, "missing")}
			for i, text := range test.files {
				file := filepath.Join(dir, fmt.Sprint(i))
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				files = append(files, file)
			}
			got, found, err := Find("p", files...)
			wantError(t, err, test.err)
			if diff := cmp.Diff(test.want, got); diff != "" || found != test.found {
				t.Errorf("found: %v (-want +got)\n%s", found, diff)
			}
		})
	}
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want %q", err, text)
	}
}

// response is what an identity provider says about somebody who may take these roles.
func response(roles ...string) string {
	values := ""
	for _, r := range roles {
		values += "<saml:AttributeValue>" + r + "</saml:AttributeValue>"
	}
	return base64.StdEncoding.EncodeToString([]byte(`<samlp:Response xmlns:samlp="p" xmlns:saml="a"><saml:Assertion><saml:AttributeStatement>` +
		`<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName"><saml:AttributeValue>x,y</saml:AttributeValue></saml:Attribute>` +
		`<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">` + values + `</saml:Attribute>` +
		`</saml:AttributeStatement></saml:Assertion></samlp:Response>`))
}

func TestChoose(t *testing.T) {
	t.Parallel()
	const other = "arn:aws:iam::123456789012:saml-provider/other"
	tests := []struct {
		name, wanted, response string
		provider, err          string
	}{
		{"role first", role, response("x,y", role+","+provider), provider, ""},
		{"provider first", role, response(provider + ", " + role), provider, ""},
		{"of two providers", role + "," + other, response(role+","+provider, role+","+other), other, ""},
		{"another provider", role + "," + other, response(role + "," + provider), "", `offers the user no role ` + role},
		{"another role", "arn:aws:iam::123456789012:role/admin", response(role+","+provider, "odd"), "", `no role arn:aws:iam::123456789012:role/admin, but ["` + role + `"]`},
		{"no XML", role, base64.StdEncoding.EncodeToString([]byte("<")), "", "SAML response: XML"},
		{"no base64", role, "!", "", "SAML response: illegal base64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, got, err := Profile{RoleARN: test.wanted}.choose(test.response)
			wantError(t, err, test.err)
			if got != test.provider {
				t.Errorf("provider %q, want %q", got, test.provider)
			}
		})
	}
}

// adfs asks for a name and a password as AD FS does: the form's answer is a cookie and a redirect to the page with the
// response.
func adfs(t *testing.T, page string) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /adfs", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("UserName") != `EXAMPLE\alice` || r.PostFormValue("Password") != "pass&word" || r.PostFormValue("AuthMethod") != "FormsAuthentication" {
			_, _ = fmt.Fprint(w, `<form><input name="UserName"><input name="Password"></form>`)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "MSISAuth", Value: "yes"})
		http.Redirect(w, r, "/adfs", http.StatusFound)
	})
	mux.HandleFunc("GET /adfs", func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("MSISAuth"); err != nil || cookie.Value != "yes" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = fmt.Fprint(w, page)
	})
	mux.HandleFunc("POST /away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://localhost.example.com/", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("POST /refusal", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	page := `<html><form><input type="hidden" name="SAMLResponse" value="PHg&#x2b;"/><input name="RelayState" value="y"></form>`
	tests := []struct{ name, path, password, page, want, err string }{
		{"signed in", "/adfs", "pass&word", page, "PHg+", ""},
		{"wrong password", "/adfs", "pass&wort", page, "", "the user name or the password is wrong"},
		{"one more question", "/adfs", "pass&word", `<input name="Otp">`, "", "or it wants more"},
		{"too large", "/adfs", "pass&word", strings.Repeat(" ", maxPage) + page, "", "without a SAML response"},
		{"redirected away", "/away", "pass&word", page, "", "redirected away from the profile's saml_endpoint, to localhost.example.com"},
		{"redirected for ever", "/loop", "pass&word", page, "", "more than 5 redirects"},
		{"refused", "/refusal", "pass&word", page, "", "answered 401 Unauthorized"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := Profile{Endpoint: adfs(t, test.page).URL + test.path}
			got, err := p.signIn(t.Context(), `EXAMPLE\alice`, test.password)
			wantError(t, err, test.err)
			if err != nil && strings.Contains(err.Error(), test.password) {
				t.Errorf("the error tells the password: %v", err)
			}
			if got != test.want {
				t.Errorf("response %q, want %q", got, test.want)
			}
		})
	}
}

func TestProvider(t *testing.T) {
	t.Parallel()
	said := response(role + "," + provider)
	p := Profile{Endpoint: adfs(t, `<input name=SAMLResponse value="`+said+`">`).URL + "/adfs", RoleARN: role}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		got := []string{r.PostFormValue("Action"), r.PostFormValue("RoleArn"), r.PostFormValue("PrincipalArn"), r.PostFormValue("SAMLAssertion"), r.Header.Get("Authorization")}
		if diff := cmp.Diff([]string{"AssumeRoleWithSAML", role, provider, said, ""}, got); diff != "" {
			t.Errorf("request (-want +got)\n%s", diff)
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = fmt.Fprint(w, `<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithSAMLResult><Credentials>
			<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-01-02T03:04:05Z</Expiration>
			</Credentials></AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>`)
	})
	sts := httptest.NewServer(mux)
	t.Cleanup(sts.Close)
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: &sts.URL, Credentials: aws.AnonymousCredentials{}}

	got, err := p.Provider(cfg, `EXAMPLE\alice`, "pass&word").Retrieve(t.Context())
	want := aws.Credentials{
		AccessKeyID: "ASIA1", SecretAccessKey: "s", SessionToken: "t", CanExpire: true,
		Expires: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Source: "SAMLRoleProfile",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}

	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := p.Provider(cfg, `EXAMPLE\alice`, "pass&word").Retrieve(ended); err == nil {
		t.Error("signs in though nobody wants it any more")
	}
}
