package audit_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
)

var hostile = map[string]string{
	"quotes":               `"', \" \\" \`,
	"line breaks":          "a\nb\rc\r\n{\"eventName\":\"forged\"}\n",
	"separators":           "a\u2028b\u2029c\u0085d",
	"controls":             "\x00\x01\x07\b\t\v\f\x1b[31m\x7f",
	"markup":               "<script>&amp;</script> 'x'>",
	"end of a CDATA":       "]]>",
	"JSON":                 `","errorCode":"","x":{"`,
	"invalid UTF-8":        "a\xffb\xc3(\xe2\x82\xf0\x9f\x94",
	"surrogates":           "\xed\xa0\x80\xed\xb0\x80",
	"overlong":             "\xc0\xaf\xe0\x80\xaf",
	"beyond Unicode":       "\xf4\x90\x80\x80",
	"astral":               "🔑\U0010ffff",
	"noncharacters":        "\ufffe\uffff\ufffd",
	"byte order mark":      "\ufefftext",
	"other direction":      "\u202etxt.exe",
	"long":                 strings.Repeat("x\n", 1<<11),
	"format":               "%s%n%!d(MISSING)",
	"end with a backslash": `\`,
}

// shortened is what the log keeps of a text that a client can make long, as JSON can say it.
func shortened(text string) string {
	if len(text) > 1<<10 {
		text = text[:1<<10] + "..."
	}
	return string([]rune(text))
}

// TestLargeMembers shows that parameters which are too large are left out, and the rest of the event is not: whose policy was
// changed must be seen though the policy is full of blanks, each of which may take several bytes here.
func TestLargeMembers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request any
		want    any
	}{
		"one and only": {&iam.CreateUserInput{UserName: strings.Repeat("x", 101<<10)}, nil},
		"one of several": {
			&iam.PutUserPolicyInput{UserName: "alice", PolicyName: "p", PolicyDocument: strings.Repeat("\n", 60<<10)},
			map[string]any{"userName": "alice", "policyName": "p"},
		},
		"one that is small enough": {
			&iam.PutUserPolicyInput{UserName: "alice", PolicyName: "p", PolicyDocument: strings.Repeat("x", 60<<10)},
			map[string]any{"userName": "alice", "policyName": "p", "policyDocument": strings.Repeat("x", 60<<10)},
		},
		"several": {
			&iam.PutUserPolicyInput{UserName: strings.Repeat("x", 60<<10), PolicyName: "p", PolicyDocument: strings.Repeat("x", 60<<10)},
			map[string]any{"policyName": "p"},
		},
	}
	for name, tt := range tests {
		e := userEvent()
		e.Request = tt.request
		e.Result = &iam.CreateUserOutput{User: iam.User{UserName: "kept"}}
		got := parseLine(t, lineOf(t, e))
		if diff := cmp.Diff(tt.want, got["requestParameters"]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got["responseElements"] == nil || got["eventName"] != e.Action {
			t.Errorf("%s: responseElements %v, eventName %v", name, got["responseElements"], got["eventName"])
		}
	}
}

// What clients send stays one line of valid JSON, and says what they sent: bytes that are no UTF-8 become U+FFFD.
func TestHostileText(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := userEvent()
			e.Call.UserAgent, e.Action = text, text
			e.Call.Region, e.Call.Service, e.Call.RequestID = text, text, text
			e.Call.Caller.Name, e.Call.Caller.AccessKeyID, e.Call.Caller.ID, e.Call.Caller.AccountID = text, text, text, text
			e.Request = &iam.CreateUserInput{UserName: text, Tags: []iam.Tag{{Key: text, Value: &text}}}
			e.Result = &iam.CreateUserOutput{User: iam.User{Arn: text}}
			e.Err = aws.Errorf(aws.ValidationError, "%s", text).Because(errors.New(text))
			line := lineOf(t, e)
			for i := range len(line) - 1 {
				if c := line[i]; c < ' ' {
					t.Fatalf("byte %d of the line is %#x", i, c)
				}
			}
			got := parseLine(t, line)
			want, short := string([]rune(text)), shortened(text)
			for member, value := range map[string]any{
				"userAgent": short, "eventName": want, "awsRegion": short, "eventSource": want + ".amazonaws.com", "requestID": want,
				"recipientAccountId": want, "errorCode": "ValidationError", "errorMessage": short,
				"requestParameters":   map[string]any{"userName": want, "tags": []any{map[string]any{"key": want, "value": want}}},
				"responseElements":    map[string]any{"user": map[string]any{"arn": want}},
				"additionalEventData": map[string]any{"reason": short},
				"userIdentity": map[string]any{
					"type": "IAMUser", "principalId": want, "arn": "arn:aws:iam::" + want + ":user/staff/" + want,
					"accountId": want, "accessKeyId": want, "userName": want,
				},
			} {
				if diff := cmp.Diff(value, got[member]); diff != "" {
					t.Errorf("%s (-want +got)\n%s", member, diff)
				}
			}
		})
	}
}

// sealed is a struct whose secret members sit at every depth a wire struct has.
type sealed struct {
	Open      string
	Secret    string   `secret:"true"`
	Bytes     []byte   `secret:"true"`
	Strings   []string `secret:"true"`
	Whole     leaf     `secret:"true"`
	Leaf      leaf
	Pointer   *leaf
	List      []leaf
	Pointers  []*leaf
	Deep      []branch
	NotSecret string `secret:"false"`
}

type branch struct {
	Leaves []leaf
	Count  int32
}

type leaf struct {
	Name      string
	Code      string    `secret:"true"`
	Pointer   *string   `secret:"true"`
	ExpiresAt time.Time `secret:"true"`
}

func TestSecretsAreLeftOut(t *testing.T) {
	t.Parallel()
	const secret = "HUSH"
	hushed := secret
	l := leaf{Name: "leaf", Code: secret, Pointer: &hushed, ExpiresAt: at.AddDate(1000, 0, 0)}
	v := sealed{
		Open: "open", Secret: secret, Bytes: []byte(secret), Strings: []string{secret}, Whole: l,
		Leaf: l, Pointer: &l, List: []leaf{l}, Pointers: []*leaf{&l}, Deep: []branch{{Leaves: []leaf{l, {Code: secret}}, Count: 2}},
		NotSecret: "shown",
	}
	e := userEvent()
	e.Request, e.Result = &v, v
	line := lineOf(t, e)
	for what, hidden := range map[string]string{"a secret": secret, "a secret in base64": "SFVTS", "a secret time": "3026"} {
		if strings.Contains(line, hidden) {
			t.Errorf("the line shows %s: %s", what, line)
		}
	}
	shown := map[string]any{"name": "leaf"}
	want := map[string]any{
		"open": "open", "leaf": shown, "pointer": shown, "list": []any{shown}, "pointers": []any{shown}, "notSecret": "shown",
		"deep": []any{map[string]any{"leaves": []any{shown, nil}, "count": float64(2)}},
	}
	got := parseLine(t, line)
	if diff := cmp.Diff(map[string]any{"a": want, "b": want}, map[string]any{"a": got["requestParameters"], "b": got["responseElements"]}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// absent are the ways in which a member can be there and say nothing.
func TestAbsentMembers(t *testing.T) {
	t.Parallel()
	type in struct {
		Text    string
		Number  int32
		Truth   bool
		Time    time.Time
		Leaf    leaf
		Pointer *leaf
		List    []leaf
		Bytes   []byte
	}
	truth := false
	tests := []struct {
		name          string
		request, want any
	}{
		{"nothing given", &in{}, nil},
		{"no struct at all", nil, nil},
		{"empty list", &in{List: []leaf{}}, map[string]any{"list": []any{}}},
		{"false that was given", &struct{ Truth *bool }{&truth}, map[string]any{"truth": false}},
		{"kinds", &in{Text: "t", Number: -1, Truth: true, Bytes: []byte{0, 255}, Time: at}, map[string]any{
			"text": "t", "number": float64(-1), "truth": true, "bytes": "AP8=", "time": "Jan 2, 2026, 3:04:05 AM",
		}},
		{"secrets alone in a list", &in{List: []leaf{{Code: "x"}}}, map[string]any{"list": []any{nil}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := userEvent()
			e.Request = test.request
			if diff := cmp.Diff(test.want, parseLine(t, lineOf(t, e))["requestParameters"]); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// FuzzRecord holds any text, in any place, to one line of valid JSON.
func FuzzRecord(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, "value")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		var e audit.Event
		e.Call.UserAgent, e.Action, e.Call.Now = text, value, at
		e.Request = &iam.CreateUserInput{UserName: text, Tags: []iam.Tag{{Key: value, Value: &text}}}
		e.Err = aws.Errorf(aws.Code(value), "%s", text).Because(errors.New(value))
		var got map[string]any
		synctest.Test(t, func(t *testing.T) { got = parseLine(t, lineOf(t, e)) }) // which need not wait for a clock
		if got["userAgent"] != shortened(text) || got["eventName"] != string([]rune(value)) {
			t.Errorf("userAgent %q, eventName %q", got["userAgent"], got["eventName"])
		}
	})
}
