package envoy_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/daypass/daypass/internal/extauth"
	"github.com/daypass/daypass/internal/extauth/envoy"
	"github.com/daypass/daypass/internal/testenv"
)

// Nobody keeps a connection by asking nothing on it. Time is the bubble's.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	const preface, settings = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	for name, tt := range map[string]struct {
		says string
		most time.Duration
	}{
		"never begins":            {"", 10 * time.Second},
		"begins and says nothing": {preface + settings, 2*time.Minute + 10*time.Second}, // with the time to say goodbye
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, listener := envoy.NewServer(&extauth.Decider{}), make(testenv.Pipes)
				var served sync.WaitGroup
				served.Go(func() { _ = s.Serve(listener) }) // it ends with its listener or by Stop
				client, server := net.Pipe()
				listener <- server
				begin := time.Now()
				go func() { _, _ = io.WriteString(client, tt.says) }()
				_, _ = io.Copy(io.Discard, client)
				if took := time.Since(begin); took > tt.most || took < 10*time.Second {
					t.Errorf("the connection is closed after %s, want %s at most", took, tt.most)
				}
				close(listener)
				s.Stop()
				served.Wait()
			})
		})
	}
}

// Headers of gRPC, of which a question needs few, are no way to fill the memory.
func TestLargeHeader(t *testing.T) {
	t.Parallel()
	a := newAsker(t)
	for size, want := range map[int]codes.Code{16 << 10: codes.OK, 64 << 10: codes.Internal} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "x", strings.Repeat("x", size))
		if _, err := a.client.Check(ctx, &authv3.CheckRequest{}); status.Code(err) != want {
			t.Errorf("a header of %d bytes: %v", size, err)
		}
	}
}
