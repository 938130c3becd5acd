package gateway_test

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/sigv4"
)

// A connection outlives a refusal when nothing of the refused request is left on it.
func TestRefusalsKeepConnections(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket/mine*"}`)
	conn := g.dial()
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, tt := range []struct {
		name   string
		r      request
		status int
	}{
		{"not allowed", request{target: "/bucket/other"}, 403},
		{"not allowed, without a body to read", request{method: "HEAD", target: "/bucket/other"}, 403},
		{"bad signature", request{target: "/bucket/mine", spoil: func(r *sigv4.Request) { r.URI += "1" }}, 403},
		{"bad hash of a body", request{method: "PUT", target: "/bucket/mine", body: objectText, payload: emptyHash}, 400},
		{"bad document", deletion("<Delete>"), 400},
		{"good", request{method: "PUT", target: "/bucket/mine", body: objectText}, 200},
	} {
		r := tt.r.withDefaults()
		if _, err := io.WriteString(conn, head(g.sign(r), len(r.body))+r.body); err != nil {
			t.Fatal(tt.name, err)
		}
		if a := next(r.method, in); a.status != tt.status || a.closed || a.err != nil {
			t.Fatal(tt.name, a)
		}
	}

	d := newGate(t, "dynamodb", allowAll)
	conn = d.dial()
	defer conn.Close()
	in = bufio.NewReader(conn)
	for _, tt := range []struct {
		r      request
		status int
	}{{dynamo("GetItem", "{"), 400}, {dynamo("GetItem", `{"TableName":"t","Key":{}}`), 200}} {
		r := tt.r.withDefaults()
		_, _ = io.WriteString(conn, head(d.sign(r), len(r.body))+r.body)
		if a := next(r.method, in); a.status != tt.status || a.closed {
			t.Fatal(a)
		}
	}
}

// What was not read of a body must never be taken for the next request.
func TestRefusalsEndConnections(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket/mine*"}`)
	second := request{method: "PUT", target: "/bucket/mine", body: "smuggled"}.withDefaults()
	body := head(g.sign(second), len(second.body)) + second.body
	for name, r := range map[string]request{
		"not allowed":   {method: "PUT", target: "/bucket/other", body: body},
		"bad signature": {method: "PUT", target: "/bucket/mine", body: body, spoil: func(r *sigv4.Request) { r.URI += "1" }},
		"no signature":  {method: "PUT", target: "/bucket/mine", body: body, spoil: func(r *sigv4.Request) { r.Header.Del("Authorization") }},
		"no body taken": {target: "/bucket/mine", body: body},
		"too large":     {method: "POST", target: "/bucket?delete", body: body, unsigned: map[string]string{"Content-Length": "999999999"}},
	} {
		r = r.withDefaults()
		conn := g.dial()
		_, _ = io.WriteString(conn, head(g.sign(r), len(r.body))+r.body)
		in := bufio.NewReader(conn)
		if a := next(r.method, in); a.status < 400 || a.status >= 500 || !a.closed {
			t.Error(name, a)
		} else if a := next(r.method, in); a.err == nil {
			t.Error(name, "a second answer", a)
		}
		_ = conn.Close()
	}
	if got := g.backend.requests(); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

// Whatever the framing headers say, what was signed, what was decided on and what is sent are one request, and what a sender may
// take for the next one is not answered.
func TestAttack16TwoEnds(t *testing.T) {
	t.Parallel()
	g := newGate(t, "s3", allowAll)
	signed, encoded := g.chunked(request{method: "PUT", target: "/bucket/k"}, objectText)
	hidden := head(g.sign(request{method: "PUT", target: "/bucket/hidden"}.withDefaults()), 0)
	chunked := func(text string) string {
		return "b\r\n" + text[:11] + "\r\n" + strconv.FormatInt(int64(len(text)-11), 16) + "\r\n" + text[11:] + "\r\n0\r\n\r\n"
	}
	plain := g.sign(request{method: "PUT", target: "/bucket/plain", body: objectText}.withDefaults())
	withLength := g.sign(request{method: "PUT", target: "/bucket/signed", body: objectText, header: map[string]string{"Content-Length": itoa(len(objectText))}}.withDefaults())
	with := func(signed sigv4.Request, framing ...string) string {
		text := head(signed, 0)
		text = strings.Replace(text, "Content-Length: 0\r\n", "", 1)
		return text[:len(text)-2] + strings.Join(framing, "\r\n") + "\r\n\r\n"
	}
	length := func(text string) string { return "Content-Length: " + itoa(len(text)) }
	const te = "Transfer-Encoding: chunked"
	for name, tt := range map[string]struct {
		text    string
		status  int // 0: any refusal
		arrived string
	}{
		// net/http goes by the chunks. What the length would have hidden is behind the end, and the connection with it.
		"both, the chunks end first":  {with(signed, length(chunked(encoded)+hidden), te) + chunked(encoded) + hidden, 200, "/bucket/k"},
		"both, the length ends first": {with(signed, "Content-Length: 5", te) + chunked(encoded+hidden), 0, ""},
		"both, no length for S3":      {with(plain, length(objectText), te) + chunked(objectText) + hidden, 411, ""},
		"both, the length is signed":  {with(withLength, te) + chunked(objectText) + hidden, 403, ""},
		"chunks that are none":        {with(plain, length(objectText), te) + objectText + hidden, 0, ""},
		"old HTTP, both": {
			strings.Replace(with(plain, length(objectText), te, "Connection: keep-alive"), "HTTP/1.1", "HTTP/1.0", 1) + objectText + hidden, 200, "/bucket/plain",
		},
		"two lengths":      {with(plain, length(objectText), length(objectText+hidden)) + objectText + hidden, 400, ""},
		"a list of length": {with(plain, length(objectText)+", "+itoa(len(objectText))) + objectText + hidden, 400, ""},
		"a sign":           {with(plain, "Content-Length: +"+itoa(len(objectText))) + objectText + hidden, 400, ""},
		"two encodings":    {with(signed, te, te) + chunked(encoded) + hidden, 501, ""},
		"another encoding": {with(signed, "Transfer-Encoding: gzip, chunked") + chunked(encoded) + hidden, 501, ""},
		"identity":         {with(plain, length(objectText), "Transfer-Encoding: identity") + objectText + hidden, 501, ""},
		"a blank before the colon": {
			with(plain, length(objectText), "Transfer-Encoding : chunked") + objectText + hidden, 400, "",
		},
		"a tab in the name": {with(plain, length(objectText), "Transfer-Encoding\t: chunked") + objectText + hidden, 400, ""},
		"an extension's trick": {
			with(signed, te) + "b;\nxx\r\n" + encoded[:11] + "\r\n0\r\n\r\n" + hidden, 0, "",
		},
		"a trailer that signs": {
			with(signed, te, "Trailer: X-Amz-Acl") + strings.TrimSuffix(chunked(encoded), "\r\n") + "X-Amz-Acl: public-read\r\n\r\n" + hidden, 200, "/bucket/k",
		},
	} {
		conn := g.dial()
		_, _ = io.WriteString(conn, tt.text)
		in := bufio.NewReader(conn)
		a := next("PUT", in)
		if a.status != tt.status && (tt.status != 0 || a.status < 400 || a.status > 501) || !a.closed {
			t.Error(name, a)
		} else if a := next("PUT", in); a.err == nil {
			t.Error(name, "a second answer", a)
		}
		_ = conn.Close()
		want := map[string]string{}
		if tt.arrived != "" {
			want[tt.arrived] = objectText
		}
		if diff := cmp.Diff(want, g.backend.empty()); diff != "" {
			t.Error(name, diff)
		}
	}
	for _, r := range g.backend.requests() {
		if r.Header["Transfer-Encoding"] != nil || r.Header["Trailer"] != nil || r.Header["X-Amz-Acl"] != nil || r.Err == nil && r.Body != objectText {
			t.Errorf("%+v", r)
		}
	}
}

// empty takes all objects out of the backend.
func (b *backend) empty() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	stored := b.objects
	b.objects = map[string]string{}
	return stored
}
