package audit_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/sts"
)

func alice() aws.Principal {
	return aws.Principal{Type: aws.UserPrincipal, AccountID: "123456789012", ID: "AIDAALICEALICEALICEA2", Path: "/staff/", Name: "alice"}
}

func root() aws.Principal {
	return aws.Principal{Type: aws.RootPrincipal, AccountID: "123456789012", ID: "123456789012"}
}

func call(caller aws.Caller) aws.Call {
	return aws.Call{
		Caller:    caller,
		Now:       at,
		RequestID: "01234567-89ab-4def-8123-456789abcdef",
		SourceIP:  netip.MustParseAddr("192.0.2.7"),
		UserAgent: "aws-cli/2.9.19 Python/3.11.2",
		Service:   "sts",
		Region:    "us-east-1",
	}
}

func session(principal aws.Principal, mfaAt time.Time) aws.Caller {
	issued := time.Date(2026, 1, 2, 1, 0, 0, 0, time.FixedZone("", 3600))
	return aws.Caller{
		Principal:   principal,
		AccessKeyID: "ASIARZPUZDIKA2222222",
		Session:     &aws.Session{IssuedAt: issued, ExpiresAt: issued.Add(time.Hour), MFAAuthenticatedAt: mfaAt},
	}
}

// parseLine reads a line of the log: one JSON object whose members have one name each, and a line break at its end only.
func parseLine(t *testing.T, line string) map[string]any {
	t.Helper()
	if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") || strings.ContainsAny(line, "\r\u2028\u2029") {
		t.Errorf("no single line: %q", line)
	}
	decoder := json.NewDecoder(strings.NewReader(line))
	value, err := readValue(t, decoder)
	if err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("something follows the object: %q", line)
	}
	object, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("no object: %q", line)
	}
	return object
}

// readValue reads like encoding/json, which would not notice a name that comes twice.
func readValue(t *testing.T, decoder *json.Decoder) (any, error) {
	t.Helper()
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			value, err := readValue(t, decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = decoder.Token()
		return list, err
	case json.Delim('{'):
		object := map[string]any{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			text, _ := name.(string)
			if _, twice := object[text]; twice {
				t.Errorf("the member %s comes twice", text)
			}
			if object[text], err = readValue(t, decoder); err != nil {
				return nil, err
			}
		}
		_, err = decoder.Token()
		return object, err
	}
	return token, nil
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// TestRecord holds whole records to CloudTrail's form (spec section 10). What most of them share is written once; a
// member given as null where the shared ones have a value is absent.
func TestRecord(t *testing.T) {
	t.Parallel()
	const shared = `{
		"eventVersion": "1.11",
		"userIdentity": {
			"type": "IAMUser", "principalId": "AIDAALICEALICEALICEA2", "arn": "arn:aws:iam::123456789012:user/staff/alice",
			"accountId": "123456789012", "accessKeyId": "AKIAALICEALICEALICEA", "userName": "alice"
		},
		"eventTime": "2026-01-02T03:04:05Z",
		"eventSource": "sts.amazonaws.com",
		"eventName": "GetCallerIdentity",
		"awsRegion": "us-east-1",
		"sourceIPAddress": "192.0.2.7",
		"userAgent": "aws-cli/2.9.19 Python/3.11.2",
		"requestParameters": null,
		"responseElements": null,
		"requestID": "01234567-89ab-4def-8123-456789abcdef",
		"readOnly": true,
		"eventType": "AwsApiCall",
		"managementEvent": true,
		"recipientAccountId": "123456789012",
		"eventCategory": "Management"
	}`
	credentials := sts.Credentials{
		AccessKeyId: "ASIARZPUZDIKA2222222", SecretAccessKey: "SECRET", SessionToken: "TOKEN",
		Expiration: time.Date(2019, 10, 2, 23, 12, 29, 0, time.UTC),
	}
	tests := []struct {
		name   string
		event  func(*audit.Event)
		differ string // from shared
	}{
		{"user", func(*audit.Event) {}, `{}`},
		{"session with MFA", func(e *audit.Event) { e.Call.Caller = session(alice(), at) }, `{"userIdentity": {
			"type": "IAMUser", "principalId": "AIDAALICEALICEALICEA2", "arn": "arn:aws:iam::123456789012:user/staff/alice",
			"accountId": "123456789012", "accessKeyId": "ASIARZPUZDIKA2222222", "userName": "alice",
			"sessionContext": {"attributes": {"creationDate": "2026-01-02T00:00:00Z", "mfaAuthenticated": "true"}}
		}}`},
		{"session without MFA", func(e *audit.Event) { e.Call.Caller = session(alice(), time.Time{}) }, `{"userIdentity": {
			"type": "IAMUser", "principalId": "AIDAALICEALICEALICEA2", "arn": "arn:aws:iam::123456789012:user/staff/alice",
			"accountId": "123456789012", "accessKeyId": "ASIARZPUZDIKA2222222", "userName": "alice",
			"sessionContext": {"attributes": {"creationDate": "2026-01-02T00:00:00Z", "mfaAuthenticated": "false"}}
		}}`},
		{"root", func(e *audit.Event) { e.Call.Caller = aws.Caller{Principal: root(), AccessKeyID: "AKIAROOT"} }, `{"userIdentity": {
			"type": "Root", "principalId": "123456789012", "arn": "arn:aws:iam::123456789012:root",
			"accountId": "123456789012", "accessKeyId": "AKIAROOT"
		}}`},
		{"session of root", func(e *audit.Event) { e.Call.Caller = session(root(), time.Time{}) }, `{"userIdentity": {
			"type": "Root", "principalId": "123456789012", "arn": "arn:aws:iam::123456789012:root",
			"accountId": "123456789012", "accessKeyId": "ASIARZPUZDIKA2222222",
			"sessionContext": {"attributes": {"creationDate": "2026-01-02T00:00:00Z", "mfaAuthenticated": "false"}}
		}}`},
		{"refused before it was known who calls", func(e *audit.Event) {
			e.Call.Caller, e.Call.Region, e.Action = aws.Caller{AccessKeyID: "AKIANOSUCHKEY"}, "", ""
			e.Err = aws.Errorf(aws.InvalidClientTokenID, "The security token included in the request is invalid.").
				Because(errors.New("there is no access key AKIANOSUCHKEY"))
		}, `{
			"userIdentity": {"type": "Unknown", "accessKeyId": "AKIANOSUCHKEY"}, "recipientAccountId": null, "eventName": "", "awsRegion": "",
			"errorCode": "InvalidClientTokenId", "errorMessage": "The security token included in the request is invalid.",
			"additionalEventData": {"reason": "there is no access key AKIANOSUCHKEY"}
		}`},
		{"refused before anything was known", func(e *audit.Event) {
			e.Call.Caller, e.Call.Region, e.Call.UserAgent, e.Action = aws.Caller{}, "", "", ""
			e.Err = aws.Errorf(aws.MissingAuthenticationToken, "Request is missing Authentication Token")
		}, `{
			"userIdentity": {"type": "Unknown"}, "recipientAccountId": null, "eventName": "", "awsRegion": "", "userAgent": "",
			"errorCode": "MissingAuthenticationToken", "errorMessage": "Request is missing Authentication Token"
		}`},
		{"session token", func(e *audit.Event) {
			e.Action = "GetSessionToken"
			e.Request = &sts.GetSessionTokenInput{DurationSeconds: 900, SerialNumber: "GAHT12345678", TokenCode: "123456"}
			e.Result = &sts.GetSessionTokenOutput{Credentials: credentials, TokenSize: sts.TokenSize{SessionTokenSize: 236, SessionTokenUtilization: 6}}
		}, `{
			"eventName": "GetSessionToken", "requestParameters": {"durationSeconds": 900, "serialNumber": "GAHT12345678"},
			"responseElements": {
				"credentials": {"accessKeyId": "ASIARZPUZDIKA2222222", "expiration": "Oct 2, 2019, 11:12:29 PM"},
				"sessionTokenSize": 236, "sessionTokenUtilization": 6
			}
		}`},
		{"no parameters", func(e *audit.Event) { e.Request = &sts.GetSessionTokenInput{} }, `{}`},
		{"nothing but a secret parameter", func(e *audit.Event) { e.Request = &sts.GetSessionTokenInput{TokenCode: "123456"} }, `{}`},
		{"no output", func(e *audit.Event) {
			e.Request, e.Result = (*sts.GetSessionTokenInput)(nil), (*sts.GetSessionTokenOutput)(nil)
		}, `{}`},
		{"change by IAM", func(e *audit.Event) {
			e.Call.Caller, e.Call.Service = aws.Caller{Principal: root(), AccessKeyID: "AKIAROOT"}, "iam"
			e.Action, e.ReadOnly = "CreateUser", false
			e.Request = &iam.CreateUserInput{UserName: "bob", Tags: []iam.Tag{{Key: "team", Value: new("blue")}, {Key: "empty"}}}
			e.Result = &iam.CreateUserOutput{User: iam.User{
				UserName: "bob", UserId: "AIDABOB", Path: "/", Arn: "arn:aws:iam::123456789012:user/bob", CreateDate: at,
			}}
		}, `{
			"userIdentity": {
				"type": "Root", "principalId": "123456789012", "arn": "arn:aws:iam::123456789012:root",
				"accountId": "123456789012", "accessKeyId": "AKIAROOT"
			},
			"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "readOnly": false,
			"requestParameters": {"userName": "bob", "tags": [{"key": "team", "value": "blue"}, {"key": "empty"}]},
			"responseElements": {"user": {
				"userName": "bob", "userId": "AIDABOB", "path": "/", "arn": "arn:aws:iam::123456789012:user/bob",
				"createDate": "Jan 2, 2026, 3:04:05 AM"
			}}
		}`},
		{"refused without a reason of its own", func(e *audit.Event) {
			e.Err = aws.Errorf(aws.AccessDenied, "Cannot call GetSessionToken with session credentials")
		}, `{"errorCode": "AccessDenied", "errorMessage": "Cannot call GetSessionToken with session credentials"}`},
		{"refused with a reason", func(e *audit.Event) {
			e.Err = aws.Errorf(aws.AccessDenied, "MultiFactorAuthentication failed").Because(errors.New("the code was used before"))
		}, `{
			"errorCode": "AccessDenied", "errorMessage": "MultiFactorAuthentication failed",
			"additionalEventData": {"reason": "the code was used before"}
		}`},
		{"failed", func(e *audit.Event) { e.Err = aws.Internal(errors.New("database is locked")) }, `{
			"errorCode": "InternalFailure", "errorMessage": "An internal error has occurred.",
			"additionalEventData": {"reason": "database is locked"}
		}`},
		{"error without a message", func(e *audit.Event) { e.Err = &aws.Error{Code: aws.InvalidAction} }, `{"errorCode": "InvalidAction"}`},
		{"IPv6", func(e *audit.Event) { e.Call.SourceIP = netip.MustParseAddr("2001:db8::7") }, `{"sourceIPAddress": "2001:db8::7"}`},
		{"clock of another zone", func(e *audit.Event) { e.Call.Now = at.In(time.FixedZone("", 7200)) }, `{}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := userEvent()
			test.event(&e)
			got := parseLine(t, lineOf(t, e))
			if id, _ := got["eventID"].(string); !uuid.MatchString(id) || id == e.Call.RequestID {
				t.Errorf("eventID is %q", id)
			}
			delete(got, "eventID")
			if diff := cmp.Diff(overlaid(t, shared, test.differ), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// overlaid replaces members of an object by those of another; null takes a member away.
func overlaid(t *testing.T, base, differ string) map[string]any {
	t.Helper()
	var object, over map[string]any
	if err := errors.Join(json.Unmarshal([]byte(base), &object), json.Unmarshal([]byte(differ), &over)); err != nil {
		t.Fatal(err)
	}
	for name, value := range over {
		if object[name] = value; value == nil {
			delete(object, name)
		}
	}
	return object
}

func TestEventIDsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[any]bool{}
	for range 100 {
		seen[parseLine(t, lineOf(t, userEvent()))["eventID"]] = true
	}
	if len(seen) != 100 {
		t.Errorf("100 events have %d ids", len(seen))
	}
}

// The order of members is CloudTrail's, for those who read the file with their eyes.
func TestOrderOfMembers(t *testing.T) {
	t.Parallel()
	e := userEvent()
	e.Err = aws.Errorf(aws.AccessDenied, "no").Because(errors.New("a reason"))
	line, rest := lineOf(t, e), 0
	for _, name := range []string{
		"eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
		"errorMessage", "requestParameters", "responseElements", "additionalEventData", "requestID", "eventID", "readOnly", "eventType",
		"managementEvent", "recipientAccountId", "eventCategory",
	} {
		i := strings.Index(line[rest:], `"`+name+`":`)
		if i < 0 {
			t.Fatalf("%s does not come after %s", name, line[:rest])
		}
		rest += i
	}
}
