package query_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

// FuzzParse compares with net/url where that accepts the input.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "Action=GetCallerIdentity&Version=2011-06-15", "A=%41+%2b&A=2", "&&=&a==&%", "A=%zz", "A=%F0%9F%94%91", "A=%ff", "\xff=1", "a;b=1",
	} {
		f.Add(seed, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, rawQuery string, form []byte) {
		p, err := query.Parse(rawQuery, form)
		if err != nil {
			wantClientError(t, err, aws.MalformedQueryString, aws.MalformedInput)
			return
		}
		joined := rawQuery + "&" + string(form)
		if strings.Contains(joined, ";") { // net/url refuses these
			return
		}
		want, err := url.ParseQuery(joined)
		if err != nil {
			t.Fatalf("accepted what net/url refuses: %v", err)
		}
		if len(want) > 0 != (len(p) > 0) {
			t.Errorf("%d parameters, net/url has %d names", len(p), len(want))
		}
		for name, values := range want {
			if got, present := p.Get(name); !present || got != values[0] || !utf8.ValidString(name+got) {
				t.Errorf("%q is %q, want %q", name, got, values[0])
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "RoleArn=&RoleSessionName=x", "DurationSeconds=900&Tags.member.1.Key=k&Tags.member.1.Value=", "UserName=a&Path=/",
		"TransitiveTagKeys.member.2=a&TransitiveTagKeys.member.1=%3F", "Tags=&Strings=", "Tags.member.99999999999.Key=", "Bool=true&Blob=AA==",
		"ContextEntries.member.1.ContextKeyValues.member.1=x", "Int32=%2B0900&Time=2026-11-21T10:11:12Z", "TaskPolicyArn.arn=x&Extra.Key=",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, form []byte) {
		p, err := query.Parse("", form)
		if err != nil {
			return
		}
		for _, in := range []any{&assumeRoleInput{}, &getWebIdentityTokenInput{}, &assumeRootInput{}, &iamInput{}, &kinds{}} {
			told, silent := query.Decode(p, in, query.STS), query.Decode(p, in, query.IAM)
			if (told == nil) != (silent == nil) {
				t.Errorf("one style accepts: %v; %v", told, silent)
			}
			for _, err := range []error{told, silent} {
				if err != nil {
					wantClientError(t, err, aws.MalformedInput, aws.ValidationError)
				}
			}
		}
		var in assumeRoleInput
		if query.Decode(p, &in, query.STS) == nil {
			checkAssumeRole(t, p, in)
		}
	})
}

// checkAssumeRole checks by other means that what was accepted satisfies the constraints.
func checkAssumeRole(t *testing.T, p query.Parameters, in assumeRoleInput) {
	t.Helper()
	if arn, _ := p.Get("RoleArn"); in.RoleArn != arn || utf8.RuneCountInString(arn) < 20 || utf8.RuneCountInString(arn) > 2048 {
		t.Errorf("accepted RoleArn %q", in.RoleArn)
	}
	if n := len(in.RoleSessionName); n < 2 || n > 64 || strings.ContainsAny(in.RoleSessionName, " /\n<>&'\"") {
		t.Errorf("accepted RoleSessionName %q", in.RoleSessionName)
	}
	if _, given := p.Get("DurationSeconds"); given && (in.DurationSeconds < 900 || in.DurationSeconds > 43200) {
		t.Errorf("accepted DurationSeconds %d", in.DurationSeconds)
	}
	if len(in.Tags) > 50 || len(in.TransitiveTagKeys) > 50 {
		t.Errorf("accepted %d tags, %d keys", len(in.Tags), len(in.TransitiveTagKeys))
	}
	for _, tag := range in.Tags {
		if n := utf8.RuneCountInString(tag.Key); n < 1 || n > 128 || utf8.RuneCountInString(tag.Value) > 256 {
			t.Errorf("accepted tag %q", tag)
		}
	}
}

// FuzzAppendXML writes hostile text in each format, and reads it with the standard library.
func FuzzAppendXML(f *testing.F) {
	f.Add("", int64(0), []byte(nil), int64(0))
	f.Add("<a>&'\"]]>\r\n\x00\ufffe\xff🔑", int64(-1), []byte{0, 255}, int64(1771526091))
	f.Fuzz(func(t *testing.T, text string, n int64, blob []byte, at int64) {
		roundTrip(t, text)
		size := n
		date := time.Unix(at%253402300800, 0) // to the end of the year 9999
		out := everything{
			Text: text, Pointer: &text, Count: int32(n), Size: &size, CreateDate: date, UsedDate: &date, Seed: blob,
			Names: []string{text, ""}, Tags: []tag{{text, text}, {}}, SummaryMap: map[string]int{text: 1, "": 2},
			Details: map[string]tag{text: {}}, Descriptors: []policyDescriptor{{text}},
		}
		reply := query.Reply{Action: "X", Namespace: text, RequestID: text}
		var into struct{}
		if err := strictXML(query.XML.AppendReply(nil, reply, &out), &into); err != nil {
			t.Error(err)
		}
		if err := strictXML(query.XML.AppendError(nil, text, text, aws.Errorf(aws.Code(text), "%s", text)), &into); err != nil {
			t.Error(err)
		}
		wantJSON(t, query.JSON.AppendReply(nil, reply, &out))
		wantJSON(t, query.JSON.AppendError(nil, text, text, aws.Errorf(aws.Code(text), "%s", text)))
	})
}

func wantJSON(t *testing.T, document []byte) {
	t.Helper()
	if !json.Valid(document) {
		t.Errorf("not JSON: %q", document)
	}
}

// wantClientError checks that err is fit for a client: one of the codes, and a text of sane size.
func wantClientError(t *testing.T, err error, codes ...aws.Code) {
	t.Helper()
	var e *aws.Error
	if !errors.As(err, &e) {
		t.Fatalf("not an AWS error: %v", err)
	}
	if e.Code != codes[0] && e.Code != codes[1] {
		t.Errorf("code %s", e.Code)
	}
	if !utf8.ValidString(e.Message) || len(e.Message) > 100_000 {
		t.Errorf("message of %d bytes: %.100q", len(e.Message), e.Message)
	}
}
