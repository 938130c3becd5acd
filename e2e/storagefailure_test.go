package e2e

import (
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestGatewayKilled is a gateway that dies while an object passes through it.
func TestGatewayKilled(t *testing.T) {
	t.Parallel()
	g := startStorage(t)
	who := g.worker()
	g.objectsOf(who).createBucket()
	const size, sent = 64 << 20, 48 << 20 // more than fits between the client and the backend
	underWay, dead := make(chan struct{}), make(chan struct{})
	body := io.MultiReader(io.LimitReader(randomBytes(1), sent), &stalled{underWay, dead}, io.LimitReader(randomBytes(2), size-sent))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, g.endpoint+"/photos/half", io.NopCloser(body))
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = size
	sign(t, request, who, "UNSIGNED-PAYLOAD")
	failed := make(chan error, 1)
	go func() {
		response, err := http.DefaultTransport.RoundTrip(request)
		if err == nil {
			_ = response.Body.Close()
		}
		failed <- err
	}()
	<-underWay
	g.kill()
	close(dead)
	if err := <-failed; err == nil {
		t.Error("the upload succeeded")
	}
	g.launch()
	if err := g.objectsOf(who).get("half"); !isA[*types.NoSuchKey](err) {
		t.Errorf("%v, want NoSuchKey", err)
	}
	g.wantSuccess(g.objectsOf(who).put("whole"))
	g.backend.stop() // it has dealt with the upload now
	if files := g.backend.files(); len(files) != 1 || files[0] != "photos/whole" {
		t.Errorf("the backend keeps %q", files)
	}
}

// stalled is the part of a body that says when it is reached, and ends later.
type stalled struct{ reached, end chan struct{} }

func (s *stalled) Read([]byte) (int, error) {
	close(s.reached)
	<-s.end
	return 0, io.EOF
}

// TestGatewayBackendGone is a backend that is stopped, one that says nothing, and one that knows the gateway no more.
func TestGatewayBackendGone(t *testing.T) {
	t.Parallel()
	g := startStorage(t)
	who := g.worker()
	g.objectsOf(who).createBucket()
	g.wantSuccess(g.objectsOf(who).put("a"))

	silent, err := net.Listen("tcp", "127.0.0.1:0") // the system takes connections, and nobody reads from them
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	strange := g.backend.key
	strange.SecretAccessKey = rand.Text()
	for name, environment := range map[string][]string{
		"silent":  g.backend.configure("http://"+silent.Addr().String(), g.backend.key, 5*time.Second),
		"strange": g.backend.configure("http://"+g.backend.address, strange, storagePatience),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := &storage{start(t, config{Environment: environment}), g.backend}
			wantUnavailable(broken, broken.worker())
		})
	}
	t.Run("stopped", func(t *testing.T) {
		stopped := startStorage(t)
		worker := stopped.worker()
		stopped.backend.stop()
		wantUnavailable(stopped, worker)
	})
}

func wantUnavailable(g *storage, who credentials) {
	g.t.Helper()
	o := g.objectsOf(who)
	for what, err := range map[string]error{"read": o.get("a"), "write": o.put("b"), "list": o.list("")} {
		wantRefusal(g.t, err, "ServiceUnavailable", "Please reduce your request rate.")
		if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
			g.t.Errorf("%s: the error tells where the backend is: %v", what, err)
		}
	}
}
