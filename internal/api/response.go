package api

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/door"
	"github.com/daypass/daypass/internal/operation"
	"github.com/daypass/daypass/internal/query"
)

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxPooledBuffer keeps one large answer from pinning its memory for good.
const maxPooledBuffer = 64 << 10

// respond writes an answer of the Query protocol in the format the client asked for.
func respond(w http.ResponseWriter, r *http.Request, call aws.Call, status int, appendBody func(query.Format, []byte) []byte) {
	buffer := buffers.Get().(*[]byte)
	format := formatOf(r)
	body := appendBody(format, (*buffer)[:0])
	header := identify(w, call)
	values := [...]string{format.ContentType(), strconv.Itoa(len(body))} // one allocation for both
	header["Content-Type"] = values[:1:1]
	header["Content-Length"] = values[1:]
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone can't be told
	if cap(body) <= maxPooledBuffer {
		*buffer = body
		buffers.Put(buffer)
	}
}

// formatOf is XML unless the client asks for JSON (spec section 1.2).
func formatOf(r *http.Request) query.Format {
	accept, _, _ := strings.Cut(door.First(r.Header["Accept"]), ",")
	accept, _, _ = strings.Cut(accept, ";")
	if strings.EqualFold(strings.TrimSpace(accept), "application/json") {
		return query.JSON
	}
	return query.XML
}

// identify sets the headers that every answer has, in AWS's spelling.
func identify(w http.ResponseWriter, call aws.Call) http.Header {
	header := w.Header()
	values := [...]string{call.RequestID, ""}
	header["x-amzn-RequestId"] = values[:1:1]
	if call.Service == operation.STS.Name {
		values[1] = extendedRequestID(call)
		header["x-amz-sts-extended-request-id"] = values[1:]
	}
	return header
}

// extendedRequestID is opaque to clients, and different for each request.
func extendedRequestID(call aws.Call) string {
	var plain, encoded [128]byte // room enough for every region there is
	return string(base64.StdEncoding.AppendEncode(encoded[:0],
		append(append(append(append(plain[:0], "1:"...), call.Region...), ':'), call.RequestID...)))
}

func (b *bareError) write(w http.ResponseWriter, call aws.Call) {
	header := identify(w, call)
	if b.location != "" {
		header.Set("Location", b.location)
	}
	header["Content-Type"] = nil // an empty body has none
	if b.html != "" {
		header.Set("Content-Type", "text/html")
	}
	header.Set("Content-Length", strconv.Itoa(len(b.html)))
	w.WriteHeader(b.status)
	_, _ = w.Write([]byte(b.html))
}
