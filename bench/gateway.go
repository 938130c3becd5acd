//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/daypass/daypass/sigv4"
)

// The shape of the rounds through the gateway.
const (
	smallRequests = 4000 // of a round
	largeBodies   = 4    // of a round, one after the other
	callers       = 100  // users with a session each
	copyBuffer    = 256 << 10
)

// proxies are the two under comparison, and the backend of both.
type proxies struct {
	backend, bare, gateway *process
	sessions               []session
	requests               int // made of the gateway so far
}

// session is that of a user.
type session struct {
	credentials
	bucket string // all that the user may touch
}

// startProxies starts the backend on some CPUs, and on others a bare proxy and daypass as a gateway.
func startProxies(ctx context.Context, binary, dataDir string, backendCPUs, proxyCPUs []int, users []user) (_ *proxies, err error) {
	p := &proxies{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.stop())
		}
	}()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if p.backend, err = start(ctx, backendCPUs, nil, self, backendArgument); err != nil {
		return nil, err
	}
	if p.bare, err = start(ctx, proxyCPUs, nil, self, proxyArgument, "http://"+p.backend.address); err != nil {
		return nil, err
	}
	settings := fmt.Sprintf("gateway: {upstreams: {s3: {url: 'http://%s', region: %s, credentials: {env: BENCH}}}}\n", p.backend.address, region)
	for _, name := range []string{"BENCH_ACCESS_KEY_ID", "BENCH_SECRET_ACCESS_KEY"} {
		if err := os.Setenv(name, "AKIAOFTHEBACKEND"); err != nil {
			return nil, err
		}
	}
	p.gateway, err = startDaypass(ctx, proxyCPUs, binary, dataDir, settings)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		answer, err := askForSession(ctx, p.gateway, u)
		if err != nil {
			return nil, err
		}
		p.sessions = append(p.sessions, session{issued(answer), "/bucket/" + u.name + "/"})
	}
	return p, nil
}

func (p *proxies) stop() error {
	err := stopAll(p.gateway, p.bare, p.backend)
	*p = proxies{}
	return err
}

// host is what both are asked as: the gateway knows S3 by it.
func (p *proxies) host() string { return p.gateway.address }

// compareSmall sends small GETs to both.
func (p *proxies) compareSmall(ctx context.Context, connections, rounds int) error {
	bare, err := newSide(p.bare, connections)
	if err != nil {
		return err
	}
	defer bare.close()
	gateway, err := newSide(p.gateway, connections)
	if err != nil {
		return err
	}
	defer gateway.close()
	var c comparison
	for i := -1; i < rounds; i++ {
		var requests [][]byte
		for n := range smallRequests {
			s := p.sessions[n%len(p.sessions)]
			if n >= len(p.sessions) {
				requests = append(requests, requests[n-len(p.sessions)])
				continue
			}
			request, err := s.object(http.MethodGet, p.host(), s.bucket+smallObject, sigv4.PayloadOf(nil), 0)
			if err != nil {
				return err
			}
			requests = append(requests, request)
		}
		run := func(d *side) (cost, error) {
			return d.process.cost(len(requests), func() (time.Duration, error) { return d.run(ctx, requests, checkSmall) })
		}
		p.requests += len(requests)
		if err := c.pair(i, func() (cost, error) { return run(bare) }, func() (cost, error) { return run(gateway) }); err != nil {
			return err
		}
	}
	c.print("requests/s", 1)
	return nil
}

func checkSmall(answer []byte) error {
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) || !bytes.HasSuffix(answer, block[:smallSize]) {
		return fmt.Errorf("not the object: %.1000q", answer)
	}
	return nil
}

// compareLarge sends large bodies through both, or has them sent from there.
func (p *proxies) compareLarge(ctx context.Context, method string, rounds int) error {
	bare, err := newStream(ctx, p.bare)
	if err != nil {
		return err
	}
	defer bare.Close()
	gateway, err := newStream(ctx, p.gateway)
	if err != nil {
		return err
	}
	defer gateway.Close()
	payload, length := sigv4.PayloadOf(nil), 0
	if method == http.MethodPut {
		whole := sha256.New()
		_ = writeObject(whole, largeSize) // a hash takes everything
		payload, length = sigv4.PayloadHash([sha256.Size]byte(whole.Sum(nil))), largeSize
	}
	s := p.sessions[0]
	var c comparison
	for i := -1; i < rounds; i++ {
		head, err := s.object(method, p.host(), s.bucket+largeObject, payload, length)
		if err != nil {
			return err
		}
		run := func(d *stream) (cost, error) {
			return d.process.cost(largeBodies, func() (time.Duration, error) { return d.run(head, length) })
		}
		p.requests += largeBodies
		if err := c.pair(i, func() (cost, error) { return run(bare) }, func() (cost, error) { return run(gateway) }); err != nil {
			return err
		}
	}
	c.print("MB/s", largeSize/1e6)
	return nil
}

// stream is one connection for large bodies.
type stream struct {
	net.Conn
	process *process
	in      *bufio.Reader
	buffer  []byte
}

func newStream(ctx context.Context, p *process) (*stream, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &stream{conn, p, bufio.NewReader(conn), make([]byte, copyBuffer)}, nil
}

// run sends a request and its body a few times, checks every answer, and returns how long it took.
func (s *stream) run(head []byte, length int) (time.Duration, error) {
	began := time.Now()
	for range largeBodies {
		if err := s.SetDeadline(time.Now().Add(patience)); err != nil {
			return 0, err
		}
		if _, err := s.Write(head); err != nil {
			return 0, err
		}
		if err := writeObject(s, length); err != nil {
			return 0, err
		}
		response, err := http.ReadResponse(s.in, nil)
		if err != nil {
			return 0, err
		}
		var got object
		if _, err := io.CopyBuffer(&got, response.Body, s.buffer); err != nil {
			return 0, fmt.Errorf("%s: %w", response.Status, err)
		}
		if response.StatusCode != http.StatusOK || int(got.length)+length != largeSize {
			return 0, fmt.Errorf("%s with %d bytes", response.Status, got.length)
		}
	}
	return time.Since(began), nil
}

// comparison is of the bare proxy and the gateway.
type comparison struct{ bareTime, gatewayTime, bareCPU, gatewayCPU []float64 }

func (c *comparison) pair(i int, bare, gateway func() (cost, error)) error {
	var theirs, ours cost
	err := pair(i,
		func() (err error) { theirs, err = bare(); return err },
		func() (err error) { ours, err = gateway(); return err },
	)
	if err == nil && i >= 0 { // the first pair fills caches
		c.bareTime, c.bareCPU = append(c.bareTime, theirs.time.Seconds()), append(c.bareCPU, theirs.cpu.Seconds())
		c.gatewayTime, c.gatewayCPU = append(c.gatewayTime, ours.time.Seconds()), append(c.gatewayCPU, ours.cpu.Seconds())
	}
	return err
}

// print shows rates in a unit, of which each request is so many.
func (c *comparison) print(unit string, each float64) {
	rates := func(seconds []float64) string {
		perSecond := make([]float64, len(seconds))
		for i := range seconds {
			perSecond[i] = each / seconds[i]
		}
		return quartilesOf(perSecond, 0)
	}
	fmt.Printf("  bare proxy        %s %s\n", rates(c.bareTime), unit)
	fmt.Printf("  gateway           %s %s\n", rates(c.gatewayTime), unit)
	fmt.Printf("  gateway / bare    %s by %s\n", quartilesOf(ratios(c.bareTime, c.gatewayTime), 2), unit)
	fmt.Printf("  bare / gateway    %s by CPU of the proxy\n", quartilesOf(ratios(c.bareCPU, c.gatewayCPU), 2))
}

// ratios divides each by the other's.
func ratios(above, below []float64) []float64 {
	r := make([]float64, len(above))
	for i := range r {
		r[i] = above[i] / below[i]
	}
	return r
}
