package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// BenchmarkUpdate burns MFA steps: the write that a GetSessionToken with a token code waits for. Each burner has a device
// of its own.
func BenchmarkUpdate(b *testing.B) {
	for _, burners := range []int{1, 64} {
		b.Run(fmt.Sprint("SQLite/burners=", burners), func(b *testing.B) { benchmarkUpdate(b, newSQLite(b), burners) })
		b.Run(fmt.Sprint("PostgreSQL/burners=", burners), func(b *testing.B) { benchmarkUpdate(b, newPostgres(b), burners) })
	}
}

func benchmarkUpdate(b *testing.B, options store.Options, burners int) {
	s := openFilled(b, options)
	step := make([]int64, burners)
	var next atomic.Int64
	b.SetParallelism(burners) // times GOMAXPROCS: the superfluous ones leave at once
	b.ReportAllocs()
	defer reportCPU(b)()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		burner := next.Add(1) - 1
		if burner >= int64(burners) {
			return
		}
		for pb.Next() {
			step[burner]++
			burn(b, s, serialNumber(burner), step[burner])
		}
	})
}

func burn(b *testing.B, s *store.Store, serialNumber string, step int64) {
	ctx, cancel := context.WithCancel(b.Context()) // as a request's
	defer cancel()
	var n int64
	err := s.Update(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.BurnMFAStep(ctx, store.BurnMFAStepParams{SerialNumber: serialNumber, LastStep: step})
		return err
	})
	if err != nil || n != 1 {
		b.Errorf("burned %d: %v", n, err)
	}
}

// BenchmarkViewAccessKey reads a key with its secret: what authn does when its cache has nothing.
func BenchmarkViewAccessKey(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) { benchmarkViewAccessKey(b, newSQLite(b)) })
	b.Run("PostgreSQL", func(b *testing.B) { benchmarkViewAccessKey(b, newPostgres(b)) })
}

func benchmarkViewAccessKey(b *testing.B, options store.Options) {
	s := openFilled(b, options)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	defer reportCPU(b)()
	for b.Loop() {
		err := s.View(ctx, func(tx *store.Tx) error {
			key, err := tx.AccessKey(ctx, "AKIA1")
			if err != nil {
				return err
			}
			_, err = tx.Secret(ctx, key)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// reportCPU adds the processor time of this process, which says more than the clock does on a machine that others use.
func reportCPU(b *testing.B) func() {
	before := processorTime(b)
	return func() { b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op") }
}

func processorTime(b *testing.B) int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

// openFilled opens a store with a key and a device for each burner.
func openFilled(b *testing.B, options store.Options) *store.Store {
	s, err := store.Open(b.Context(), options, time.Unix(0, 0))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	err = s.Update(b.Context(), func(tx *store.Tx) error {
		err := errors.Join(
			tx.InsertAccount(b.Context(), store.InsertAccountParams{AccountID: "1"}),
			tx.InsertAccessKey(b.Context(), store.AccessKey{AccessKeyID: "AKIA1", AccountID: "1"}, "secret"),
		)
		for i := range int64(64) {
			serial := serialNumber(i)
			device := store.MFADevice{SerialNumber: serial, AccountID: "1", Kind: store.Virtual, NameKey: serial}
			err = errors.Join(err, tx.InsertMFADevice(b.Context(), device, []byte("seed")))
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func serialNumber(burner int64) string { return fmt.Sprint("arn:aws:iam::1:mfa/", burner) }
