package s3

import "testing"

func TestAppendError(t *testing.T) {
	t.Parallel()
	e := &Error{Code: "ExpiredToken", Message: "The provided token has expired.", Details: []Detail{{"Token-0", "<t>\x01"}}}
	got := string(AppendError(nil, e, Reply{Resource: "/b/k", RequestID: "1234567890ABCDEF", HostID: "aG9zdA=="}))
	const want = `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message><Token-0>&lt;t&gt;\uFFFD</Token-0>" +
		"<Resource>/b/k</Resource><RequestId>1234567890ABCDEF</RequestId><HostId>aG9zdA==</HostId></Error>"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if e.Status() != 400 || (&Error{Code: "AccessDenied"}).Status() != 403 || (&Error{Code: "?"}).Status() != 500 {
		t.Error("a status is wrong")
	}
}
