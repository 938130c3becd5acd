package limit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/daypass/daypass/internal/limit"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	const text = `
requests: {account: 600/s, key: 100/2m}
data: {account: off, key: 1/h}
failures: {address: 300/5m30s, block: 90s}
connections: {total: 100, address: off}
`
	var c limit.Config
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	want := limit.Config{
		Requests:    limit.Requests{Account: rate(600, time.Second), Key: rate(100, 2*time.Minute)},
		Data:        limit.Requests{Account: limit.Off, Key: rate(1, time.Hour)},
		Failures:    limit.Failures{Address: rate(300, 330*time.Second), Block: 90 * time.Second},
		Connections: limit.Connections{Total: 100, Address: limit.Unlimited},
	}
	if diff := cmp.Diff(want, c); diff != "" || c.Validate() != nil {
		t.Error(diff, c.Validate())
	}
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"requests: {account: 600}":            `"600" is no rate`,
		"requests: {account: 0/s}":            "is no rate",
		"requests: {account: -1/s}":           "is no rate",
		"requests: {account: 10000000000/s}":  "is no rate",
		"requests: {account: 5/}":             "is no rate",
		"requests: {account: 5/ms}":           "is no rate",
		"requests: {account: 5/100ms}":        "is no rate",
		"requests: {account: 5/25h}":          "is no rate",
		"requests: {account: 5/-1s}":          "is no rate",
		"requests: {account: [5]}":            "is no rate",
		"requests: {account: unlimited}":      "is no rate",
		"connections: {total: 0}":             "is no number",
		"connections: {total: many}":          "is no number",
		"failures: {address: off, block: 1m}": "block is of no use",
		"failures: {block: 1ms}":              "block must be between",
		"failures: {block: 25h}":              "block must be between",
	} {
		var c limit.Config
		err := yaml.Unmarshal([]byte(text), &c)
		if err == nil {
			err = c.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
