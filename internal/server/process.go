package server

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	// minProcs is two because a thread that waits for a disk keeps its processor for up to 10 ms: with only one, nothing
	// else runs while a token code is made durable. See docs/performance.md.
	minProcs = 2
	// gcPercent lets the heap grow to three times what lives on it, which is some 12 MB: collecting it as often as Go does by
	// default is 3 to 10 % of the CPU time of a request. See docs/performance.md.
	gcPercent = 200
	// memoryLimit ends that luxury: where a flood of large bodies fills the heap, it is collected as soon as it must be.
	memoryLimit = 512 << 20
)

// TuneProcess sets what Go's defaults don't get right for this server. What the operator has set, by the variables that
// every Go program heeds, stays.
func TuneProcess() {
	if os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) < minProcs {
		runtime.GOMAXPROCS(minProcs)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
