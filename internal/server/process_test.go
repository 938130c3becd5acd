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
		name                string
		maxProcsEnv, gcEnv  string
		procs               int // before
		wantProcs, wantGOGC int
	}{
		{"one CPU", "", "", 1, 2, 400},
		{"more CPUs", "", "", 3, 3, 400},
		{"the operator wants one", "1", "", 1, 1, 400},
		{"the operator has a heap in mind", "", "50", 1, 2, 50},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GOMAXPROCS", tt.maxProcsEnv)
			t.Setenv("GOGC", tt.gcEnv)
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(tt.procs))
			defer debug.SetGCPercent(debug.SetGCPercent(50))
			server.TuneProcess()
			if got := runtime.GOMAXPROCS(0); got != tt.wantProcs {
				t.Errorf("GOMAXPROCS = %d, want %d", got, tt.wantProcs)
			}
			gogc := debug.SetGCPercent(-1)
			debug.SetGCPercent(gogc)
			if gogc != tt.wantGOGC {
				t.Errorf("GOGC = %d, want %d", gogc, tt.wantGOGC)
			}
		})
	}
}
