package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// refusal is what the SDK makes of a server's answer.
func refusal(t *testing.T, endpoint string) error {
	t.Helper()
	service := sts.New(sts.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(endpoint), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIA", "secret", ""),
	})
	_, err := service.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	return err
}

func answering(t *testing.T, code, message string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error><RequestId>request-1</RequestId></ErrorResponse>`, code, message)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestServiceErrors(t *testing.T) {
	t.Parallel()
	const wrongCode = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
	tests := []struct {
		name, code, message string
		hint                string // in part
	}{
		{"wrong code", "AccessDenied", wrongCode, "mistyped, used already"},
		{"wrong device", "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please", "no device of yours"},
		{
			"half of MFA", "AccessDenied", "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
			"give a serial number and a token code together",
		},
		{"denied", "AccessDenied", "User: x is not authorized", "the policies do not allow it"},
		{"unknown key", "InvalidClientTokenId", "The security token included in the request is invalid.", "is the access key of this server"},
		{"expired", "ExpiredToken", "The security token included in the request is expired", "daypass login"},
		{"signature", "SignatureDoesNotMatch", "The request signature we calculated does not match", "clock"},
		{"any other", "PackedPolicyTooLarge", "Too large", "the operator finds the reason"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := ServiceError(fmt.Errorf("login: %w", refusal(t, answering(t, test.code, test.message))))
			want := fmt.Sprintf("An error occurred (%s) when calling the GetCallerIdentity operation: %s", test.code, test.message)
			if err.Error() != want {
				t.Errorf("text %q, want %q", err, want)
			}
			if code := ExitCode(err); code != ExitService {
				t.Errorf("exit code %d, want %d", code, ExitService)
			}
			hint := Hint(err)
			if !strings.Contains(hint, test.hint) || !strings.HasSuffix(hint, "daypass explain request-1") || strings.Contains(hint, "\n") {
				t.Errorf("hint %q, want one line with %q", hint, test.hint)
			}
			if IsWrongCode(err) != (test.name == "wrong code") || IsWrongDevice(err) != (test.name == "wrong device") {
				t.Errorf("wrong code %t, wrong device %t", IsWrongCode(err), IsWrongDevice(err))
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	err = ServiceError(refusal(t, "http://"+listener.Addr().String()))
	if !strings.HasPrefix(err.Error(), "Could not connect to the endpoint URL: \"http://127.0.0.1:") || ExitCode(err) != ExitOther {
		t.Errorf("%d: %v", ExitCode(err), err)
	}
	if hint := Hint(err); !strings.Contains(hint, "is the server running") {
		t.Errorf("hint %q", hint)
	}
}

func TestOtherHints(t *testing.T) {
	t.Parallel()
	noProfile := fmt.Errorf("loading: %w", config.SharedConfigProfileNotExistError{Profile: "alice"})
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"no profile", noProfile, "daypass configure --profile alice makes it"},
		{"its own", WithHint(noProfile, "look around"), "look around"},
		{"interrupted", fmt.Errorf("asking: %w", context.Canceled), ""},
		{"none", errors.New("something else"), ""},
		{"nothing", nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := Hint(test.err); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// Nobody at AWS can be asked with daypass explain.
func TestRequestIDAtAWS(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"sts.us-east-1.amazonaws.com": "", "sts.cn-north-1.amazonaws.com.cn": "", "iam.global.api.aws": "",
		"127.0.0.1:8077": "id", "sts.example.com": "id", "evilamazonaws.com": "id",
	} {
		response := &http.Response{Request: &http.Request{URL: &url.URL{Scheme: "https", Host: host}}}
		err := &awshttp.ResponseError{RequestID: "id", ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: response}, Err: errors.New("x"),
		}}
		if got := requestID(err); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}
