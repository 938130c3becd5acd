package server_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/daypass/daypass/internal/server"
)

// TestTuneProcess changes settings of the whole process, so it can't be parallel.
func TestTuneProcess(t *testing.T) {
	tests := []struct {
		name                         string
		maxProcsEnv, gcEnv, limitEnv string
		procs                        int // before
		wantProcs, wantGOGC          int
		wantLimit                    int64
	}{
		{"one CPU", "", "", "", 1, 2, 200, 512 << 20},
		{"more CPUs", "", "", "", 3, 3, 200, 512 << 20},
		{"the operator wants one", "1", "", "", 1, 1, 200, 512 << 20},
		{"the operator has a heap in mind", "", "50", "", 1, 2, 50, 512 << 20},
		{"the operator has a limit in mind", "", "", "1GiB", 1, 2, 200, 1 << 30},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GOMAXPROCS", tt.maxProcsEnv)
			t.Setenv("GOGC", tt.gcEnv)
			t.Setenv("GOMEMLIMIT", tt.limitEnv)
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 30)) // as Go would, given that variable
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(tt.procs))
			defer debug.SetGCPercent(debug.SetGCPercent(50))
			server.TuneProcess()
			if got := runtime.GOMAXPROCS(0); got != tt.wantProcs {
				t.Errorf("GOMAXPROCS = %d, want %d", got, tt.wantProcs)
			}
			if got := debug.SetMemoryLimit(-1); got != tt.wantLimit {
				t.Errorf("GOMEMLIMIT = %d, want %d", got, tt.wantLimit)
			}
			gogc := debug.SetGCPercent(-1)
			debug.SetGCPercent(gogc)
			if gogc != tt.wantGOGC {
				t.Errorf("GOGC = %d, want %d", gogc, tt.wantGOGC)
			}
		})
	}
}
