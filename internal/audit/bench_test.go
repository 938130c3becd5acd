package audit_test

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/sts"
)

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }

// BenchmarkRecord is the line of a GetSessionToken call, and its share of the write but for the disk.
func BenchmarkRecord(b *testing.B) { benchmarkRecord(b, audit.New(nowhere{io.Discard})) }

// BenchmarkRecordInFile is the same with a file and its chain.
func BenchmarkRecordInFile(b *testing.B) {
	l, err := audit.Open(options(b, filepath.Join(b.TempDir(), "audit.jsonl")))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkRecord(b, l)
}

func benchmarkRecord(b *testing.B, l *audit.Log) {
	b.Helper()
	e := userEvent()
	e.Action = "GetSessionToken"
	e.Request = &sts.GetSessionTokenInput{DurationSeconds: 3600}
	e.Result = &sts.GetSessionTokenOutput{
		Credentials: sts.Credentials{AccessKeyId: "ASIARZPUZDIKA2222222", Expiration: e.Call.Now.Add(time.Hour)},
		TokenSize:   sts.TokenSize{SessionTokenSize: 300, SessionTokenUtilization: 8},
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Record(e); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}
