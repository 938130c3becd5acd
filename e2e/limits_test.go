package e2e

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// limited is a server with these limits.
func limited(t *testing.T, limits string) *server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte("limits: "+limits+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, config{Environment: []string{"DAYPASS_CONFIG=" + file}})
}

// throttled reports whether the audit log has a refusal of a program for too many requests.
func (s *server) throttled(t *testing.T, userAgent string) bool {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(s.config.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, `"userAgent":"`+userAgent) && strings.Contains(line, `"errorCode":"Throttling","errorMessage":"Rate exceeded"`) {
			return true
		}
	}
	return false
}

func isThrottling(err error) bool {
	refusal, ok := errors.AsType[smithy.APIError](err)
	return ok && refusal.ErrorCode() == "Throttling" && refusal.ErrorMessage() == "Rate exceeded"
}

// The SDK waits and tries again until there is room.
func TestSDKRetriesThrottling(t *testing.T) {
	t.Parallel()
	s := limited(t, "{requests: {key: 1/s}}")
	patient := sts.New(sts.Options{BaseEndpoint: &s.endpoint, Region: region, Credentials: s.root.provider(), RetryMaxAttempts: 20})
	ended := make(chan error)
	const at = 4 // once
	for range at {
		go func() {
			_, err := patient.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			ended <- err
		}()
	}
	for range at {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	for !s.throttled(t, "aws-sdk-go-v2") { // its line may be on its way
		if _, err := s.sts(s.root).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil && !isThrottling(err) {
			t.Fatal(err)
		}
	}
}

// So does the AWS CLI, while others of the account take all that there is, and then do not.
func TestCLIRetriesThrottling(t *testing.T) {
	t.Parallel()
	for version, path := range installedCLIs(t) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := limited(t, "{requests: {account: 1/2s}}")
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Millisecond):
						_, _ = s.sts(s.root).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
					}
				}
			}()
			ended := make(chan error, 1)
			call := func() {
				command := (cli{t: t, server: s, path: path, credentials: s.root}).command("sts", "get-caller-identity")
				command.Env = append(command.Env, "AWS_RETRY_MODE=standard", "AWS_MAX_ATTEMPTS=20")
				out, err := command.CombinedOutput()
				if err != nil {
					err = errors.New(string(out))
				}
				ended <- err
			}
			go call()
			for !s.throttled(t, "aws-cli") {
				select {
				case err := <-ended: // it was lucky
					if err != nil {
						t.Fatal(err)
					}
					go call()
				case <-time.After(pause):
				}
			}
			close(stop)
			<-stopped
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// stsFrom is a client at an address of the loopback network.
func (s *server) stsFrom(address string, c credentials) *sts.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return sts.New(sts.Options{
		BaseEndpoint: &s.endpoint, Region: region, Credentials: c.provider(), RetryMaxAttempts: 1,
		HTTPClient: &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}},
	})
}

// An address from which many wrong signatures came is refused whatever it sends, and nobody else is.
func TestAttackersAddressIsBlocked(t *testing.T) {
	t.Parallel()
	const attacker, neighbour = "127.0.0.2", "127.0.0.3"
	s := limited(t, "{failures: {address: 20/10m, block: 1h}}")
	alice, bob := s.createUser("alice"), s.createUser("bob")
	ask := func(from string, c credentials) error {
		_, err := s.stsFrom(from, c).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		return err
	}
	s.wantSuccess(ask(attacker, alice))
	forged := credentials{AccessKeyId: bob.AccessKeyId, SecretAccessKey: "guessed"}
	for i := range 21 {
		if refusal, ok := errors.AsType[smithy.APIError](ask(attacker, forged)); !ok || refusal.ErrorCode() != "SignatureDoesNotMatch" {
			t.Fatal(i, refusal)
		}
	}
	for range 200 {
		if err := ask(attacker, forged); !isThrottling(err) {
			t.Fatal(err)
		}
	}
	if err := ask(attacker, bob); !isThrottling(err) {
		t.Error("a guess that is right would be known:", err)
	}
	s.wantSuccess(ask(attacker, alice)) // who was good there before
	s.wantSuccess(ask(neighbour, bob))
	s.wantSuccess(ask(neighbour, alice))
	_, err := s.sts(bob).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(900)})
	s.wantSuccess(err)

	s.stop()
	log, err := os.ReadFile(filepath.Join(s.config.DataDir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), `"errorCode":"SignatureDoesNotMatch"`); n != 21 {
		t.Errorf("%d lines tell of wrong signatures", n)
	}
	if !strings.Contains(string(log), `"eventName":"BlockSourceAddress"`) || !strings.Contains(string(log), ": 201 so far") {
		t.Error("no line tells of the block")
	}
	s.launch()
}
