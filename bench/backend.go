//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/daypass/daypass/internal/server"
)

// Arguments that make this program a server for the comparison of the gateway.
const (
	backendArgument = "backend-server"
	proxyArgument   = "proxy-server" // and the backend's URL
)

// The objects in every bucket of the backend: those of this size have the name that says it.
const (
	smallObject, smallSize = "small", 1 << 10
	largeObject, largeSize = "large", 64 << 20
)

// block is what objects consist of, again and again: its words count, so that no two places are alike.
var block = func() (b []byte) {
	for i := range uint32(256 << 10) {
		b = binary.BigEndian.AppendUint32(b, i)
	}
	return b
}()

// object takes what should be an object's bytes.
type object struct{ length int64 }

var errOtherBytes = errors.New("these are not the object's bytes")

func (o *object) Write(p []byte) (n int, err error) {
	for n < len(p) {
		same := block[o.length%int64(len(block)):]
		same = same[:min(len(same), len(p)-n)]
		if !bytes.Equal(same, p[n:n+len(same)]) {
			return n, errOtherBytes
		}
		n += len(same)
		o.length += int64(len(same))
	}
	return n, nil
}

// writeObject writes an object of a size.
func writeObject(w io.Writer, size int) error {
	for size > 0 {
		n, err := w.Write(block[:min(size, len(block))])
		if err != nil {
			return err
		}
		size -= n
	}
	return nil
}

// serveBackend is a service that has every object, and takes a large one. It looks at no signature.
func serveBackend(log io.Writer) error {
	return listenAndServe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := 0
		switch {
		case r.Method == http.MethodPut:
			var taken object
			if _, err := io.CopyBuffer(&taken, r.Body, make([]byte, copyBuffer)); err != nil || taken.length != largeSize {
				http.Error(w, "not the object", http.StatusBadRequest)
				return
			}
		case strings.HasSuffix(r.URL.Path, "/"+smallObject):
			size = smallSize
		case strings.HasSuffix(r.URL.Path, "/"+largeObject):
			size = largeSize
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.Itoa(size))
		_ = writeObject(w, size) // whoever asked sees that it is short
	}), log)
}

// serveProxy is the least that a proxy on net/http can do, with as many idle connections as the gateway keeps.
func serveProxy(backend string, log io.Writer) error {
	address, err := url.Parse(backend)
	if err != nil {
		return err
	}
	return listenAndServe(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(address) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	}, log)
}

// listenAndServe serves with the settings of daypass until it is killed.
func listenAndServe(handler http.Handler, log io.Writer) error {
	server.TuneProcess()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(log, nil))
	logger.Info("listening", "address", listener.Addr().String())
	return server.BareHTTPServer(handler, logger).Serve(listener)
}

// serveAs makes this program one of the servers, if its arguments say so.
func serveAs(arguments []string) (served bool, err error) {
	switch {
	case len(arguments) == 1 && arguments[0] == bareArgument:
		return true, serveBare(os.Stdin, os.Stderr)
	case len(arguments) == 1 && arguments[0] == backendArgument:
		return true, serveBackend(os.Stderr)
	case len(arguments) == 2 && arguments[0] == proxyArgument:
		return true, serveProxy(arguments[1], os.Stderr)
	}
	return false, nil
}
