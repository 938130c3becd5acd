package query_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
)

const (
	stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
	requestID    = "0037e282-007f-453c-0017-a0acde0b9b00"
)

// everything has a field of each kind, in the forms that an output can have.
type everything struct {
	Page
	Text        string
	Pointer     *string
	Truncated   bool
	Flag        *bool
	Count       int32
	Size        *int64
	CreateDate  time.Time
	UsedDate    *time.Time
	Seed        []byte
	Names       []string
	Times       []time.Time
	Tags        []tag
	User        struct{ Arn string }
	Device      *struct{ Name string }
	SummaryMap  map[string]int
	Details     map[string]tag
	Descriptor  policyDescriptor
	Descriptors []policyDescriptor
}

func TestAppendReply(t *testing.T) {
	t.Parallel()
	empty, no, size := "", false, int64(0)
	date := time.Date(2026, 2, 19, 19, 34, 51, 999_999_999, time.FixedZone("", 3600))
	type callerIdentity struct{ Arn, UserId, Account string }
	tests := map[string]struct {
		out  any
		xml  string // of the result element, without its first indent
		json string
	}{
		"nil":               {nil, "", ""},
		"no result":         {query.NoResult{}, "", ""},
		"no result pointer": {&query.NoResult{}, "", ""},
		"nil pointer":       {(*query.NoResult)(nil), "", ""},
		"empty result":      {struct{}{}, "<XResult/>\n", `{}`},
		"nothing to say":    {&callerIdentity{}, "<XResult/>\n", `{}`},
		"strings": {
			callerIdentity{"arn:aws:iam::111111111111:user/u", "AIDA", ""},
			"<XResult>\n    <Arn>arn:aws:iam::111111111111:user/u</Arn>\n    <UserId>AIDA</UserId>\n  </XResult>\n",
			`{"Arn":"arn:aws:iam::111111111111:user/u","UserId":"AIDA"}`,
		},
		"zero values": {
			&everything{},
			"<XResult>\n    <MaxItems>0</MaxItems>\n    <Truncated>false</Truncated>\n    <Count>0</Count>\n    <User/>\n    <Descriptor/>\n  </XResult>\n",
			`{"MaxItems":0,"Truncated":false,"Count":0,"User":{},"Descriptor":{}}`,
		},
		"empty values": {
			struct {
				Pointer *string
				Flag    *bool
				Size    *int64
				Seed    []byte
				Names   []string
				Tags    []tag
				Map     map[string]string
				Device  *struct{ Name string }
			}{&empty, &no, &size, []byte{}, []string{}, []tag{}, map[string]string{}, &struct{ Name string }{}},
			"<XResult>\n    <Pointer/>\n    <Flag>false</Flag>\n    <Size>0</Size>\n    <Seed/>\n    <Names/>\n    <Tags/>\n    <Map/>\n    <Device/>\n  </XResult>\n",
			`{"Pointer":"","Flag":false,"Size":0,"Seed":"","Names":[],"Tags":[],"Map":{},"Device":{}}`,
		},
		"times": {
			struct {
				CreateDate time.Time
				UsedDate   *time.Time
				Never      *time.Time
			}{date, &date, nil},
			"<XResult>\n    <CreateDate>2026-02-19T18:34:51Z</CreateDate>\n    <UsedDate>2026-02-19T18:34:51Z</UsedDate>\n  </XResult>\n",
			`{"CreateDate":1771526091,"UsedDate":1771526091}`,
		},
		"blob": {struct{ Seed []byte }{[]byte{0, 255}}, "<XResult>\n    <Seed>AP8=</Seed>\n  </XResult>\n", `{"Seed":"AP8="}`},
		"lists": {
			struct {
				Names []string
				Tags  []struct {
					Key   string
					Value *string
				}
				Sizes []int64
			}{[]string{"a", ""}, []struct {
				Key   string
				Value *string
			}{{"k", &empty}, {"l", nil}}, []int64{-1}},
			"<XResult>\n    <Names>\n      <member>a</member>\n      <member/>\n    </Names>\n" +
				"    <Tags>\n      <member>\n        <Key>k</Key>\n        <Value/>\n      </member>\n      <member>\n        <Key>l</Key>\n      </member>\n    </Tags>\n" +
				"    <Sizes>\n      <member>-1</member>\n    </Sizes>\n  </XResult>\n",
			`{"Names":["a",""],"Tags":[{"Key":"k","Value":""},{"Key":"l"}],"Sizes":[-1]}`,
		},
		"map": {
			struct{ SummaryMap map[string]int }{map[string]int{"Users": 3, "Groups": 0, "<": 1}},
			"<XResult>\n    <SummaryMap>\n      <entry>\n        <key>&lt;</key>\n        <value>1</value>\n      </entry>\n" +
				"      <entry>\n        <key>Groups</key>\n        <value>0</value>\n      </entry>\n" +
				"      <entry>\n        <key>Users</key>\n        <value>3</value>\n      </entry>\n    </SummaryMap>\n  </XResult>\n",
			`{"SummaryMap":{"\u003c":1,"Groups":0,"Users":3}}`,
		},
		"nested and renamed": {
			struct {
				Page
				Policy policyDescriptor
			}{Page{"m", 1}, policyDescriptor{"x"}},
			"<XResult>\n    <Marker>m</Marker>\n    <MaxItems>1</MaxItems>\n    <Policy>\n      <arn>x</arn>\n    </Policy>\n  </XResult>\n",
			`{"Marker":"m","MaxItems":1,"Policy":{"arn":"x"}}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := query.Reply{Action: "X", Namespace: stsNamespace, RequestID: requestID}
			wantXML := "before<XResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
			if tt.xml != "" {
				wantXML += "  " + tt.xml
			}
			wantXML += "  <ResponseMetadata>\n    <RequestId>0037e282-007f-453c-0017-a0acde0b9b00</RequestId>\n  </ResponseMetadata>\n</XResponse>\n"
			if diff := cmp.Diff(wantXML, string(query.XML.AppendReply([]byte("before"), reply, tt.out))); diff != "" {
				t.Errorf("XML (-want +got)\n%s", diff)
			}
			wantJSON := `before{"XResponse":{`
			if tt.json != "" {
				wantJSON += `"XResult":` + tt.json + `,`
			}
			wantJSON += `"ResponseMetadata":{"RequestId":"0037e282-007f-453c-0017-a0acde0b9b00"}}}`
			if diff := cmp.Diff(wantJSON, string(query.JSON.AppendReply([]byte("before"), reply, tt.out))); diff != "" {
				t.Errorf("JSON (-want +got)\n%s", diff)
			}
		})
	}
}

// TestReplyOfTheSpec has the reply of spec section 1.2, byte for byte.
func TestReplyOfTheSpec(t *testing.T) {
	t.Parallel()
	out := struct{ Arn, UserId, Account string }{"arn:aws:iam::111111111111:user/u", "AIDA...", "111111111111"}
	got := query.XML.AppendReply(nil, query.Reply{Action: "GetCallerIdentity", Namespace: stsNamespace, RequestID: requestID}, out)
	want := `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::111111111111:user/u</Arn>
    <UserId>AIDA...</UserId>
    <Account>111111111111</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>0037e282-007f-453c-0017-a0acde0b9b00</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAppendError(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err       *aws.Error
		xml, json string
	}{
		"denied": {
			aws.Errorf(aws.AccessDenied, "%s", `<"no" & 'no'>`).Because(errors.New("cause")),
			`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>AccessDenied</Code>
    <Message>&lt;&quot;no&quot; &amp; 'no'&gt;</Message>
  </Error>
  <RequestId>0037e282-007f-453c-0017-a0acde0b9b00</RequestId>
</ErrorResponse>
`,
			`{"Error":{"Code":"AccessDenied","Message":"\u003c\"no\" \u0026 'no'\u003e","Type":"Sender"},"RequestId":"0037e282-007f-453c-0017-a0acde0b9b00"}`,
		},
		"unknown action": {
			aws.Errorf(aws.InvalidAction, "Could not find operation NoSuchAction for version 2011-06-15"),
			`<ErrorResponse xmlns="http://webservices.amazon.com/AWSFault/2005-15-09">
  <Error>
    <Type>Sender</Type>
    <Code>InvalidAction</Code>
    <Message>Could not find operation NoSuchAction for version 2011-06-15</Message>
  </Error>
  <RequestId>0037e282-007f-453c-0017-a0acde0b9b00</RequestId>
</ErrorResponse>
`,
			`{"Error":{"Code":"InvalidAction","Message":"Could not find operation NoSuchAction for version 2011-06-15","Type":"Sender"},"RequestId":"0037e282-007f-453c-0017-a0acde0b9b00"}`,
		},
		"no message": {
			&aws.Error{Code: aws.MalformedInput},
			`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>MalformedInput</Code>
  </Error>
  <RequestId>0037e282-007f-453c-0017-a0acde0b9b00</RequestId>
</ErrorResponse>
`,
			`{"Error":{"Code":"MalformedInput","Type":"Sender"},"RequestId":"0037e282-007f-453c-0017-a0acde0b9b00"}`,
		},
		"our fault": {
			aws.Internal(errors.New("cause")),
			`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Receiver</Type>
    <Code>InternalFailure</Code>
    <Message>An internal error has occurred.</Message>
  </Error>
  <RequestId>0037e282-007f-453c-0017-a0acde0b9b00</RequestId>
</ErrorResponse>
`,
			`{"Error":{"Code":"InternalFailure","Message":"An internal error has occurred.","Type":"Receiver"},"RequestId":"0037e282-007f-453c-0017-a0acde0b9b00"}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.xml, string(query.XML.AppendError(nil, stsNamespace, requestID, tt.err))); diff != "" {
				t.Errorf("XML (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.json, string(query.JSON.AppendError(nil, stsNamespace, requestID, tt.err))); diff != "" {
				t.Errorf("JSON (-want +got)\n%s", diff)
			}
		})
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	if got := query.XML.ContentType(); got != "text/xml" {
		t.Errorf("XML is %s", got)
	}
	if got := query.JSON.ContentType(); got != "application/json" {
		t.Errorf("JSON is %s", got)
	}
}

// TestEveryCharacter sends each code point of the first plane, the edges of the others, and bytes that are no code point
// through both formats.
func TestEveryCharacter(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for r := rune(0); r <= utf8.MaxRune; r++ {
		edge := r&0xFFFF < 16 || r&0xFFFF >= 0xFFF0
		if utf8.ValidRune(r) && (r <= 0xFFFF || edge) {
			b.WriteRune(r)
		}
	}
	text := b.String() + "\xff\xc3(\xed\xa0\x80\xf0\x9f"
	for name, text := range map[string]string{"all": text, "some": "a\r\n\t<b>&'\"]]>\x00\x1f\x7f\u0085\u2028\ufffe\U0001F511"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			roundTrip(t, text)
		})
	}
}

// roundTrip checks that other parsers read text back, but for what the formats have no way to write.
func roundTrip(t *testing.T, text string) {
	t.Helper()
	type output struct {
		Text    *string
		Map     map[string]string
		Members []string
	}
	reply := query.Reply{Action: "X", Namespace: stsNamespace, RequestID: requestID}
	out := output{&text, map[string]string{text: text}, []string{text}}
	written := string([]rune(text)) // each byte that is not UTF-8 becomes U+FFFD

	asXML := query.XML.AppendReply(nil, reply, out)
	var gotXML struct {
		Text   string `xml:"XResult>Text"`
		Key    string `xml:"XResult>Map>entry>key"`
		Value  string `xml:"XResult>Map>entry>value"`
		Member string `xml:"XResult>Members>member"`
		ID     string `xml:"ResponseMetadata>RequestId"`
	}
	if err := strictXML(asXML, &gotXML); err != nil {
		t.Fatalf("XML: %v\n%q", err, asXML)
	}
	want := strings.Map(inXML, written)
	for where, got := range map[string]string{"member": gotXML.Text, "key": gotXML.Key, "value": gotXML.Value, "element": gotXML.Member} {
		if got != want {
			t.Errorf("XML %s: %s", where, firstDifference(want, got))
		}
	}
	if gotXML.ID != requestID {
		t.Errorf("XML request id %q", gotXML.ID)
	}

	asJSON := query.JSON.AppendReply(nil, reply, out)
	var gotJSON struct{ XResponse struct{ XResult output } }
	if err := json.Unmarshal(asJSON, &gotJSON); err != nil {
		t.Fatalf("JSON: %v\n%q", err, asJSON)
	}
	if bytes.ContainsAny(asJSON, "<>&") || !utf8.Valid(asJSON) {
		t.Error("JSON has markup in it or is not UTF-8")
	}
	result := gotJSON.XResponse.XResult
	if *result.Text != written || result.Map[written] != written || result.Members[0] != written {
		t.Errorf("JSON: %s", firstDifference(written, *result.Text))
	}
}

// strictXML decodes one whole document and nothing after it.
func strictXML(document []byte, into any) error {
	d := xml.NewDecoder(bytes.NewReader(document))
	if err := d.Decode(into); err != nil {
		return err
	}
	if rest, err := d.Token(); !errors.Is(err, io.EOF) {
		if text, ok := rest.(xml.CharData); !ok || string(text) != "\n" {
			return errors.New("something follows the document")
		}
	}
	return nil
}

// inXML is a character as XML 1.0 can have it (its section 2.2).
func inXML(r rune) rune {
	if r == '\t' || r == '\n' || r == '\r' || ' ' <= r && r <= 0xD7FF || 0xE000 <= r && r <= 0xFFFD || r >= 0x10000 {
		return r
	}
	return utf8.RuneError
}

func firstDifference(want, got string) string {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return "differs at " + strings.ToValidUTF8(want[i:min(i+10, len(want))], "?") + ": " + strings.ToValidUTF8(got[i:min(i+10, len(got))], "?")
		}
	}
	return "one is longer"
}
