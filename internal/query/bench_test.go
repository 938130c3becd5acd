package query_test

import (
	"testing"
	"time"

	"github.com/daypass/daypass/internal/query"
)

// BenchmarkGetSessionToken is all that this package does for one call: parse, decode with every constraint, reply.
func BenchmarkGetSessionToken(b *testing.B) {
	form := []byte("Action=GetSessionToken&Version=2011-06-15&DurationSeconds=3600&" +
		"SerialNumber=arn%3Aaws%3Aiam%3A%3A111111111111%3Amfa%2Falice&TokenCode=123456")
	type credentials struct {
		AccessKeyId, SecretAccessKey, SessionToken string
		Expiration                                 time.Time
	}
	type output struct{ Credentials credentials }
	out := output{credentials{
		"ASIAQRSTUVWXYZ234567", "abcdefghijklmnopqrstuvwxyz0123456789ABCD",
		"IQoJb3JpZ2luX2VjIQoJb3JpZ2luX2VjIQoJb3JpZ2luX2VjIQoJb3JpZ2luX2VjIQoJb3JpZ2luX2VjIQoJb3JpZ2luX2VjIQoJb3JpZ2lu==",
		time.Date(2026, 11, 21, 1, 2, 3, 0, time.UTC),
	}}
	reply := query.Reply{Action: "GetSessionToken", Namespace: "https://sts.amazonaws.com/doc/2011-06-15/", RequestID: "0037e282-007f-453c-0017-a0acde0b9b00"}
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		p, err := query.Parse("", form)
		if err != nil {
			b.Fatal(err)
		}
		var in getSessionTokenInput
		if err := query.Decode(p, &in, query.STS); err != nil {
			b.Fatal(err)
		}
		buf = query.XML.AppendReply(buf[:0], reply, &out)
	}
	b.SetBytes(int64(len(buf)))
}

type getSessionTokenInput struct {
	DurationSeconds int32  `min:"900" max:"129600"`
	SerialNumber    string `minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]*"`
	TokenCode       string `minlen:"6" maxlen:"6" pattern:"[\\d]*"`
}
