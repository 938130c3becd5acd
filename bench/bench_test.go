//go:build linux

package main

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuartiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		values []float64
		want   string
	}{
		{"one value", []float64{3}, "3.0 (quartiles 3.0 to 3.0)"},
		{"in no order", []float64{5, 1, 4, 2, 3}, "3.0 (quartiles 2.0 to 4.0)"},
		{"between two values", []float64{1, 2, 3, 4}, "2.5 (quartiles 1.8 to 3.2)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := quartilesOf(tt.values, 1); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestSplit holds the bare server to the very headers of the answer it copies.
func TestSplit(t *testing.T) {
	t.Parallel()
	header, body := split([]byte("HTTP/1.1 200 OK\r\nx-amzn-RequestId: 1\r\nDate: now\r\nContent-Length: 4\r\n\r\na: b"))
	if diff := cmp.Diff(http.Header{"x-amzn-RequestId": {"1"}, "Content-Length": {"4"}}, header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if string(body) != "a: b" {
		t.Errorf("body %q", body)
	}
}

func TestCheckSession(t *testing.T) {
	t.Parallel()
	const credentials = "<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
	tests := []struct {
		name, answer string
		want         bool
	}{
		{"a session", "HTTP/1.1 200 OK\r\n\r\n" + credentials, true},
		{"a refusal", "HTTP/1.1 403 Forbidden\r\n\r\n" + credentials, false},
		{"no token", "HTTP/1.1 200 OK\r\n\r\n<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>", false},
		{"a long-term key", "HTTP/1.1 200 OK\r\n\r\n<AccessKeyId>AKIA1</AccessKeyId>", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := checkSession([]byte(tt.answer)); (err == nil) != tt.want {
				t.Errorf("error %v", err)
			}
		})
	}
}
