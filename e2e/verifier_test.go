package e2e

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/daypass/daypass/verifier"
)

const deletesWithMFA = `{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Action":"orders:*","Resource":"arn:aws:orders:us-east-1:` + accountID + `:order/*"},
  {"Effect":"Deny","Action":"orders:DeleteOrder","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}},
  {"Effect":"Deny","Action":"orders:DeleteOrder","Resource":"*","Condition":{"Null":{"aws:MultiFactorAuthPresent":"true"}}}]}`

// A service that knows nothing of IAM asks for MFA, because a policy says so.
func TestVerifier(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	alice := enrol(t, server, "alice")
	putPolicy(t, server, "alice", deletesWithMFA)
	orders := startOrders(t, server, newVerifierKey(t, server))
	answer, err := server.sts(alice.credentials).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{
		SerialNumber: &alice.serial, TokenCode: &alice.code,
	})
	if err != nil {
		t.Fatal(err)
	}
	session := server.credentialsOf(answer.Credentials)

	for name, call := range map[string]func(*testing.T, credentials, string, string, string) (int, string){
		"sdk": callBySDK, "presigned": callPresigned, "curl": callByCurl,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, tt := range []struct {
				as                 credentials
				method, path, body string
				status             int
				text               string
			}{
				{alice.credentials, "GET", "/orders/1", "", 200, "GET arn:aws:iam::" + accountID + ":user/alice"},
				{alice.credentials, "PUT", "/orders/1?dry=a%20b&x=", "two pounds of tea", 200, "two pounds of tea"},
				{alice.credentials, "DELETE", "/orders/1", "", 403, "with an explicit deny in an identity-based policy"},
				{session, "DELETE", "/orders/1", "", 200, "DELETE arn:aws:iam::" + accountID + ":user/alice"},
				{server.root, "GET", "/orders/1", "", 200, "GET arn:aws:iam::" + accountID + ":root"},
				{credentials{alice.AccessKeyId, "wrong", ""}, "GET", "/orders/1", "", 403, "InvalidSignatureException"},
				{credentials{session.AccessKeyId, session.SecretAccessKey, "wrong"}, "GET", "/orders/1", "", 403, "UnrecognizedClientException"},
			} {
				if status, body := call(t, tt.as, tt.method, orders+tt.path, tt.body); status != tt.status || !strings.Contains(body, tt.text) {
					t.Errorf("%s %s: %d %s, want %d %s", tt.method, tt.path, status, body, tt.status, tt.text)
				}
			}
		})
	}
}

func TestVerifierRevocation(t *testing.T) {
	t.Parallel()
	server := start(t, config{})
	alice := enrol(t, server, "alice")
	putPolicy(t, server, "alice", deletesWithMFA)
	orders := startOrders(t, server, newVerifierKey(t, server))
	if status, body := callBySDK(t, alice.credentials, "GET", orders+"/orders/1", ""); status != 200 {
		t.Fatal(status, body)
	}
	_, err := server.iam(server.root).DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{UserName: &alice.name, AccessKeyId: &alice.AccessKeyId})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for {
		status, body := callBySDK(t, alice.credentials, "GET", orders+"/orders/1", "")
		if status == 403 && strings.Contains(body, "UnrecognizedClientException") {
			return
		}
		if status != 200 || time.Since(began) > patience {
			t.Fatal(status, body)
		}
		time.Sleep(pause)
	}
}

// newVerifierKey makes a user who may do nothing but check signatures for the service orders.
func newVerifierKey(t *testing.T, server *server) credentials {
	t.Helper()
	root, name := server.iam(server.root), "orders-verifier"
	if _, err := root.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}); err != nil {
		t.Fatal(err)
	}
	putPolicy(t, server, name, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"daypass:GetSigningKey",
	  "Resource":"arn:aws:daypass:us-east-1:`+accountID+`:service/orders"}}`)
	key, err := root.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		t.Fatal(err)
	}
	server.secret("the verifier's secret access key", aws.ToString(key.AccessKey.SecretAccessKey))
	return credentials{AccessKeyId: aws.ToString(key.AccessKey.AccessKeyId), SecretAccessKey: aws.ToString(key.AccessKey.SecretAccessKey)}
}

func putPolicy(t *testing.T, server *server, user, document string) {
	t.Helper()
	_, err := server.iam(server.root).PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
		UserName: &user, PolicyName: aws.String("p"), PolicyDocument: &document,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// startOrders starts a service of its own that accepts the server's credentials.
func startOrders(t *testing.T, server *server, own credentials) (endpoint string) {
	t.Helper()
	v, err := verifier.New(verifier.Config{
		Endpoint: server.endpoint, Service: "orders", Region: region, MaxAge: time.Second,
		Credentials: verifier.Static(verifier.Credentials{AccessKeyID: own.AccessKeyId, SecretAccessKey: own.SecretAccessKey}),
	})
	if err != nil {
		t.Fatal(err)
	}
	actions := map[string]string{"GET": "orders:GetOrder", "PUT": "orders:PutOrder", "DELETE": "orders:DeleteOrder"}
	name := func(r *http.Request, _ *verifier.Caller) (verifier.Access, error) {
		return verifier.Access{
			Action: actions[r.Method], Resource: "arn:aws:orders:us-east-1:" + accountID + ":order/" + r.PathValue("id"),
		}, nil
	}
	serve := func(w http.ResponseWriter, r *http.Request, caller *verifier.Caller) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintln(w, r.Method, caller.ARN, string(body))
	}
	mux := http.NewServeMux()
	mux.Handle("/orders/{id}", v.Handler(name, serve))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func callBySDK(t *testing.T, as credentials, method, address, body string) (int, string) {
	t.Helper()
	return callSigned(t, method, address, body, func(r *http.Request, hash string) error {
		return v4.NewSigner().SignHTTP(r.Context(), as.sdk(), r, hash, "orders", region, time.Now())
	})
}

// callPresigned makes a URL with the SDK, and calls it with nothing else.
func callPresigned(t *testing.T, as credentials, method, address, body string) (int, string) {
	t.Helper()
	return callSigned(t, method, address, body, func(r *http.Request, hash string) (err error) {
		address, _, err := v4.NewSigner().PresignHTTP(r.Context(), as.sdk(), r, hash, "orders", region, time.Now())
		if err == nil {
			r.URL, err = url.Parse(address)
		}
		return err
	})
}

func (c credentials) sdk() aws.Credentials {
	return aws.Credentials{AccessKeyID: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
}

func callSigned(t *testing.T, method, address, body string, sign func(r *http.Request, hash string) error) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := sign(r, fmt.Sprintf("%x", sha256.Sum256([]byte(body)))); err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// callByCurl leaves the signing to curl, which takes the secret from a file that only it reads.
func callByCurl(t *testing.T, as credentials, method, address, body string) (int, string) {
	t.Helper()
	var settings strings.Builder
	fmt.Fprintf(&settings, "url = %q\nrequest = %q\naws-sigv4 = \"aws:amz:%s:orders\"\nuser = \"%s:%s\"\n", address, method, region, as.AccessKeyId, as.SecretAccessKey)
	if as.SessionToken != "" {
		fmt.Fprintf(&settings, "header = \"X-Amz-Security-Token: %s\"\n", as.SessionToken)
	}
	if body != "" {
		fmt.Fprintf(&settings, "data-raw = %q\n", body)
	}
	command := exec.CommandContext(t.Context(), need(t, "curl"), "--silent", "--show-error", "--max-time", "30", "--write-out", "\n%{http_code}", "--config", "-")
	command.Stdin = strings.NewReader(settings.String())
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("curl: %v\n%s", err, output)
	}
	text := string(output)
	i := strings.LastIndexByte(text, '\n')
	text, code := text[:i], text[i+1:]
	var status int
	if _, err := fmt.Sscan(code, &status); err != nil {
		t.Fatalf("curl wrote %q", output)
	}
	return status, text
}
