//go:build linux

package main

import (
	"context"
	"os"
	"path/filepath"
)

// limits are out of reach and yet not off: what they cost is measured with the rest.
const limits = `limits:
  requests: {account: 1000000/s, key: 1000000/s}
  data: {account: 1000000/s, key: 1000000/s}
  connections: {total: 100000, address: 100000}
`

// startDaypass starts daypass on a data directory, with settings of its configuration file beside the limits, and flags.
func startDaypass(ctx context.Context, cpus []int, binary, dataDir, settings string, flags ...string) (*process, error) {
	config := filepath.Clean(dataDir) + ".yaml"
	if err := os.WriteFile(config, []byte(settings+limits), 0o600); err != nil {
		return nil, err
	}
	return start(ctx, cpus, nil, binary, append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir, "--config", config}, flags...)...)
}
