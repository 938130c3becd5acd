//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// measureTLS compares what a request takes of daypass with TLS and without, on connections that are kept. The load is another one
// than that of the other comparisons, for that one knows no TLS.
func measureTLS(ctx context.Context, dir, dataDir string, cpus []int, users []user, o options) (err error) {
	certificate, key, err := selfSigned(dir)
	if err != nil {
		return err
	}
	others, _, err := seed(ctx, filepath.Join(dir, "tls"), len(users))
	if err != nil {
		return err
	}
	plain, err := startDaypass(ctx, cpus, o.daypass, dataDir, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plain.stop()) }()
	encrypted, err := startDaypass(ctx, cpus, o.daypass, filepath.Join(dir, "tls"), "", "--tls-certificate", certificate, "--tls-key", key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, encrypted.stop()) }()
	without, err := dialAll(ctx, plain, false, o.connections)
	if err != nil {
		return err
	}
	defer without.close()
	with, err := dialAll(ctx, encrypted, true, o.connections)
	if err != nil {
		return err
	}
	defer with.close()
	fmt.Printf("GetSessionToken with TLS 1.3 and without, %d connections that are kept, %d rounds of %d requests, audit on, one core\n",
		o.connections, o.rounds, o.requests)
	var ratio []float64
	for i := -1; i < o.rounds; i++ {
		var a, b cost
		err := pair(i,
			func() (err error) { a, err = without.round(users, o.requests); return err },
			func() (err error) { b, err = with.round(others, o.requests); return err },
		)
		if err != nil {
			return err
		}
		if i >= 0 { // the first pair fills caches
			ratio = append(ratio, a.cpu.Seconds()/b.cpu.Seconds())
		}
	}
	fmt.Printf("  plain / TLS       %s by CPU of daypass\n", quartilesOf(ratio, 2))
	return nil
}

// pool is some connections to a server.
type pool struct {
	process     *process
	connections []net.Conn
}

func dialAll(ctx context.Context, p *process, encrypted bool, n int) (*pool, error) {
	all := &pool{process: p}
	for range n {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.address)
		if err == nil && encrypted {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
			err = conn.(*tls.Conn).HandshakeContext(ctx)
		}
		if err != nil {
			all.close()
			return nil, err
		}
		all.connections = append(all.connections, conn)
	}
	return all, nil
}

func (p *pool) close() {
	for _, conn := range p.connections {
		_ = conn.Close()
	}
}

// round sends n requests of the users in turn, some on each connection.
func (p *pool) round(users []user, n int) (cost, error) {
	requests, err := sessionRequests(p.process.address, users, n)
	if err != nil {
		return cost{}, err
	}
	return p.process.cost(n, func() (time.Duration, error) {
		began := time.Now()
		errs := make([]error, len(p.connections))
		var group sync.WaitGroup
		for i, conn := range p.connections {
			group.Go(func() {
				for j := i; j < n && errs[i] == nil; j += len(p.connections) {
					errs[i] = exchange(conn, requests[j])
				}
			})
		}
		group.Wait()
		return time.Since(began), errors.Join(errs...)
	})
}

func exchange(conn net.Conn, request []byte) error {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := conn.Write(request); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || issued(body).sessionToken == "") {
		err = fmt.Errorf("not a session: %s %s", response.Status, body)
	}
	return err
}

// selfSigned makes a certificate of the kind that most servers have, and its key.
func selfSigned(dir string) (certificate, key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	certificate, key = filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")
	return certificate, key, errors.Join(
		os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600),
	)
}
