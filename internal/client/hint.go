package client

import (
	"context"
	"errors"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What STS says about MFA, at AWS and here: one text for what has several causes.
const (
	wrongCodeText   = "invalid MFA one time pass code"
	wrongDeviceText = "unable to validate MFA code"
	halfGivenText   = "must provide both MFA serial number and one time pass code"
)

// IsWrongCode tells whether a service refused a token code: a wrong one, one that was used before, or any while the device waits.
func IsWrongCode(err error) bool { return refusalSays(err, wrongCodeText) }

// IsWrongDevice tells whether a service refused an MFA device: there is none of the serial number, or it is another user's.
func IsWrongDevice(err error) bool { return refusalSays(err, wrongDeviceText) }

func refusalSays(err error, text string) bool {
	var refusal smithy.APIError
	return errors.As(err, &refusal) && strings.Contains(refusal.ErrorMessage(), text)
}

// serviceHint is the hint of an error that has none of its own.
func serviceHint(err error) string {
	var refusal smithy.APIError
	var unsent *smithyhttp.RequestSendError
	var noProfile config.SharedConfigProfileNotExistError
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &refusal):
		return refusalHint(err, refusal.ErrorCode())
	case isNoCredentials(err):
		return "give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile with credentials; daypass configure writes one"
	case errors.As(err, &unsent):
		return "is the server running, and is --endpoint-url (AWS_ENDPOINT_URL, endpoint_url of the profile) its address?"
	case errors.As(err, &noProfile):
		return "daypass configure --profile " + noProfile.Profile + " makes it"
	}
	return ""
}

// refusalHints are by error code.
var refusalHints = map[string]string{
	"ExpiredToken":                "the session has ended: daypass login gets a new one",
	"ExpiredTokenException":       "the session has ended: daypass login gets a new one",
	"InvalidClientTokenId":        "is the access key of this server (--endpoint-url), is it active, and has its session not been ended?",
	"UnrecognizedClientException": "is the access key of this server (--endpoint-url), is it active, and has its session not been ended?",
	"SignatureDoesNotMatch":       "does the secret access key belong to the access key id, and is this machine's clock right?",
	"RequestExpired":              "is this machine's clock right?",
	"RequestTimeTooSkewed":        "is this machine's clock right?",
	"Throttling":                  "wait a little, and try again",
	"EntityAlreadyExists":         "choose another name, or delete the other one first",
}

func refusalHint(err error, code string) string {
	hint := refusalHints[code]
	switch {
	case IsWrongCode(err):
		hint = "mistyped, used already (each code is accepted once), or the device's clock is off; after several wrong ones a device waits"
	case IsWrongDevice(err):
		hint = "no device of yours has this serial number: daypass whoami says who you are, aws iam list-mfa-devices what you have"
	case refusalSays(err, halfGivenText):
		hint = "give a serial number and a token code together, or neither"
	case strings.HasPrefix(code, "AccessDenied"):
		hint = "the policies do not allow it; some do only with MFA: daypass whoami tells whether this is with MFA"
	}
	if id := requestID(err); id != "" {
		explain := "the operator finds the reason with: daypass explain " + id
		hint = strings.TrimPrefix(hint+"; "+explain, "; ")
	}
	return hint
}

// requestID is that of a request which a server of one's own refused.
func requestID(err error) string {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil || isAmazon(response.Response.Response) {
		return ""
	}
	return response.ServiceRequestID()
}

func isAmazon(response *http.Response) bool {
	if response == nil || response.Request == nil || response.Request.URL == nil {
		return false
	}
	host := "." + response.Request.URL.Hostname()
	return strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn") || strings.HasSuffix(host, ".aws")
}
